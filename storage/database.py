"""The database: one file, one writing thread, reading threads beside it.

`await db.write(fn)` runs `fn(uow)` whole in one BEGIN IMMEDIATE transaction; cancelling the waiter never
cancels `fn`. `await db.read(fn)` runs `fn(connection)` on a connection that can't write. Nothing here knows
what the tables mean.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, exc

from engine.errors import StorageError
from storage.failures import in_words
from storage.unit_of_work import Committed, UnitOfWork

T = TypeVar("T")
log = logging.getLogger(__name__)

OLDEST_SQLITE = (3, 37)
"""STRICT tables and RETURNING need it. Source: sqlite.org release notes."""
WRITER_BUSY_MS = 30_000
READER_BUSY_MS = 5_000
_SETTINGS = {
    "foreign_keys": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "secure_delete": 1,
    "temp_store": 2,
    "journal_size_limit": 64 * 1024 * 1024,
    "mmap_size": 0,
}


class Database:
    """The open file. Close it, or its threads stay."""

    def __init__(self, path: Path, *, readers: int = 2) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise StorageError(f"SQLite {sqlite3.sqlite_version} is too old.", "Use a newer Python.")
        self.path = path
        self.on_commit: Callable[[Committed], None] | None = None
        self._writer = _make_engine(path, is_reader=False)
        self._reader = _make_engine(path, is_reader=True, pool_size=readers)
        self._write_thread = ThreadPoolExecutor(1, "database")
        self._read_threads = ThreadPoolExecutor(readers, "database-read")

    async def write(self, fn: Callable[[UnitOfWork], T]) -> T:
        """Run one unit of work; publish its news after the commit.

        Raises: StorageError, or whatever `fn` raises (then nothing was written).
        """
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._write_thread, self.write_here, fn)
        future.add_done_callback(self._publish)
        result, _ = await asyncio.shield(future)
        return result

    def write_here(self, fn: Callable[[UnitOfWork], T]) -> tuple[T, Committed]:
        """Run one unit of work in this thread, without publishing."""
        try:
            with self._writer.begin() as connection:
                uow = UnitOfWork(connection)
                result = fn(uow)
                committed = uow.committed()
            return result, committed
        except exc.DBAPIError as error:
            raise _translated(error) from error

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Run a query on a reading thread. Raises: StorageError."""
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._read_threads, self.read_here, fn))

    async def look(self, fn: Callable[[UnitOfWork], T]) -> T:
        """Run a repository's look-up on a reading thread; whatever it would write is refused."""
        return await self.read(lambda connection: fn(UnitOfWork(connection)))

    def read_here(self, fn: Callable[[Connection], T]) -> T:
        """Run a query in this thread. Raises: StorageError."""
        try:
            with self._reader.begin() as connection:
                return fn(connection)
        except exc.DBAPIError as error:
            raise _translated(error) from error

    async def in_writer_thread(self, fn: Callable[[Engine], T]) -> T:
        """Run maintenance (check, optimise, back up) between two units of work."""
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._write_thread, fn, self._writer))

    def close(self) -> None:
        """Finish what is under way, then close the file."""
        self._write_thread.shutdown(wait=True)
        self._read_threads.shutdown(wait=True)
        self._reader.dispose()
        self._writer.dispose()

    def _publish(self, future: asyncio.Future[tuple[Any, Committed]]) -> None:
        if future.cancelled() or future.exception() is not None or self.on_commit is None:
            return
        _, committed = future.result()
        if committed.has_news:
            self.on_commit(committed)


def _make_engine(path: Path, *, is_reader: bool, pool_size: int = 1) -> Engine:
    made = create_engine(
        f"sqlite:///{path}",
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=False,
        # a reader's transaction is over when its connection goes back; of a commit that failed only this is sure
        pool_reset_on_return=None if is_reader else "rollback",
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(made, "connect")
    def _set_up(raw: sqlite3.Connection, _record: object) -> None:
        raw.isolation_level = None
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {READER_BUSY_MS if is_reader else WRITER_BUSY_MS}")
        for name, value in _SETTINGS.items():
            cursor.execute(f"PRAGMA {name} = {value}")
        if is_reader:
            cursor.execute("PRAGMA query_only = 1")
        else:
            mode = cursor.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            if mode != "wal":
                raise StorageError("The data folder can't hold a safe database.", "Move it to a local disk.")
            for pragma in ("synchronous = FULL", "fullfsync = 1", "checkpoint_fullfsync = 1"):
                cursor.execute(f"PRAGMA {pragma}")
        assert cursor.execute("PRAGMA foreign_keys").fetchone()[0] == 1
        cursor.close()

    @event.listens_for(made, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if is_reader else "BEGIN IMMEDIATE")

    return made


def _translated(error: exc.DBAPIError) -> StorageError:
    return RuleBroken(str(error.orig)) if isinstance(error, exc.IntegrityError) else in_words(error.orig)


class RuleBroken(StorageError):
    """A constraint or a trigger refused: a rule that the database itself keeps."""
