"""The folders are this user's alone, the database has one name, and one process holds them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.errors import UserError
from storage.lock import ProcessLock
from storage.migrate import migrate
from storage.paths import STATE_VARIABLE, open_paths

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions and links as POSIX has them")


@pytest.fixture(autouse=True)
def own_umask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    before = os.umask(0o022)
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    yield
    os.umask(before)


def test_new_folders_and_files_are_for_this_user_only(tmp_path: Path) -> None:
    paths = open_paths(tmp_path / "deep" / "data")
    migrate(paths.database, paths.backups, datetime.now(UTC))
    for folder in (paths.data, paths.log.parent, paths.state):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert paths.database.stat().st_mode & 0o777 == 0o600
    assert paths.state == tmp_path / "state"
    assert paths.lock.parent == paths.door.parent == paths.data


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_in_which_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(UserError, match="Others can write"):
        open_paths(folder)


def test_a_folder_that_others_can_only_read_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    assert open_paths(folder).data == folder


def test_a_database_with_two_names_is_refused(tmp_path: Path) -> None:
    paths = open_paths(tmp_path / "data")
    real = tmp_path / "real.db"
    real.touch()
    paths.database.symlink_to(real)
    with pytest.raises(UserError, match="two names"):
        open_paths(paths.data)
    paths.database.unlink()
    paths.database.hardlink_to(real)
    with pytest.raises(UserError, match="two names"):
        open_paths(paths.data)
    real.unlink()
    assert open_paths(paths.data).database.exists()


def test_a_link_to_nowhere_is_refused_too(tmp_path: Path) -> None:
    paths = open_paths(tmp_path / "data")
    paths.database.symlink_to(tmp_path / "nowhere")
    with pytest.raises(UserError, match="two names"):
        open_paths(paths.data)


def test_a_folder_that_can_not_be_made_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="can't be made"):
        open_paths(tmp_path / "file" / "data")


def test_a_linked_data_folder_is_its_target(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert open_paths(tmp_path / "link").data == tmp_path / "real"


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    first, second = ProcessLock(tmp_path / "x.lock"), ProcessLock(tmp_path / "x.lock")
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()
    second.release()


def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from storage.lock import ProcessLock\n"
        "lock = ProcessLock(Path(sys.argv[1])); assert lock.acquire(); print('held', flush=True); sys.stdin.read()"
    )
    path = tmp_path / "x.lock"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert not ProcessLock(path).acquire()
        holder.kill()
        holder.wait(10)
    mine = ProcessLock(path)
    assert mine.acquire(wait_s=5)
    mine.release()
