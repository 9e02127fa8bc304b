"""One lead's past, what was said, and the ledger rows that its future hangs on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, exists, select, text

from engine.domain.ledger import DeliveryKind, DeliveryState
from storage.tables import IS_STANDING, approval, campaign, delivery, enrolment, lead, message

SPOKEN = (DeliveryKind.MESSAGE, DeliveryKind.REPLY, DeliveryKind.INVITE)


def person(connection: Connection, lead_id: int) -> Row[Any] | None:
    """Return a lead's row, that of the lead it was merged into if it was, or None."""
    row = connection.execute(select(lead).where(lead.c.id == lead_id)).one_or_none()
    return row if row is None or row.merged_into_id is None else person(connection, row.merged_into_id)


def history(connection: Connection, lead_id: int, limit: int) -> Sequence[Row[Any]]:
    """Return a lead's activity, the newest first: moment, kind, words, and the text of what was sent."""
    return connection.execute(
        text(
            """SELECT a.at_ms, a.kind, a.words, (SELECT d.body FROM delivery d WHERE a.kind = 'sent'
                AND d.enrolment_id = a.enrolment_id AND d.ended_ms = a.at_ms AND d.state = 'sent' LIMIT 1) AS body
            FROM activity a WHERE a.lead_id = :id ORDER BY a.id DESC LIMIT :limit"""
        ),
        {"id": lead_id, "limit": limit},
    ).all()


def enrolments_of(connection: Connection, lead_id: int) -> Sequence[Row[Any]]:
    """Return a lead's enrolments with what their campaign says."""
    return connection.execute(
        select(enrolment, campaign.c.name.label("campaign_name"), campaign.c.state.label("campaign_state"))
        .join(campaign, campaign.c.id == enrolment.c.campaign_id)
        .where(enrolment.c.lead_id == lead_id)
        .order_by(enrolment.c.id)
    ).all()


def planned_id(connection: Connection, enrolment_id: int) -> int | None:
    """Return the ledger row that is planned for an enrolment, if there is one."""
    return connection.execute(
        select(delivery.c.id).where(delivery.c.enrolment_id == enrolment_id, delivery.c.state == DeliveryState.PLANNED)
    ).scalar()


def is_put_off(connection: Connection, enrolment_id: int, now_ms: int) -> bool:
    """Whether what is planned for an enrolment waits because something went wrong."""
    waiting = select(delivery.c.id).where(
        delivery.c.enrolment_id == enrolment_id,
        delivery.c.state == DeliveryState.PLANNED,
        delivery.c.not_before_ms > now_ms,
    )
    return connection.execute(waiting).first() is not None


def standing_texts(connection: Connection, enrolment_id: int) -> dict[str, str | None]:
    """Return by step the exact texts that a person was asked about and that go out if nothing changes."""
    rows = connection.execute(
        select(delivery.c.step_key, approval.c.body)
        .join(approval, and_(approval.c.delivery_id == delivery.c.id, IS_STANDING))
        .where(delivery.c.enrolment_id == enrolment_id, delivery.c.state == DeliveryState.PLANNED)
    )
    return {row.step_key: row.body for row in rows}


def messages(connection: Connection, lead_id: int, limit: int) -> list[Row[Any]]:
    """Return what was read in conversations with a lead, the newest first: moment, author, text, kind."""
    found: Select[Any] = (
        select(message.c.at_ms, message.c.author, message.c.body, message.c.kind)
        .where(message.c.lead_id == lead_id, message.c.body != "")
        .order_by(message.c.at_ms.desc(), message.c.id.desc())
        .limit(limit)
    )
    return list(connection.execute(found))


def sent_unread(connection: Connection, lead_id: int, limit: int) -> list[Row[Any]]:
    """Return sent texts that no reading of a conversation has brought back yet, the newest first."""
    is_read = exists().where(
        message.c.lead_id == delivery.c.lead_id,
        message.c.author == "us",
        (message.c.provider_message_id == delivery.c.provider_message_id) | (message.c.body == delivery.c.body),
    )
    of_lead = select(enrolment.c.id).where(enrolment.c.lead_id == lead_id)
    found: Select[Any] = (
        select(delivery.c.ended_ms.label("at_ms"), delivery.c.body, delivery.c.kind)
        .where(
            delivery.c.enrolment_id.in_(of_lead),
            delivery.c.state == DeliveryState.SENT,
            delivery.c.kind.in_(SPOKEN),
            delivery.c.body.is_not(None),
            delivery.c.body != "",
            ~is_read,
        )
        .order_by(delivery.c.ended_ms.desc())
        .limit(limit)
    )
    return list(connection.execute(found))
