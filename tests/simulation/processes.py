"""Runs seeds in several processes at once; what comes of each is the same as in one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.simulation.folders import empty_folder
from tests.simulation.simulation import Outcome, run_seed


def outcomes(seeds: range, jobs: int) -> Iterator[Outcome]:
    """Run seeds, so many at once; their outcomes come in the order of the seeds."""
    jobs = min(jobs, len(seeds))
    if jobs == 1:
        logging.disable(logging.CRITICAL)
        yield from map(run_in_folder, seeds)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=logging.disable) as pool:
        yield from pool.map(run_in_folder, seeds)


def run_in_folder(seed: int) -> Outcome:
    """Run a seed in a folder of its own."""
    with empty_folder(seed) as folder:
        return run_seed(seed, folder)
