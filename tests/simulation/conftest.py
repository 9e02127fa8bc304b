"""Surroundings of the simulator's tests: a folder in memory where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.folders import empty_folder


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Return an empty folder for the test's seed."""
    with empty_folder(request.node.callspec.params["seed"]) as made:
        yield made
