"""Runs each seed in two fresh processes, whose sets are in another order, and compares their event logs' hashes."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.simulation.folders import empty_folder
from tests.simulation.simulation import run_seed

ROOT = Path(__file__).resolve().parents[2]
ORDERS = ("1", "2")
"""Values of PYTHONHASHSEED."""


def differing(seeds: Iterable[int], jobs: int) -> Iterator[str]:
    """Yield in words what differs between two runs of a seed; so many seeds at once."""
    with ThreadPoolExecutor(jobs) as pool:
        for seed, (first, second) in pool.map(lambda s: (s, [hash_of(s, order) for order in ORDERS]), seeds):
            if first != second:
                yield f"seed {seed}: {first[:12]} is followed by {second[:12]}"


def hash_of(seed: int, order_of_sets: str) -> str:
    """Run a seed in a process of its own; returns the hash of its event log."""
    surroundings = {**os.environ, "PYTHONHASHSEED": order_of_sets}
    command = [sys.executable, "-m", "tests.simulation.twice", str(seed)]
    done = subprocess.run(command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def main(argv: list[str]) -> int:
    """Run one seed and print its hash."""
    logging.disable(logging.CRITICAL)
    seed = int(argv[0])
    with empty_folder(seed) as folder:
        print(run_seed(seed, folder).log_sha)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
