"""Kills the real program: `python -m tests.crash --kills N [--seed S] [--jobs J] [--round R]`."""

from __future__ import annotations

import argparse
import os
import sys

from tests.crash.rounds import carry_out


def main(argv: list[str] | None = None) -> int:
    """Kill until the wanted number is reached; returns 1 when any invariant was broken."""
    parser = argparse.ArgumentParser(prog="python3 tasks.py crashes", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, metavar="N", help="how many kills (default 100)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the dice (default 1)")
    cores = os.cpu_count() or 1
    parser.add_argument("--jobs", type=int, default=cores, metavar="J", help="rounds at a time (default: cores)")
    parser.add_argument("--round", type=int, default=None, metavar="R", help="repeat this round only, of that seed")
    asked = parser.parse_args(argv)
    total = carry_out(asked.seed, asked.kills, max(1, asked.jobs), asked.round)
    points = ", ".join(f"{n} {name}" for name, n in total.points.most_common())
    print(
        f"{total.kills} kills, {total.starts} starts ({total.cold} of a new interpreter), "
        f"{total.effects} effects, {total.asked} questions."
    )
    print(f"Ends: {points}.")
    print("0 duplicates, 0 lost, 0 corrupt." if not total.broken else "\n".join(total.broken))
    return 1 if total.broken else 0


if __name__ == "__main__":
    sys.exit(main())
