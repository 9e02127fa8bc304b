"""Backups: whole, checked, kept for a while; and the way back, which trusts no file."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import StorageError
from storage import backup
from storage.backup import DAYS_KEPT, WEEKS_KEPT, BadBackup
from storage.database import Database
from storage.migrate import migrate
from storage.repositories import state

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return a file with the engine's row and a lead, its newest commit still in the log."""
    path = tmp_path / "leadloom.db"
    migrate(path, tmp_path / "backups", NOW)
    opened = Database(path)
    opened.write_here(lambda u: state.make(u, machine_id="m"))
    opened.close()
    return path


def add_lead(connection: sqlite3.Connection, key: str) -> None:
    with connection:
        connection.execute("INSERT INTO lead (identity_key, created_ms) VALUES (?, 1)", (key,))


def keys(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [k for (k,) in connection.execute("SELECT identity_key FROM lead ORDER BY id")]


def test_a_backup_holds_the_newest_commit_in_one_file(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "b.db"
    with closing(sqlite3.connect(database)) as source:
        add_lead(source, "slug:newest")
        assert database.with_name("leadloom.db-wal").stat().st_size > 0
        backup.make(source, target, NOW)
    assert keys(target) == ["slug:newest"]
    found = backup.inspect(target)
    assert (found.taken_at, found.leads, found.campaigns, found.send_seq) == (NOW, 1, 0, 0)
    assert target.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.glob("b.db*")] == ["b.db"]


def test_a_backup_that_can_t_be_written_leaves_nothing_behind(database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(database)) as source, pytest.raises(StorageError):
        backup.make(source, tmp_path / "missing" / "b.db", NOW)
    assert list(tmp_path.glob("*unfinished*")) == []


def test_a_place_that_is_no_folder_is_said(database: Path) -> None:
    with closing(sqlite3.connect(database)) as source, pytest.raises(StorageError, match="can't be written"):
        backup.make(source, database / "b.db", NOW)


def test_a_name_that_the_disk_refuses_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(BadBackup, match="can't be read"):
        backup.inspect(tmp_path / ("b" * 300))


def test_a_restore_without_room_says_that_nothing_was_changed(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(database)) as source:
        backup.make(source, tmp_path / "b.db", NOW)

    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(backup, "_sync", full)
    with pytest.raises(StorageError) as refusal:
        backup.restore(tmp_path / "b.db", database, tmp_path / "aside", NOW)
    assert refusal.value.advice == "Nothing was changed."
    assert database.exists() and not (tmp_path / "aside").exists()


def test_restoring_moves_the_old_files_aside_and_leaves_no_log_beside_the_new_one(
    database: Path, tmp_path: Path
) -> None:
    target = tmp_path / "b.db"
    source = sqlite3.connect(database)
    add_lead(source, "slug:kept")
    backup.make(source, target, NOW)
    add_lead(source, "slug:later")
    kept = backup.restore(target, database, tmp_path / "backups", NOW)
    assert keys(database) == ["slug:kept"]
    assert {p.name for p in kept.iterdir()} >= {"leadloom.db", "leadloom.db-wal"}
    source.close()
    assert keys(kept / "leadloom.db") == ["slug:kept", "slug:later"]
    assert target.exists()


def _rogue_trigger(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TRIGGER lead_text_x AFTER INSERT ON lead BEGIN DELETE FROM attempt; END")


def _rogue_view(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE VIEW alembic_version_2 AS SELECT 1")


def _missing_index(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP INDEX uq_delivery_one_invite")


def _foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 7")


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


def _truncated(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def _garbage(path: Path) -> None:
    path.write_bytes(b"\x00\xff" * 5000)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _gone(path: Path) -> None:
    path.unlink()


def _without_its_row(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM engine_state")


SPOILERS = (_rogue_trigger, _rogue_view, _missing_index, _foreign, _newer, _truncated, _garbage, _empty, _gone)


@pytest.mark.parametrize("spoil", [*SPOILERS, _without_its_row])
def test_a_file_that_is_no_backup_is_refused_and_nothing_is_changed(
    database: Path, tmp_path: Path, spoil: object
) -> None:
    target = tmp_path / "b.db"
    with closing(sqlite3.connect(database)) as source:
        backup.make(source, target, NOW)
        add_lead(source, "slug:here")
    spoil(target)  # type: ignore[operator]
    with pytest.raises(BadBackup):
        backup.restore(target, database, tmp_path / "backups", NOW)
    assert keys(database) == ["slug:here"]
    assert not (tmp_path / "backups").exists()


def test_a_full_disk_makes_no_backup_by_itself(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = type("Usage", (), {"free": 100})
    monkeypatch.setattr(backup.shutil, "disk_usage", lambda _: free)
    with closing(sqlite3.connect(database)) as source:
        assert backup.by_itself(source, database, tmp_path, NOW) is None


def test_backups_by_itself_are_named_by_their_moment_and_the_oldest_go(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    with closing(sqlite3.connect(database)) as source:
        for day in range(12):
            made = backup.by_itself(source, database, folder, NOW + timedelta(days=day))
            assert made is not None and made.exists()
    assert backup.newest(folder) == NOW + timedelta(days=11)
    assert len(list(folder.iterdir())) == DAYS_KEPT + 1


def test_what_a_kill_left_of_a_backup_goes_before_the_next_one(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    whole = ("leadloom-20260101-093000-daily.db", "leadloom-20260101-093000-before-version-2.db")
    ends = ("", "-wal", "-shm", "-journal")
    left = [folder / f"{name}.unfinished{end}" for name in whole for end in ends]
    theirs = [folder / name for name in (*whole, "mine.db.unfinished", "leadloom-notes.txt")]
    for file in (*left, *theirs):
        file.write_text("some")
    free = type("Usage", (), {"free": 100})
    with closing(sqlite3.connect(database)) as source:
        monkeypatch.setattr(backup.shutil, "disk_usage", lambda _: free)
        assert backup.by_itself(source, database, folder, NOW) is None
    assert sorted(folder.iterdir()) == sorted(theirs)


@given(st.sets(st.integers(0, 400), max_size=90))
def test_what_is_kept_is_the_newest_week_and_one_of_each_of_four_weeks_before(days: set[int]) -> None:
    names = [f"leadloom-{(NOW + timedelta(days=d)).strftime('%Y%m%d-%H%M%S')}-daily.db" for d in sorted(days)]
    gone = set(backup.surplus(names))
    kept = [n for n in names if n not in gone]
    assert kept[-DAYS_KEPT:] == names[-DAYS_KEPT:]
    older = kept[:-DAYS_KEPT]
    weeks = [datetime.strptime(n[9:17], "%Y%m%d").replace(tzinfo=UTC).isocalendar()[:2] for n in older]
    assert len(set(weeks)) == len(weeks) <= WEEKS_KEPT


def test_names_that_aren_t_ours_are_never_dropped() -> None:
    assert backup.surplus(["notes.db", "leadloom-x-daily.db"] * 20) == []


class Cut(Exception):
    """The program ends at this rename."""


@pytest.mark.parametrize("ending", [Cut(), OSError("No space left on device")])
@pytest.mark.parametrize("renames", range(5))
def test_a_restore_that_ends_at_any_rename_loses_nothing(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int, ending: Exception
) -> None:
    """Killed there, it is finished at the next opening, or never began; a failing disk leaves everything as it was."""
    target, aside, real = tmp_path / "b.db", tmp_path / "backups", Path.replace
    with closing(sqlite3.connect(database)) as source:
        add_lead(source, "slug:before")
        backup.make(source, target, NOW)
    logged = sqlite3.connect(database)
    add_lead(logged, "slug:after")  # its newest commit is in the log, which nobody has taken in
    left = [renames]

    def replace(path: Path, to: Path) -> Path:
        left[0] -= 1
        if left[0] == -1:
            raise ending
        return real(path, to)

    with monkeypatch.context() as cut:
        cut.setattr(Path, "replace", replace)
        with pytest.raises((Cut, StorageError)):
            backup.restore(target, database, aside, NOW)
    backup.finish_restore(database, aside)
    was_undone = renames < 2 or isinstance(ending, OSError)
    assert keys(database) == (["slug:before", "slug:after"] if was_undone else ["slug:before"])
    logged.close()
    if not was_undone:
        (kept,) = aside.glob("before-restore-*")
        assert keys(kept / "leadloom.db") == ["slug:before", "slug:after"]
