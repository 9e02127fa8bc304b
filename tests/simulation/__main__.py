"""Runs seeds of the simulator: `python -m tests.simulation --seeds N [--seed FIRST]`."""

from __future__ import annotations

import argparse
import logging
import sys
from collections import Counter

from tests.simulation.findings import Breach
from tests.simulation.folders import empty_folder
from tests.simulation.simulation import DAY_S, Outcome, run_seed

LINE_EVERY = 100
ALWAYS_SHOWN = tuple(Breach)[:8]


def main(argv: list[str] | None = None) -> int:
    """Run seeds and say what came of them; returns 1 when any invariant was broken."""
    parser = argparse.ArgumentParser(prog="python3 tasks.py simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, metavar="N", help="how many seeds to run (default 100)")
    parser.add_argument("--seed", type=int, default=1, metavar="FIRST", help="the first of them (default 1)")
    parser.add_argument("--each", action="store_true", help="print a line for every seed")
    asked = parser.parse_args(argv)
    logging.disable(logging.CRITICAL)
    total = Total()
    for seed in range(asked.seed, asked.seed + asked.seeds):
        outcome = run_in_folder(seed)
        total.add(outcome)
        if asked.each:
            print(line_of(outcome), flush=True)
        for finding in outcome.first:
            print(f"seed {seed} ({outcome.mix}): {finding.breach}: {finding.words}", flush=True)
        if outcome.first:
            print(f"    again: python3 tasks.py simulate --seeds 1 --seed {seed}", flush=True)
        if total.seeds % LINE_EVERY == 0 or seed == asked.seed + asked.seeds - 1:
            print(total.line(seed), flush=True)
    print(total.summary(), flush=True)
    return 1 if total.failed else 0


def run_in_folder(seed: int) -> Outcome:
    """Run a seed in a folder of its own."""
    with empty_folder(seed) as folder:
        return run_seed(seed, folder)


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
