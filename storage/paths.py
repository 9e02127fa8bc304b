"""Where things are: the data folder, the state folder with the send journal, the lock."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from engine.errors import UserError

STATE_VARIABLE = "LEADLOOM_STATE"
STATE_FOLDER = "Leadloom State"
"""Another name than the data folder's: on macOS and Windows the platform keeps both in one place."""


@dataclass(frozen=True, kw_only=True)
class Paths:
    """The folders and files of one data folder."""

    data: Path
    state: Path

    @property
    def database(self) -> Path:
        """The one SQLite file."""
        return self.data / "leadloom.db"

    @property
    def lock(self) -> Path:
        """Held while a window, an engine or a writing command runs."""
        return self.data / "leadloom.lock"

    @property
    def door(self) -> Path:
        """Says where the running engine takes commands."""
        return self.data / "engine.json"

    @property
    def backups(self) -> Path:
        """Where backups are kept, and what a restore moved aside."""
        return self.data / "backups"

    @property
    def log(self) -> Path:
        """The newest log file."""
        return self.data / "logs" / "leadloom.log"


def open_paths(data: Path | None) -> Paths:
    """Make the folders, for this user only. Raises: UserError."""
    from platformdirs import user_data_path, user_state_path

    folder = data.resolve() if data else user_data_path("Leadloom", appauthor=False)
    given = os.environ.get(STATE_VARIABLE)
    state = Path(given).resolve() if given else user_state_path(STATE_FOLDER, appauthor=False)
    os.umask(0o077)
    for made in (folder, folder / "logs", folder / "backups", state):
        _make_private(made)
    paths = Paths(data=folder, state=state)
    if paths.database.is_symlink() or (paths.database.exists() and paths.database.stat().st_nlink > 1):
        raise UserError("The database has two names on disk.", "Give it one name: two names mean two half databases.")
    return paths


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        mode = folder.stat().st_mode
    except OSError as error:
        raise UserError(
            f"The folder {folder} can't be made ({error.strerror}).", "Choose another with --data."
        ) from error
    if os.name == "posix" and mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UserError(
            f"Others can write in the folder {folder}.",
            "Take their right away (chmod 700), or choose another with --data.",
        )
