"""A person who is started again in the same campaign: another enrolment, and its end when that is taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, text, update

from storage.column_types import to_ms
from storage.tables import campaign, delivery, enrolment, message
from storage.unit_of_work import UnitOfWork

_UNTOUCHED = """SELECT NOT EXISTS (SELECT 1 FROM enrolment WHERE id = :id
        AND (replied_ms IS NOT NULL OR hand_wrote_ms IS NOT NULL))
    AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.enrolment_id = :id
    AND (d.state NOT IN ('planned', 'cancelled', 'superseded')
         OR EXISTS (SELECT 1 FROM attempt WHERE delivery_id = d.id)
         OR EXISTS (SELECT 1 FROM approval WHERE delivery_id = d.id AND state = 'approved')))"""
_SENDS = """SELECT (SELECT count(*) FROM attempt JOIN delivery AS d ON d.id = delivery_id WHERE d.enrolment_id = :id)
    + (SELECT count(*) FROM delivery WHERE enrolment_id = :id AND state IN ('sent', 'refused', 'skipped'))"""
_REMOVED = (
    "DELETE FROM approval WHERE delivery_id IN (SELECT id FROM delivery WHERE enrolment_id = :id)",
    "DELETE FROM delivery WHERE enrolment_id = :id",
    "DELETE FROM lead_claim WHERE enrolment_id = :id",
    "DELETE FROM enrolment_text WHERE enrolment_id = :id",
    "DELETE FROM enrolment WHERE id = :id",
)
_COPIED_TEXTS = """INSERT INTO enrolment_text (enrolment_id, step_key, body)
    SELECT :new, step_key, body FROM enrolment_text WHERE enrolment_id = :old"""


def row_of(uow: UnitOfWork, enrolment_id: int) -> Row[Any]:
    """Return an enrolment's row."""
    return uow.connection.execute(select(enrolment).where(enrolment.c.id == enrolment_id)).one()


def newest_message_ms(uow: UnitOfWork, account_id: int | None, lead_id: int) -> int | None:
    """Return when the newest message that is known of a conversation was written."""
    found = select(func.max(message.c.at_ms)).where(message.c.account_id == account_id, message.c.lead_id == lead_id)
    ms = uow.connection.execute(found).scalar_one()
    return None if ms is None else int(ms)


def add(uow: UnitOfWork, old: Row[Any], now: datetime) -> int:
    """Enrol a person anew; what LinkedIn knows of the two of you stays true. Returns the enrolment."""
    rounds = select(func.max(enrolment.c.round) + 1).where(
        enrolment.c.campaign_id == old.campaign_id, enrolment.c.lead_id == old.lead_id
    )
    version = select(campaign.c.version_id).where(campaign.c.id == old.campaign_id)
    values = {
        "campaign_id": old.campaign_id,
        "lead_id": old.lead_id,
        "account_id": old.account_id,
        "round": uow.connection.execute(rounds).scalar_one(),
        "version_id": uow.connection.execute(version).scalar_one(),
        "enrolled_ms": to_ms(now),
        "started_ms": to_ms(now),
        "connected_ms": old.connected_ms,
        "was_connected": int(old.connected_ms is not None),
        "set_aside_ms": newest_message_ms(uow, old.account_id, old.lead_id),
    }
    if old.invited_ms is not None and old.connected_ms is None and old.withdrawn_ms is None:
        values |= {name: getattr(old, name) for name in ("invited_ms", "invited_by_hand", "is_unconfirmed")}
    key = uow.connection.execute(insert(enrolment).values(**values)).inserted_primary_key
    assert key is not None
    uow.connection.execute(text(_COPIED_TEXTS), {"new": key[0], "old": old.id})
    return int(key[0])


def rearm_invitations(uow: UnitOfWork, lead_id: int, account_id: int | None) -> list[int]:
    """The person asked for it: invitations that came to nothing no longer stand against another. Returns them."""
    rows = uow.connection.execute(
        update(delivery)
        .where(
            delivery.c.lead_id == lead_id,
            delivery.c.account_id == account_id,
            delivery.c.kind == "invite",
            delivery.c.state == "sent",
            delivery.c.is_rearmed == 0,
        )
        .values(is_rearmed=1)
        .returning(delivery.c.id)
    )
    return list(rows.scalars())


def not_before(uow: UnitOfWork, enrolment_id: int, at: datetime) -> None:
    """Keep what is planned for an enrolment from being due before a moment."""
    later = {"not_before_ms": to_ms(at), "due_ms": func.max(delivery.c.due_ms, to_ms(at))}
    mine = (delivery.c.enrolment_id == enrolment_id, delivery.c.state == "planned")
    uow.connection.execute(update(delivery).where(*mine).values(**later))


def hurry(uow: UnitOfWork, enrolment_id: int, now: datetime) -> bool:
    """Let what was put off for an enrolment be due as it was planned. Returns whether anything was."""
    put_off = (
        delivery.c.enrolment_id == enrolment_id,
        delivery.c.state == "planned",
        delivery.c.not_before_ms > to_ms(now),
    )
    return bool(uow.connection.execute(update(delivery).where(*put_off).values(not_before_ms=to_ms(now))).rowcount)


def remove(uow: UnitOfWork, enrolment_id: int) -> bool:
    """Remove an enrolment that nothing has come of. Returns whether it is gone."""
    marks = {"id": enrolment_id}
    if not uow.connection.execute(text(_UNTOUCHED), marks).scalar_one():
        return False
    for statement in _REMOVED:
        uow.connection.execute(text(statement), marks)
    uow.changed("enrolment", enrolment_id)
    return True


def sends(uow: UnitOfWork, enrolment_id: int) -> int:
    """Return how many attempts and settled rows an enrolment has: it only grows."""
    return int(uow.connection.execute(text(_SENDS), {"id": enrolment_id}).scalar_one())


def of_lead(uow: UnitOfWork, lead_id: int, campaign_id: int | None) -> list[Row[Any]]:
    """Return the newest enrolment of a lead in each campaign, or in one."""
    rows = uow.connection.execute(
        text(
            "SELECT e.id, e.campaign_id, c.name FROM enrolment AS e JOIN campaign AS c ON c.id = e.campaign_id"
            " WHERE e.lead_id = :lead AND (:campaign IS NULL OR e.campaign_id = :campaign) AND e.round ="
            " (SELECT max(round) FROM enrolment WHERE campaign_id = e.campaign_id AND lead_id = e.lead_id)"
            " ORDER BY e.id"
        ),
        {"lead": lead_id, "campaign": campaign_id},
    )
    return list(rows)
