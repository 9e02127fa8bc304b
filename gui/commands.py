"""The only door from widgets to the engine: runs a coroutine, keeps it alive, shows busy, reports errors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from engine.errors import LeadloomError
from gui.error_text import ErrorText, error_text

log = logging.getLogger(__name__)
CLOSING_DEADLINE_S = 2.0


class Commands(QObject):
    """Runs commands and readings as named tasks with a strong reference."""

    failed = Signal(object)
    """An ErrorText that nobody else shows."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_closing = False

    def run_command(
        self,
        work: Coroutine[Any, Any, Any],
        *,
        name: str,
        busy: QWidget | None = None,
        on_done: Callable[[Any], None] | None = None,
        on_failed: Callable[[ErrorText], None] | None = None,
    ) -> asyncio.Task[Any] | None:
        """Run `work`; `busy` is disabled meanwhile. Returns None, and runs nothing, while the window closes."""
        if self._is_closing:
            work.close()
            return None
        give_back = _disable(busy) if busy is not None else None
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(lambda t: self._ended(t, give_back, on_done, on_failed))
        return task

    async def close(self) -> None:
        """Take no more work and end what runs."""
        self._is_closing = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSING_DEADLINE_S)

    def _ended(
        self,
        task: asyncio.Task[Any],
        give_back: Callable[[], None] | None,
        on_done: Callable[[Any], None] | None,
        on_failed: Callable[[ErrorText], None] | None,
    ) -> None:
        self._tasks.discard(task)
        if give_back is not None:
            give_back()
        if task.cancelled():
            return
        error = task.exception()
        if self._is_closing:
            return
        if error is None:
            if on_done is not None:
                on_done(task.result())
            return
        if not isinstance(error, LeadloomError):
            log.error("%s failed", task.get_name(), exc_info=error)
        (on_failed or self.failed.emit)(error_text(error))


def _disable(busy: QWidget) -> Callable[[], None]:
    """Disable a widget; returns what enables it, with the focus back in it unless somebody moved it meanwhile."""
    before = QApplication.focusWidget()
    is_inside = before is not None and (before is busy or busy.isAncestorOf(before))
    busy.setEnabled(False)
    after = QApplication.focusWidget()

    def give_back() -> None:
        if not isValid(busy):
            return
        busy.setEnabled(True)
        if is_inside and isValid(before) and QApplication.focusWidget() is after:
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    return give_back
