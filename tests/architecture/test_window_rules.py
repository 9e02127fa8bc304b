"""The window's rooms: short pages, widgets that know no engine, and a screen that needs one file and one line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui.screens import SCREENS

ROOT = Path(__file__).resolve().parents[2]
PAGES, WIDGETS = (sorted((ROOT / "gui" / room).rglob("*.py")) for room in ("pages", "widgets"))
MOST_LINES = 300
KNOWN_TO_WIDGETS = ("engine.domain.", "gui.state.", "gui.widgets.", "gui.models.", "gui.theme", "gui.formatting")
"""Values and their rules, words, other widgets, the rows that a view shows, and how things look."""


def imports(tree: ast.AST) -> Iterator[str]:
    """Return what is imported when a module runs; what only the type checker sees is left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        yield from imports(node)


def test_every_page_is_under_300_lines() -> None:
    long = {page.name: n for page in PAGES if (n := len(page.read_text(encoding="utf-8").splitlines())) >= MOST_LINES}
    assert PAGES and not long


@pytest.mark.parametrize("path", WIDGETS, ids=lambda path: path.stem)
def test_a_widget_knows_no_engine(path: Path) -> None:
    ours = [name for name in imports(ast.parse(path.read_text(encoding="utf-8"))) if re.match(r"(gui|engine)\b", name)]
    assert not [name for name in ours if not name.startswith(KNOWN_TO_WIDGETS) and name != "gui.theme"]


def test_a_page_is_named_by_its_registration_alone() -> None:
    """What opens the screens, and the bar that lists them, know none of them: a new one is a file and a line."""
    modules = {screen.page.partition(":")[0] for screen in SCREENS}
    for name in ("desk", "main_window", "app", "session", "widgets/side_bar"):
        found = set(imports(ast.parse((ROOT / "gui" / f"{name}.py").read_text(encoding="utf-8"))))
        named = {module for module in modules if any(f"gui.pages.{module}." in imported for imported in found)}
        assert not named, f"gui/{name}.py"
