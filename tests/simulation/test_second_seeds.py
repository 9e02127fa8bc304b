"""More seeds of the simulator, in a file of their own so that two processes share them, and those that failed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.simulation import run_seed

FAILED_ONCE = [
    int(line.split()[0])
    for line in (Path(__file__).parent / "seeds.txt").read_text(encoding="utf-8").splitlines()
    if line[:1].isdigit()
]


@pytest.mark.parametrize("seed", [*range(21, 41), *(s for s in FAILED_ONCE if s > 40)])
def test_a_month_of_faults_and_ends_breaks_no_invariant(folder: Path, seed: int) -> None:
    assert run_seed(seed, folder).first == ()
