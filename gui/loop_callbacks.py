"""The callbacks of the window's asyncio loop on three Qt timers: a ready list, a heap, one precise timer.

Put in the place of qasync's one coarse Qt timer per callback, it ends sleeps never early and at most some
milliseconds late, takes delays beyond 24.8 days, frees cancelled timers, and loses no wake-up while a nested Qt
loop runs inside a task. Source: measured with qasync 0.28.0; CabbageDevelopment/qasync issues 59 and 82.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer

LONGEST_TIMER_MS = 24 * 3600 * 1000
SLICE_S = 0.008
"""Painting and input get a turn so often while callbacks are waiting."""
NESTED_RETRY_MS = 5
SWEEP_SIZE = 256


class LoopCallbacks(QObject):
    """Runs asyncio's handles in Qt's loop."""

    def __init__(self, loop: Any) -> None:
        super().__init__()
        self._loop = loop
        self._ready: list[asyncio.Handle] = []
        self._heap: list[tuple[float, int, asyncio.Handle]] = []
        self._order = itertools.count()
        self._is_stopped = False
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._run_ready)
        self._later = QTimer(self, singleShot=True)
        self._later.setTimerType(Qt.TimerType.PreciseTimer)
        self._later.timeout.connect(self._run_later)

    def add_callback(self, handle: asyncio.Handle, delay: float = 0) -> asyncio.Handle:
        """Run a handle after `delay` seconds."""
        if delay <= 0:
            self._ready.append(handle)
            if not self._soon.isActive():
                self._soon.start(0)
        else:
            heapq.heappush(self._heap, (self._loop.time() + delay, next(self._order), handle))
            self._arm()
        return handle

    def stop(self) -> None:
        """Run nothing more."""
        self._is_stopped = True
        self._soon.stop()
        self._later.stop()

    def set_debug(self, enabled: bool) -> None:
        """Take the loop's debug mode, which changes nothing here."""

    def _arm(self) -> None:
        while self._heap and self._heap[0][2].cancelled():
            heapq.heappop(self._heap)
        if len(self._heap) >= SWEEP_SIZE and len(self._heap) % SWEEP_SIZE == 0:
            self._heap = [entry for entry in self._heap if not entry[2].cancelled()]
            heapq.heapify(self._heap)
        if self._heap:
            left_ms = (self._heap[0][0] - self._loop.time()) * 1000
            self._later.start(max(0, min(LONGEST_TIMER_MS, int(left_ms) + 1)))
        else:
            self._later.stop()

    def _run_later(self) -> None:
        now = self._loop.time()
        due = []
        while self._heap and self._heap[0][0] <= now:
            due.append(heapq.heappop(self._heap)[2])
        self._arm()
        if due:
            self._ready[:0] = due
            self._run_ready()

    def _run_ready(self) -> None:
        if self._is_stopped:
            return
        if asyncio.current_task(self._loop) is not None:
            self._soon.start(NESTED_RETRY_MS)
            return
        batch, self._ready = self._ready, []
        end = time.perf_counter() + SLICE_S
        for position, handle in enumerate(batch):
            if not handle.cancelled():
                handle._run()  # asyncio.Handle has no public way to run it
            if time.perf_counter() > end or self._is_stopped:
                self._ready[:0] = batch[position + 1 :]
                break
        if self._ready and not self._soon.isActive() and not self._is_stopped:
            self._soon.start(0)
