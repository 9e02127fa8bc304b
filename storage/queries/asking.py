"""Requests for approval as the planner and the asker see them: a handful of rows a campaign, read by their indexes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Exists, bindparam, exists, func, select

from engine.domain.approvals import ASKED_KINDS, ApprovalState
from engine.domain.ledger import DeliveryKind, DeliveryState
from storage.column_types import to_ms
from storage.tables import IS_PLANNED, IS_STANDING, approval, delivery


def has_standing() -> Exists:
    """Return the condition that a delivery has an open request or an approval."""
    return exists().where(approval.c.delivery_id == delivery.c.id, IS_STANDING)


def standing_ids(connection: Connection, campaign_id: int, state: ApprovalState) -> Sequence[int]:
    """Return the deliveries of a campaign whose request stands like this, sent ones among them."""
    return connection.execute(_STANDING_IDS, {"campaign_id": campaign_id, "state": state}).scalars().all()


_STANDING_IDS = select(approval.c.delivery_id).where(
    approval.c.campaign_id == bindparam("campaign_id"), approval.c.state == bindparam("state"), IS_STANDING
)


def open_count(connection: Connection, campaign_id: int) -> int:
    """Count the open questions of a campaign; one whose step is no longer planned asks nothing."""
    ids = standing_ids(connection, campaign_id, ApprovalState.OPEN)
    if not ids:
        return 0
    return connection.execute(
        select(func.count())
        .select_from(delivery)
        .where(delivery.c.id.in_(ids), delivery.c.state == DeliveryState.PLANNED)
    ).scalar_one()


def due_unasked(
    connection: Connection, campaign_id: int, kinds: Sequence[DeliveryKind], now: datetime, limit: int
) -> list[int]:
    """Return the earliest due rows that a person wasn't asked about, of these kinds."""
    found = [
        row
        for kind in kinds
        for row in connection.execute(
            select(delivery.c.due_ms, delivery.c.id)
            .where(
                delivery.c.campaign_id == campaign_id,
                delivery.c.kind == kind,
                IS_PLANNED,
                delivery.c.due_ms <= to_ms(now),
                ~has_standing(),
            )
            .order_by(delivery.c.due_ms, delivery.c.id)
            .limit(limit)
        ).all()
    ]
    return [row.id for row in sorted(found)[:limit]]


def approved_or_sent(connection: Connection, campaign_id: int) -> int:
    """Count the steps of a campaign that were approved, or have gone out or may have."""
    is_approved = exists().where(approval.c.delivery_id == delivery.c.id, approval.c.state == ApprovalState.APPROVED)
    gone = (DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.HUMAN)
    return connection.execute(
        select(func.count())
        .select_from(delivery)
        .where(
            delivery.c.campaign_id == campaign_id,
            delivery.c.kind.in_(sorted(ASKED_KINDS)),
            delivery.c.state.in_(gone) | is_approved,
        )
    ).scalar_one()
