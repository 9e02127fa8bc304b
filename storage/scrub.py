"""What was deleted leaves the file: the log is folded into it and cut, and freed pages hold zeros (secure_delete)."""

from __future__ import annotations

from sqlalchemy import Engine


def scrub(engine: Engine) -> bool:
    """Fold the write-ahead log into the file and cut it to nothing. Returns whether nobody was reading meanwhile.

    Runs on the writing thread, between two units of work. Otherwise the next checkpoint does it.
    """
    connection = engine.raw_connection()
    try:
        (is_busy, _, _) = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    return not is_busy
