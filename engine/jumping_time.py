"""Time that jumps: a clock that is told how much has passed, and an event loop that never waits.

When every task of the loop waits, time jumps to the next timer. Jobs for a thread are carried out on the loop, one
after the other, so that a run with the same dice is the same every time. Nothing in here waits for real time: it is
for practice and tests, never for an account that is real.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from engine.clock import LONGEST_WAIT_S, wait_for_wake

LONGEST_RUN = timedelta(days=60)
"""Engine time after which a run is taken for one that never ends."""

RESOLUTION_S = 1e-6


class JumpingClock:
    """Engine time and both real clocks; they move together, and only when `elapse` is called."""

    def __init__(self, start: datetime, *, speed: float = 1.0) -> None:
        self._start = start
        self._mono_s = 0.0
        self._engine_s = 0.0
        self._shift_s = 0.0
        self.speed = speed
        self.allowance = timedelta()

    def now(self) -> datetime:
        """Return the engine's time, aware UTC."""
        return self._start + timedelta(seconds=self._engine_s + self._shift_s)

    def wall(self) -> datetime:
        """Return what stands for the real wall clock, aware UTC."""
        return self._start + timedelta(seconds=self._mono_s + self._shift_s)

    def monotonic(self) -> float:
        """Return what stands for real seconds."""
        return self._mono_s

    def write_allowance(self) -> timedelta:
        """Return the engine time that may pass between arming a send and its arrival."""
        return self.allowance

    async def wait(self, until: datetime | None, wake: asyncio.Event) -> None:
        """Wait until engine time `until` or `wake`."""
        left_s = LONGEST_WAIT_S if until is None else (until - self.now()).total_seconds() / self.speed
        await wait_for_wake(min(left_s, LONGEST_WAIT_S), wake)

    async def pause(self, real_s: float) -> None:
        """Wait so many seconds of the clock that stands for the real one."""
        await asyncio.sleep(real_s)  # noqa: TID251 - the loop that this clock belongs to never waits

    @contextmanager
    def held(self) -> Iterator[None]:
        """Do nothing: time stands still anyway while something is carried out."""
        yield

    def elapse(self, real_s: float) -> None:
        """Let so many seconds pass on all clocks; engine time runs `speed` times as fast."""
        self._mono_s += real_s
        self._engine_s += real_s * self.speed

    def is_overdue(self) -> bool:
        """Whether so much engine time has passed that the run can't be meant to."""
        return self._engine_s > LONGEST_RUN.total_seconds()


class _JumpingSelector(selectors.DefaultSelector):
    """Lets time pass on the clock instead of waiting."""

    def __init__(self, clock: JumpingClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise AssertionError("every task waits for something that can't happen")
        self._clock.elapse(timeout)
        if self._clock.is_overdue():
            raise AssertionError("this run never ends")
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop on a JumpingClock."""

    def __init__(self, clock: JumpingClock) -> None:
        super().__init__(_JumpingSelector(clock))
        self._clock = clock
        # asyncio adds this to the time to see which timers are due; a nanosecond is lost in a float after 194 days,
        # and a timer that is due exactly now would never be carried out
        self._clock_resolution = RESOLUTION_S

    def time(self) -> float:
        """Return the clock's seconds."""
        return self._clock.monotonic()

    def run_in_executor(  # type: ignore[override]
        self, _executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Carry the job out in a later step of the loop, as a thread would: after whoever is ready now."""
        future = self.create_future()
        self.call_soon(_carry_out, future, func, args)
        return future


def _carry_out(future: asyncio.Future[Any], func: Callable[..., Any], args: tuple[Any, ...]) -> None:
    try:
        result = func(*args)
    except BaseException as error:
        if not future.done():
            future.set_exception(error)
    else:
        if not future.done():
            future.set_result(result)
