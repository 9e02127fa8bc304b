"""More seeds of the simulator, in a file of their own so that two processes share them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.plan import fortnight
from tests.simulation.simulation import run_seed


@pytest.mark.parametrize("seed", range(21, 41))
def test_a_fortnight_of_faults_and_ends_breaks_no_invariant(folder: Path, seed: int) -> None:
    assert run_seed(seed, folder, fortnight).first == ()
