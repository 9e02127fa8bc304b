"""The practice account's past is made by another process: told, given up, or failed."""

from __future__ import annotations

import sys
import threading

import pytest

from engine.desktop import make_past
from engine.errors import Cancelled, UserError
from engine.opening import Opening


def _program(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def test_each_day_is_told() -> None:
    told: list[tuple[int, int]] = []
    make_past(_program("print(1); print('noise'); print(2)"), Opening(lambda _, done, of: told.append((done, of))))
    assert told == [(1, 30), (2, 30)]


def test_who_closes_the_window_ends_it() -> None:
    opening = Opening(lambda *_: opening.cancel())
    with pytest.raises(Cancelled):
        make_past(_program("print(1, flush=True); import threading; threading.Event().wait(60)"), opening)


def test_closing_before_it_began_ends_it_too() -> None:
    opening = Opening(lambda *_: None)
    threading.Thread(target=opening.cancel).run()
    with pytest.raises(Cancelled):
        make_past(_program("import threading; threading.Event().wait(60)"), opening)


def test_a_failure_is_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(UserError, match="could not be made"):
        make_past(_program("raise SystemExit('disk full')"), Opening(lambda *_: None))
    assert "disk full" in caplog.text
