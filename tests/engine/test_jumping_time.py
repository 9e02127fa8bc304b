"""Time that jumps goes on however long it has gone already."""

from __future__ import annotations

import asyncio

import pytest

from engine.jumping_time import JumpingClock, JumpingLoop
from tests.fakes.clock import MONDAY_MORNING

DAY_S = 86_400.0
LOOKS = 10_000


class PatientClock(JumpingClock):
    """Has run for days already, and is looked at so often at most."""

    def __init__(self, days: float) -> None:
        super().__init__(MONDAY_MORNING)
        self._mono_s = days * DAY_S + 0.123456
        self._looks = 0

    def monotonic(self) -> float:
        """Count the looks."""
        self._looks += 1
        assert self._looks < LOOKS, "time stands still"
        return super().monotonic()


@pytest.mark.parametrize("days", [0, 100, 193.9, 400, 4000])
def test_timers_are_carried_out_after_years_too(days: float) -> None:
    clock = PatientClock(days)
    before = clock._mono_s

    async def wait() -> None:
        for seconds in (0.1, 1 / 3, 7.0, 1e-7):
            await asyncio.sleep(seconds)

    with asyncio.Runner(loop_factory=lambda: JumpingLoop(clock)) as runner:
        runner.run(wait())
    assert clock._mono_s - before == pytest.approx(7.0 + 0.1 + 1 / 3, abs=1e-4)
