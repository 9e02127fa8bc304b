"""One process per data folder, and per send journal: a lock of the operating system's, which dies with its process."""

from __future__ import annotations

import contextlib
from pathlib import Path

from filelock import FileLock, Timeout


class ProcessLock:
    """Held while a window, an engine or a writing command runs, or an engine sends."""

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path, mode=0o600, thread_local=False)

    def acquire(self, *, wait_s: float = 0.0) -> bool:
        """Take the lock; returns whether it was free within `wait_s` real seconds."""
        try:
            self._lock.acquire(timeout=wait_s)
        except Timeout:
            return False
        return True

    def release(self) -> None:
        """Give the lock back."""
        with contextlib.suppress(OSError):
            self._lock.release()
