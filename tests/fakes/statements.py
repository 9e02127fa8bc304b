"""SQL that SQLAlchemy has written out once is kept for every database of this process.

Each engine would write it out again, which is a fifth of a short test.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.util import LRUCache

from storage.database import Database

KEPT = 5_000
_written_out: dict[tuple[str, str], tuple[Any, Any]] = {}
"""By group and connection: the dialect, and the SQL that it has written out."""


def share_statements(db: Database, group: str = "") -> None:
    """Give a database the statements that were written out before it was opened.

    A listener on a dialect hears every database that shares it: who listens makes a group.
    """
    for name, part in _parts(db):
        own = part.__dict__.setdefault("own_dialect", (part.dialect, part._compiled_cache))
        if (group, name) not in _written_out:
            with part.connect():
                _written_out[group, name] = (own[0], LRUCache(KEPT))
        _use(part, *_written_out[group, name])


def share_nothing(db: Database) -> None:
    """Let a database have a dialect of its own again."""
    for _, part in _parts(db):
        _use(part, *part.own_dialect)


def _parts(db: Database) -> tuple[tuple[str, Any], ...]:
    return ("writer", db._writer), ("reader", db._reader)


def _use(part: Any, dialect: Any, statements: Any) -> None:
    part.dialect, part._compiled_cache, part.pool._dialect = dialect, statements, dialect
