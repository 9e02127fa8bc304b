"""Notices accepted invitations: page 1 of relations a few times a day, everything when an account is new.

Every pass has four ends (no cursor, a known item, something repeated, a cap) besides a deadline and
cancellation. Each page is a transaction; a full read goes on where it stopped.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.domain.breaker import read_pause
from engine.domain.paging import Ended
from engine.errors import Cause
from engine.services.context import Context
from engine.services.observing import read_sent_invitations
from engine.services.relation_passes import Pass, read_relations
from engine.workers.read_health import RELATIONS, ReadHealth
from engine.workers.readiness import Readiness
from storage.queries.lane import ReadAccount, read_account

BETWEEN_CHECKS = (timedelta(hours=2), timedelta(hours=5))
"""Source: Unipile's guide on detecting accepted invitations: a few times a day, randomly spaced."""
WAKING = (time(7), time(23))
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(minutes=15)


class RelationChecker:
    """Reads one account's relations."""

    def __init__(self, ctx: Context, account_id: int, readiness: Readiness, reads: ReadHealth) -> None:
        self._ctx = ctx
        self._account_id = account_id
        self._readiness = readiness
        self._reads = reads
        self._wake = asyncio.Event()
        self._failures = 0
        self._rate_level = 0
        self.next_at: datetime | None = None

    async def run(self) -> None:
        """Read at random moments of the waking hours."""
        while not self._ctx.is_stopping:
            self._wake.clear()
            now = self._ctx.clock.now()
            if self.next_at is None or self.next_at <= now:
                outcome, found = await self.check(), await self._account()
                if outcome.ended_by not in (Ended.FAILED, Ended.DEADLINE):
                    await read_sent_invitations(self._ctx, self._account_id)
                self.next_at = None if self._wake.is_set() else self._next_moment(outcome, found)
            await self._ctx.clock.wait(self.next_at, self._wake)

    def hurry(self) -> None:
        """Check now: the program started, or time jumped."""
        self.next_at = None
        self._wake.set()

    async def _account(self) -> ReadAccount:
        return await self._ctx.db.read(lambda c: read_account(c, self._account_id))

    async def check(self, *, full: bool = False) -> Pass:
        """Make one pass; tells the sender when relations are known."""
        epoch = self._readiness.epoch
        with self._ctx.clock.held():
            outcome = await read_relations(self._ctx, self._account_id, full=full)
        if outcome.ended_by in (Ended.END, Ended.KNOWN, Ended.REPEATED, Ended.CAP):
            self._failures = self._rate_level = 0
            self._readiness.relations_read(epoch)
            await self._reads.answered(RELATIONS)
        else:
            self._reads.failed(RELATIONS, outcome.cause)
        return outcome

    def _next_moment(self, outcome: Pass, found: ReadAccount) -> datetime:
        now, rng = self._ctx.clock.now(), self._ctx.rng
        if outcome.ended_by in (Ended.FAILED, Ended.DEADLINE):
            self._failures += 1
            if outcome.cause is Cause.RATE:
                self._rate_level += 1
                return now + read_pause(self._rate_level - 1)
            longest = min(FIRST_RETRY * (1 << min(self._failures - 1, 10)), LONGEST_RETRY)
            return now + longest * rng.uniform(0.5, 1.0)
        low, high = BETWEEN_CHECKS
        return into_waking_hours(now + low + (high - low) * rng.random(), found.hours.time_zone, rng.random())


def into_waking_hours(at: datetime, time_zone: str, draw: float) -> datetime:
    """Move a moment outside 07–23 local to a random one in the first hour of the next waking day."""
    zone = ZoneInfo(time_zone)
    local = at.astimezone(zone)
    if WAKING[0] <= local.time() < WAKING[1]:
        return at
    day = local.date() + timedelta(days=1 if local.time() >= WAKING[1] else 0)
    return datetime.combine(day, WAKING[0], zone).astimezone(at.tzinfo) + timedelta(hours=draw)
