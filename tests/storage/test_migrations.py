"""The schema is what the migrations make; files that aren't ours are refused untouched."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.errors import StorageError
from storage.database import Database
from storage.failures import in_words
from storage.migrate import APPLICATION_ID, SCHEMA_VERSION, migrate
from storage.schema import statements

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
Schema = dict[tuple[str, str], str]


def schema_of(path: Path) -> Schema:
    """Return every object's SQL by type and name, without the shadow tables of the full text and Alembic's own."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {
        (kind, name): re.sub(r"\s+", " ", sql).strip()
        for kind, name, sql in rows
        if not name.startswith("alembic_version")
    }


def pragma(path: Path, name: str) -> int:
    """Return a number of the file's header."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Return a new database file."""
    path = tmp_path / "leadloom.db"
    migrate(path, tmp_path / "backups", NOW)
    return path


def test_the_migrations_lead_to_exactly_the_schema_of_the_tables(fresh: Path, tmp_path: Path) -> None:
    direct = tmp_path / "direct.db"
    with closing(sqlite3.connect(direct)) as connection:
        for statement in statements():
            connection.execute(statement)
    assert schema_of(fresh) == schema_of(direct)


def test_a_new_file_is_stamped_as_ours(fresh: Path) -> None:
    assert pragma(fresh, "application_id") == APPLICATION_ID
    assert pragma(fresh, "user_version") == SCHEMA_VERSION


def test_the_newest_migration_is_the_version_that_is_stamped() -> None:
    versions = Path(__file__).resolve().parents[2] / "storage" / "migrations" / "versions"
    assert max(int(p.stem[1:5]) for p in versions.glob("v*.py")) == SCHEMA_VERSION


def test_migrating_twice_changes_nothing(fresh: Path, tmp_path: Path) -> None:
    before = fresh.read_bytes()
    migrate(fresh, tmp_path / "backups", NOW)
    assert fresh.read_bytes() == before


def test_an_empty_file_is_taken_for_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "leadloom.db"
    path.touch()
    migrate(path, tmp_path / "backups", NOW)
    assert pragma(path, "user_version") == SCHEMA_VERSION


def test_a_path_with_a_percent_sign_and_blanks_can_be_migrated(tmp_path: Path) -> None:
    folder = tmp_path / "100 % münchen"
    folder.mkdir()
    migrate(folder / "leadloom.db", tmp_path / "backups", NOW)
    assert pragma(folder / "leadloom.db", "user_version") == SCHEMA_VERSION


def test_the_migrated_file_opens_and_keeps_its_data_when_migrated_again(fresh: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(fresh)) as connection, connection:
        connection.execute("INSERT INTO lead (identity_key, created_ms) VALUES ('slug:jane', 1)")
    migrate(fresh, tmp_path / "backups", NOW)
    database = Database(fresh)
    try:
        found = database.read_here(lambda c: c.exec_driver_sql("SELECT identity_key FROM lead").scalars().all())
    finally:
        database.close()
    assert found == ["slug:jane"]


def test_another_programs_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "leadloom.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"not a Leadloom database.*another data folder"):
        migrate(path, tmp_path / "backups", NOW)
    assert path.read_bytes() == before


def test_a_file_of_a_newer_leadloom_is_refused_untouched(fresh: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(fresh)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = fresh.read_bytes()
    with pytest.raises(StorageError, match=r"newer Leadloom.*newest version"):
        migrate(fresh, tmp_path / "backups", NOW)
    assert fresh.read_bytes() == before


@pytest.mark.parametrize("content", [b"PK\x03\x04 not a database" * 100, b"\x00" * 5000, b"hello"])
def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "leadloom.db"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"damaged.*backup"):
        migrate(path, tmp_path / "backups", NOW)
    assert path.read_bytes() == content


def test_a_migration_that_fails_leaves_no_half_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "leadloom.db"
    monkeypatch.setattr("storage.migrate.SCHEMA_VERSION", "not a number")
    with pytest.raises(Exception, match=r"syntax error|near"):
        migrate(path, tmp_path / "backups", NOW)
    assert schema_of(path) == {}


def test_a_whole_file_that_cant_be_opened_is_not_called_damaged(fresh: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(fresh)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    fresh.with_name(f"{fresh.name}-wal").mkdir()
    with pytest.raises(StorageError, match="can't be read or written") as refusal:
        migrate(fresh, tmp_path, NOW)
    assert "restore" not in str(refusal.value.advice)


def test_a_new_file_that_cant_be_written_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "leadloom.db"
    path.with_name(f"{path.name}-journal").mkdir()
    with pytest.raises(StorageError, match="can't be read or written"):
        migrate(path, tmp_path, NOW)


def test_the_file_beside_a_database_needs_room_too() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_SHMSIZE"
    assert str(in_words(error)).startswith("The disk is full.")
