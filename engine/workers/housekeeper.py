"""What must be done now and then whatever is sent: heartbeats to disk, a backup a day, the search for duplicates.

It never sends and never reads LinkedIn.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from engine.domain.health import Beats
from engine.errors import StorageError
from engine.services import audit
from engine.services.backups import TRIED_AGAIN_AFTER, Backups
from engine.services.context import Context
from storage import heartbeat

log = logging.getLogger(__name__)
ROUND_S = 300.0
"""Real seconds between two rounds: what a kill may cost the count of heartbeats."""
DAY = timedelta(hours=24)


class Housekeeper:
    """One for the whole engine."""

    def __init__(self, ctx: Context, beats_now: Callable[[], Beats]) -> None:
        self._ctx = ctx
        self._beats_now = beats_now
        self._before: Beats | None = None
        self._audited_at: datetime | None = None
        self._backup_at: datetime | None = None

    async def run(self) -> None:
        """Make a round every five minutes."""
        while not self._ctx.is_stopping:
            await self._ctx.clock.pause(ROUND_S)
            await self.note_beats()
            await self._audit()
            await self._back_up()

    async def note_beats(self) -> None:
        """Put the heartbeats of all runs so far into their file."""
        folder, loop = self._ctx.paths.data, asyncio.get_running_loop()
        if self._before is None:
            before, _ = await loop.run_in_executor(None, heartbeat.read, folder)
            self._before = before
        beats = self._before.plus(self._beats_now())
        await loop.run_in_executor(None, heartbeat.write, folder, beats, self._ctx.clock.wall())

    async def _audit(self) -> None:
        now = self._ctx.clock.now()
        if self._audited_at is None or now - self._audited_at >= DAY:
            await audit.look_for_duplicates(self._ctx)
            self._audited_at = now

    async def _back_up(self) -> None:
        now = self._ctx.clock.wall()
        if self._backup_at is not None and now < self._backup_at <= now + DAY:
            return
        self._backup_at = now + TRIED_AGAIN_AFTER
        try:
            daily = await Backups(self._ctx).make_daily()
        except StorageError as error:
            log.warning("today's backup could not be made: %s", error)
        else:
            self._backup_at = daily.next_at
            if daily.made is not None:
                log.info("backup made: %s", daily.made.name)
