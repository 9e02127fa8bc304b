"""Import of 100,000 rows (parse, check, dedupe, insert, full text) against raw sqlite3 in the same tables.

Prints the ratio raw time ÷ import time; the aim is at least 0.5. Each runs twice, in turn; the better counts.
"""

from __future__ import annotations

import asyncio
import csv
import random
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.rig import CAMPAIGN, open_bench_engine
from storage.migrate import migrate
from storage.schema import FULL_TEXT_COLUMNS

ROWS = 100_000
AIM = 0.5
FIRST = ("Anna", "Ben", "Carla", "David", "Élodie", "Frank", "Giulia", "Hugo", "Irina", "Jonas", "Karin", "Liam")
LAST = ("Müller", "Schmidt", "García", "Rossi", "Nowak", "Silva", "Dubois", "Jansen", "Kowalski", "Smith", "Taylor")
TITLES = ["CEO", "CTO", "Founder, Partner", "Head of Sales", "VP Marketing", "Chief of Staff"]
PLACES = ["Paris, France", "Lyon", "Berlin", "München", "Milano", "Warszawa"]


def main() -> int:
    """Run both twice and print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "leads.csv"
        write_rows(path, ROWS)
        imported, raw = [], []
        for turn in range(2):
            data = Path(folder) / f"import{turn}"
            imported.append(asyncio.run(_import(data, path)))
            raw.append(_raw(Path(folder) / f"raw{turn}.db", data / "leadloom.db"))
        ratio = min(raw) / min(imported)
        print(
            f"import of {ROWS:,} rows: {min(imported):.2f} s, raw sqlite3 {min(raw):.2f} s, "
            f"ratio {ratio:.2f} (aim >= {AIM}): {'ok' if ratio >= AIM else 'MISSED'}"
        )
    return 0


def write_rows(path: Path, count: int, seed: int = 1) -> None:
    """Write a lead list of so many people."""
    rng = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["Profile URL", "First name", "Last name", "Company", "Title", "Location", "Icebreaker"])
        for i in range(count):
            first, last = rng.choice(FIRST), rng.choice(LAST)
            writer.writerow(
                [
                    f"https://www.linkedin.com/in/lead-{i:x}-{rng.randrange(16**4):04x}/",
                    first,
                    last,
                    f"Company {rng.randrange(5000)} GmbH",
                    rng.choice(TITLES),
                    rng.choice(PLACES),
                    f"Saw your talk, {first}",
                ]
            )


async def _import(data: Path, path: Path) -> float:
    engine = open_bench_engine(data)
    await engine.services.campaigns.add(CAMPAIGN)
    started = time.perf_counter()
    outcome = await engine.services.leads.import_file(path, "Bench")
    took = time.perf_counter() - started
    assert outcome.new == ROWS, outcome
    await engine.close()
    return took


def _raw(target: Path, source: Path) -> float:
    """Put the rows that the import made into the same tables, by executemany in one transaction."""
    migrate(target, target.parent, datetime.now(UTC))
    origin = sqlite3.connect(source)
    tables = ["sequence_version", "campaign", "import_batch", "lead", "lead_alias", "enrolment"]
    rows = {t: origin.execute(f"SELECT * FROM {t}").fetchall() for t in tables}
    origin.close()
    connection = sqlite3.connect(target, isolation_level=None)
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "temp_store = 2",
        "secure_delete = 1",
        "cell_size_check = 1",
    ):
        connection.execute(f"PRAGMA {pragma}")
    columns = ", ".join(FULL_TEXT_COLUMNS)
    started = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    for table in tables:
        if rows[table]:
            marks = ", ".join("?" * len(rows[table][0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows[table])
    connection.execute(f"INSERT INTO lead_text (rowid, {columns}) SELECT id, {columns} FROM lead")
    connection.execute("COMMIT")
    took = time.perf_counter() - started
    connection.close()
    return took


if __name__ == "__main__":
    sys.exit(main())
