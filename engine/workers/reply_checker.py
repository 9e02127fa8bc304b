"""Notices replies: the newest messages of an account's inbox, every few minutes while anything awaits one."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, bindparam, exists, select, text

from engine.domain.breaker import read_pause
from engine.domain.ledger import Action
from engine.domain.paging import PASS_DEADLINE_S, Ended, PageWalk
from engine.domain.replies import INVITATION_NOTE
from engine.errors import Cause, KeyringError, ProviderError
from engine.provider.base import Message, Provider
from engine.services.account_health import note_account_trouble
from engine.services.context import Context
from engine.services.sending import conversations
from engine.workers.looks import PERSONAL
from engine.workers.read_health import REPLIES, ReadHealth
from engine.workers.readiness import Readiness
from storage.column_types import from_ms, to_ms
from storage.queries.lane import ReadAccount, read_account
from storage.repositories import accounts, deliveries
from storage.tables import account, campaign, enrolment
from storage.unit_of_work import UnitOfWork

BETWEEN_POLLS = (timedelta(minutes=5), timedelta(minutes=10))
SHORTEST_POLL_S = 0.1
"""Real seconds between two polls, however much practice hurries."""
OVERLAP = timedelta(minutes=15)
"""Read again so far back: the provider's copy may bring messages late."""
CHATS_ASKED_AT_ONCE = 10
MOST_ASKED = 10
"""So often a chat that can't be read is asked for, an hour or two; then it is a stranger's, until a restart."""
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(minutes=15)
MARK_STEP = timedelta(hours=6)
"""The mark moves on disk only so often while nothing new comes: idle polls don't commit."""


class ReplyChecker:
    """Polls one account's inbox."""

    def __init__(self, ctx: Context, account_id: int, readiness: Readiness, reads: ReadHealth) -> None:
        self._ctx = ctx
        self._account_id = account_id
        self._readiness = readiness
        self._reads = reads
        self._wake = ctx.wakes.new()
        self._failures = 0
        self._rate_level = 0
        self._is_hurried = False
        self.next_at: datetime | None = None
        self.last_good: datetime | None = None
        self._marked_at: datetime | None = None
        self._asked: Counter[str] = Counter()

    async def run(self) -> None:
        """Poll while anything awaits a reply."""
        while not self._ctx.is_stopping:
            self._wake.clear()
            now = self._ctx.clock.now()
            if self.next_at is None or self.next_at <= now:
                self._is_hurried = False
                next_at = await self._poll()
                self.next_at = None if self._is_hurried else next_at
            await self._ctx.clock.wait(self.next_at, self._wake)

    def hurry(self) -> None:
        """Check now."""
        self.next_at, self._is_hurried = None, True
        self._wake.set()

    async def _poll(self) -> datetime:
        ctx = self._ctx
        found, since, awaits = await ctx.db.read(lambda c: _from_where(c, self._account_id))
        must_read = self._readiness.needs_replies or self._reads.is_failing(REPLIES)
        if not must_read and not awaits:
            return ctx.clock.now() + BETWEEN_POLLS[1]
        problem = await self._check(found, since)
        now = ctx.clock.now()
        if problem is not None:
            return now + self._retry(problem)
        low, high = BETWEEN_POLLS
        shortest = timedelta(seconds=SHORTEST_POLL_S * ctx.clock.speed)
        return now + max(low + (high - low) * ctx.rng.random(), shortest)

    def _retry(self, cause: Cause) -> timedelta:
        self._failures += 1
        if cause is Cause.RATE:
            self._rate_level += 1
            return read_pause(self._rate_level - 1)
        return min(FIRST_RETRY * (1 << min(self._failures - 1, 10)), LONGEST_RETRY) * self._ctx.rng.uniform(0.5, 1.0)

    async def check(self) -> Cause | None:
        """Read what is new; returns whose trouble stopped it, or None."""
        found, since, _ = await self._ctx.db.read(lambda c: _from_where(c, self._account_id))
        return await self._check(found, since)

    async def _check(self, found: ReadAccount, since: datetime) -> Cause | None:
        ctx = self._ctx
        started, epoch = ctx.clock.now(), self._readiness.epoch
        with ctx.clock.held():
            try:
                provider = await ctx.connections.provider(found.address)
                async with asyncio.timeout(PASS_DEADLINE_S):
                    items = await _new_messages(provider, found, since - OVERLAP)
                is_whole = await self._take_in(provider, found, items)
            except TimeoutError:
                self._reads.failed(REPLIES, Cause.BROKEN)
                return Cause.BROKEN
            except (ProviderError, KeyringError) as error:
                cause: Cause = getattr(error, "cause", Cause.KEY)
                self._reads.failed(REPLIES, cause)
                await note_account_trouble(ctx, self._account_id, cause, error.title)
                return cause
        self._failures = self._rate_level = 0
        if self._marked_at is None or started - self._marked_at >= MARK_STEP:
            newest = max((m.at for m in items), default=since) if is_whole else since
            seen_until = max(since, min(newest, started))
            await ctx.db.write(lambda u: _mark_read(u, self._account_id, started, seen_until))
            self._marked_at = started
        self.last_good = started
        self._readiness.replies_read(epoch)
        await self._reads.answered(REPLIES)
        return None

    async def _take_in(self, provider: Provider, found: ReadAccount, items: list[Message]) -> bool:
        """Store what is new; returns whether it is known of every message whose it is."""
        ctx = self._ctx
        fresh = await ctx.db.read(lambda c: _unseen(c, found.account_id, items)) if items else []
        if not fresh:
            return True
        ours = [m.chat_id for m in fresh if m.is_ours]
        try:
            left = await self._learn_chats(provider, found, ours) if ours else set()
        except ProviderError:
            await self._hear(found, [m for m in fresh if not m.is_ours])  # whose these are is known
            raise
        fresh = [m for m in fresh if not (m.is_ours and m.chat_id in left)]
        await self._hear(found, fresh)
        theirs = await ctx.db.read(lambda c: _chats_of_leads(c, found.account_id))
        if theirs:
            with contextlib.suppress(ProviderError):  # what they said is heard; only that it isn't a group is missing
                await self._learn_chats(provider, found, theirs)
        return not left

    async def _hear(self, found: ReadAccount, items: list[Message]) -> None:
        ctx = self._ctx
        if await ctx.db.write(lambda u: _hear_all(u, found.account_id, items, ctx.clock.now())):
            ctx.wakes.all()

    async def _learn_chats(self, provider: Provider, found: ReadAccount, chat_ids: list[str]) -> set[str]:
        """Ask whose chats these are, a few at a time; returns those that aren't known yet.

        A chat that can't be read holds no other up: the others are asked about first the next time.
        """
        ctx = self._ctx
        unknown = await ctx.db.write(lambda u: conversations.unknown_chats(u, found.account_id, chat_ids))
        wanted = sorted((c for c in unknown if self._asked[c] < MOST_ASKED), key=lambda c: self._asked[c])
        left = set(wanted)
        for chat_id in wanted[:CHATS_ASKED_AT_ONCE]:
            try:
                chat = await provider.chat(found.provider_account_id, chat_id)
            except ProviderError as error:
                if error.cause not in PERSONAL:
                    raise
                self._asked[chat_id] += 1
                break
            person = chat.attendee_provider_id if chat.kind == 0 else None
            keep = partial(conversations.know_chat_of, account_id=found.account_id, chat_id=chat_id)
            await ctx.db.write(partial(keep, provider_id=person))
            left.discard(chat_id)
        return left


async def _new_messages(provider: Provider, found: ReadAccount, since: datetime) -> list[Message]:
    walk, items, cursor = PageWalk(), list[Message](), None
    while True:
        page = await provider.messages(found.provider_account_id, after=since, cursor=cursor)
        items += page.items
        ended = walk.observe(
            [m.message_id for m in page.items], page.cursor, has_known=False, body_bytes=page.body_bytes
        )
        if ended is Ended.END:
            return items
        if ended is not None:
            raise ProviderError(Cause.PROVIDER, "the inbox could not be read to its end")
        cursor = page.cursor


def _from_where(connection: Connection, account_id: int) -> tuple[ReadAccount, datetime, bool]:
    """Return the account, since when its inbox is to be read, and whether anybody may answer.

    Who was contacted may: invited, connected or messaged, and not ended otherwise.
    """
    row = connection.execute(_SEEN_UNTIL, {"account_id": account_id}).one()
    seen_ms = row.messages_seen_ms if row.messages_seen_ms is not None else row.created_ms
    return read_account(connection, account_id), from_ms(seen_ms), bool(row.awaits)


_SEEN_UNTIL = select(
    account.c.messages_seen_ms,
    account.c.created_ms,
    exists()
    .where(
        enrolment.c.campaign_id == campaign.c.id,
        campaign.c.account_id == bindparam("account_id"),
        enrolment.c.replied_ms.is_(None),
        text("enrolment.stage IN ('invite_sent', 'connected', 'messaged', 'completed', 'needs_attention')"),
    )
    .label("awaits"),
).where(account.c.id == bindparam("account_id"))


def _chats_of_leads(connection: Connection, account_id: int) -> list[str]:
    """Return chats in which leads have written and that nobody has been asked about: each may be a group."""
    return list(connection.execute(_NOT_ASKED, {"account_id": account_id}).scalars())


_NOT_ASKED = text(
    "SELECT DISTINCT chat_id FROM message WHERE account_id = :account_id AND is_ours = 0 AND chat_id <> ''"
    " AND NOT EXISTS (SELECT 1 FROM chat WHERE chat.account_id = message.account_id AND chat.chat_id = message.chat_id)"
    " ORDER BY chat_id LIMIT 100"
)


def _unseen(connection: Connection, account_id: int, items: list[Message]) -> list[Message]:
    ids = json.dumps([m.message_id for m in items])
    known = set(connection.execute(_KNOWN, {"account_id": account_id, "ids": ids}).scalars())
    return [m for m in items if m.message_id not in known]


_KNOWN = text(
    "SELECT provider_message_id FROM message WHERE account_id = :account_id"
    " AND provider_message_id IN (SELECT value FROM json_each(:ids))"
)


def _hear_all(uow: UnitOfWork, account_id: int, items: list[Message], now: datetime) -> bool:
    by_lead: dict[int, list[Message]] = {}
    for item in items:
        lead_id = conversations.lead_of_message(uow, account_id, item)
        if lead_id is None and _is_by_hand(item):
            deliveries.observe(uow, account_id, Action.MESSAGE, item.message_id, min(item.at, now))
        if lead_id is not None:
            by_lead.setdefault(lead_id, []).append(item)
    heard = [
        conversations.hear(uow, account_id, lead_id, group, now, is_inbox=True)
        for lead_id, group in sorted(by_lead.items())
    ]
    return any(h.has_reply or h.has_hand_written for h in heard)


def _is_by_hand(item: Message) -> bool:
    """Whether the person wrote to somebody whom Leadloom doesn't know."""
    return item.is_ours and not item.is_event and not item.is_deleted and item.kind != INVITATION_NOTE


def _mark_read(uow: UnitOfWork, account_id: int, at: datetime, seen_until: datetime) -> None:
    """Keep when the inbox was read, and up to which message: an answer that held back some may bring them later."""
    accounts.mark_read(uow, account_id, replies_read_ms=to_ms(at), messages_seen_ms=to_ms(seen_until))
