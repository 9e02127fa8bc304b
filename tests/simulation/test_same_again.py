"""A seed is the same run every time: whoever is told its number sees what the reporter saw."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import logging, sys
logging.disable(logging.CRITICAL)
from tests.simulation.folders import empty_folder
from tests.simulation.simulation import run_seed
for seed in map(int, sys.argv[1:]):
    with empty_folder(seed) as folder:
        print(run_seed(seed, folder).log_sha)
"""


def hashes(order_of_sets: str, *seeds: int) -> list[str]:
    """Run seeds in a process of their own, whose sets are in another order."""
    surroundings = {**os.environ, "PYTHONHASHSEED": order_of_sets}
    command = [sys.executable, "-c", PROGRAM, *map(str, seeds)]
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_same_seed_gives_the_same_event_log() -> None:
    assert hashes("1", 7) == hashes("2", 7)
