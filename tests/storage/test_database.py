"""Transactions: whole or not at all, never cancelled half-way, on one writing connection; errors in plain words."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.domain.news import CampaignFinished
from engine.errors import StorageError
from storage.database import Database, RuleBroken
from storage.unit_of_work import Committed, UnitOfWork
from tests.storage.conftest import Filled


def note(uow: UnitOfWork, words: str) -> None:
    uow.connection.execute(text("INSERT INTO activity (at_ms, kind, words) VALUES (0, 'x', :words)"), {"words": words})


def notes(db: Database) -> list[str]:
    return [r.words for r in db.read_here(lambda c: c.execute(text("SELECT words FROM activity")).all())]


def test_a_unit_of_work_that_raises_leaves_nothing(db: Database) -> None:
    def half(uow: UnitOfWork) -> None:
        note(uow, "half")
        raise LookupError("no")

    with pytest.raises(LookupError):
        asyncio.run(db.write(half))
    assert notes(db) == []


def test_a_writer_holds_the_file_from_its_first_statement(db: Database) -> None:
    other = sqlite3.connect(db.path, timeout=0)

    def busy(uow: UnitOfWork) -> str:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        return str(uow.connection.exec_driver_sql("SELECT 'in'").scalar_one())

    assert db.write_here(busy)[0] == "in"
    other.close()


def test_a_waiter_that_is_cancelled_does_not_cancel_the_work(db: Database) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def slow(uow: UnitOfWork) -> None:
        begun.set()
        assert goes_on.wait(10)
        note(uow, "done")

    async def cancelled() -> None:
        waiting = asyncio.create_task(db.write(slow))
        await asyncio.to_thread(begun.wait, 10)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        goes_on.set()
        await db.write(lambda u: note(u, "after"))

    told: list[Committed] = []
    db.on_commit = told.append
    asyncio.run(cancelled())
    assert notes(db) == ["done", "after"]


def test_news_are_told_after_the_commit_and_not_after_a_rollback(db: Database) -> None:
    told: list[Committed] = []
    db.on_commit = lambda committed: told.append(committed) if notes(db) else None
    from datetime import UTC, datetime

    event = CampaignFinished(at=datetime(2026, 1, 5, tzinfo=UTC), campaign_id=1)

    def finish(uow: UnitOfWork, *, fails: bool) -> None:
        note(uow, "finished")
        uow.changed("campaign", 1)
        uow.happened(event)
        if fails:
            raise LookupError

    async def both() -> None:
        with pytest.raises(LookupError):
            await db.write(lambda u: finish(u, fails=True))
        assert told == []
        await db.write(lambda u: finish(u, fails=False))
        await db.write(lambda u: None)

    asyncio.run(both())
    assert [(c.changed, c.news) for c in told] == [({"campaign": frozenset({1})}, (event,))]


def test_a_reading_connection_can_not_write(db: Database) -> None:
    with pytest.raises(StorageError, match="can't be read or written"):
        asyncio.run(db.read(lambda c: c.exec_driver_sql("DELETE FROM activity")))
    with pytest.raises(StorageError, match="can't be read or written"):
        asyncio.run(db.look(lambda u: note(u, "no")))


def test_a_reader_sees_whole_transactions_only(db: Database) -> None:
    def look_inside(uow: UnitOfWork) -> list[str]:
        note(uow, "one")
        return notes(db)

    assert db.write_here(look_inside)[0] == []
    assert notes(db) == ["one"]


def test_a_full_disk_is_said_in_words_and_passes(db: Database) -> None:
    def bound(pages: int) -> None:
        db.write_here(lambda u: u.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}"))

    used = db.read_here(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one())
    bound(used + 2)
    with pytest.raises(StorageError, match="disk is full") as caught:
        db.write_here(lambda u: [note(u, "x" * 4000) for _ in range(50)])
    assert "goes on by itself" in caught.value.advice
    assert notes(db) == []
    bound(1_000_000)
    db.write_here(lambda u: note(u, "space again"))
    assert notes(db) == ["space again"]


def test_a_database_that_somebody_else_holds_is_said_in_words(db: Database) -> None:
    db.write_here(lambda u: u.connection.exec_driver_sql("PRAGMA busy_timeout = 1"))
    other = sqlite3.connect(db.path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="Another program holds"):
        db.write_here(lambda u: note(u, "no"))
    other.rollback()
    other.close()
    db.write_here(lambda u: note(u, "yes"))


def test_a_damaged_file_is_said_in_words(tmp_path: Path) -> None:
    path = tmp_path / "leadloom.db"
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 4096)
    db = Database(path)
    with pytest.raises(StorageError, match="damaged"):
        db.read_here(lambda c: c.exec_driver_sql("SELECT 1 FROM sqlite_master").all())
    db.close()


def test_a_broken_rule_is_an_error_of_its_own(filled: Filled) -> None:
    with pytest.raises(RuleBroken):
        filled.do("INSERT INTO lead (id, identity_key, created_ms) VALUES (1, 'x', 0)")
    with pytest.raises(StorageError, match="refused"):
        filled.do("SELECT nothing FROM nowhere")


def test_every_connection_has_the_settings_that_the_promises_need(db: Database) -> None:
    wanted = {"foreign_keys": 1, "trusted_schema": 0, "cell_size_check": 1, "secure_delete": 1, "mmap_size": 0}
    for fn, is_writer in ((db.read_here, False), (lambda f: db.write_here(lambda u: f(u.connection))[0], True)):
        found = fn(lambda c: {n: c.exec_driver_sql(f"PRAGMA {n}").scalar_one() for n in (*wanted, "synchronous")})
        assert {n: found[n] for n in wanted} == wanted
        assert not is_writer or found["synchronous"] == 2
    assert db.read_here(lambda c: c.exec_driver_sql("PRAGMA journal_mode").scalar_one()) == "wal"


def test_maintenance_runs_between_two_units_of_work(db: Database) -> None:
    asyncio.run(db.in_writer_thread(lambda e: e.connect().close()))
    assert asyncio.run(db.write(lambda u: u.connection.exec_driver_sql("SELECT 1").scalar_one())) == 1
