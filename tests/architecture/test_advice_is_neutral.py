"""Services and rules advise window and command line alike; only the command line says what to type."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("engine/domain", "engine/provider", "engine/services", "engine/workers", "storage")
NOUNS, VERBS = "account|campaign|leads|attention", "add|list|set|check|import|export|start|show|resolve|remove"
TYPED = re.compile(rf"\b({NOUNS}) ({VERBS})(?= shows|\.| --)|(?<![\w-])--(?!data\b|speed\b|epoch\b)[a-z]")
"""--data, --speed and --epoch are given when the program is started, with a window or without."""


def _texts(tree: ast.AST) -> Iterator[str]:
    """Yield every text but docstrings and other texts that stand alone."""
    alone = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.value


@pytest.mark.parametrize("room", ROOMS)
def test_no_advice_speaks_command_line(room: str) -> None:
    files = [p for p in (ROOT / room).rglob("*.py") if "simulated" not in p.parts and "migrations" not in p.parts]
    assert files
    found = [
        (path.name, text)
        for path in files
        for text in _texts(ast.parse(path.read_text(encoding="utf-8")))
        if TYPED.search(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "Add one first: account add.",
        "account list shows the accounts.",
        "Name it with --map “A=b”.",
        "attention list shows",
    ],
)
def test_command_line_words_are_recognised(text: str) -> None:
    assert TYPED.search(text)
