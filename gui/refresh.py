"""Reads something again when asked: never twice at once, never too often."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, QTimer

from gui.commands import Commands

APART_MS = 200
REST_SHARE = 4
"""After a slow reading comes a rest so many times as long: reading takes a fifth of the time at most."""


class Refresh(QObject):
    """Coalesces wishes to read; the last wish is always fulfilled."""

    def __init__(
        self,
        read: Callable[[], Coroutine[Any, Any, Any]],
        show: Callable[[Any], None],
        commands: Commands,
        *,
        name: str,
        apart_ms: int = APART_MS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._read, self._show, self._commands, self._name = read, show, commands, name
        self._apart_ms = apart_ms
        self._task: asyncio.Task[Any] | None = None
        self._is_wanted = False
        self._is_held = False
        self._is_urgent = False
        self.count = 0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._begin)

    def ask(self) -> None:
        """Read soon; at once if nothing was read lately."""
        self._is_wanted = True
        if self._task is None and not self._timer.isActive() and not self._is_held:
            self._timer.start(0)

    def ask_now(self) -> None:
        """Read as soon as the reading under way, if any, has ended: a person is waiting."""
        self._is_wanted = True
        if self._task is None and not self._is_held:
            self._timer.start(0)
        self._is_urgent = self._task is not None

    def hold(self, is_held: bool) -> None:
        """Read nothing while held; a wish meanwhile is fulfilled afterwards."""
        self._is_held = is_held
        if not is_held and self._is_wanted:
            self.ask()

    def _begin(self) -> None:
        if not self._is_wanted or self._is_held:
            return
        self._is_wanted = False
        self.count += 1
        started = time.perf_counter()
        self._task = self._commands.run_command(self._read(), name=self._name, on_done=self._show)
        if self._task is not None:
            self._task.add_done_callback(lambda _: self._rest(started))

    def _rest(self, started: float) -> None:
        self._task = None
        took_ms = int((time.perf_counter() - started) * 1000)
        self._timer.start(0 if self._is_urgent else max(self._apart_ms, REST_SHARE * took_ms))
        self._is_urgent = False
