"""Whether anything can still happen without a person."""

from __future__ import annotations

from sqlalchemy import Connection, and_, exists, or_, select

from engine.domain.ledger import DeliveryKind, DeliveryState
from storage.tables import IS_OPEN, IS_PLANNED, campaign, delivery, engine_state


def is_idle(connection: Connection) -> bool:
    """Whether no running campaign has a step to send, an open invitation, a withdrawal due, or an unknown row."""
    if connection.execute(select(engine_state.c.is_paused)).scalar_one():
        return True
    under_way = exists().where(IS_OPEN, delivery.c.state != DeliveryState.HUMAN)
    is_allowed = or_(
        campaign.c.pause == "none",
        and_(campaign.c.pause == "invitations", delivery.c.kind.in_((DeliveryKind.MESSAGE, DeliveryKind.WITHDRAW))),
        and_(campaign.c.pause == "follow_ups", delivery.c.kind != DeliveryKind.MESSAGE),
    )
    planned = exists().where(
        delivery.c.campaign_id == campaign.c.id,
        campaign.c.state == "running",
        IS_PLANNED,
        is_allowed,
    )
    return not connection.execute(select(or_(under_way, planned))).scalar_one()
