"""Backups: a whole copy of the database in one file, checked before it counts, and the way back from one.

A file is never copied by the file system: the newest rows may stand in the log beside it. A backup from outside is
not trusted: header, version, integrity and schema are checked before it takes the database's place.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.errors import StorageError, UserError
from storage.column_types import from_ms, to_ms
from storage.journal import sync_folder
from storage.migrate import APPLICATION_ID, SCHEMA_VERSION, objects_of
from storage.schema import OBJECTS, differences

FREE_TIMES = 3
"""A backup by itself is made only while the disk has so many times the database's size free."""
UNFINISHED = ".unfinished"
INCOMING, ASIDE = ".incoming", "before-restore-"
LOG_FILES = ("-wal", "-shm", "-journal")
DAILY = "leadloom-*-daily.db"
BEFORE_MIGRATION = "leadloom-*-before-version-*.db"
_STAMP = "%Y%m%d-%H%M%S"
DAYS_KEPT = 7
WEEKS_KEPT = 4
"""Of the daily ones that are too old, the newest of each of the last four weeks stays."""
MIGRATIONS_KEPT = 3
"""Of those made before a migration, which are kept apart from the daily ones, the newest."""


class BadBackup(UserError):
    """A file that can't take the database's place; nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class BackupInfo:
    """What a backup holds, read from the file itself."""

    path: Path
    taken_at: datetime | None
    data: str
    """The data's own id, which all its copies have."""
    lineage: str
    machine_id: str
    send_seq: int
    leads: int
    campaigns: int


def make(source: sqlite3.Connection, target: Path, now: datetime) -> None:
    """Write a checked copy of a database to `target`, whole or not at all; blocks. Raises: StorageError."""
    unfinished = target.with_name(target.name + UNFINISHED)
    try:
        with closing(sqlite3.connect(unfinished)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            with copy:
                copy.execute("UPDATE engine_state SET backup_ms = ?", (to_ms(now),))
            _check(copy)
        unfinished.chmod(0o600)
        _sync(unfinished)
        unfinished.replace(target)
        sync_folder(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"The backup can't be written ({error}).", "Choose another place, or free some space."
        ) from error
    finally:
        for name in ("", *LOG_FILES):
            with contextlib.suppress(OSError):
                unfinished.with_name(unfinished.name + name).unlink(missing_ok=True)


def inspect(path: Path) -> BackupInfo:
    """Read what a backup holds, and check that it may take the database's place. Raises: BadBackup."""
    try:
        if not path.is_file():
            raise BadBackup(f"There is no file {path}.", "Check its name.")
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as found:
            for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
                found.execute(f"PRAGMA {pragma}")
            _trust(found, path)
            data, lineage, machine, seq, taken_ms = found.execute(
                "SELECT db_uuid, lineage, machine_id, send_seq, backup_ms FROM engine_state"
            ).fetchone()
            leads, campaigns = (found.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("lead", "campaign"))
    except OSError as error:
        raise BadBackup(f"{path} can't be read ({error.strerror}).", "Check its permissions.") from error
    except (sqlite3.Error, TypeError) as error:
        raise BadBackup(
            f"The file {path.name} is not a whole Leadloom backup ({error}).", "Choose another backup."
        ) from error
    return BackupInfo(
        path=path,
        taken_at=None if taken_ms is None else from_ms(taken_ms),
        data=str(data),
        lineage=str(lineage),
        machine_id=str(machine),
        send_seq=int(seq),
        leads=int(leads),
        campaigns=int(campaigns),
    )


def known_sends(path: Path) -> set[tuple[str, int]]:
    """Return the row's uuid and the moment (UTC ms) of every send that a checked backup knows of. Raises: BadBackup."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as found:
            return set(
                found.execute(
                    "SELECT d.uuid, a.armed_ms FROM attempt a JOIN delivery d ON d.id = a.delivery_id "
                    "UNION SELECT uuid, at_ms FROM lost_send"
                )
            )
    except sqlite3.Error as error:
        raise BadBackup(f"The file {path.name} can't be read ({error}).", "Choose another backup.") from error


def restore(path: Path, database: Path, aside: Path, now: datetime) -> Path:
    """Let a backup take the database's place; the database must be closed. Returns where the old files went.

    Raises: BadBackup before anything is changed, StorageError.
    """
    inspect(path)
    incoming = database.with_name(database.name + INCOMING)
    building = incoming.with_name(incoming.name + UNFINISHED)
    kept = _unused(aside / f"{ASIDE}{now.strftime(_STAMP)}")
    try:
        for left in (incoming, building):
            left.unlink(missing_ok=True)
        with (
            closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(building)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            with copy:  # a file that an earlier restore moved aside is no backup yet
                copy.execute("UPDATE engine_state SET backup_ms = coalesce(backup_ms, ?)", (to_ms(now),))
            _check(copy)
        _sync(building)
        kept.mkdir(parents=True, mode=0o700)
        building.replace(incoming)
        _exchange(database, incoming, kept)
    except (OSError, sqlite3.Error) as error:
        with contextlib.suppress(OSError):
            building.unlink(missing_ok=True)
        where = "Nothing was changed." if database.exists() else f"The data is still in {kept}."
        raise StorageError(f"The backup can't be put in place ({error}).", where) from error
    return kept


def _exchange(database: Path, incoming: Path, kept: Path) -> None:
    """Move the old files aside and the new one in their place; what can't be finished is undone. Raises: OSError."""
    moved = []
    try:
        for name in ("", *LOG_FILES):
            old = database.with_name(database.name + name)
            if old.exists():
                old.replace(kept / old.name)
                moved.append(old)
        incoming.replace(database)
    except OSError:
        for old in reversed(moved):
            with contextlib.suppress(OSError):
                (kept / old.name).replace(old)
        if database.exists():
            incoming.unlink(missing_ok=True)
        raise
    sync_folder(database.parent)


def finish_restore(database: Path, aside: Path) -> None:
    """Finish a restore that was cut off when the old file was away and the new one not in its place.

    The new one was whole and on the disk before that. Raises: StorageError.
    """
    incoming = database.with_name(database.name + INCOMING)
    if database.exists() or not incoming.exists():
        return
    try:
        kept = max(aside.glob(f"{ASIDE}*"), key=lambda folder: folder.stat().st_mtime_ns, default=database.parent)
        _exchange(database, incoming, kept)
    except OSError as error:
        raise StorageError(f"A restore can't be finished ({error}).", "Free some space, and open it again.") from error


def by_itself(source: sqlite3.Connection, database: Path, folder: Path, now: datetime) -> Path | None:
    """Make a backup in the program's own folder and drop what is too old; None: the disk has too little room."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _drop_unfinished(folder)
    if shutil.disk_usage(folder).free < FREE_TIMES * database.stat().st_size:
        return None
    target = folder / f"leadloom-{now.strftime(_STAMP)}-daily.db"
    make(source, target, now)
    for old in surplus([f.name for f in folder.glob(DAILY)]):
        (folder / old).unlink(missing_ok=True)
    return target


def before_migration(database: Path, folder: Path, now: datetime, version: int) -> None:
    """Back a closed database up before it is brought to a version, and drop what is too old. Raises: StorageError."""
    target = folder / f"leadloom-{now.strftime(_STAMP)}-before-version-{version}.db"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(sqlite3.connect(database)) as source:
            make(source, target, now)
    except (OSError, sqlite3.Error, StorageError) as error:
        raise StorageError(
            f"This data is from an older Leadloom. It is brought to this version after a backup, which can't be "
            f"written to {folder}.",
            "Nothing was changed. Free some space there, check its permissions, and start again.",
        ) from error
    for old in sorted(folder.glob(BEFORE_MIGRATION), reverse=True)[MIGRATIONS_KEPT:]:
        old.unlink(missing_ok=True)


def newest(folder: Path) -> datetime | None:
    """Return when the newest daily backup was made, by its name; None without one."""
    moments = [at for f in folder.glob(DAILY) if (at := moment_of(f.name)) is not None]
    return max(moments, default=None)


def surplus(names: list[str]) -> list[str]:
    """Return which of a folder's backups are no longer kept: 7 daily ones and 4 weekly stay."""
    dated = sorted(((at, n) for n in names if (at := moment_of(n)) is not None), reverse=True)
    kept = {name for _, name in dated[:DAYS_KEPT]}
    weeks: dict[tuple[int, int], str] = {}
    for at, name in dated[DAYS_KEPT:]:
        weeks.setdefault((at.isocalendar().year, at.isocalendar().week), name)
    kept |= set(list(weeks.values())[:WEEKS_KEPT])
    return [name for _, name in dated if name not in kept]


def _drop_unfinished(folder: Path) -> None:
    """Drop what a kill left of this program's own backups; only one program has the data folder open."""
    for pattern in (DAILY, BEFORE_MIGRATION):
        for left in folder.glob(f"{pattern}{UNFINISHED}*"):
            left.unlink(missing_ok=True)


def moment_of(name: str) -> datetime | None:
    """Return when a backup of the program's own folder was made, by its name; None if it doesn't tell."""
    with contextlib.suppress(ValueError):
        return datetime.strptime(name[len("leadloom-") :][:15] + "+0000", _STAMP + "%z")
    return None


def _unused(folder: Path) -> Path:
    """Return a folder that isn't there yet: what an earlier restore moved aside stays."""
    names = (folder, *(folder.with_name(f"{folder.name}-{n}") for n in range(2, 1000)))
    return next(name for name in names if not name.exists())


def _check(copy: sqlite3.Connection) -> None:
    if copy.execute("PRAGMA quick_check").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("the copy is damaged")
    if copy.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise sqlite3.DatabaseError("the copy has loose ends")


def _trust(found: sqlite3.Connection, path: Path) -> None:
    version = found.execute("PRAGMA user_version").fetchone()[0]
    if found.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID or version < 1:
        raise BadBackup(f"The file {path.name} is not a Leadloom backup.", "Choose another file.")
    if version > SCHEMA_VERSION:
        raise BadBackup(f"The file {path.name} was written by a newer Leadloom.", "Install the newest version first.")
    if found.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
        raise BadBackup(f"The file {path.name} is damaged.", "Choose another backup.")
    expected = objects_of(version) if version < SCHEMA_VERSION else None
    if differences(found.execute(OBJECTS).fetchall(), expected):
        raise BadBackup(f"The file {path.name} holds something that no Leadloom wrote.", "Choose another backup.")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
