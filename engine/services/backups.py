"""Backups: made on demand and by itself, and what restoring one would mean."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from sqlalchemy import Connection

from engine.errors import Refused
from engine.services import restoring
from engine.services.context import Context
from storage import backup
from storage.backup import BackupInfo
from storage.paths import Paths

EVERY = timedelta(days=1)
TRIED_AGAIN_AFTER = timedelta(hours=1)
"""A backup that could not be made is tried again then."""


@dataclass(frozen=True, kw_only=True)
class Daily:
    """The backup that was due, None when none was or the disk has too little room; and when the next one is."""

    made: Path | None
    next_at: datetime


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A backup in the program's own folder; `taken_at` None where its name doesn't tell."""

    path: Path
    taken_at: datetime | None


class Backups:
    """Use cases about backups."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def make(self, target: Path) -> BackupInfo:
        """Write a backup to a file. Raises: Refused, StorageError."""
        now, paths = self._ctx.clock.wall(), self._ctx.paths
        return await self._ctx.db.read(lambda c: _make(_raw(c), target, paths, now))

    async def make_daily(self) -> Daily:
        """Make today's backup if there is none of the last 24 hours. Raises: StorageError."""
        paths, now = self._ctx.paths, self._ctx.clock.wall()
        return await self._ctx.db.read(lambda c: _make_daily(_raw(c), paths, now))

    async def list(self) -> list[Kept]:
        """Return the backups in the program's own folder, the newest first."""
        found = await asyncio.get_running_loop().run_in_executor(None, restoring.newest_first, self._ctx.paths)
        return [Kept(path=path, taken_at=backup.moment_of(path.name)) for path in found]

    async def look(self, path: Path) -> restoring.RestoreLook:
        """Return what restoring a file would mean. Raises: BadBackup."""
        return await asyncio.get_running_loop().run_in_executor(None, restoring.look, path, self._ctx.paths)


def _make_daily(source: sqlite3.Connection, paths: Paths, now: datetime) -> Daily:
    before = backup.newest(paths.backups)
    if before is not None and now - EVERY < before <= now:
        return Daily(made=None, next_at=before + EVERY)
    made = backup.by_itself(source, paths.database, paths.backups, now)
    return Daily(made=made, next_at=now + (EVERY if made else TRIED_AGAIN_AFTER))


def _make(source: sqlite3.Connection, target: Path, paths: Paths, now: datetime) -> BackupInfo:
    try:
        is_taken = target.resolve() == paths.database.resolve() or target.is_dir()
    except OSError as error:
        raise Refused(f"{target} can't be written ({error.strerror}).", "Choose another place.") from error
    if is_taken:
        raise Refused(f"{target} can't be overwritten.", "Choose another name.")
    backup.make(source, target, now)
    return backup.inspect(target)


def _raw(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.dbapi_connection)
