"""Seeds of the simulator: in a whole month of a bad line and a bad machine no invariant is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.simulation import DAY_S, run_seed


@pytest.mark.parametrize("seed", range(1, 21))
def test_a_month_of_faults_and_ends_breaks_no_invariant(folder: Path, seed: int) -> None:
    outcome = run_seed(seed, folder)
    assert outcome.first == ()
    assert outcome.virtual_s > 30 * DAY_S
