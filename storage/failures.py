"""What SQLite's refusals mean to a person, and what to do about each."""

from __future__ import annotations

from engine.errors import Damaged, StorageError

_FULL = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")
"""The file beside the database can't grow on a full disk either. Source: sqlite.org/rescode.html."""


def in_words(error: BaseException | None) -> StorageError:
    """Return what to tell a person of an error of sqlite3."""
    code, words = getattr(error, "sqlite_errorname", ""), str(error)
    if code.startswith(_FULL):
        return StorageError("The disk is full.", "Free some space; Leadloom goes on by itself.")
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StorageError("Another program holds the database.", "Close it; Leadloom goes on by itself.")
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return Damaged()
    if code.startswith(("SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_CANTOPEN")):
        return StorageError(
            f"The data folder can't be read or written ({words}).", "Check its permissions and the room on the disk."
        )
    return StorageError(f"The database refused: {words}.")
