"""Whether anything can still happen without a person."""

from __future__ import annotations

from sqlalchemy import Connection, and_, exists, or_, select

from engine.domain.ledger import DeliveryKind, DeliveryState
from storage.tables import campaign, delivery, engine_state

WAITING = (DeliveryState.PLANNED, DeliveryState.CLAIMED)


def is_idle(connection: Connection) -> bool:
    """Whether no running campaign has a step to send, an open invitation, a withdrawal due, or an unknown row."""
    if connection.execute(select(engine_state.c.is_paused)).scalar_one():
        return True
    under_way = exists().where(delivery.c.state.in_((DeliveryState.SENDING, DeliveryState.UNKNOWN)))
    is_allowed = or_(
        campaign.c.pause == "none",
        and_(campaign.c.pause == "invitations", delivery.c.kind.in_((DeliveryKind.MESSAGE, DeliveryKind.WITHDRAW))),
        and_(campaign.c.pause == "follow_ups", delivery.c.kind != DeliveryKind.MESSAGE),
    )
    planned = exists().where(
        delivery.c.campaign_id == campaign.c.id,
        campaign.c.state == "running",
        delivery.c.state.in_(WAITING),
        is_allowed,
    )
    return not connection.execute(select(or_(under_way, planned))).scalar_one()
