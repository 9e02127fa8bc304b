"""Whether anything can still happen without a person."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from engine.domain.approvals import ASKED_KINDS, ApprovalState
from engine.domain.ledger import DeliveryKind, DeliveryState
from storage.tables import IS_OPEN, IS_PLANNED, IS_STANDING, approval, campaign, campaign_start, delivery, engine_state


def is_idle(connection: Connection) -> bool:
    """Whether no running campaign has a step to send, an open invitation, a withdrawal due, or an unknown row."""
    if connection.execute(select(campaign_start.c.campaign_id).limit(1)).first() is not None:
        return False
    engine = connection.execute(select(engine_state.c.is_paused, engine_state.c.hold)).one()
    if engine.is_paused or engine.hold:
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
        _may_go_by_itself(),
    )
    return not connection.execute(select(or_(under_way, planned))).scalar_one()


def _may_go_by_itself() -> ColumnElement[bool]:
    """Whether a planned row needs no person yet: nobody is asked, it is approved, or the question is to come."""
    standing = select(approval.c.state).where(approval.c.delivery_id == delivery.c.id, IS_STANDING).scalar_subquery()
    asked = delivery.alias("asked")
    open_questions = (
        select(func.count())
        .select_from(approval)
        .join(asked, asked.c.id == approval.c.delivery_id)
        .where(
            approval.c.campaign_id == campaign.c.id,
            approval.c.state == ApprovalState.OPEN,
            IS_STANDING,
            asked.c.state == DeliveryState.PLANNED,
        )
        .correlate(campaign)
        .scalar_subquery()
    )
    return or_(
        delivery.c.kind.not_in(sorted(ASKED_KINDS)),
        standing == ApprovalState.APPROVED,
        and_(standing.is_(None), or_(campaign.c.ask_left == 0, open_questions < campaign.c.ask_left)),
    )
