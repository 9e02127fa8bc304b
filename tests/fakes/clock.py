"""Time that a test owns: the jumping clock, which a test also sets by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engine.jumping_time import JumpingClock, JumpingLoop

__all__ = ["MONDAY_MORNING", "FakeClock", "JumpingLoop"]

MONDAY_MORNING = datetime(2026, 1, 5, 7, 55, tzinfo=UTC)
"""Five minutes before nine in Paris."""


class FakeClock(JumpingClock):
    """A jumping clock that a test moves and sets."""

    def __init__(self, start: datetime = MONDAY_MORNING, *, speed: float = 1.0) -> None:
        super().__init__(start, speed=speed)

    def there_now(self) -> datetime:
        """Return the time at the provider's, as its people live it: the same, unless a test parts the two."""
        return self.now()

    def there_wall(self) -> datetime:
        """Return what the provider's server says in its Date header."""
        return self.wall()

    def go(self, **length: float) -> None:
        """Let engine time pass: `go(hours=3)`."""
        self.elapse(timedelta(**length).total_seconds() / self.speed)

    def go_to(self, moment: datetime) -> None:
        """Let engine time pass until a moment."""
        self.go(seconds=max(0.0, (moment - self.now()).total_seconds()))

    def jump(self, seconds: float) -> None:
        """Move the wall clock and engine time, not the monotonic clock: a sleep, or a clock that was set."""
        self._shift_s += seconds
