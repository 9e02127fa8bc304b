"""A screen for a file of tests, and for each test a data folder of its own with everything that runs on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.hands import HANDS, Keyboard, Mouse
from tests.e2e.running import PROGRAMS, Running, are_there, screen

LIMIT_S = 150


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what needs programs that aren't there; give the rest the time that a loaded machine takes."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(LIMIT_S))
            item.add_marker(pytest.mark.skipif(not are_there(), reason=f"needs {', '.join(PROGRAMS)}"))


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with screen() as name:
        yield name


@pytest.fixture
def running(tmp_path: Path, display: str) -> Iterator[Running]:
    made = Running(tmp_path, display)
    yield made
    made.close()


@pytest.fixture
def mouse(running: Running) -> Mouse:
    return Mouse(running.window, running.env)


@pytest.fixture(params=HANDS, ids=lambda hand: hand.name)
def hand(request: pytest.FixtureRequest, running: Running) -> Mouse | Keyboard:
    """Each test that takes it runs by mouse alone, and again by keyboard alone."""
    return request.param(running.window, running.env)
