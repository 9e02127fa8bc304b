"""Bring a database file to this program's schema. The schema is what the migrations make.

Alembic and the backup are imported only when there is something to do: they cost start-up time.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from engine.errors import StorageError
from storage.failures import in_words

SCHEMA_VERSION = 1
"""The newest migration's number, stamped into the file as `user_version` too."""
APPLICATION_ID = 0x4C4C4D31
"""Written to the file's header, so that a foreign file is recognised ("LLM1")."""
_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(path: Path, backups: Path, now: datetime) -> None:
    """Create the file, or upgrade it after a backup into the folder `backups`.

    Raises: StorageError for a foreign, newer or damaged file, without the backup, or when the file can't be written;
    then nothing was changed.
    """
    version = _version_of(path)
    if version == SCHEMA_VERSION:
        return
    if version:
        from storage import backup

        backup.before_migration(path, backups, now, SCHEMA_VERSION)
    _upgrade(path, "head")


def objects_of(version: int) -> list[tuple[str, str, str]]:
    """Return what an older version's file holds: (type, name, SQL), made by its migrations in a file of their own."""
    from tempfile import TemporaryDirectory

    from storage.schema import OBJECTS

    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "leadloom.db"
        _upgrade(path, f"{version:04}")
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute(OBJECTS).fetchall()


def _version_of(path: Path) -> int:
    if not path.exists() or path.stat().st_size == 0:
        return 0
    try:
        connection = sqlite3.connect(path)
        try:
            application_id = connection.execute("PRAGMA application_id").fetchone()[0]
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            is_empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise in_words(error) from error
    if application_id != APPLICATION_ID and not is_empty:
        raise StorageError(f"{path.name} is not a Leadloom database.", "Choose another data folder.")
    if version > SCHEMA_VERSION:
        raise StorageError("This data was written by a newer Leadloom.", "Install the newest version to open it.")
    return version


def _upgrade(path: Path, revision: str) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy.exc import DBAPIError

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["path"] = path
    try:
        command.upgrade(config, revision)
    except DBAPIError as error:
        raise in_words(error.orig) from error
