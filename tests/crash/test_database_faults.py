"""The database fails at its n-th statement or commit, once or for hours: nothing twice, nobody lost, and it goes on."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from engine.domain.practice_people import Character
from engine.errors import StorageError
from storage.database import Database
from tests.engine.scenes import BRISK, HOURS, INVITE, MESSAGE, folk, stages
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig
from tests.fakes.statements import share_statements

MakeRig = Callable[..., Rig]
CODES = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_BUSY", "SQLITE_READONLY", "SQLITE_CORRUPT")
CAMPAIGN = f'name = "Both"\n{HOURS}{INVITE.replace("5d", "1d")}{MESSAGE}'
PEOPLE = (Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Every failure is logged with its traceback, as it should be; here there are thousands."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def make_rig(tmp_path: Path) -> Iterator[MakeRig]:
    made: list[Rig] = []

    def make(**how: Any) -> Rig:
        folder = tmp_path / f"rig{len(made)}"
        folder.mkdir()
        made.append(Rig(folder, **how))
        return made[-1]

    yield make
    for rig in made:
        rig.close()


class Faulty:
    """Counts the writing connection's statements or commits, and lets those from the `wanted` one on fail."""

    newest: Faulty | None = None
    """The one that the dialect of all of them tells: there is one rig at a time."""

    def __init__(self, rig: Rig, *, on: str, wanted: int, code: str, times: int) -> None:
        self._on, self._wanted, self._code, self._left = on, wanted, code, times
        self.passed = 0
        db = rig.engine.ctx.db
        share_statements(db, "faulty")
        if Faulty.newest is None:
            _listen(db)
        Faulty.newest = self

    def heal(self) -> None:
        """Let everything work again."""
        self._left = 0

    def pass_by(self, what: str) -> None:
        """Count one, and fail if it is wanted."""
        if what != self._on:
            return
        self.passed += 1
        if self.passed >= self._wanted and self._left > 0:
            self._left -= 1
            error = sqlite3.OperationalError(self._code.lower())
            error.sqlite_errorname = self._code
            raise error


def _listen(db: Database) -> None:
    real = db._writer.dialect.do_commit

    def on_execute(_cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            _tell("statement")

    def do_commit(connection: Any) -> None:
        _tell("commit")
        real(connection)
        _tell("commit done")

    event.listen(db._writer, "do_execute", on_execute)
    db._writer.dialect.do_commit = do_commit  # type: ignore[method-assign]


def _tell(what: str) -> None:
    if Faulty.newest is not None:
        Faulty.newest.pass_by(what)


def prepared(make_rig: MakeRig, speed: float = FAST) -> Rig:
    rig = make_rig(folk=folk(*PEOPLE), speed=speed)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(CAMPAIGN))
    return rig


def started(rig: Rig) -> None:
    """Start as a person would: again, when it fails."""
    for _ in range(5):
        try:
            rig.run(rig.engine.start())
        except StorageError:
            continue
        return


def ends_well(rig: Rig, what: str) -> None:
    for _ in range(3):
        if rig.engine.supervisor is None:
            started(rig)
        with contextlib.suppress(StorageError):  # the last reading before the end may be what fails
            rig.run(rig.to_the_end())
            break
    assert set(stages(rig)) <= {"completed", "withdrawn", "needs_attention"}, what
    judge(rig)


def count_of(make_rig: MakeRig, on: str) -> int:
    rig = prepared(make_rig)
    faulty = Faulty(rig, on=on, wanted=10**9, code=CODES[0], times=0)
    ends_well(rig, on)
    return faulty.passed


@pytest.mark.parametrize(("on", "stride"), [("statement", 37), ("commit", 4), ("commit done", 1)])
def test_one_failure_at_any_statement_or_commit_is_got_over(make_rig: MakeRig, on: str, stride: int) -> None:
    for number, wanted in enumerate(range(1, count_of(make_rig, on) + 1, stride)):
        rig = prepared(make_rig)
        code = CODES[number % len(CODES)]
        Faulty(rig, on=on, wanted=wanted, code=code, times=1)
        started(rig)
        ends_well(rig, f"{on} {wanted} {code}")


@pytest.mark.parametrize("code", ["SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CORRUPT"])
def test_a_database_that_fails_for_hours_stops_sending_and_loses_nothing(make_rig: MakeRig, code: str) -> None:
    rig = prepared(make_rig, BRISK)
    started(rig)
    faulty = Faulty(rig, on="commit", wanted=4, code=code, times=10**9)
    rig.run(rig.pass_time(hours=5))
    sent = len(rig.wire.writes)
    rig.run(rig.pass_time(hours=5))
    assert len(rig.wire.writes) == sent <= 1
    faulty.heal()
    rig.hurry(FAST)
    ends_well(rig, code)
