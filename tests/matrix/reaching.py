"""Marks of the fault matrix: a test names its cells, and fails unless the fault really happened there.

`@pytest.mark.cells("sleep-B")` or a parameter made by `each` names them; the fixture `reached` is called by the fault's
own hook, at the moment when it happens in that phase.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest

from tests.matrix.cells import CELLS

Reached = Callable[[str], None]
_REACHED = pytest.StashKey[set[str]]()
_REASON = "cells(*names): the cells of the fault matrix that this test reaches"


def each(*names: str, **more: Any) -> list[Any]:
    """Return a parameter for each cell, marked with it."""
    return [pytest.param(name, marks=[pytest.mark.cells(name), *more.get("marks", ())], id=name) for name in names]


def wanted(item: pytest.Item) -> set[str]:
    """Return the cells that a test names."""
    return {name for mark in item.iter_markers("cells") for name in mark.args}


@pytest.fixture
def reached(request: pytest.FixtureRequest) -> Reached:
    """Return what a fault's hook calls in the moment when it happens in a phase."""
    there = request.node.stash.setdefault(_REACHED, set())

    def note(name: str) -> None:
        assert name in wanted(request.node), f"{name} isn't named by this test"
        there.add(name)

    return note


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", _REASON)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Let a test fail of which a cell wasn't reached."""
    result = yield
    need_all(wanted(item), item.stash.get(_REACHED, set()))
    return result


def need_all(names: set[str], there: set[str]) -> None:
    """Fail for what isn't a cell or wasn't reached."""
    assert names <= CELLS.keys(), f"no cells of the matrix: {sorted(names - CELLS.keys())}"
    assert names <= there, f"not reached: {sorted(names - there)}"
