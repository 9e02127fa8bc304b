"""A campaign of 60 leads on a hostile practice LinkedIn, killed five times, and judged at its end:
`python -m tests.crash.hostile_run [--seed S]`.

Every process is the real command line; time is hurried 7,200 times. Takes some three minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from engine.domain.practice_people import csv_text
from tests.crash.harness import HOURS, ROOT
from tests.crash.hostile_judge import Run, failed_untold, judge
from tests.crash.jobs import SETTINGS
from tests.crash.watched_server import WatchedServer

PEOPLE = 60
SPEED = 7200.0
KILLS = 5
KILL_AFTER_S = (4.0, 16.0)
DEADLINE_S = 600.0
ROUNDS = 12
HOUR_MS = 3_600_000
CAMPAIGN = f"""name = "Hostile"
{HOURS}
[[steps]]
kind = "invite"
accept_within = "6d"
[[steps]]
kind = "message"
wait = "1d"
text = "Hi {{{{ first_name | default: 'there' }}}}, thanks for connecting."
[[steps]]
kind = "message"
wait = "2d"
text = "{{{{ first_name | default: 'Hello' }}}}, did you see my note?"
"""


class Program:
    """The real command line on one data folder."""

    def __init__(self, folder: Path, epoch: float) -> None:
        self._env = {
            **os.environ,
            "LEADLOOM_STATE": str(folder / "state"),
            "LEADLOOM_API_KEY": "practice",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        self._words = [sys.executable, str(ROOT / "main.py"), "--data", str(folder / "data")]
        self._words += ["--speed", str(SPEED), "--epoch", str(epoch), "--log-level", "error"]
        self.kills = 0

    def __call__(self, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run a command to its end; returns what it said."""
        done = subprocess.run(
            [*self._words, *words],
            env=self._env,
            input="practice\n",
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        if done.returncode not in codes:
            raise SystemExit(f"{words} ended with {done.returncode}: {done.stderr[-800:]}")
        return done.stdout

    def json(self, *words: str) -> Any:
        """Run a command that prints a document; a check that failed is one, too."""
        return json.loads(self(*words, "--json", codes=(0, 1)))

    def kill_engine_after(self, seconds: float) -> None:
        """Start the engine, and kill it unless it ends before."""
        with subprocess.Popen([*self._words, "engine", "--until-idle"], env=self._env) as engine:
            try:
                engine.wait(seconds)
            except subprocess.TimeoutExpired:
                engine.send_signal(signal.SIGKILL)
                self.kills += 1


def main(argv: list[str] | None = None) -> int:
    """Run and judge; returns 1 when anything isn't as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.hostile_run", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of people, faults and kills (default 1)")
    seed = parser.parse_args(argv).seed
    begun = time.monotonic()
    server = WatchedServer(people=PEOPLE, seed=seed, faults="hostile", speed=SPEED)
    try:
        with tempfile.TemporaryDirectory(prefix="leadloom-hostile-") as place:
            run, status = carry_out(Path(place), server, Random(f"hostile run {seed}"))
    finally:
        server.close()
    problems = judge(run)
    counts, failed = run.truth["faults"], len(failed_untold(run.truth))
    print(
        f"seed {seed}: {len(run.truth['effects'])} effects, {run.kills} kills, {time.monotonic() - begun:.0f} s;"
        f" {counts['posts']} writes, {counts['posts_lost_after_effect']} lost after their effect,"
        f" {failed} messages truly failed untold; {len(run.questions)} questions (at most {failed + run.kills})"
    )
    print(f"status: {json.dumps(status)}")
    print("\n".join(problems) or "Nothing twice, nobody lost, every look fresh, every state right.")
    return int(bool(problems))


def carry_out(folder: Path, server: WatchedServer, dice: Random) -> tuple[Run, Any]:
    """Live through the campaign, with its kills and its questions; returns what there is to judge."""
    program = Program(folder, server.epoch)
    csv, toml = folder / "leads.csv", folder / "campaign.toml"
    csv.write_text(csv_text(server.people), encoding="utf-8")
    toml.write_text(CAMPAIGN, encoding="utf-8")
    _patiently(program, "account", "add", "--key-stdin", "--dsn", f"{server.address}/api/v1")
    (account,) = program.json("account", "list")
    program("account", "set", account["id"], *(f"{name}={value}" for name, value in SETTINGS.items()))
    program("campaign", "add", str(toml))
    program("leads", "import", str(csv), "--campaign", "Hostile")
    program("campaign", "start", "Hostile")
    for _ in range(KILLS):
        program.kill_engine_after(dice.uniform(*KILL_AFTER_S))
    questions = _to_the_end(program, server)
    profile, world = server.api.faults.profile, server.api.world
    ended_ms = world.state.began_ms + round((profile.outage_from_h + profile.outage_for_h) * HOUR_MS)
    run = Run(
        truth=server.truth(),
        asked=list(server.api.asked),
        leads=program.json("leads", "list"),
        broken=[line["name"] for line in program.json("check")["checks"] if not line["ok"]],
        questions=questions,
        kills=program.kills,
        outage_end_ms=ended_ms,
    )
    return run, program.json("status")


def _patiently(program: Program, *words: str) -> None:
    """Carry out what may meet a fault, as a person would: again."""
    for _ in range(4):
        program(*words, codes=(0, 1))
        if program.json("account", "list"):
            return


def _to_the_end(program: Program, server: WatchedServer) -> list[Any]:
    """Run until nothing is asked any more, answering by the truth; returns every question about a send."""
    asked: list[Any] = []
    for turn in range(ROUNDS):
        program("engine", "--until-idle")
        arrived = {(e["provider_id"], e["text"]) for e in server.truth()["effects"]}
        people = {lead["lead"]: lead["provider_id"] for lead in program.json("leads", "list")}
        waiting = [i for i in program.json("attention", "list") if i["id"].startswith("d")]
        if not waiting:
            return asked
        for item in waiting:
            has_arrived = (people[item["lead"]], item["text"]) in arrived
            program("attention", "resolve", item["id"], "sent" if has_arrived else ("send_again", "skip")[turn % 2])
        asked += waiting
    raise SystemExit("the questions never end")


if __name__ == "__main__":
    sys.exit(main())
