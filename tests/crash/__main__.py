"""Kills the real program: `python -m tests.crash --kills N [--seed S]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from engine.domain.practice_people import Character
from tests.crash.harness import (
    INVITE,
    MESSAGE,
    SCENARIOS,
    Broken,
    Folder,
    Launcher,
    Server,
    Tally,
    kill_at_every_point,
    kill_at_random,
)

PEOPLE = 2400
"""Of one server; a new round has a new server and new people."""
ROUND_KILLS = 150
CROWD = (Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS, Character.ACCEPTS_SOON, Character.ANSWERS_FIRST)


def main(argv: list[str] | None = None) -> int:
    """Kill until the wanted number is reached; returns 1 when any invariant was broken."""
    parser = argparse.ArgumentParser(prog="python3 tasks.py crashes", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, metavar="N", help="how many kills (default 100)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the dice (default 1)")
    asked = parser.parse_args(argv)
    total, number, begun = Tally(), 0, time.monotonic()
    launcher = Launcher()
    try:
        while total.kills < asked.kills and not total.broken:
            one_round(Random(f"crashes {asked.seed} {number}"), launcher, total, asked.kills, number)
            number += 1
            spent_s = time.monotonic() - begun
            print(f"{total.kills} kills, {total.starts} starts, {spent_s:.0f} s", flush=True)
    finally:
        launcher.close()
    points = ", ".join(f"{n} {name}" for name, n in total.points.most_common())
    print(f"{total.kills} kills, {total.starts} starts, {total.effects} effects, {total.asked} questions.")
    print(f"Ends: {points}.")
    print("0 duplicates, 0 lost, 0 corrupt." if not total.broken else "\n".join(total.broken))
    return 1 if total.broken else 0


def one_round(dice: Random, launcher: Launcher, total: Tally, wanted: int, number: int) -> None:
    """Kill on a server and folders of their own."""
    with tempfile.TemporaryDirectory(prefix="leadloom-crashes-") as place:
        server = Server(Path(place), PEOPLE, faults=("calm", "rough")[number % 2], seed=100 + number)
        try:
            for scenario in SCENARIOS:
                folder = Folder(Path(place) / scenario.name, server, launcher, total)
                kill_at_every_point(folder, server, scenario, dice, most_kills=min(ROUND_KILLS, wanted - total.kills))
            folder = Folder(Path(place) / "crowd", server, launcher, total)
            steps = INVITE.replace("3h", "2d") + MESSAGE.format(wait="0m", words="Hello")
            folder.fill(server.take(*CROWD * 5), steps)
            kill_at_random(folder, dice, max(0, min(30, wanted - total.kills)))
        except Broken as error:
            total.broken.append(f"round {number}: {error}")
        finally:
            server.close()


if __name__ == "__main__":
    sys.exit(main())
