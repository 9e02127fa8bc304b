"""Backups: made on demand and by itself; what one holds, and how many sends have happened since."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from sqlalchemy import Connection

from engine.errors import Refused
from engine.services.context import Context
from storage import backup
from storage.backup import BackupInfo, BackupKind
from storage.journal import SendJournal
from storage.machine import machine_id
from storage.paths import Paths

EVERY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class RestoreLook:
    """What a restore would do. `sends_since` None: there is no journal of this data on this computer."""

    info: BackupInfo
    sends_since: int | None

    @property
    def words(self) -> str:
        """What a person must know before deciding."""
        if self.sends_since is None:
            return (
                "This backup comes from another computer or folder. Nothing is sent from it until you have said that "
                "it is the only copy in use, and each message is looked for on LinkedIn first."
            )
        if self.sends_since == 0:
            return "Nothing was sent since this backup."
        many = "One send has" if self.sends_since == 1 else f"{self.sends_since} sends have"
        return f"{many} happened since this backup. They are known, and none of them is made again."


class Backups:
    """Use cases about backups."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def make(self, target: Path) -> BackupInfo:
        """Write a backup to a file. Raises: Refused, StorageError."""
        now, paths = self._ctx.clock.wall(), self._ctx.paths
        return await self._ctx.db.read(lambda c: _make(_raw(c), target, paths, now))

    async def make_daily(self) -> Path | None:
        """Make today's backup if there is none of the last 24 hours; returns it. Raises: StorageError."""
        paths, now = self._ctx.paths, self._ctx.clock.wall()
        before = backup.newest(paths.backups, BackupKind.DAILY)
        if before is not None and now - EVERY < before <= now:
            return None
        return await self._ctx.db.read(
            lambda c: backup.by_itself(_raw(c), paths.database, paths.backups, BackupKind.DAILY, now)
        )

    async def list(self) -> list[Path]:
        """Return the backups in the program's own folder, the newest first."""
        return sorted(self._ctx.paths.backups.glob("leadloom-*.db"), reverse=True)

    async def look(self, path: Path) -> RestoreLook:
        """Return what restoring a file would mean. Raises: BadBackup."""
        return await asyncio.get_running_loop().run_in_executor(None, look, path, self._ctx.paths)


def look(path: Path, paths: Paths) -> RestoreLook:
    """Return what restoring a file would mean; blocks. Raises: BadBackup."""
    info = backup.inspect(path)
    content = SendJournal(paths.state, info.lineage).read()
    is_from_here = info.machine_id == machine_id(paths.state) and (content.is_there or info.send_seq == 0)
    since = sum(1 for seq in content.attempts if seq > info.send_seq)
    return RestoreLook(info=info, sends_since=since if is_from_here else None)


def restore(path: Path, paths: Paths, now: datetime) -> tuple[RestoreLook, Path]:
    """Put a backup in the database's place; no engine may be open. Returns what it means and where the old file is.

    Raises: BadBackup, StorageError.
    """
    seen = look(path, paths)
    return seen, backup.restore(path, paths.database, paths.backups, now)


def _make(source: sqlite3.Connection, target: Path, paths: Paths, now: datetime) -> BackupInfo:
    if target.resolve() == paths.database.resolve() or target.is_dir():
        raise Refused(f"{target} can't be overwritten.", "Choose another name.")
    backup.make(source, target, now)
    return backup.inspect(target)


def _raw(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.dbapi_connection)
