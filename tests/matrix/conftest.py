"""Rigs for the fault matrix, and a hook into the phases of a send."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.conftest import make_rig as make_rig
from tests.fakes.rig import Rig
from tests.matrix.phases import Phases, friend
from tests.matrix.reaching import Reached


@pytest.fixture
def phases(make_rig: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch, reached: Reached) -> Phases:
    """Return the hook into a rig with one connected person."""
    return Phases(friend(make_rig), monkeypatch, reached)
