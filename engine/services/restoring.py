"""Putting a backup in the database's place: what it would mean, and doing it while no engine is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage import backup
from storage.backup import BackupInfo
from storage.journal import SendJournal
from storage.machine import machine_id
from storage.paths import Paths


@dataclass(frozen=True, kw_only=True)
class RestoreLook:
    """What a restore would do. `sends_since` None: there is no journal of this data on this computer."""

    info: BackupInfo
    sends_since: int | None

    @property
    def words(self) -> str:
        """What a person must know before deciding."""
        if self.sends_since is None:
            return (
                "This backup comes from another computer or folder. Nothing is sent from it until you have said that "
                "it is the only copy in use, and each message is looked for on LinkedIn first."
            )
        if self.sends_since == 0:
            return "Nothing was sent since this backup."
        many = "One send has" if self.sends_since == 1 else f"{self.sends_since:,} sends have"
        return f"{many} happened since this backup. They are known, and none of them is made again."


def newest_first(paths: Paths) -> list[Path]:
    """Return the backups in the program's own folder, the newest first."""
    return sorted(paths.backups.glob("leadloom-*.db"), reverse=True)


def look(path: Path, paths: Paths) -> RestoreLook:
    """Return what restoring a file would mean; blocks. Raises: BadBackup, StorageError."""
    info = backup.inspect(path)
    journal = SendJournal(paths.state, info.lineage, info.data)
    if info.machine_id != machine_id(paths.state) or not journal.path.exists():
        return RestoreLook(info=info, sends_since=None)
    known = backup.known_sends(path)
    since = sum(1 for line in journal.of_this_data() if (line.uuid, line.at_ms) not in known)
    return RestoreLook(info=info, sends_since=since)


def restore(path: Path, paths: Paths, now: datetime) -> tuple[RestoreLook, Path]:
    """Put a backup in the database's place; no engine may be open. Returns what it means and where the old file is.

    Raises: BadBackup, StorageError.
    """
    seen = look(path, paths)
    return seen, backup.restore(path, paths.database, paths.backups, now)
