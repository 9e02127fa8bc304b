"""The engine's time: the only place that reads a clock or waits.

`now` is the engine's time (practice may hurry it); `wall` and `monotonic` are the real clocks, used for
deadlines, the freshness of a read, clock jumps and the comparison with a server's Date header.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

LONGEST_WAIT_S = 3600.0
"""One wait lasts an hour at most: Qt's timers overflow at 24.8 days, and clocks can be changed."""
WRITE_ALLOWANCE_S = 0.25
"""Real seconds between the decision to send and the arrival of the request, allowed for at closing time."""


class Clock(Protocol):
    """Engine time and real time. Tests and the practice account bring their own."""

    @property
    def speed(self) -> float:
        """Engine seconds per real second."""
        ...

    def now(self) -> datetime:
        """Return the engine's time, aware UTC."""
        ...

    def wall(self) -> datetime:
        """Return the real wall clock, aware UTC."""
        ...

    def monotonic(self) -> float:
        """Return real seconds on a clock that never goes back."""
        ...

    def write_allowance(self) -> timedelta:
        """Return the engine time that may pass between arming a send and its arrival."""
        ...

    async def wait(self, until: datetime | None, wake: asyncio.Event) -> None:
        """Wait until engine time `until` (None: for ever) or until `wake` is set, whichever is first.

        May return early; callers look at the clock again. Never clears `wake`.
        """
        ...

    async def pause(self, real_s: float) -> None:
        """Wait so many real seconds."""
        ...

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep engine time still while an action is carried out, where the clock can."""
        ...


class SystemClock:
    """Real time, optionally hurried: now = epoch + speed x (real time - epoch)."""

    def __init__(self, *, speed: float = 1.0, epoch: datetime | None = None) -> None:
        self._speed = speed
        self._epoch = (epoch or datetime.now(UTC)).timestamp()

    @property
    def speed(self) -> float:
        """Engine seconds per real second."""
        return self._speed

    def now(self) -> datetime:
        """Return the engine's time, aware UTC."""
        real = time.time()
        if self._speed == 1.0:
            return datetime.fromtimestamp(real, UTC)
        return datetime.fromtimestamp(self._epoch + self._speed * (real - self._epoch), UTC)

    def wall(self) -> datetime:
        """Return the real wall clock, aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return real seconds on a clock that never goes back."""
        return time.monotonic()

    def write_allowance(self) -> timedelta:
        """Return the engine time that may pass between arming a send and its arrival."""
        return timedelta(seconds=WRITE_ALLOWANCE_S * self._speed)

    async def wait(self, until: datetime | None, wake: asyncio.Event) -> None:
        """Wait until engine time `until` or `wake`; at most an hour at a time."""
        left_s = LONGEST_WAIT_S
        if until is not None:
            left_s = min(left_s, (until - self.now()).total_seconds() / self._speed)
        await wait_for_wake(left_s, wake)

    async def pause(self, real_s: float) -> None:
        """Wait so many real seconds."""
        await asyncio.sleep(min(real_s, LONGEST_WAIT_S))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Do nothing: processes that share a server share a clock that can't be held."""
        yield


async def wait_for_wake(real_s: float, wake: asyncio.Event) -> None:
    """Wait for the event, at most so many real seconds; yields to the loop in any case."""
    if real_s <= 0:
        await asyncio.sleep(0)
        return
    try:
        async with asyncio.timeout(real_s):
            await wake.wait()
    except TimeoutError:
        return


class PracticeClock:
    """The window's practice time: its own speed, saved and restored, still while an action is carried out.

    Speed 0 stops it. It stands still while the program is closed, because it starts from where it was saved.
    """

    def __init__(self, start: datetime, *, speed: float = 1.0) -> None:
        self._at = start
        self._since = time.monotonic()
        self._speed = speed
        self._holds = 0
        self._changed = asyncio.Event()

    @property
    def speed(self) -> float:
        """Engine seconds per real second; 0 while stopped."""
        return self._speed

    def set_speed(self, speed: float) -> None:
        """Hurry, slow down or stop time; whoever waits looks again."""
        self._settle()
        self._speed = speed
        self._changed.set()
        self._changed = asyncio.Event()

    def skip(self, length: timedelta) -> None:
        """Let practice time jump forward; whoever waits looks again."""
        self._settle()
        self._at += length
        self._changed.set()
        self._changed = asyncio.Event()

    def now(self) -> datetime:
        """Return practice time, aware UTC."""
        if self._holds:
            return self._at
        return self._at + timedelta(seconds=self._speed * (time.monotonic() - self._since))

    def _settle(self) -> None:
        self._at, self._since = self.now(), time.monotonic()

    def wall(self) -> datetime:
        """Return the real wall clock, aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return real seconds on a clock that never goes back."""
        return time.monotonic()

    def write_allowance(self) -> timedelta:
        """Return nothing: time stands still while something is sent."""
        return timedelta()

    async def wait(self, until: datetime | None, wake: asyncio.Event) -> None:
        """Wait until practice time `until`, `wake`, or a change of speed; may return early."""
        left_s = LONGEST_WAIT_S
        if until is not None and self._speed > 0:
            left_s = min(left_s, (until - self.now()).total_seconds() / self._speed)
        changed = self._changed
        waits = [asyncio.ensure_future(wake.wait()), asyncio.ensure_future(changed.wait())]
        try:
            await asyncio.wait(waits, timeout=max(0.0, left_s), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()

    async def pause(self, real_s: float) -> None:
        """Wait so many real seconds."""
        await asyncio.sleep(min(real_s, LONGEST_WAIT_S))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep practice time still; may be held by several at once."""
        if self._holds == 0:
            self._settle()
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            if self._holds == 0:
                self._since = time.monotonic()
