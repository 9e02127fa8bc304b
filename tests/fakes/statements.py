"""SQL that SQLAlchemy has written out once is kept for every database of this process.

Each engine would write it out again, which is a fifth of a short test.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.util import LRUCache

from storage.database import Database

KEPT = 5_000
_written_out: dict[str, tuple[Any, Any]] = {}
"""By connection: the SQL, and the dialect that it belongs to."""


def share_statements(db: Database) -> None:
    """Give a database the statements that were written out before it was opened."""
    for name, part in (("writer", db._writer), ("reader", db._reader)):
        if name not in _written_out:
            with part.connect():
                _written_out[name] = (part.dialect, LRUCache(KEPT))
        part.dialect, part._compiled_cache = _written_out[name]
        part.pool._dialect = part.dialect
