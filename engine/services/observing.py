"""What the person does by hand on LinkedIn: it counts in the account's budgets, each action once.

Limits belong to the account, whoever uses it up.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime

from sqlalchemy import select, text

from engine.domain.ledger import Action
from engine.domain.paging import PASS_DEADLINE_S, PageWalk
from engine.errors import KeyringError, ProviderError
from engine.provider.base import SentInvitation
from engine.services.context import Context
from storage.column_types import from_ms, to_ms
from storage.queries.lane import read_account
from storage.repositories import accounts, deliveries
from storage.tables import account
from storage.unit_of_work import UnitOfWork

LONG_AGO = from_ms(0)
"""When an invitation was made that was pending before Leadloom looked for the first time: it uses up nothing now."""


async def read_sent_invitations(ctx: Context, account_id: int) -> None:
    """Read the pending invitations, newest first until a known one, and count those that were made by hand.

    A provider's error ends the pass: the next one sees the same.
    """
    found = await ctx.db.read(lambda c: read_account(c, account_id))
    walk, cursor = PageWalk(), None
    try:
        provider = await ctx.connections.provider(found.address)
        async with asyncio.timeout(PASS_DEADLINE_S):
            while True:
                page = await provider.sent_invitations(found.provider_account_id, cursor=cursor)
                has_known = await ctx.db.write(lambda u, p=page: take_in(u, account_id, p.items, ctx.clock.now()))  # type: ignore[misc]
                keys = [i.invitation_id for i in page.items]
                if walk.observe(keys, page.cursor, has_known=has_known, body_bytes=page.body_bytes):
                    break
                cursor = page.cursor
    except (TimeoutError, ProviderError, KeyringError):
        return
    await ctx.db.write(lambda u: accounts.mark_read(u, account_id, invitations_seen_ms=to_ms(ctx.clock.now())))


def take_in(uow: UnitOfWork, account_id: int, items: tuple[SentInvitation, ...], now: datetime) -> bool:
    """Count the invitations that aren't ours; returns whether one of them was counted before.

    Before the first whole pass nobody can say when they were made; they count as made long ago.
    """
    is_first = (
        uow.connection.execute(select(account.c.invitations_seen_ms).where(account.c.id == account_id)).scalar_one()
        is None
    )
    ours = _ours(uow, account_id, items)
    by_hand = [i for i in items if i.invitation_id not in ours]
    at = LONG_AGO if is_first else now
    fresh = [deliveries.observe(uow, account_id, Action.INVITE, i.invitation_id, at) for i in by_hand]
    return not is_first and not all(fresh)


def _ours(uow: UnitOfWork, account_id: int, items: tuple[SentInvitation, ...]) -> set[str]:
    """Return the ids of the invitations that the ledger made, or may have made."""
    pairs = json.dumps([[i.invitation_id, i.provider_id] for i in items])
    return set(uow.connection.execute(_OURS, {"account_id": account_id, "pairs": pairs}).scalars())


_OURS = text(
    """SELECT json_extract(j.value, '$[0]') FROM json_each(:pairs) j
    WHERE EXISTS (SELECT 1 FROM delivery d WHERE d.provider_invitation_id = json_extract(j.value, '$[0]')
        AND d.account_id = :account_id AND d.kind = 'invite')
    OR EXISTS (SELECT 1 FROM lead l JOIN delivery d ON d.lead_id = l.id
        WHERE l.provider_id = json_extract(j.value, '$[1]')
        AND d.account_id = :account_id AND d.kind = 'invite' AND d.state <> 'planned')"""
)
