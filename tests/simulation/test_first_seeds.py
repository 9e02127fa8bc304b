"""Seeds of the simulator: in two weeks of a bad line and a bad machine, and what follows, no invariant is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.plan import fortnight
from tests.simulation.simulation import DAY_S, run_seed


@pytest.mark.parametrize("seed", range(1, 21))
def test_a_fortnight_of_faults_and_ends_breaks_no_invariant(folder: Path, seed: int) -> None:
    outcome = run_seed(seed, folder, fortnight)
    assert outcome.first == ()
    assert outcome.virtual_s > 14 * DAY_S
