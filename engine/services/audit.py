"""The daily search for what must never be: the same text twice in a conversation. One find stops all sending."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, func, select

from engine.domain.ledger import DeliveryKind, DeliveryState
from engine.domain.replies import normalised
from engine.domain.takeover import Hold
from engine.services.context import Context
from engine.services.sending.taking_over import hold
from storage.column_types import to_ms
from storage.repositories import activity, state
from storage.tables import activity as activity_table
from storage.tables import delivery, message
from storage.unit_of_work import UnitOfWork

TOLD = "duplicate"
LOOK_BACK = timedelta(hours=48)
"""Source: docs/sending.md: the texts of the last two days are searched once a day."""


async def look_for_duplicates(ctx: Context) -> int:
    """Search the stored conversations; returns how many people got a text of ours twice."""
    now = ctx.clock.now()
    found = await ctx.db.read(lambda c: _untold(c, now - LOOK_BACK))
    if found:
        ctx.pause_epoch = await ctx.db.write(lambda u: _report(u, found, now))
        ctx.wakes.all()
    return len(found)


def duplicates(connection: Connection, since: datetime) -> list[tuple[int, int]]:
    """Return (account, lead) of whoever has two messages with one text that we sent since then."""
    ours = (
        select(delivery.c.account_id, delivery.c.lead_id)
        .where(
            delivery.c.kind == DeliveryKind.MESSAGE,
            delivery.c.state == DeliveryState.SENT,
            delivery.c.is_rearmed == 0,
            delivery.c.ended_ms >= to_ms(since),
        )
        .distinct()
    )
    found = []
    for account_id, lead_id in connection.execute(ours).all():
        sent = {normalised(r.body) for r in connection.execute(_sent_texts(account_id, lead_id)) if r.body}
        seen = Counter(normalised(r.body) for r in connection.execute(_seen_texts(account_id, lead_id)))
        if any(seen[text] > 1 for text in sent):
            found.append((int(account_id), int(lead_id)))
    return found


def observed(connection: Connection) -> int:
    """Return how many people were ever found to have got a text of ours twice."""
    told = select(func.count()).select_from(activity_table).where(activity_table.c.kind == TOLD)
    return connection.execute(told).scalar_one()


def _untold(connection: Connection, since: datetime) -> list[tuple[int, int]]:
    return [found for found in duplicates(connection, since) if not _is_told(connection, found[1], since)]


def _is_told(connection: Connection, lead_id: int, since: datetime) -> bool:
    told = select(activity_table.c.id).where(
        activity_table.c.lead_id == lead_id, activity_table.c.kind == TOLD, activity_table.c.at_ms >= to_ms(since)
    )
    return connection.execute(told.limit(1)).first() is not None


def _sent_texts(account_id: int, lead_id: int) -> Select[tuple[str | None]]:
    return select(delivery.c.body).where(
        delivery.c.account_id == account_id,
        delivery.c.lead_id == lead_id,
        delivery.c.kind == DeliveryKind.MESSAGE,
        delivery.c.state == DeliveryState.SENT,
        delivery.c.is_rearmed == 0,
    )


def _seen_texts(account_id: int, lead_id: int) -> Select[tuple[str]]:
    return select(message.c.body).where(
        message.c.account_id == account_id, message.c.lead_id == lead_id, message.c.is_ours == 1
    )


def _report(uow: UnitOfWork, found: list[tuple[int, int]], now: datetime) -> int:
    """Tell of it and hold everything; returns the pause epoch, of which the engine keeps a twin."""
    for account_id, lead_id in found:
        words = "The conversation holds the same text of yours twice."
        activity.note(uow, now, TOLD, words, account_id=account_id, lead_id=lead_id)
    hold(uow, Hold.DUPLICATE, now)
    return state.load(uow).pause_epoch
