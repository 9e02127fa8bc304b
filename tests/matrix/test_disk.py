"""The database or the journal can't be written, in each phase: nothing leaves unrecorded, and no outcome is lost."""

from __future__ import annotations

import contextlib
import errno
import logging
import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from sqlalchemy import event

from engine.errors import StorageError
from engine.workers.sender import Sender
from storage import journal
from tests.engine.scenes import TEXT, attempts, begin, ledger, states, used
from tests.fakes.rig import Rig
from tests.fakes.statements import share_nothing
from tests.matrix.phases import NOW, Phases
from tests.matrix.reaching import Reached, each

CODES = {"full": "SQLITE_FULL", "busy": "SQLITE_BUSY", "damaged": "SQLITE_CORRUPT"}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Every failure is logged with its traceback, as it should be; here there are many."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


class Disk:
    """Lets every statement and commit of the writing connection fail while it is bad."""

    def __init__(self, rig: Rig, cell: str) -> None:
        self._code = CODES[cell.partition("-")[0]]
        self.is_bad = False
        self.failed = 0
        self.on_failure: Callable[[], None] = lambda: None
        share_nothing(rig.engine.ctx.db)
        event.listen(rig.engine.ctx.db._writer, "do_execute", self._on_execute)

    def break_(self) -> None:
        """Let it fail from now on."""
        self.is_bad = True

    def _on_execute(self, _cursor: Any, statement: str, *_: Any) -> None:
        if self.is_bad and not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            self.failed += 1
            self.on_failure()
            error = sqlite3.OperationalError(self._code.lower())
            error.sqlite_errorname = self._code
            raise error


@pytest.mark.parametrize("cell", each("full-A", "busy-A", "damaged-A"))
def test_nothing_is_claimed_and_it_goes_on_afterwards(phases: Phases, reached: Reached, cell: str) -> None:
    rig, disk = phases.rig, Disk(phases.rig, cell)
    phases.go(minutes=1)
    assert states(rig) == ["planned"]
    disk.break_()
    disk.on_failure = lambda: reached(cell)
    rig.run(rig.pass_time(hours=2))
    assert rig.wire.writes == [] and states(rig) == ["planned"]
    disk.is_bad = False
    phases.ends()


@pytest.mark.parametrize("cell", each("full-B", "busy-B", "damaged-B"))
def test_an_arming_that_fails_lets_nothing_out(
    phases: Phases, monkeypatch: pytest.MonkeyPatch, reached: Reached, cell: str
) -> None:
    rig, disk, real = phases.rig, Disk(phases.rig, cell), Sender._arm

    def arm(*args: Any) -> Any:
        disk.break_()
        disk.on_failure = lambda: reached(cell)
        return real(*args)

    monkeypatch.setattr(Sender, "_arm", arm)
    phases.go(hours=2)
    monkeypatch.setattr(Sender, "_arm", real)
    assert rig.wire.writes == [] and attempts(rig) == []
    disk.is_bad = False
    phases.ends()


@pytest.mark.cells("full-B")
def test_a_journal_line_that_can_not_be_written_is_proof_that_nothing_left(phases: Phases, reached: Reached) -> None:
    rig = phases.rig
    kept = rig.engine.ctx.journal
    assert kept is not None
    real = kept.append

    def append(line: object) -> None:
        assert states(rig) == ["sending"]
        reached("full-B")
        raise StorageError("The send journal can't be written (No space left on device).")

    kept.append = append  # type: ignore[method-assign]
    phases.go()
    assert rig.wire.writes == []
    assert {a[0] for a in attempts(rig)} == {"not_sent"} and used(rig, "message") == 0
    kept.append = real  # type: ignore[method-assign]
    phases.ends()


@pytest.mark.parametrize("cell", each("full-C", "damaged-C", "full-D", "busy-D", "damaged-D"))
def test_an_outcome_is_kept_until_it_can_be_recorded(phases: Phases, cell: str) -> None:
    rig, disk = phases.rig, Disk(phases.rig, cell)
    phases.at(cell, disk.break_)
    phases.go()
    assert disk.failed and states(rig) == ["sending"]
    assert len(rig.wire.writes) == 1
    disk.is_bad = False
    phases.ends()
    assert ledger(rig)[0][:3] == ("message", "sent", "response")


@pytest.mark.cells("full-D")
def test_an_outcome_is_tried_seldom_while_the_disk_is_full_for_long(phases: Phases) -> None:
    rig, disk = phases.rig, Disk(phases.rig, "full")
    phases.at("full-D", disk.break_)
    phases.go()
    disk.failed = 0
    rig.hurry(1.0)
    rig.run(rig.pass_time(hours=1))
    assert 200 < disk.failed < 700
    disk.is_bad = False
    rig.run(rig.pass_time(seconds=16))
    assert states(rig) == ["sent"]


@pytest.mark.parametrize("cell", each("full-D", "damaged-D"))
def test_after_a_kill_the_journal_tells_the_outcome_that_could_not_be_recorded(phases: Phases, cell: str) -> None:
    rig, disk = phases.rig, Disk(phases.rig, cell)
    phases.at(cell, disk.break_)
    phases.go()
    assert disk.failed and states(rig) == ["sending"]
    rig.crash()
    rig.run(rig.engine.start())
    assert ledger(rig)[0][:4] == ("message", "sent", "response", "the answer is in the send journal")
    phases.ends()


@pytest.mark.parametrize("cell", each("full-E", "busy-E", "damaged-E"))
def test_what_can_not_be_recorded_is_read_again(phases: Phases, cell: str) -> None:
    rig, disk = phases.rig, Disk(phases.rig, cell)
    phases.loses_its_answer(acts=True)
    phases.at(cell, disk.break_)
    phases.go()
    assert disk.failed and states(rig) == ["unknown"]
    disk.is_bad = False
    phases.ends()


@pytest.mark.parametrize("cell", each("full-F", "busy-F", "damaged-F"))
def test_an_import_and_an_edit_end_with_a_clean_error_and_the_old_data_whole(
    phases: Phases, reached: Reached, cell: str
) -> None:
    rig, disk = phases.rig, Disk(phases.rig, cell)
    rig.run(rig.add_account())
    rig.run(rig.engine.services.campaigns.add(NOW))
    disk.break_()
    disk.on_failure = lambda: reached(cell)
    with pytest.raises(StorageError) as told:
        rig.run(rig.engine.services.leads.import_file(rig.lead_list(), "Writing"))
    assert ("backup" in told.value.advice) == cell.startswith("damaged")
    assert rig.rows("SELECT 1 FROM lead") == []
    disk.is_bad = False
    rig.run(rig.engine.services.leads.import_file(rig.lead_list(), "Writing"))
    assert rig.one("SELECT count(*) FROM lead") == 1


LONG = NOW.replace(TEXT, "A long story. " * 500)
"""Its text needs new pages of the file; a claim doesn't."""


def looks(rig: Rig) -> int:
    """Return how often a person's profile or conversation was read."""
    return sum(1 for s in rig.wire.seen if re.search(r"/(users/(?!me|relations|invite)|chat_attendees/)", s.path))


def raw(rig: Rig) -> sqlite3.Connection:
    """Return the writing connection as SQLite has it."""
    db = rig.engine.ctx.db
    return cast(sqlite3.Connection, rig.run(db.in_writer_thread(lambda e: e.raw_connection().dbapi_connection)))


def no_more_pages(rig: Rig) -> None:
    """Let the file of the database grow no more, and hold no free page."""
    (pages,) = raw(rig).execute("PRAGMA page_count").fetchone()
    raw(rig).execute(f"PRAGMA max_page_count = {pages}")
    with contextlib.suppress(sqlite3.OperationalError):
        while True:
            raw(rig).execute("INSERT INTO activity (at_ms, kind, words) VALUES (1, 'x', hex(zeroblob(3500)))")


def test_a_file_that_can_not_grow_costs_one_look_and_no_more(phases: Phases) -> None:
    rig = phases.rig
    rig.run(begin(rig, LONG))
    no_more_pages(rig)
    rig.run(rig.pass_time(hours=1))
    assert looks(rig) > 0 and rig.wire.writes == [] and attempts(rig) == []
    before, used_before = looks(rig), used(rig, "profile_read")
    rig.run(rig.pass_time(hours=6))
    assert (looks(rig), used(rig, "profile_read")) == (before, used_before)
    (account,) = rig.run(rig.engine.services.status.overview()).accounts
    assert (account.next_at, account.why) == (None, "the disk is full")
    raw(rig).execute("PRAGMA max_page_count = 1073741823")
    rig.run(rig.pass_time(minutes=1, seconds=30))
    assert len(rig.wire.writes) == 1
    phases.ends()


def test_a_journal_that_can_not_be_written_costs_one_look_and_no_more(
    phases: Phases, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, real = phases.rig, journal._write_whole

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(journal, "_write_whole", full)
    phases.go()
    assert looks(rig) > 0 and {a[0] for a in attempts(rig)} == {"not_sent"}
    before, tries = looks(rig), len(attempts(rig))
    rig.run(rig.pass_time(hours=5))
    assert (looks(rig), len(attempts(rig))) == (before, tries)
    monkeypatch.setattr(journal, "_write_whole", real)
    rig.run(rig.pass_time(minutes=1, seconds=30))
    assert len(rig.wire.writes) == 1
    phases.ends()
