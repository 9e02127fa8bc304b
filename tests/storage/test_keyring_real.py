"""The key in a real Secret Service: kept over a restart, encrypted, forgotten; and what a locked or absent one does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.storage import secret_service

KEY = "k3y-that-must-never-be-found.Zm9v+/="
NAME = "https://api1.unipile.com:13111"
ABSENT = secret_service.missing()

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the Secret Service is Linux's"),
    pytest.mark.skipif(bool(ABSENT), reason=f"not installed here: {', '.join(ABSENT)}"),
]

PROGRAM = """
import asyncio, json
from engine.errors import KeyringError
from storage.credentials import KeyringCredentials

NAME, KEY = {name!r}, {key!r}
told = {{}}

async def attempt(what, awaited):
    try:
        told[what] = await awaited
    except KeyringError as error:
        told[what] = ["KeyringError", error.title, error.advice]

async def main():
    credentials = KeyringCredentials(deadline_s=10)
{steps}
    print(json.dumps(told))

asyncio.run(main())
"""


def told(home: Path, *steps: str, is_unlocked: bool = True, has_bus: bool = True) -> dict[str, Any]:
    """Carry out steps like "save=credentials.save(NAME, KEY)" in a process; returns what each came to."""
    lines = "\n".join(f"    await attempt({name!r}, {call})" for name, _, call in (s.partition("=") for s in steps))
    program = PROGRAM.format(name=NAME, key=KEY, steps=lines)
    found: dict[str, Any] = secret_service.run(program, home, is_unlocked=is_unlocked, has_bus=has_bus)
    return found


SAVE = "save=credentials.save(NAME, KEY)"
LOAD = "load=credentials.load(NAME)"
DELETE = "delete=credentials.delete(NAME)"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Return a home folder without any keyring; no file in it may ever show the key."""
    made = tmp_path / "home"
    made.mkdir()
    yield made
    written = [path for path in made.rglob("*") if path.is_file()]
    assert [path for path in written if KEY.encode() in path.read_bytes()] == []


def test_a_key_outlives_the_program_and_is_forgotten_on_demand(home: Path) -> None:
    assert told(home, SAVE, LOAD) == {"save": None, "load": KEY}
    assert told(home, LOAD) == {"load": KEY}
    assert told(home, DELETE, LOAD) == {"delete": None, "load": None}
    assert told(home, LOAD) == {"load": None}


def test_forgetting_a_key_that_is_not_there_is_fine(home: Path) -> None:
    assert told(home, DELETE) == {"delete": None}


def test_a_new_key_takes_the_old_ones_place(home: Path) -> None:
    told(home, SAVE)
    told(home, "save=credentials.save(NAME, 'new')")
    assert told(home, LOAD) == {"load": "new"}


@pytest.mark.parametrize("has_saved_before", [True, False])
def test_a_locked_keyring_leaves_the_key_for_the_session_and_says_so(home: Path, *, has_saved_before: bool) -> None:
    if has_saved_before:
        told(home, "save=credentials.save(NAME, 'old')")
    found = told(home, "first=credentials.load(NAME)", SAVE, LOAD, is_unlocked=False)
    assert found["load"] == KEY
    kind, title, advice = found["save"]
    assert kind == "KeyringError"
    assert title == "The keyring is locked."
    assert "session only" in advice
    assert KEY not in title + advice
    if has_saved_before:
        assert found["first"][0] == "KeyringError"
        assert told(home, LOAD) == {"load": "old"}


def test_without_a_keyring_the_key_is_kept_for_the_session_and_the_sentence_says_how(home: Path) -> None:
    found = told(home, "first=credentials.load(NAME)", SAVE, LOAD, DELETE, has_bus=False)
    assert found["load"] == KEY
    for what in ("first", "save", "delete"):
        kind, title, advice = found[what]
        assert (kind, title) == ("KeyringError", "There is no usable keyring on this computer.")
        assert "session only" in advice
        assert "LEADLOOM_API_KEY" in advice
