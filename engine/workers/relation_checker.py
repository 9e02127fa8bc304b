"""Notices accepted invitations: page 1 of relations a few times a day, everything when an account is new.

Every pass has four ends (no cursor, a known item, something repeated, a cap) besides a deadline and
cancellation. Each page is a transaction; a full read goes on where it stopped.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine.domain.breaker import read_pause
from engine.domain.paging import PASS_DEADLINE_S, Ended, PageWalk
from engine.errors import Cause, KeyringError, ProviderError
from engine.provider.base import Page, Provider, Relation
from engine.services import relations
from engine.services.context import Context
from engine.workers.health_checker import note_account_trouble
from engine.workers.readiness import Readiness
from storage.column_types import to_ms
from storage.queries.lane import LaneAccount, lane_account
from storage.repositories import accounts
from storage.tables import account
from storage.unit_of_work import UnitOfWork

PAGE = 100
FULL_PAGE = 1000
"""Items a page. Source: Unipile's OpenAPI document (1 to 1,000)."""
BETWEEN_CHECKS = (timedelta(hours=2), timedelta(hours=5))
"""Source: Unipile's guide on detecting accepted invitations: a few times a day, randomly spaced."""
WAKING = (time(7), time(23))
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What one pass came to."""

    pages: int
    read: int
    matched: int
    seconds: float
    ended_by: Ended
    problem: str = ""


class RelationChecker:
    """Reads one account's relations."""

    def __init__(self, ctx: Context, account_id: int, readiness: Readiness) -> None:
        self._ctx = ctx
        self._account_id = account_id
        self._readiness = readiness
        self._wake = asyncio.Event()
        self._failures = 0
        self._rate_level = 0
        self.next_at: datetime | None = None

    async def run(self) -> None:
        """Read at random moments of the waking hours."""
        while not self._ctx.is_stopping:
            now = self._ctx.clock.now()
            if self.next_at is None or self.next_at <= now:
                outcome = await self.check()
                self.next_at = self._next_moment(outcome, await self._account())
            await self._ctx.clock.wait(self.next_at, self._wake)

    def hurry(self) -> None:
        """Check now: the program started, or time jumped."""
        self.next_at = None
        self._wake.set()

    async def _account(self) -> LaneAccount:
        return await self._ctx.db.read(lambda c: lane_account(c, self._account_id))

    async def check(self, *, full: bool = False) -> Pass:
        """Make one pass; tells the sender when relations are known."""
        self._wake.clear()
        with self._ctx.clock.held():
            outcome = await read_relations(self._ctx, self._account_id, full=full)
        if outcome.ended_by in (Ended.END, Ended.KNOWN, Ended.REPEATED, Ended.CAP):
            self._failures = self._rate_level = 0
            self._readiness.relations_read()
        return outcome

    def _next_moment(self, outcome: Pass, found: LaneAccount) -> datetime:
        now, rng = self._ctx.clock.now(), self._ctx.rng
        if outcome.ended_by in (Ended.FAILED, Ended.DEADLINE):
            self._failures += 1
            if outcome.problem == Cause.RATE:
                self._rate_level += 1
                return now + read_pause(self._rate_level - 1)
            longest = min(FIRST_RETRY * 2 ** min(self._failures - 1, 10), LONGEST_RETRY)
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


async def read_relations(ctx: Context, account_id: int, *, full: bool = False) -> Pass:
    """Read relations newest first. The first pass of an account, or `full`, reads them all. Never raises a provider's error."""
    started = ctx.clock.monotonic()
    found = await ctx.db.read(lambda c: lane_account(c, account_id))
    marks = await ctx.db.read(lambda c: c.execute(select(account).where(account.c.id == account_id)).one())
    is_full = full or marks.relations_full_ms is None
    walk, tally = PageWalk(), _Tally()
    try:
        provider = await ctx.connections.provider(found.address)
        async with asyncio.timeout(PASS_DEADLINE_S):
            ended = await _walk(ctx, provider, found, walk, tally, is_full=is_full, cursor=marks.relations_cursor if is_full else None)
    except TimeoutError:
        ended = Ended.DEADLINE
    except (ProviderError, KeyringError) as error:
        ended, tally.problem = Ended.FAILED, error.title
        tally.cause = getattr(error, "cause", Cause.KEY)
        await note_account_trouble(ctx, account_id, tally.cause, error.title)
    if ended in (Ended.END, Ended.KNOWN):
        await ctx.db.write(lambda u: _mark_read(u, account_id, is_full and ended is Ended.END, ctx.clock.now()))
    if tally.matched:
        ctx.wakes.all()
    problem = Cause.RATE if tally.cause is Cause.RATE else tally.problem
    return Pass(pages=walk.pages, read=walk.read, matched=tally.matched, seconds=ctx.clock.monotonic() - started, ended_by=ended, problem=problem)


@dataclass
class _Tally:
    matched: int = 0
    problem: str = ""
    cause: Cause = Cause.NONE


async def _walk(
    ctx: Context, provider: Provider, found: LaneAccount, walk: PageWalk, tally: _Tally, *, is_full: bool, cursor: str | None
) -> Ended:
    limit = FULL_PAGE if is_full else PAGE
    while True:
        page: Page[Relation] = await provider.relations(found.provider_account_id, cursor=cursor, limit=limit)
        taken = await ctx.db.write(lambda u, page=page: relations.take_page(u, found.account_id, page.items, ctx.clock.now()))  # type: ignore[misc]
        tally.matched += taken.matched
        keys = [relations.key_of(i) for i in page.items]
        ended = walk.observe(keys, page.cursor, has_known=taken.has_known and not is_full, body_bytes=page.body_bytes)
        cursor = None if ended else page.cursor
        if is_full:
            await ctx.db.write(lambda u, at=cursor: accounts.set_columns(u, found.account_id, relations_cursor=at))  # type: ignore[misc]
        if ended is not None:
            return ended


def _mark_read(uow: UnitOfWork, account_id: int, is_whole: bool, now: datetime) -> None:
    columns = {"relations_read_ms": to_ms(now)}
    if is_whole:
        columns["relations_full_ms"] = to_ms(now)
    accounts.set_columns(uow, account_id, **columns)
