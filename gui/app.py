"""The window's life: first paint, the engine opened in a thread, work, and the ordered end."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from engine.errors import Damaged, LeadloomError
from engine.opening import Opening
from engine.signals import end_on_signals
from gui import theme
from gui.error_text import error_text
from gui.formatting import set_time_zone
from gui.main_window import FIRST_SIZE, MainWindow
from gui.start_trace import StartTrace
from gui.watchdog import Watchdog
from gui.window_state import keep_geometry, restore_geometry

if TYPE_CHECKING:
    from gui.composition import OpenEngine, WindowComposition
    from gui.desk import Desk

log = logging.getLogger(__name__)
FIRST_PAINT_DEADLINE_S = 0.25
SWITCH_S = 0.001
"""How soon the window gets the interpreter from a busy thread: with Python's 5 ms, painting a table takes twice as long
while a list is read (measured: 35 ms instead of 20, at most 84 instead of 40)."""
FAILED = 1


def run_window(arguments: argparse.Namespace, compose: WindowComposition) -> int:
    """Show the window until it is closed; returns the exit code."""
    trace = StartTrace()
    sys.setswitchinterval(SWITCH_S)
    gc.disable()  # until the window can be used: nothing that is made on the way is garbage
    app = QApplication([sys.argv[0]])
    app.setApplicationName("Leadloom")
    app.setDesktopFileName("leadloom")
    app.setQuitOnLastWindowClosed(False)
    theme.apply(app)
    theme.follow_system(app)
    set_time_zone(compose.time_zone)
    window = MainWindow(is_practice=compose.is_practice)
    restore_geometry(window, compose.window_file, FIRST_SIZE)
    window.first_painted.connect(trace.painted)
    (window.showMinimized if getattr(arguments, "minimized", False) else window.show)()
    _paint_first(app, trace)
    loop = compose.make_loop(app)
    asyncio.set_event_loop(loop)
    try:
        return int(loop.run_until_complete(WindowLife(window, compose, trace).live()))
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def _paint_first(app: QApplication, trace: StartTrace) -> None:
    """Let the window appear before anything heavy is imported."""
    deadline = time.monotonic() + FIRST_PAINT_DEADLINE_S
    while trace.first_paint_ms is None and time.monotonic() < deadline:
        app.processEvents()


class WindowLife:
    """From the first paint to the exit code."""

    def __init__(self, window: MainWindow, compose: WindowComposition, trace: StartTrace) -> None:
        self.window = window
        self.watchdog = Watchdog(window)
        self._compose = compose
        self._trace = trace
        self._closing = asyncio.Event()
        self._opener = ThreadPoolExecutor(1, "open")
        self._trouble: LeadloomError | None = None
        """Why the engine didn't start; it is shown once the engine is closed, since a backup may be restored then."""

    async def live(self) -> int:
        """Open, work until somebody closes the window or a signal comes, end in order."""
        self.window.closing_requested.connect(self._closing.set)
        self.window.opening.quit_requested.connect(self._closing.set)
        self.window.opening.restore_requested.connect(self._closing.set)
        self.window.restore_requested.connect(self._closing.set)
        end_on_signals(self._closing.set)
        opening = Opening(self.window.opening.progressed.emit)
        self.window.closing_requested.connect(opening.cancel)
        self.window.opening.quit_requested.connect(opening.cancel)
        try:
            loop = asyncio.get_running_loop()
            engine = await loop.run_in_executor(self._opener, self._compose.open_engine, opening)
        except LeadloomError as error:
            if opening.is_cancelled:
                self._leave()
                return 0
            return await self._refused(error)
        try:
            code = await self._work(engine)
        finally:
            self.window.show_closing()
            await engine.close()
        if self._trouble is not None:
            return await self._refused(self._trouble)
        if self.window.backup_to_restore is not None:
            return await self._restore()
        self._leave()
        return code

    async def _restore(self) -> int:
        """Put the chosen backup in place now that the engine is closed, and open the window anew."""
        loop, chosen, recovery = asyncio.get_running_loop(), self.window.backup_to_restore, self._compose.recovery
        assert chosen is not None and recovery is not None
        try:
            await loop.run_in_executor(self._opener, recovery.restore, chosen)
        except LeadloomError as error:
            self._closing.clear()
            return await self._refused(error)
        recovery.open_again()
        self._leave()
        return 0

    async def _work(self, engine: OpenEngine) -> int:
        from gui.desk import Desk

        desk = Desk(self.window, engine, self._compose)
        desk.home_shown.connect(self._trace.usable)
        desk.first_shown.connect(self._on_opened)
        await self._show_home(desk)
        try:
            await engine.start()
        except LeadloomError as error:
            await desk.close()
            self._trouble = error
            return FAILED
        desk.begin()
        engine.on_second_start = self.window.come_forward
        try:
            await self._closing.wait()
        finally:
            engine.on_second_start = None
            keep_geometry(self.window, self._compose.window_file)
            self.window.show_closing()
            await desk.close()
        return 0

    async def _show_home(self, desk: Desk) -> None:
        """Open the desk and wait until the window can be used, or is to close: the engine's start comes after."""
        is_over = asyncio.Event()
        desk.home_shown.connect(is_over.set)
        desk.commands.failed.connect(lambda _: is_over.set())
        self.window.closing_requested.connect(is_over.set)
        desk.open()
        await is_over.wait()

    def _on_opened(self) -> None:
        # What is there now stays: left out of every later collection, which would take 100 ms and more with it.
        gc.freeze()
        gc.enable()
        self.watchdog.start()
        if self._trace.ends_program:
            self._closing.set()

    async def _refused(self, error: LeadloomError) -> int:
        print(error, file=sys.stderr)
        self.window.show_opening()
        newest = None
        if isinstance(error, Damaged):  # else there is nothing wrong with the data
            newest = await asyncio.get_running_loop().run_in_executor(self._opener, self._newest_backup)
        self.window.backup_to_restore = None
        self.window.opening.show_trouble(error_text(error), newest.name if newest else "")
        self.window.status_line.set_state("trouble", "Not running")
        self.window.status_line.set_next("")
        await self._closing.wait()
        if self.window.opening.is_restore_wanted and newest is not None:
            self.window.backup_to_restore = newest
            return await self._restore()
        self._leave()
        return FAILED

    def _newest_backup(self) -> Path | None:
        recovery = self._compose.recovery
        return next(iter(recovery.backups()), None) if recovery else None

    def _leave(self) -> None:
        self._opener.shutdown(wait=False)
        self.window.may_close = True
        self.window.close()
