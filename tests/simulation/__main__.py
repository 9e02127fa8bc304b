"""Runs seeds of the simulator: `python -m tests.simulation --seeds N [--seed FIRST] [--jobs N] [--twice]`.

A run names its range, and prints how far it has come: whatever broke it off, the next one begins there.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter

from tests.simulation.findings import Breach
from tests.simulation.processes import outcomes
from tests.simulation.simulation import DAY_S, Outcome
from tests.simulation.twice import differing

LINE_EVERY = 100
ALWAYS_SHOWN = tuple(Breach)[:8]


def main(argv: list[str] | None = None) -> int:
    """Run seeds and say what came of them; returns 1 when any invariant was broken, or two runs of a seed differ."""
    parser = argparse.ArgumentParser(prog="python3 tasks.py simulate", description=__doc__)
    parser.add_argument("--seeds", type=_at_least_one, default=100, metavar="N", help="how many to run (default 100)")
    parser.add_argument("--seed", type=int, default=1, metavar="FIRST", help="the first of them (default 1)")
    parser.add_argument(
        "--jobs", type=_at_least_one, default=os.cpu_count() or 1, metavar="N", help="processes at once"
    )
    parser.add_argument("--each", action="store_true", help="print a line for every seed")
    parser.add_argument("--twice", action="store_true", help="run each seed twice and compare the event logs")
    asked = parser.parse_args(argv)
    seeds = range(asked.seed, asked.seed + asked.seeds)
    print(f"Seeds {seeds[0]} to {seeds[-1]}, {asked.jobs} at once.", flush=True)
    if asked.twice:
        return _twice(seeds, asked.jobs)
    total = Total()
    for outcome in outcomes(seeds, asked.jobs):
        total.add(outcome)
        if asked.each:
            print(line_of(outcome), flush=True)
        for finding in outcome.first:
            print(f"seed {outcome.seed} ({outcome.mix}): {finding.breach}: {finding.words}", flush=True)
        if outcome.first:
            print(f"    again: python3 tasks.py simulate --seeds 1 --seed {outcome.seed}", flush=True)
        if total.seeds % LINE_EVERY == 0 or outcome.seed == seeds[-1]:
            print(total.line(outcome.seed), flush=True)
    print(total.summary(), flush=True)
    return 1 if total.failed else 0


def _at_least_one(words: str) -> int:
    number = int(words)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _twice(seeds: range, jobs: int) -> int:
    found = 0
    for difference in differing(seeds, jobs):
        found += 1
        print(difference, flush=True)
    print(f"{len(seeds)} seeds run twice, {found} with another event log.", flush=True)
    return 1 if found else 0


def line_of(outcome: Outcome) -> str:
    """Return one seed in a line."""
    return (
        f"seed {outcome.seed}: {outcome.mix}, {outcome.virtual_s / DAY_S:.0f} days in {outcome.real_s:.1f} s, "
        f"{outcome.effects} effects, {outcome.requests} requests, {outcome.commits} commits, {outcome.faults} faults, "
        f"{outcome.ends} ends, {outcome.questions} questions, {outcome.log_sha[:12]}"
    )


class Total:
    """Adds seeds up."""

    def __init__(self) -> None:
        self.seeds = 0
        self.failed: list[int] = []
        self.breaches: Counter[Breach] = Counter()
        self._sums: Counter[str] = Counter()
        self._virtual_s = self._real_s = 0.0

    def add(self, outcome: Outcome) -> None:
        """Add a seed."""
        self.seeds += 1
        self.breaches.update(outcome.counts)
        if outcome.counts:
            self.failed.append(outcome.seed)
        self._virtual_s += outcome.virtual_s
        self._real_s += outcome.real_s
        for name in ("effects", "requests", "faults", "ends", "questions"):
            self._sums[name] += getattr(outcome, name)

    def line(self, seed: int) -> str:
        """Return what came of everything so far, in a line."""
        return (
            f"up to seed {seed}: {self.seeds} seeds, {len(self.failed)} failed; {self._words()}; "
            f"{self._real_s / self.seeds:.2f} s a seed, {self._ratio():,.0f} times real time"
        )

    def summary(self) -> str:
        """Return everything, in a few lines."""
        sums = ", ".join(f"{number:,} {name}" for name, number in self._sums.items())
        lines = [f"{self.seeds} seeds, {self._virtual_s / DAY_S:,.0f} days: {sums}.", self._words() + "."]
        lines.append(f"{self._real_s:,.0f} s in all, {self._ratio():,.0f} times real time.")
        if self.failed:
            lines.append(f"Failed: {', '.join(map(str, self.failed))}.")
        return "\n".join(lines)

    def _words(self) -> str:
        shown = [b for b in Breach if b in ALWAYS_SHOWN or self.breaches[b]]
        return ", ".join(f"{self.breaches[b]} {b}" for b in shown)

    def _ratio(self) -> float:
        return self._virtual_s / self._real_s if self._real_s else 0.0


if __name__ == "__main__":
    sys.exit(main())
