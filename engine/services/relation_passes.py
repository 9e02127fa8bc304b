"""One pass over an account's relations: newest first, page by page, with four ends, a deadline and cancellation.

Each page is a transaction; a full read goes on where it stopped.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from engine.domain.paging import PASS_DEADLINE_S, Ended, PageWalk
from engine.errors import Cause, KeyringError, ProviderError
from engine.provider.base import Page, Provider, Relation
from engine.services import relations
from engine.services.account_health import note_account_trouble
from engine.services.context import Context
from storage.column_types import to_ms
from storage.queries.lane import ReadAccount, read_account
from storage.repositories import accounts
from storage.tables import account
from storage.unit_of_work import UnitOfWork

CLOCK_TOLERANCE_S = 5.0
"""The Date header tells whole seconds, and an answer takes a while."""
PAGE = 100
FULL_PAGE = 1000
"""Items a page. Source: Unipile's OpenAPI document (1 to 1,000)."""


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What one pass came to."""

    pages: int
    read: int
    matched: int
    seconds: float
    ended_by: Ended
    problem: str = ""
    cause: Cause = Cause.NONE


class Relations:
    """Use cases about relations."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def check(self, name: str, *, full: bool = False) -> Pass:
        """Read an account's relations now. Raises: NotFound."""
        row = await self._ctx.db.look(lambda u: accounts.find(u, name))
        return await read_relations(self._ctx, row.id, full=full)


async def read_relations(ctx: Context, account_id: int, *, full: bool = False) -> Pass:
    """Read relations newest first; the first pass of an account, or `full`, reads them all.

    A provider's error ends the pass and is told in it, never raised.
    """
    started, began = ctx.clock.monotonic(), ctx.clock.now()
    found = await ctx.db.read(lambda c: read_account(c, account_id))
    marks = await ctx.db.read(lambda c: c.execute(select(account).where(account.c.id == account_id)).one())
    is_full = full or marks.relations_full_ms is None
    walk, tally = PageWalk(), _Tally()
    try:
        provider = await ctx.connections.provider(found.address)
        async with asyncio.timeout(PASS_DEADLINE_S):
            ended = await _walk(
                ctx, provider, found, walk, tally, is_full=is_full, cursor=marks.relations_cursor if is_full else None
            )
    except TimeoutError:
        ended = Ended.DEADLINE
    except (ProviderError, KeyringError) as error:
        ended, tally.problem = Ended.FAILED, error.title
        tally.cause = getattr(error, "cause", Cause.KEY)
        await note_account_trouble(ctx, account_id, tally.cause, error.title)
    if ended in (Ended.END, Ended.KNOWN, Ended.REPEATED, Ended.CAP):
        # an empty answer, as a throttled provider gives it, shows nobody: somebody known must be among them
        is_evidence = tally.has_known or marks.relations_whole_ms is None
        is_whole = is_full or (walk.pages > 1 and ended in (Ended.END, Ended.KNOWN) and is_evidence)
        shows_all = ended in (Ended.END, Ended.KNOWN) and not tally.nameless and is_evidence
        began = _by_the_servers_clock(began, provider)
        await ctx.db.write(lambda u: _mark_read(u, account_id, began, is_whole=is_whole, shows_all=shows_all))
    elif ended is Ended.FAILED and is_full and walk.pages == 0:
        await ctx.db.write(lambda u: accounts.mark_read(u, account_id, relations_cursor=None))
    if tally.matched:
        ctx.wakes.all()
    return Pass(
        pages=walk.pages,
        read=walk.read,
        matched=tally.matched,
        seconds=ctx.clock.monotonic() - started,
        ended_by=ended,
        problem=tally.problem,
        cause=tally.cause,
    )


@dataclass
class _Tally:
    matched: int = 0
    nameless: int = 0
    has_known: bool = False
    problem: str = ""
    cause: Cause = Cause.NONE


async def _walk(
    ctx: Context,
    provider: Provider,
    found: ReadAccount,
    walk: PageWalk,
    tally: _Tally,
    *,
    is_full: bool,
    cursor: str | None,
) -> Ended:
    limit = FULL_PAGE if is_full else PAGE
    while True:
        page: Page[Relation] = await provider.relations(found.provider_account_id, cursor=cursor, limit=limit)
        take = partial(_take, account_id=found.account_id, page=page, is_full=is_full, now=ctx.clock.now())
        taken = await ctx.db.write(take)
        tally.matched += taken.matched
        tally.has_known |= taken.has_known
        tally.nameless += page.bad_items + sum(1 for i in page.items if not i.provider_id)
        keys = [relations.key_of(i) for i in page.items]
        ended = walk.observe(keys, page.cursor, has_known=taken.has_known and not is_full, body_bytes=page.body_bytes)
        cursor = None if ended else page.cursor
        if is_full:
            await ctx.db.write(partial(accounts.mark_read, account_id=found.account_id, relations_cursor=cursor))
        if ended is not None:
            return ended


def _take(
    uow: UnitOfWork, *, account_id: int, page: Page[Relation], is_full: bool, now: datetime
) -> relations.PageTaken:
    """Store a page. What it brings hides the older pages from the next pass, should this one be interrupted."""
    taken = relations.take_page(uow, account_id=account_id, items=page.items, now=now)
    if page.cursor and not (is_full or taken.has_known):
        accounts.mark_read(uow, account_id, relations_full_ms=None)
    return taken


def _by_the_servers_clock(at: datetime, provider: Provider) -> datetime:
    """Return a moment as the other side would say it: acceptances carry its time, and ours may be set wrong."""
    server = provider.server_clock
    is_off = server is not None and abs(server.offset_s) > CLOCK_TOLERANCE_S
    return at + timedelta(seconds=server.offset_s) if server is not None and is_off else at


def _mark_read(uow: UnitOfWork, account_id: int, began: datetime, *, is_whole: bool, shows_all: bool) -> None:
    columns = {"relations_read_ms": to_ms(began)}
    if shows_all:
        columns["relations_whole_ms"] = to_ms(began)
    if is_whole:
        columns["relations_full_ms"] = to_ms(began)
    accounts.mark_read(uow, account_id, **columns)
