"""SQL that SQLAlchemy has written out once is kept for every database of this process.

Each engine would write it out again, which is a fifth of a short test.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.util import LRUCache

from storage.database import Database

KEPT = 5_000
_written_out: dict[str, tuple[Any, Any]] = {}
"""By connection: the dialect, and the SQL that it has written out."""


def share_statements(db: Database) -> None:
    """Give a database the statements that were written out before it was opened."""
    for name, part in _parts(db):
        if name not in _written_out:
            with part.connect():
                _written_out[name] = (part.dialect, LRUCache(KEPT))
        part.own_dialect = part.dialect, part._compiled_cache
        _use(part, *_written_out[name])


def share_nothing(db: Database) -> None:
    """Let a database have its own dialect again: whoever listens to a shared one hears every database."""
    for _, part in _parts(db):
        _use(part, *part.own_dialect)


def _parts(db: Database) -> tuple[tuple[str, Any], ...]:
    return ("writer", db._writer), ("reader", db._reader)


def _use(part: Any, dialect: Any, statements: Any) -> None:
    part.dialect, part._compiled_cache, part.pool._dialect = dialect, statements, dialect
