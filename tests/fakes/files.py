"""A database file with its schema, made once in a process and copied from then on."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from storage.migrate import migrate


@cache
def _template() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "leadloom.db"
        migrate(path, Path(folder) / "backups", datetime.now(UTC))
        return path.read_bytes()


def put_database(path: Path) -> None:
    """Put an empty database with its schema where none is yet."""
    if not path.exists():
        path.write_bytes(_template())
        path.chmod(0o600)
