"""Kills the real program at its points and looks, after each restart, at both sides: the practice LinkedIn's truth and
the data folder.

One practice server serves all runs; every scenario has people of its own in it. Time is hurried on both sides.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from engine.domain.practice_people import Character, PracticePerson, csv_text, make_people
from engine.domain.replies import normalised

ROOT = Path(__file__).resolve().parents[2]
SPEED = 8000.0
"""Engine seconds a real second: an unknown send is settled within a second."""
DEADLINE_S = 60.0
LATEST_START_S = 20.0
HOURS = """[hours]
time_zone = "Etc/UTC"
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
start = "00:00"
end = "24:00"
"""
MESSAGE = '[[steps]]\nkind = "message"\nwait = "{wait}"\ntext = "{words}, {{{{ first_name | default: \'friend\' }}}}"\n'
INVITE = '[[steps]]\nkind = "invite"\naccept_within = "3h"\n'
ROWS = """SELECT l.provider_id, d.kind, d.state, d.resolved_by, d.body, d.reason FROM delivery d
    JOIN lead l ON l.id = d.lead_id ORDER BY d.id"""
STAGES = """SELECT l.provider_id, e.stage, e.is_active, c.name FROM enrolment e JOIN lead l ON l.id = e.lead_id
    JOIN campaign c ON c.id = e.campaign_id ORDER BY e.id"""
ATTEMPTS = "SELECT count(*) FROM attempt WHERE is_fired = 1"
NOT_THERE = ("planned", "refused", "skipped", "cancelled", "superseded")


class Broken(AssertionError):
    """An invariant was broken."""


@dataclass
class Tally:
    """What the kills of a run came to."""

    kills: int = 0
    starts: int = 0
    asked: int = 0
    effects: int = 0
    points: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


class Server:
    """A practice LinkedIn in a process of its own."""

    def __init__(self, folder: Path, people: int, *, faults: str = "calm", seed: int = 7) -> None:
        self.epoch = round(time.time(), 3)
        self._free = list(make_people(people, seed))
        command = [sys.executable, str(ROOT / "main.py"), "practice", "serve", "--port", "0", "--people", str(people)]
        command += ["--seed", str(seed), "--faults", faults, "--speed", str(SPEED), "--epoch", str(self.epoch)]
        surroundings = {**os.environ, "LEADLOOM_STATE": str(folder / "server-state")}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=surroundings, cwd=ROOT)
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().split()[3]

    def take(self, *characters: Character) -> tuple[PracticePerson, ...]:
        """Return people of these characters whom nobody has had before."""
        taken = []
        for character in characters:
            person = next(p for p in self._free if p.character is character)
            self._free.remove(person)
            taken.append(person)
        return tuple(taken)

    def effects(self, people: Sequence[PracticePerson]) -> list[dict[str, Any]]:
        """Return what really happened to these people."""
        with urllib.request.urlopen(f"{self.address}/practice/truth") as answer:
            ids = {p.provider_id for p in people}
            return [e for e in json.load(answer)["effects"] if e["provider_id"] in ids]

    def close(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()


class Launcher:
    """Forks runs of the program."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.crash.launcher"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def run(self, job: dict[str, Any]) -> dict[str, Any]:
        """Carry out one job; returns how it ended."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        ended: dict[str, Any] = json.loads(self._process.stdout.readline())
        return ended

    def close(self) -> None:
        """End the launcher."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


class Folder:
    """One data folder, killed and started again."""

    def __init__(self, place: Path, server: Server, launcher: Launcher, tally: Tally) -> None:
        self._place = place
        self._server = server
        self._launcher = launcher
        self.tally = tally
        self.people: list[PracticePerson] = []
        self._campaigns = self._answers = 0
        place.mkdir()
        self._job("make", server=f"{server.address}/api/v1")

    @property
    def log(self) -> Path:
        """What the program wrote to its standard outputs."""
        return self._place / "output.txt"

    def fill(self, people: Sequence[PracticePerson], steps: str) -> None:
        """Add a campaign for these people, and start it."""
        self.people += people
        self._campaigns += 1
        csv = self._place / "leads.csv"
        csv.write_text(csv_text(people), encoding="utf-8")
        self._job("fill", toml=f'name = "Campaign {self._campaigns}"\n{HOURS}{steps}', csv=str(csv))

    def run(self, *, at: int = 0, with_reads: bool = True, kill_after_s: float | None = None) -> dict[str, Any]:
        """Run the engine until it is idle, or until it is killed at a point or after a time."""
        hurry = ["--speed", str(SPEED), "--epoch", str(self._server.epoch)]
        argv = ["--data", str(self._place / "data"), *hurry, "engine", "--until-idle"]
        ended = self._launcher.run(self._form(argv=argv, at=at, with_reads=with_reads, kill_after_s=kill_after_s))
        self.tally.starts += 1
        if ended["killed"]:
            self.tally.kills += 1
            self.tally.points[ended["said"] or "at random"] += 1
        elif ended["code"] != 0:
            raise Broken(f"the engine ended with {ended['code']}: {self.log.read_text()[-2000:]}")
        if ended["s"] > DEADLINE_S:
            raise Broken(f"the engine came to no end: {self.log.read_text()[-2000:]}")
        return ended

    def to_the_end(self) -> None:
        """Run until nothing is left to do, answering questions by the truth."""
        for _ in range(6):
            self.run()
            arrived = [[e["provider_id"], e["kind"], e["text"]] for e in self._server.effects(self.people)]
            self._answers += 1
            answered = self._job("answer", arrived=arrived, again=("send_again", "skip", "skip")[self._answers % 3])
            self.tally.asked += answered["asked"]
            if not answered["sent_again"]:
                return
        raise Broken("the questions never end")

    def judge(self, *, is_at_end: bool) -> None:
        """Compare the two sides."""
        found = self._job("look", sql={"rows": ROWS, "stages": STAGES, "attempts": ATTEMPTS})
        effects = self._server.effects(self.people)
        told = Counter((e["provider_id"], e["kind"], normalised(e["text"] or "")) for e in effects)
        problems = [f"{number} times {key}" for key, number in told.items() if number > 1]
        problems += [f"check says {name}" for name in found["broken"]]
        rows = [(r[0], r[1], r[2], normalised(r[4] or "")) for r in found["rows"]]
        for provider_id, kind, state, body in rows:
            has_happened = told[(provider_id, kind, body)] > 0
            if state in NOT_THERE and kind != "withdraw" and body and has_happened:
                problems.append(f"{kind} to {provider_id} is {state}, but it happened")
        if is_at_end:
            problems += [f"{p} is left {s}" for p, s, active, _ in found["stages"] if active and s != "needs_attention"]
            known = {(p, k) for p, k, state, _ in rows if state in ("sent", "skipped", "human")}
            problems += [f"nobody knows of {e}" for e in effects if (e["provider_id"], e["kind"]) not in known]
        self.tally.effects = max(self.tally.effects, len(effects))
        if problems:
            raise Broken("; ".join(problems))

    def _job(self, name: str, **more: Any) -> dict[str, Any]:
        ended = self._launcher.run(self._form(job=name, **more))
        if ended["killed"] or ended["code"] != 0:
            raise Broken(f"{name} failed: {self.log.read_text()[-2000:]}")
        answer: dict[str, Any] = json.loads(ended["said"])
        return answer

    def _form(self, **more: Any) -> dict[str, Any]:
        env = {"LEADLOOM_STATE": str(self._place / "state"), "LEADLOOM_API_KEY": "practice"}
        env["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
        form = {"data": str(self._place / "data"), "speed": SPEED, "epoch": self._server.epoch, "env": env}
        form |= {"log": str(self.log), "report": str(self._place / "report"), "deadline_s": DEADLINE_S + 5}
        return form | more


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A short campaign for one person."""

    name: str
    characters: tuple[Character, ...]
    steps: str


ONE_MESSAGE = Scenario(
    name="one message", characters=(Character.ALREADY_CONNECTED,), steps=MESSAGE.format(wait="0m", words="Hello")
)
INVITATION = Scenario(name="invitation", characters=(Character.NEVER_ACCEPTS,), steps=INVITE)
SCENARIOS = (
    Scenario(
        name="messages",
        characters=(Character.ALREADY_CONNECTED,),
        steps=MESSAGE.format(wait="0m", words="Hello") + MESSAGE.format(wait="0m", words="And again"),
    ),
    INVITATION,
    Scenario(
        name="visit",
        characters=(Character.ALREADY_CONNECTED,),
        steps='[[steps]]\nkind = "visit"\n' + MESSAGE.format(wait="1h", words="After a look"),
    ),
)
COMPOUND_POINTS = 16


def kill_at_every_point(
    folder: Folder,
    server: Server,
    scenario: Scenario,
    dice: Random,
    *,
    most_kills: int = 10**6,
    stride: int = 1,
    closely_from: int = 1,
    again: float = 0.5,
    with_reads: bool = True,
) -> int:
    """End the program at its first point, its second …, until a run ends by itself; returns how many points there are.

    Every `stride`th point is taken, from `closely_from` on every one. `again` is the share of ends that are followed
    by another one while the program recovers; `with_reads` counts requests that only read as points, too.
    """
    tally, at = folder.tally, 0
    until = tally.kills + most_kills
    is_killed = True
    while is_killed and tally.kills < until:
        at += stride if at + stride <= closely_from or closely_from == 1 else 1
        folder.fill(server.take(*scenario.characters), scenario.steps)
        is_killed = folder.run(at=at, with_reads=with_reads)["killed"]
        if is_killed and dice.random() < again:
            folder.run(at=dice.randrange(1, COMPOUND_POINTS))
        folder.to_the_end()
        folder.judge(is_at_end=True)
    return at


def points_of(folder: Folder, server: Server, scenario: Scenario, *, with_reads: bool) -> dict[str, int]:
    """Run a scenario whole; returns how many points it `passed`, and by name where each came first."""
    folder.fill(server.take(*scenario.characters), scenario.steps)
    found: dict[str, int] = json.loads(folder.run(at=10**9, with_reads=with_reads)["said"])
    return found


def kill_at_random(folder: Folder, dice: Random, kills: int) -> None:
    """Kill from outside, at any moment, as often as wanted; the work is filled in beforehand."""
    for _ in range(kills):
        if not folder.run(kill_after_s=dice.uniform(0.02, 0.7))["killed"]:
            break
        folder.judge(is_at_end=False)
    folder.to_the_end()
    folder.judge(is_at_end=True)
