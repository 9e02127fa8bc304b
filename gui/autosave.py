"""Keeps what is being edited by itself: soon after each change, one at a time, the newest last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.errors import UserError
from gui.commands import Commands
from gui.error_text import ErrorText

APART_MS = 400
RETRY_MS = 5_000


class Autosave(QObject):
    """What was put last is what is kept; nothing that was put is forgotten before it is kept or replaced."""

    failed = Signal(object)
    """An ErrorText; what was put stays and is tried again."""
    kept = Signal()

    def __init__(
        self, save: Callable[[Any], Coroutine[Any, Any, None]], commands: Commands, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._save, self._commands = save, commands
        self._waiting: list[Any] = []
        self._lock = asyncio.Lock()
        self._timer = QTimer(self, singleShot=True, interval=APART_MS)
        self._timer.timeout.connect(self.begin)

    @property
    def is_clean(self) -> bool:
        """Whether everything that was put is kept or being written."""
        return not self._waiting

    def put(self, value: Any) -> None:
        """Keep this soon, instead of what was put before."""
        self._waiting = [value]
        if not self._timer.isActive():
            self._timer.start(APART_MS)

    def drop(self) -> None:
        """Forget what waits: it can't be kept any more."""
        self._waiting = []
        self._timer.stop()

    def begin(self) -> None:
        """Keep now."""
        self._timer.stop()
        if self._waiting:
            self._commands.run_command(
                self.flush(), name="save", on_done=lambda _: self.kept.emit(), on_failed=self._on_failed
            )

    async def flush(self) -> None:
        """Keep what waits, after what is being written. Raises what keeping raises; the value still waits then."""
        async with self._lock:
            while self._waiting:
                value = self._waiting.pop()
                try:
                    await self._save(value)
                except UserError:
                    raise  # a rule forbids it: trying again can't help
                except BaseException:
                    self._waiting = self._waiting or [value]
                    raise

    def _on_failed(self, error: ErrorText) -> None:
        self.failed.emit(error)
        if self._waiting:
            self._timer.start(RETRY_MS)
