"""Every cell of the fault matrix has a test, and a test that doesn't reach its cell fails."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.matrix.cells import CELLS
from tests.matrix.reaching import need_all

TESTS = Path(__file__).resolve().parents[1]


def _named(path: Path) -> Iterator[str]:
    """Return the cells that a file's markers name, whichever tests are chosen in this run."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in ("cells", "each"):
            yield from (a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))


def test_every_cell_has_a_test_and_every_test_a_cell() -> None:
    named = {name for path in sorted(TESTS.rglob("test_*.py")) for name in _named(path)}
    assert sorted(CELLS.keys() - named) == []
    assert sorted(named - CELLS.keys()) == []


def test_a_cell_that_was_not_reached_fails_its_test() -> None:
    need_all({"kill-A"}, {"kill-A"})
    with pytest.raises(AssertionError, match="not reached"):
        need_all({"kill-A", "kill-B"}, {"kill-A"})
    with pytest.raises(AssertionError, match="no cells"):
        need_all({"kill-Z"}, {"kill-Z"})
