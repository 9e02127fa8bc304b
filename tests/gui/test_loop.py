"""The window's loop: sleeps are never early, long delays are taken, nested Qt loops lose nothing."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from gui.loop_callbacks import SWEEP_SIZE
from gui.watchdog import BEAT_MS, STALL_MS, Watchdog


def test_sleeps_end_neither_early_nor_late(qtbot: QtBot, qloop: asyncio.AbstractEventLoop) -> None:
    late_ms: list[float] = []

    async def sleep(seconds: float) -> None:
        begun = time.perf_counter()
        await asyncio.sleep(seconds)
        late_ms.append((time.perf_counter() - begun - seconds) * 1000)

    work = asyncio.gather(*(sleep(s) for s in (0.0004, 0.01, 0.05, 0.3, 1.0)))
    qtbot.waitUntil(work.done)
    assert min(late_ms) >= -0.1
    assert max(late_ms) < 60


def test_delay_of_a_year_is_taken(qtbot: QtBot, qloop: asyncio.AbstractEventLoop) -> None:
    handle = qloop.call_later(366 * 86_400, lambda: None)
    qtbot.wait(5)
    handle.cancel()


def test_cancelled_timers_are_freed(qtbot: QtBot, qloop: Any) -> None:
    for _ in range(8 * SWEEP_SIZE):
        qloop.call_later(3600, lambda: None).cancel()
    qtbot.wait(1)
    assert len(qloop._timer._heap) <= SWEEP_SIZE


def test_ticks_go_on_through_a_dialog_and_after(qtbot: QtBot, qloop: asyncio.AbstractEventLoop) -> None:
    ticks: list[int] = []

    async def tick() -> None:
        while True:
            ticks.append(1)
            await asyncio.sleep(0.01)

    async def ask() -> int:
        dialog = QDialog()
        QTimer.singleShot(100, dialog.accept)
        return dialog.exec()  # inside a task, where stock qasync loses the other task's wake-up for ever

    ticker = qloop.create_task(tick())
    asked = qloop.create_task(ask())
    qtbot.waitUntil(asked.done, timeout=3000)
    after = len(ticks)
    qtbot.waitUntil(lambda: len(ticks) > after + 5, timeout=2000)
    ticker.cancel()


def test_thousands_of_tasks_leave_time_for_the_window(qtbot: QtBot, qloop: asyncio.AbstractEventLoop) -> None:
    gaps_ms: list[float] = []
    last = time.thread_time()  # work of this thread: what else the machine does isn't counted

    def beat() -> None:
        nonlocal last
        now = time.thread_time()
        gaps_ms.append((now - last) * 1000)
        last = now

    timer = QTimer(interval=5)
    timer.timeout.connect(beat)
    timer.start()

    async def job() -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    work = asyncio.gather(*(job() for _ in range(5000)))
    qtbot.waitUntil(work.done, timeout=10_000)
    timer.stop()
    assert sorted(gaps_ms)[len(gaps_ms) * 9 // 10] < STALL_MS


def test_watchdog_tells_of_a_stall(qtbot: QtBot) -> None:
    watchdog = Watchdog()
    watchdog.start()
    qtbot.wait(60)
    watchdog.stalls_ms.clear()
    begun = time.perf_counter()
    time.sleep(0.12)
    qtbot.waitUntil(lambda: len(watchdog.stalls_ms) == 1)
    took_ms = (time.perf_counter() - begun) * 1000 + BEAT_MS
    assert 80 < watchdog.stalls_ms[0] <= took_ms
    assert watchdog.longest_ms >= watchdog.stalls_ms[0]
