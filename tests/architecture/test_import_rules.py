"""The layers of docs/architecture.md hold, whatever a change would like to import."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = sorted((ROOT / "engine" / "domain").glob("*.py"))
PURE = {"liquid", "engine.domain", "engine.errors"}


def imported(path: Path) -> Iterator[str]:
    """Yield the dotted names of all modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: a relative import"
            yield node.module


def sources(*rooms: str) -> list[Path]:
    """Return the Python files of these folders."""
    return [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]


def test_import_linter_keeps_every_contract() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_nothing_imports_the_composition_root() -> None:
    rooms = sources("engine", "gui", "storage")
    assert rooms
    assert [path for path in rooms if "main" in set(imported(path))] == []


@pytest.mark.parametrize("path", DOMAIN, ids=lambda path: path.stem)
def test_rules_import_the_standard_library_and_the_template_library_only(path: Path) -> None:
    foreign = {
        name
        for name in imported(path)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not any(name == pure or name.startswith(f"{pure}.") for pure in PURE)
    }
    assert foreign == set()


@pytest.mark.parametrize("path", DOMAIN, ids=lambda path: path.stem)
def test_rules_touch_no_file_network_process_or_thread(path: Path) -> None:
    reaching = {"os", "socket", "subprocess", "asyncio", "threading", "sqlite3", "pathlib", "http", "urllib.request"}
    assert reaching & set(imported(path)) == set()


def test_qasync_is_known_to_the_composition_root_and_the_window_only() -> None:
    assert [path for path in sources("engine", "storage") if "qasync" in set(imported(path))] == []


def test_the_engine_package_is_a_docstring_so_that_the_module_graph_has_no_cycle() -> None:
    body = ast.parse((ROOT / "engine" / "__init__.py").read_text(encoding="utf-8")).body
    assert len(body) == 1
    assert isinstance(body[0], ast.Expr)


def test_the_command_line_and_the_window_get_no_sql_and_no_http() -> None:
    for path in sources("gui", "engine/console"):
        reached = {name.partition(".")[0] for name in imported(path)}
        assert not reached & {"storage", "sqlalchemy", "alembic", "httpx", "keyring"}, path
