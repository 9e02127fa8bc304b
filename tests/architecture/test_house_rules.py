"""House rules that no other tool checks: sizes, docstrings, unfinished words, addresses in lock files."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60
ROOMS = ("engine", "storage", "gui", "tests", "bench", "docs")
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|raise NotImplemented" r"Error|place" r"holder|du" r"mmy)\b")
BANNED_NAMES = {"utils", "util", "misc", "helpers", "helper", "manager", "common"}
ADDRESS = re.compile(r"://|--index-url|--find-links|--extra-index-url|@ file")
HOME_FOLDER = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/[A-Za-z]")


@lru_cache
def python_files() -> list[Path]:
    """Return the project's Python files."""
    found = [ROOT / "main.py", ROOT / "tasks.py", *(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))]
    return sorted(p for p in found if p.is_file() and "__pycache__" not in p.parts)


@lru_cache
def text_files() -> list[Path]:
    """Return the files under version control that are text, or all of them where git isn't there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = [n for n in listed.stdout.split("\0") if n] if listed.returncode == 0 else []
    found = [ROOT / n for n in names] or [*python_files(), *ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    return [p for p in found if p.suffix in {".py", ".md", ".toml", ".txt", ".sql", ".cfg", ".yml"} and p.is_file()]


def named(path: Path) -> str:
    """Return a file's name from the project's folder on."""
    return path.relative_to(ROOT).as_posix()


def test_there_is_something_to_check() -> None:
    assert len(python_files()) > 100


def test_no_file_is_over_400_lines() -> None:
    long = {
        named(p): n for p in python_files() if (n := p.read_text(encoding="utf-8").count("\n")) > MOST_LINES_OF_A_FILE
    }
    assert long == {}


def test_no_function_is_over_60_lines() -> None:
    long = {}
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MOST_LINES_OF_A_FUNCTION:
                    long[f"{named(path)}:{node.name}"] = lines
    assert long == {}


def test_every_module_says_what_it_is() -> None:
    silent = [named(p) for p in python_files() if not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))]
    assert silent == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [named(p) for p in python_files() if p.stem in BANNED_NAMES or BANNED_NAMES & set(p.parent.parts)] == []


def test_nothing_is_left_unfinished() -> None:
    found = [
        f"{named(path)}:{number}: {line.strip()}"
        for path in text_files()
        if path.suffix in {".py", ".md", ".toml"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert found == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    found = [
        f"{named(path)}:{number}: {line.strip()}"
        for path in text_files()
        if path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if HOME_FOLDER.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_a_lock_file_has_hashes_and_no_address(name: str) -> None:
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if ADDRESS.search(line)] == []
    pinned = [n for n, line in enumerate(lines) if re.match(r"[a-z0-9][a-z0-9._-]*==", line)]
    assert len(pinned) > 20
    assert [lines[n] for n in pinned if not lines[n + 1].strip().startswith("--hash=sha256:")] == []


def test_the_development_lock_holds_every_pin_of_the_run_lock() -> None:
    run, dev = (
        set(re.findall(r"^[a-z0-9._-]+==\S+", (ROOT / "requirements" / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("run.txt", "dev.txt")
    )
    assert run - dev == set()


def test_the_tasks_file_names_no_network_address() -> None:
    assert "://" not in (ROOT / "tasks.py").read_text(encoding="utf-8")
