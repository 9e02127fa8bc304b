"""Pull the plug: on the practice account a person breaks things on purpose, and is told how the program recovered.

Nothing is acted: the engine's tasks really end without being told, the network really is away, answers really are
rubbish, practice time really jumps. What is told is read from the ledger.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import ClassVar

from engine.app import Engine
from engine.clock import PracticeClock
from engine.provider.simulated.transport import PracticeTransport
from storage.queries.disturbances import Disturbance, disturbance

OUTAGE = timedelta(hours=6)
SLEEP = timedelta(days=3)
RECOVERY = timedelta(hours=3)
"""Practice time after a disturbance until it is told: the reads that settle an open question take 90 minutes."""


class Plug:
    """Breaks things on the practice account."""

    def __init__(self, engine: Engine, clock: PracticeClock, transport: PracticeTransport) -> None:
        self._engine, self._clock, self._transport = engine, clock, transport
        self._busy = asyncio.Lock()

    async def pull(self, kind: str) -> str:
        """Do one of `kinds`, wait until it is over, and return what became of it."""
        async with self._busy:
            began = self._clock.now()
            words = await self.kinds[kind](self)
            await self._pass(RECOVERY)
            found = await self._engine.ctx.db.read(lambda c: disturbance(c, began))
            return f"{words} {told(found)}"

    async def _kill(self) -> str:
        before = await self._engine.ctx.db.read(lambda c: disturbance(c, self._clock.now()))
        await self._engine.break_off()
        await self._engine.start()
        after = await self._engine.ctx.db.read(lambda c: disturbance(c, self._clock.now()))
        broken = after.unknown - before.unknown
        under_way = "nothing was under way" if broken <= 0 else f"{broken} under way: LinkedIn was read before going on"
        return f"The engine was killed and started again; {under_way}."

    async def _drop_network(self) -> str:
        began = self._clock.now()
        self._transport.is_reachable = False
        try:
            await self._pass(OUTAGE)
        finally:
            self._transport.is_reachable = True
        found = await self._engine.ctx.db.read(lambda c: disturbance(c, began))
        return f"The network was away for six hours; {found.sent} went out meanwhile, then at the usual pace."

    async def _answer_rubbish(self) -> str:
        self._transport.answers_rubbish = True
        try:
            await self._pass(OUTAGE)
        finally:
            self._transport.answers_rubbish = False
        return "Every answer was rubbish for six hours; what couldn't be read was taken for unknown, not for a no."

    async def _sleep(self) -> str:
        self._clock.skip(SLEEP)
        self._engine.report_jump(SLEEP.total_seconds())
        return "The computer slept for three days; everything was read first, then planned anew, without a burst."

    async def _pass(self, length: timedelta) -> None:
        end, never = self._clock.now() + length, asyncio.Event()
        while self._clock.now() < end:
            await self._clock.wait(end, never)

    kinds: ClassVar[dict[str, Callable[[Plug], Awaitable[str]]]] = {
        "kill": _kill,
        "network": _drop_network,
        "rubbish": _answer_rubbish,
        "sleep": _sleep,
    }


def told(found: Disturbance) -> str:
    """Return what the ledger says afterwards."""
    open_words = []
    if found.unknown:
        open_words.append(f"{found.unknown} still being looked for")
    if found.questions:
        open_words.append(f"{found.questions} waiting for your answer")
    rest = f"; {' and '.join(open_words)}" if open_words else ""
    twice = "Nothing went out twice" if not found.twice else f"{found.twice} went out twice"
    return f"{twice}; {found.sent} {'has' if found.sent == 1 else 'have'} gone out since{rest}."
