"""Kills the real program at its points and looks, after each restart, at both sides: the practice LinkedIn's truth and
the data folder.

One practice server serves all runs; every scenario has people of its own in it. Time is hurried on both sides.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.domain.practice_people import Character, PracticePerson, csv_text, make_people
from engine.domain.replies import normalised

ROOT = Path(__file__).resolve().parents[2]
SPEED = 8000.0
"""Engine seconds a real second: an unknown send is settled within a second."""
DEADLINE_S = 60.0
COLD_EVERY = 15
"""Every so many starts of the engine is one of a new interpreter; the others are forked."""
HOURS = """[hours]
time_zone = "Etc/UTC"
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
start = "00:00"
end = "24:00"
"""
ROWS = """SELECT l.provider_id, d.kind, d.state, d.resolved_by, d.body, d.reason FROM delivery d
    JOIN lead l ON l.id = d.lead_id ORDER BY d.id"""
STAGES = """SELECT l.provider_id, e.stage, e.is_active, c.name FROM enrolment e JOIN lead l ON l.id = e.lead_id
    JOIN campaign c ON c.id = e.campaign_id ORDER BY e.id"""
WHOLE = "PRAGMA integrity_check"
LOOKS = {"rows": ROWS, "stages": STAGES, "whole": WHOLE}
NOT_THERE = ("planned", "refused", "skipped", "cancelled", "superseded")


class Broken(AssertionError):
    """An invariant was broken."""


@dataclass
class Tally:
    """What the kills of a run came to."""

    kills: int = 0
    starts: int = 0
    cold: int = 0
    asked: int = 0
    effects: int = 0
    points: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def count(self, ended: dict[str, Any], *, is_cold: bool) -> None:
        """Count a start and how it ended."""
        self.starts += 1
        self.cold += is_cold
        if ended["killed"]:
            self.kills += 1
            self.points[ended["said"] or "at random"] += 1

    def add(self, other: Tally) -> None:
        """Count what another run came to."""
        self.kills += other.kills
        self.starts += other.starts
        self.cold += other.cold
        self.asked += other.asked
        self.effects += other.effects
        self.points += other.points
        self.broken += other.broken


class Server:
    """A practice LinkedIn in a process of its own."""

    def __init__(self, folder: Path, people: int, *, faults: str = "calm", seed: int = 7, speed: float = SPEED) -> None:
        self.speed = speed
        self.epoch = round(time.time(), 3)
        self._free = list(make_people(people, seed))
        self._lock = threading.Lock()
        command = [sys.executable, str(ROOT / "main.py"), "practice", "serve", "--port", "0", "--people", str(people)]
        command += ["--seed", str(seed), "--faults", faults, "--speed", str(speed), "--epoch", str(self.epoch)]
        surroundings = {**os.environ, "LEADLOOM_STATE": str(folder / "server-state")}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=surroundings, cwd=ROOT)
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().split()[3]

    def take(self, *characters: Character) -> tuple[PracticePerson, ...]:
        """Return people of these characters whom nobody has had before."""
        taken = []
        with self._lock:
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

    def __init__(
        self,
        place: Path,
        server: Server,
        launcher: Launcher,
        tally: Tally,
        *,
        is_made: bool = True,
        address: str = "",
        request_s: float | None = None,
    ) -> None:
        """Make it; `address` is of whoever stands before the server, `request_s` a shorter deadline of requests."""
        self._place = place
        self._server = server
        self._launcher = launcher
        self._address = address or server.address
        self._request_s = request_s
        self.tally = tally
        self.people: list[PracticePerson] = []
        self._campaigns = self._answers = self._seen = 0
        place.mkdir()
        if is_made:
            self.make()

    @property
    def log(self) -> Path:
        """What the program wrote to its standard outputs."""
        return self._place / "output.txt"

    def make(self) -> None:
        """Add the account."""
        self._job("make", server=f"{self._address}/api/v1")

    def fill(self, people: Sequence[PracticePerson], steps: str) -> None:
        """Add a campaign for these people, and start it."""
        self.people += people
        self._campaigns += 1
        csv = self._place / "leads.csv"
        csv.write_text(csv_text(people), encoding="utf-8")
        self._job("fill", toml=f'name = "Campaign {self._campaigns}"\n{HOURS}{steps}', csv=str(csv))

    def run(
        self,
        *words: str,
        at: int | str = 0,
        with_reads: bool = True,
        kill_after_s: float | None = None,
    ) -> dict[str, Any]:
        """Run the engine until it is idle, or other `words`; or until it is killed at a point or after a time."""
        hurry = ["--speed", str(self._server.speed), "--epoch", str(self._server.epoch)]
        argv = ["--data", str(self._place / "data"), *hurry, *(words or ("engine", "--until-idle"))]
        is_cold = not (at or words or self._request_s) and self.tally.starts % COLD_EVERY == 0
        ended = self._launcher.run(
            self._form(argv=argv, at=at, with_reads=with_reads, kill_after_s=kill_after_s, is_cold=is_cold)
        )
        self.tally.count(ended, is_cold=is_cold)
        if not ended["killed"] and ended["code"] != 0:
            raise Broken(f"{argv} ended with {ended['code']}: {self.log.read_text()[-2000:]}")
        if ended["s"] > DEADLINE_S:
            raise Broken(f"{argv} came to no end: {self.log.read_text()[-2000:]}")
        return ended

    def to_the_end(self) -> None:
        """Run until nothing is left to do, answering questions by the truth; then judge."""
        for _ in range(6):
            self.run()
            effects = self._server.effects(self.people)
            arrived = [[e["provider_id"], e["kind"], e["text"]] for e in effects]
            self._answers += 1
            again = ("send_again", "skip", "skip")[self._answers % 3]
            answered = self._job("answer", arrived=arrived, again=again, sql=LOOKS)
            self.tally.asked += answered["asked"]
            if not answered["asked"]:
                self._judge(answered, effects, is_at_end=True)
                return
        raise Broken("the questions never end")

    def judge(self) -> None:
        """Compare the two sides in the middle of everything."""
        self._judge(self.look(LOOKS), self._server.effects(self.people), is_at_end=False)

    def look(self, sql: dict[str, str]) -> dict[str, Any]:
        """Return what the invariants say, and whatever SQL asks for."""
        return self._job("look", sql=sql)

    def _judge(self, found: dict[str, Any], effects: list[dict[str, Any]], *, is_at_end: bool) -> None:
        told = Counter((e["provider_id"], e["kind"], normalised(e["text"] or "")) for e in effects)
        problems = [f"{number} times {key}" for key, number in told.items() if number > 1]
        problems += [f"check says {name}" for name in found["broken"]]
        problems += [f"the file is not whole: {line}" for line in found["whole"] if line != ["ok"]]
        rows = [(r[0], r[1], r[2], normalised(r[4] or "")) for r in found["rows"]]
        for provider_id, kind, state, body in rows:
            has_happened = told[(provider_id, kind, body)] > 0
            if state in NOT_THERE and kind != "withdraw" and body and has_happened:
                problems.append(f"{kind} to {provider_id} is {state}, but it happened")
        if is_at_end:
            problems += [f"{p} is left {s}" for p, s, active, _ in found["stages"] if active and s != "needs_attention"]
            known = {(p, k) for p, k, state, _ in rows if state in ("sent", "skipped", "human")}
            problems += [f"nobody knows of {e}" for e in effects if (e["provider_id"], e["kind"]) not in known]
        self.tally.effects += len(effects) - self._seen
        self._seen = len(effects)
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
        form = {"data": str(self._place / "data"), "speed": self._server.speed, "epoch": self._server.epoch, "env": env}
        form |= {"log": str(self.log), "report": str(self._place / "report"), "deadline_s": DEADLINE_S + 5}
        form["request_s"] = self._request_s
        return form | more
