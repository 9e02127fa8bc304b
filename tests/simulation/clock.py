"""The simulated machine's time: true time, which the practice LinkedIn lives by, and what the machine believes.

All clocks run at the rate of true time; `speed` is only what the engine is told, so that it polls as practice in a
hurry does. The beats of the wake watch in a time that the loop jumps over are made at once, as they could see nothing,
a wait isn't cut into hours unless a clock has changed meanwhile, and heartbeats go to disk every hour: none of it
changes what the engine sends or reads. A watch that isn't waiting for its next beat gets none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from engine.clock import LONGEST_WAIT_S
from engine.workers.housekeeper import ROUND_S
from engine.workers.wake_watch import TICK_S, WakeWatch
from tests.fakes.clock import FakeClock

LONGEST_SIMULATION = timedelta(days=400)


class SimulatedClock(FakeClock):
    """True time since the start, and the machine's clocks, which may sleep and be set wrong."""

    def __init__(self, start: datetime, *, polling_speed: float) -> None:
        super().__init__(start, speed=polling_speed)
        self.allowance = timedelta(seconds=0.25)
        self._slept_s = 0.0
        self._set_off_s = 0.0
        self._changed = asyncio.Event()
        self._waits: dict[asyncio.Timeout, float] = {}
        self.is_up: Callable[[], bool] = lambda: True
        self.watch_now: Callable[[], WakeWatch | None] = lambda: None
        self.up_s = 0.0
        self._watches: dict[asyncio.Task[Any], WakeWatch | None] = {}
        self._waiting: list[WakeWatch] = []

    @property
    def began(self) -> datetime:
        """Return the moment of the start."""
        return self._start

    def there_now(self) -> datetime:
        """Return true time."""
        return self._start + timedelta(seconds=self._mono_s + self._slept_s)

    def there_wall(self) -> datetime:
        """Return true time: the server's clock is right."""
        return self.there_now()

    def now(self) -> datetime:
        """Return what the machine's wall clock says."""
        return self._start + timedelta(seconds=self._mono_s + self._slept_s + self._set_off_s)

    def wall(self) -> datetime:
        """Return what the machine's wall clock says."""
        return self.now()

    def elapse(self, real_s: float) -> None:
        """Let time pass while the machine is awake and every task waits: the watch would have made its beats."""
        self._mono_s += real_s
        if not self.is_up():
            return
        self.up_s += real_s
        for watch in self._waiting:
            beats = int((self._mono_s - watch._beat_s) / TICK_S)
            watch.beats += beats
            watch.expected_beats += beats
            watch._beat_s += beats * TICK_S

    def block(self, real_s: float) -> None:
        """Let time pass while something holds the loop up: nobody's timer is looked at meanwhile."""
        self._mono_s += real_s
        self.up_s += real_s
        self._tell()

    def is_overdue(self) -> bool:
        """Whether the run can't be meant to last so long."""
        return self._mono_s + self._slept_s > LONGEST_SIMULATION.total_seconds()

    @property
    def set_off_s(self) -> float:
        """By how much the wall clock is wrong."""
        return self._set_off_s

    def sleep(self, seconds: float) -> None:
        """Let true time pass while the machine is asleep: timers and the monotonic clock stand still."""
        self._slept_s += seconds
        self._tell()

    def set_wrong(self, seconds: float) -> None:
        """Set the wall clock so much ahead of true time."""
        self._set_off_s = seconds
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
        for timeout, begun_s in self._waits.items():
            spent_s = (self._mono_s - begun_s) % LONGEST_WAIT_S
            timeout.reschedule(asyncio.get_running_loop().time() + LONGEST_WAIT_S - spent_s)

    async def wait(self, until: datetime | None, wake: asyncio.Event) -> None:
        """Wait until `until` or `wake`; cut into hours, as real waits are, only once a clock has changed."""
        left_s = None if until is None else (until - self.now()).total_seconds()
        if left_s is not None and left_s <= 0:
            await asyncio.sleep(0)
            return
        timeout = asyncio.timeout(left_s)
        try:
            async with timeout:
                self._waits[timeout] = self._mono_s
                await wake.wait()
        except TimeoutError:
            return
        finally:
            self._waits.pop(timeout, None)

    async def pause(self, real_s: float) -> None:
        """Wait so many seconds; the wake watch waits for something to see, the housekeeper looks every hour."""
        task = asyncio.current_task()
        name = task.get_name() if task is not None else ""
        if task is not None and name == "wake_watch" and real_s == TICK_S:
            await self._next_beat(self._watches.setdefault(task, self.watch_now()))
            return
        if name == "housekeeper" and real_s == ROUND_S:
            await asyncio.sleep(LONGEST_WAIT_S)
            if not self.is_up():
                await asyncio.Event().wait()  # a dead process writes no heartbeats
            return
        await asyncio.sleep(real_s)

    async def _next_beat(self, watch: WakeWatch | None) -> None:
        """Wait until a clock was changed, and then for what is left of a second."""
        if watch is None:
            await self._changed.wait()
            await asyncio.sleep(TICK_S)
            return
        self._waiting.append(watch)
        try:
            await self._changed.wait()
        finally:
            self._waiting.remove(watch)
        await asyncio.sleep(max(0.0, TICK_S - (self._mono_s - watch._beat_s)))
