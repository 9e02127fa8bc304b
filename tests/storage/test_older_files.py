"""A file of an older version: backed up, then brought to this one; its backups can be restored."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.errors import StorageError
from storage import backup, migrate
from storage.backup import BadBackup
from storage.database import Database
from storage.repositories import state

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
SECOND = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None


def upgrade():
    op.execute("ALTER TABLE lead ADD COLUMN shoe_size INTEGER")
    op.execute("INSERT INTO lead (identity_key, created_ms) SELECT 'slug:two', 2 FROM lead")
"""
FAILS = SECOND + '    op.execute("INSERT INTO nowhere VALUES (1)")\n'


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """Return a file of version 1 with a lead, its newest commit still in the log."""
    path = tmp_path / "leadloom.db"
    migrate.migrate(path, tmp_path / "backups", NOW)
    opened = Database(path)
    opened.write_here(lambda u: state.make(u, machine_id="m"))
    opened.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO lead (identity_key, created_ms) VALUES ('slug:one', 1)")
    assert not (tmp_path / "backups").exists()
    return path


def be_version_2(patch: pytest.MonkeyPatch, folder: Path, script: str = SECOND) -> None:
    """Let this be a program with a second migration."""
    scripts = folder / "migrations"
    shutil.copytree(migrate._SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "v0002_second.py").write_text(script, encoding="utf-8")
    patch.setattr(migrate, "_SCRIPTS", scripts)
    patch.setattr(migrate, "SCHEMA_VERSION", 2)
    patch.setattr(backup, "SCHEMA_VERSION", 2)


def facts(path: Path) -> tuple[int, list[str]]:
    """Return a file's version and its leads."""
    with closing(sqlite3.connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        return version, [k for (k,) in connection.execute("SELECT identity_key FROM lead ORDER BY id")]


def test_a_backup_is_made_before_a_migration(older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    be_version_2(monkeypatch, tmp_path)
    migrate.migrate(older, tmp_path / "backups", NOW)
    (made,) = (tmp_path / "backups").iterdir()
    assert made.name == "leadloom-20260105-093000-before-version-2.db"
    assert facts(made) == (1, ["slug:one"])
    assert facts(older) == (2, ["slug:one", "slug:two"])
    migrate.migrate(older, tmp_path / "backups", NOW + timedelta(days=1))
    assert list((tmp_path / "backups").iterdir()) == [made]


def test_without_the_backup_nothing_is_migrated(older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    be_version_2(monkeypatch, tmp_path)
    (tmp_path / "backups").write_text("no folder")
    with pytest.raises(StorageError, match=r"older Leadloom.*backup.*Nothing was changed"):
        migrate.migrate(older, tmp_path / "backups", NOW)
    assert facts(older) == (1, ["slug:one"])


def test_a_migration_that_fails_leaves_the_file_as_it_was_and_the_backup(
    older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_version_2(monkeypatch, tmp_path, FAILS)
    for day in range(5):
        with pytest.raises(Exception, match="nowhere"):
            migrate.migrate(older, tmp_path / "backups", NOW + timedelta(days=day))
    assert facts(older) == (1, ["slug:one"])
    kept = sorted(p.name[9:17] for p in (tmp_path / "backups").iterdir())
    assert kept == ["20260107", "20260108", "20260109"]


def test_daily_backups_and_those_before_a_migration_are_kept_apart(
    older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "backups"
    with closing(sqlite3.connect(older)) as source:
        for day in range(8):
            backup.by_itself(source, older, folder, NOW + timedelta(days=day))
    be_version_2(monkeypatch, tmp_path)
    migrate.migrate(older, folder, NOW + timedelta(days=8))
    with closing(sqlite3.connect(older)) as source:
        for day in range(9, 30):
            backup.by_itself(source, older, folder, NOW + timedelta(days=day))
    assert len(list(folder.glob(backup.BEFORE_MIGRATION))) == 1
    assert len(list(folder.glob(backup.DAILY))) > backup.DAYS_KEPT


def test_an_older_backup_is_restored_and_migrated_at_the_next_start(
    older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, target = tmp_path / "backups", tmp_path / "older.db"
    with closing(sqlite3.connect(older)) as source:
        backup.make(source, target, NOW)
    be_version_2(monkeypatch, tmp_path)
    migrate.migrate(older, folder, NOW)
    assert backup.inspect(target).leads == 1
    backup.restore(target, older, folder, NOW)
    assert facts(older) == (1, ["slug:one"])
    migrate.migrate(older, folder, NOW + timedelta(hours=1))
    assert facts(older) == (2, ["slug:one", "slug:two"])


def test_an_older_backup_that_its_own_version_didn_t_make_is_refused(
    older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(older)) as connection:
        connection.execute("CREATE TRIGGER rogue AFTER INSERT ON lead BEGIN DELETE FROM attempt; END")
    be_version_2(monkeypatch, tmp_path)
    with pytest.raises(BadBackup, match="no Leadloom wrote"):
        backup.inspect(older)


@pytest.mark.parametrize("version", [0, -1])
def test_a_file_without_a_version_is_no_backup(older: Path, version: int) -> None:
    with closing(sqlite3.connect(older)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(BadBackup, match="not a Leadloom backup"):
        backup.inspect(older)
