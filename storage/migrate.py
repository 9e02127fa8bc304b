"""Bring a database file to this program's schema. The schema is what the migrations make.

Alembic is imported only when there is something to do: it costs start-up time.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from engine.errors import StorageError

SCHEMA_VERSION = 1
"""The newest migration's number, stamped into the file as `user_version` too."""
APPLICATION_ID = 0x4C4C4D31
"""Written to the file's header, so that a foreign file is recognised ("LLM1")."""
_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(path: Path) -> None:
    """Create or upgrade the file. Raises: StorageError for a foreign, newer or damaged file."""
    if _version_of(path) != SCHEMA_VERSION:
        _upgrade(path)


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
    except sqlite3.DatabaseError as error:
        raise StorageError("The database file is damaged.", "Keep the file and restore the newest backup.") from error
    if application_id != APPLICATION_ID and not is_empty:
        raise StorageError(f"{path.name} is not a Leadloom database.", "Choose another data folder.")
    if version > SCHEMA_VERSION:
        raise StorageError("This data was written by a newer Leadloom.", "Install the newest version to open it.")
    return version


def _upgrade(path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["path"] = path
    command.upgrade(config, "head")
