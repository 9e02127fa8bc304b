"""Whether database and journal take what a send writes; proved after either refused, before LinkedIn is read again.

A look is made in vain when nothing can be stored afterwards, and it costs readings of profiles.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from engine.domain.planner import Idle
from engine.errors import LeadloomBug, StorageError
from engine.services.context import Context
from storage.repositories import state

log = logging.getLogger(__name__)
PROVED_EVERY = timedelta(seconds=30)
"""Engine time between two proofs while there is no room."""
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)
"""Engine time after a refusal; it doubles while sends are refused although there was room by the proof."""


class Room:
    """One for each sender."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._refusals = 0
        self.is_doubtful = False
        """Whether a write was refused and none has been taken since."""

    def refused(self, error: StorageError) -> Idle:
        """Note that a write of a send was refused; returns how long to wait before anything is tried again."""
        log.warning("a send can't be stored (%s): nothing is read or sent for it before there is room", error.title)
        self.is_doubtful = True
        self._refusals += 1
        pause = min(FIRST_PAUSE * 2 ** min(self._refusals - 1, 10), LONGEST_PAUSE)
        return Idle(until=self._ctx.clock.now() + pause, why=error.title)

    def took(self) -> None:
        """Note that a whole send was stored."""
        self._refusals = 0

    async def idle(self) -> Idle | None:
        """Return what is waited for, None when both take writes."""
        if not self.is_doubtful:
            return None
        try:
            await self._prove()
        except StorageError as error:
            return Idle(until=self._ctx.clock.now() + PROVED_EVERY, why=error.title)
        self.is_doubtful = False
        return None

    async def _prove(self) -> None:
        journal = self._ctx.journal
        if journal is None:
            raise LeadloomBug("no send journal is open")
        await self._ctx.db.write(state.need_room)
        await asyncio.get_running_loop().run_in_executor(None, journal.need_room)
