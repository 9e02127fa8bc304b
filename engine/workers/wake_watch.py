"""Compares the two real clocks: a gap between them means that the computer slept or its clock was set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.clock import Clock

TICK_S = 1.0
JUMP_S = 5.0
"""Source: docs/sending.md, "Time"."""


@dataclass(frozen=True, kw_only=True)
class Jump:
    """A jump of the wall clock against the monotonic one, in real seconds; negative: set back."""

    seconds: float


class WakeWatch:
    """Touches no table; tells of every jump, and counts its own beats."""

    def __init__(self, clock: Clock, on_jump: Callable[[Jump], None]) -> None:
        self._clock = clock
        self._on_jump = on_jump
        self.beats = 0
        self.expected_beats = 0.0
        self._wall = clock.wall()
        self._mono = self._beat_s = clock.monotonic()

    async def run(self) -> None:
        """Beat once a second."""
        while True:
            await self._clock.pause(TICK_S)
            self.beat()

    def beat(self) -> None:
        """Count a beat, and compare the clocks."""
        mono = self._clock.monotonic()
        since_s, self._beat_s = mono - self._beat_s, mono
        self.beats += 1
        self.expected_beats += max(1.0, since_s / TICK_S) if since_s > 2 * TICK_S else 1.0
        self.look()

    def look(self) -> None:
        """Compare the clocks now: between two beats, for whoever goes on right after the computer woke."""
        wall, mono = self._clock.wall(), self._clock.monotonic()
        by_wall, by_mono = (wall - self._wall).total_seconds(), mono - self._mono
        self._wall, self._mono = wall, mono
        if abs(by_wall - by_mono) > JUMP_S:
            self._on_jump(Jump(seconds=by_wall - by_mono))
