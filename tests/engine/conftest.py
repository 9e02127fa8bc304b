"""A Leadloom on virtual time for each test, closed in order afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.rig import Rig


@pytest.fixture
def make_rig(tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    """Return a maker of rigs; every rig is closed at the end."""
    made: list[Rig] = []

    def make(**how: Any) -> Rig:
        folder = tmp_path / f"rig{len(made)}"
        folder.mkdir()
        made.append(Rig(folder, **how))
        return made[-1]

    yield make
    for rig in made:
        rig.close()
