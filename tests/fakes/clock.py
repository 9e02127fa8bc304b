"""Time that a test owns: a clock that is told what time it is, and an event loop whose timers jump.

Nothing here waits for real time. When every task of the loop waits, time jumps to the next timer; jobs for a thread
are carried out on the loop, one after the other, so that a run is the same every time.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.clock import LONGEST_WAIT_S, wait_for_wake

MONDAY_MORNING = datetime(2026, 1, 5, 7, 55, tzinfo=UTC)
"""Five minutes before nine in Paris."""
LONGEST_RUN = timedelta(days=60)
"""Engine time after which a run is taken for one that never ends."""


class FakeClock:
    """Engine time and both real clocks; they move together until a test sets one of them."""

    def __init__(self, start: datetime = MONDAY_MORNING, *, speed: float = 1.0) -> None:
        self._start = start
        self._mono_s = 0.0
        self._engine_s = 0.0
        self._shift_s = 0.0
        self.speed = speed
        self.allowance = timedelta()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._engine_s + self._shift_s)

    def wall(self) -> datetime:
        return self._start + timedelta(seconds=self._mono_s + self._shift_s)

    def monotonic(self) -> float:
        return self._mono_s

    def write_allowance(self) -> timedelta:
        return self.allowance

    async def wait(self, until: datetime | None, wake: asyncio.Event) -> None:
        left_s = LONGEST_WAIT_S if until is None else (until - self.now()).total_seconds() / self.speed
        await wait_for_wake(min(left_s, LONGEST_WAIT_S), wake)

    async def pause(self, real_s: float) -> None:
        await asyncio.sleep(real_s)

    @contextmanager
    def held(self) -> Iterator[None]:
        yield

    def elapse(self, real_s: float) -> None:
        """Let real seconds pass on all clocks."""
        self._mono_s += real_s
        self._engine_s += real_s * self.speed

    def is_overdue(self) -> bool:
        """Whether so much engine time has passed that the run can't be meant to."""
        return self._engine_s > LONGEST_RUN.total_seconds()

    def go(self, **length: float) -> None:
        """Let engine time pass: `go(hours=3)`."""
        self.elapse(timedelta(**length).total_seconds() / self.speed)

    def go_to(self, moment: datetime) -> None:
        """Let engine time pass until a moment."""
        self.go(seconds=max(0.0, (moment - self.now()).total_seconds()))

    def jump(self, seconds: float) -> None:
        """Move the wall clock and engine time, not the monotonic clock: a sleep, or a clock that was set."""
        self._shift_s += seconds


class _JumpingSelector(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    """Lets time pass on the clock instead of waiting."""

    def __init__(self, clock: FakeClock) -> None:
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
    """An event loop on a FakeClock."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(_JumpingSelector(clock))
        self._clock = clock

    def time(self) -> float:
        return self._clock.monotonic()

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
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
