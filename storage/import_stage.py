"""Where a lead list waits while a person looks at it: a SQLite file of its own beside the database, gone afterwards.

It holds the rows as they were read, each with its verdict; memory stays bounded whatever the size of the list. One
thread at a time; nothing of it is ever part of a back-up, and it needs no journal.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

PATTERN = "import-*.stage"
_open_paths: set[Path] = set()
_SCHEMA = """
CREATE TABLE cells (n INTEGER PRIMARY KEY, cells TEXT NOT NULL);
CREATE TABLE verdict (n INTEGER PRIMARY KEY, row INTEGER NOT NULL, key TEXT NOT NULL DEFAULT '',
    kind INTEGER NOT NULL DEFAULT 0, words TEXT NOT NULL DEFAULT '', kept_id INTEGER);
"""
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS verdict_key ON verdict (key) WHERE key <> ''",
    "CREATE INDEX IF NOT EXISTS verdict_kind ON verdict (kind)",
)


class StagedRow(NamedTuple):
    """A row as it is shown; `n` counts from 1."""

    n: int
    row: int
    cells: str
    kind: int
    words: str


class Keyed(NamedTuple):
    """A row with its person's identity, "" without one, and the first row of the same person."""

    n: int
    row: int
    key: str
    first_n: int
    first_row: int
    kept_id: int | None


class ImportStage:
    """The open file. Everything here blocks; close it, and the file is gone."""

    def __init__(self, folder: Path) -> None:
        handle, name = tempfile.mkstemp(prefix="import-", suffix=".stage", dir=folder)
        os.close(handle)
        self.path = Path(name)
        _open_paths.add(self.path)
        self._db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "temp_store = 2"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_SCHEMA)
        self.rows = 0

    def close(self) -> None:
        """Close the file and delete it."""
        self._db.close()
        _open_paths.discard(self.path)
        self.path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Forget all rows: the list is read again in another way."""
        for statement in (
            "DROP INDEX IF EXISTS verdict_key",
            "DROP INDEX IF EXISTS verdict_kind",
            "DELETE FROM cells",
            "DELETE FROM verdict",
        ):
            self._db.execute(statement)
        self.rows = 0

    def add(self, rows: Sequence[tuple[int, str, str, int, str, int | None]]) -> None:
        """Add rows: (row, cells, key, kind, words, id of the kept row or None)."""
        first = self.rows + 1
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO cells VALUES (?, ?)", ((first + i, r[1]) for i, r in enumerate(rows)))
        self._db.executemany(
            "INSERT INTO verdict VALUES (?, ?, ?, ?, ?, ?)",
            ((first + i, r[0], r[2], r[3], r[4], r[5]) for i, r in enumerate(rows)),
        )
        self._db.execute("COMMIT")
        self.rows += len(rows)

    def index(self) -> None:
        """Make the look-ups quick, once all rows are there."""
        for statement in _INDEXES:
            self._db.execute(statement)

    def judge(self, verdicts: Iterable[tuple[int, str, int]]) -> None:
        """Write verdicts: (kind, words, n)."""
        self._db.execute("BEGIN")
        self._db.executemany("UPDATE verdict SET kind = ?, words = ? WHERE n = ?", verdicts)
        self._db.execute("COMMIT")

    def rekey(self, rows: Iterable[tuple[str, int, str, int]]) -> None:
        """Write what an address says now: (key, kind, words, n)."""
        self._db.execute("BEGIN")
        self._db.executemany("UPDATE verdict SET key = ?, kind = ?, words = ? WHERE n = ?", rows)
        self._db.execute("COMMIT")

    def write_cells(self, n: int, cells: str) -> None:
        """Replace the cells of a row."""
        self._db.execute("UPDATE cells SET cells = ? WHERE n = ?", (cells, n))

    def cells(self, n: int) -> str:
        """Return the cells of a row."""
        return str(self._db.execute("SELECT cells FROM cells WHERE n = ?", (n,)).fetchone()[0])

    def cells_after(self, n: int, limit: int) -> list[tuple[int, int, str]]:
        """Return (n, row, cells) of the next rows."""
        return self._db.execute(
            "SELECT n, row, cells FROM cells JOIN verdict USING (n) WHERE n > ? ORDER BY n LIMIT ?", (n, limit)
        ).fetchall()

    def keyed_after(self, n: int, limit: int) -> list[Keyed]:
        """Return the next rows with their identities."""
        return self._keyed("v.n > ? ORDER BY v.n LIMIT ?", (n, limit))

    def keyed(self, ns: Iterable[int]) -> list[Keyed]:
        """Return some rows with their identities."""
        return self._keyed(f"v.n IN ({_numbers(ns)}) ORDER BY v.n", ())

    def _keyed(self, where: str, marks: tuple[int, ...]) -> list[Keyed]:
        first = "SELECT min(n) FROM verdict AS o WHERE o.key = v.key AND o.key <> ''"
        found = self._db.execute(
            f"SELECT v.n, v.row, v.key, coalesce(({first}), v.n), v.kept_id FROM verdict AS v WHERE {where}", marks
        ).fetchall()
        others = {f[3] for f in found if f[3] != f[0]}
        rows = dict(self._db.execute(f"SELECT n, row FROM verdict WHERE n IN ({_numbers(others)})").fetchall())
        return [Keyed(n, row, key, first, rows.get(first, row), kept) for n, row, key, first, kept in found]

    def with_keys(self, keys: Iterable[str], limit: int) -> list[int]:
        """Return the rows of some people."""
        wanted = [key for key in keys if key]
        marks = ", ".join("?" * len(wanted))
        return [
            n
            for (n,) in self._db.execute(
                f"SELECT n FROM verdict WHERE key <> '' AND key IN ({marks}) ORDER BY n LIMIT ?", (*wanted, limit)
            )
        ]

    def rows_of(self, ns: Iterable[int]) -> list[StagedRow]:
        """Return rows as they are shown."""
        return [
            StagedRow(*found)
            for found in self._db.execute(
                "SELECT n, row, cells, kind, words FROM cells JOIN verdict USING (n) "
                f"WHERE n IN ({_numbers(ns)}) ORDER BY n"
            )
        ]

    def numbers_of(self, kind: int) -> array[int]:
        """Return the rows with a verdict, in order."""
        found = self._db.execute("SELECT n FROM verdict WHERE kind = ? ORDER BY n", (kind,))
        return array("q", (n for (n,) in found))

    def counts(self) -> dict[int, int]:
        """Count the rows by verdict."""
        return dict(self._db.execute("SELECT kind, count(*) FROM verdict GROUP BY kind").fetchall())


def _numbers(ns: Iterable[int]) -> str:
    return ",".join(str(int(n)) for n in ns)


def clear_left_over(folder: Path) -> None:
    """Delete what a killed program left behind."""
    for path in set(folder.glob(PATTERN)) - _open_paths:
        path.unlink(missing_ok=True)
