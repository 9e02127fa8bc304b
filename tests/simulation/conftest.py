"""Surroundings of the simulator's tests: a folder in memory where there is one, and no log that nobody reads."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.folders import empty_folder


@pytest.fixture(autouse=True)
def no_log() -> Iterator[None]:
    """Keep the engine from writing out thousands of lines about simulated faults."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Return an empty folder for the test's seed."""
    with empty_folder(request.node.callspec.params["seed"]) as made:
        yield made
