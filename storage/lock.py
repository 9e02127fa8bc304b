"""One process per data folder, and one that sends for all copies of the data: locks that die with their process."""

from __future__ import annotations

import contextlib
from pathlib import Path

from filelock import FileLock, Timeout

from engine.errors import StorageError


class ProcessLock:
    """Held while a window, an engine or a writing command runs, or an engine sends."""

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path, mode=0o600, thread_local=False)

    def acquire(self, *, wait_s: float = 0.0) -> bool:
        """Take the lock; returns whether it was free within `wait_s` real seconds. Raises: StorageError."""
        try:
            self._lock.acquire(timeout=wait_s)
        except Timeout:
            return False
        except OSError as error:
            raise StorageError(
                f"The file {self._lock.lock_file} can't be written ({error.strerror}).",
                "Check the permissions of its folder, and that the disk has room.",
            ) from error
        return True

    def release(self) -> None:
        """Give the lock back."""
        with contextlib.suppress(OSError):
            self._lock.release()
