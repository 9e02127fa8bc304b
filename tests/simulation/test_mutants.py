"""The tests of the tests: a program without any one of its safeguards is found out, and the whole one isn't."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.scenes import run


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_a_missing_safeguard_is_noticed(tmp_path: Path, mutant: Mutant) -> None:
    with mutant.put_in():
        found = run(mutant.plan, tmp_path).findings
    assert found.counts, mutant.name


FIRST_WITH = [i for i, m in enumerate(MUTANTS) if all(m.plan is not n.plan for n in MUTANTS[:i])]


@pytest.mark.parametrize("number", FIRST_WITH)
def test_nothing_is_found_in_the_same_scene_with_the_safeguard(tmp_path: Path, number: int) -> None:
    assert run(MUTANTS[number].plan, tmp_path).findings.first == []
