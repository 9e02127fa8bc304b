"""The window's life: first paint, the engine opened in a thread, work, and the ordered end."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from engine.errors import LeadloomError
from gui import theme
from gui.error_text import error_text
from gui.formatting import set_time_zone
from gui.main_window import MainWindow
from gui.start_trace import StartTrace
from gui.watchdog import Watchdog

if TYPE_CHECKING:
    from gui.composition import OpenEngine, WindowComposition

log = logging.getLogger(__name__)
FIRST_PAINT_DEADLINE_S = 0.25
FAILED = 1


def run_window(arguments: argparse.Namespace, compose: WindowComposition) -> int:
    """Show the window until it is closed; returns the exit code."""
    trace = StartTrace()
    gc.disable()  # until the window can be used: nothing that is made on the way is garbage
    app = QApplication([sys.argv[0]])
    app.setApplicationName("Leadloom")
    app.setDesktopFileName("leadloom")
    app.setQuitOnLastWindowClosed(False)
    theme.apply(app)
    theme.follow_system(app)
    set_time_zone(compose.time_zone)
    window = MainWindow(is_practice=compose.is_practice)
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

    async def live(self) -> int:
        """Open, work until somebody closes the window or a signal comes, end in order."""
        self.window.closing_requested.connect(self._closing.set)
        self.window.opening.quit_requested.connect(self._closing.set)
        _call_on_signals(self._closing.set)
        try:
            engine = await asyncio.get_running_loop().run_in_executor(self._opener, self._compose.open_engine)
        except LeadloomError as error:
            return await self._refused(error)
        try:
            return await self._work(engine)
        finally:
            self.window.show_closing()
            await engine.close()
            self._leave()

    async def _work(self, engine: OpenEngine) -> int:
        from gui.desk import Desk

        desk = Desk(self.window, engine, self._compose)
        desk.home_shown.connect(self._trace.usable)
        desk.first_shown.connect(self._on_opened)
        desk.open()
        try:
            await engine.start()
        except LeadloomError as error:
            await desk.close()
            return await self._refused(error)
        desk.begin()
        try:
            await self._closing.wait()
        finally:
            self.window.show_closing()
            await desk.close()
        return 0

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
        self.window.opening.show_trouble(error_text(error))
        self.window.status_line.set_state("trouble", "Not running")
        await self._closing.wait()
        self._leave()
        return FAILED

    def _leave(self) -> None:
        self._opener.shutdown(wait=False)
        self.window.may_close = True
        self.window.close()


def _call_on_signals(end: Callable[[], None]) -> None:
    """End in order on SIGINT and SIGTERM."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, ValueError):
            loop.add_signal_handler(number, end)
            continue
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(end))
