"""The doubt that a restored or copied file brings: a message may have been sent without it. It is read for first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from engine.domain.ledger import QUIET_PERIOD, DeliveryKind, DeliveryState
from engine.domain.takeover import needs_verifying
from engine.services.sending import asking
from engine.services.sending.texts import Held
from storage.column_types import maybe_from_ms, to_ms
from storage.repositories import deliveries, enrolments, lost_sends, repeats
from storage.repositories.deliveries import DeliveryRow
from storage.tables import enrolment, lead
from storage.unit_of_work import UnitOfWork


def is_doubtful(uow: UnitOfWork, row: DeliveryRow) -> bool:
    """Whether the file may not know that this message was sent."""
    return row.kind is DeliveryKind.MESSAGE and was_doubtful(uow, row)


def was_doubtful(uow: UnitOfWork, row: DeliveryRow) -> bool:
    """Whether the file is older than what may have happened to this row, and nothing has settled that yet."""
    verify_ms = uow.connection.execute(
        select(enrolment.c.verify_ms).where(enrolment.c.id == row.enrolment_id)
    ).scalar_one()
    return needs_verifying(maybe_from_ms(verify_ms), row.verified_at)


def begin_verifying(uow: UnitOfWork, row: DeliveryRow, now: datetime) -> None:
    """Turn the doubt about a planned message into a question to LinkedIn: it is unknown until it has been read for."""
    wording = asking.word(uow, row)
    text = None if isinstance(wording, Held) else wording.text
    body_sha = deliveries.body_hash(text) if text else None
    take_lost(uow, row, text, now)
    deliveries.move(
        uow,
        row.delivery_id,
        DeliveryState.PLANNED,
        DeliveryState.UNKNOWN,
        body=text,
        body_sha=body_sha,
        ended_ms=to_ms(now - QUIET_PERIOD),
        looks=0,
        next_look_ms=to_ms(now),
        negative_look_ms=None,
        verified_ms=to_ms(now),
        reason="this data was restored or copied; LinkedIn is read for this message first",
    )
    asking.tell(
        uow, row, "verifying", "This data was restored or copied: LinkedIn is read for this message first.", now
    )
    if row.enrolment_id is not None:
        enrolments.replan(uow, row.enrolment_id, now)


def was_said(uow: UnitOfWork, row: DeliveryRow) -> bool:
    """Whether another row has brought this row's text of today: that is asked about before it is armed."""
    wording = asking.word(uow, row)
    text = None if isinstance(wording, Held) else wording.text
    return text is not None and repeats.has_same_text(uow, row, text)


def take_lost(uow: UnitOfWork, row: DeliveryRow, text: str | None, now: datetime) -> None:
    """Give the row the attempt that the journal saw with this very text, if it saw one."""
    provider_id = _provider_id(uow, row)
    lost = lost_sends.take_by_text(uow, provider_id, deliveries.body_hash(text), now) if text and provider_id else None
    if lost is not None and not deliveries.has_attempt(uow, lost.seq):
        deliveries.restore_attempt(uow, row, lost.seq, lost.at, text, is_counted=True)


def why_unknown(uow: UnitOfWork, row: DeliveryRow) -> str:
    """Return in words what left open whether a row was sent."""
    newest = deliveries.newest_attempt(uow, row.delivery_id)
    if newest is not None and newest.is_of_journal:
        at = _moment(newest.armed_at)
        return f"This backup is from before: the send journal says that it was being sent on {at}"
    if row.verified_at is None or (newest is not None and newest.armed_at >= row.verified_at):
        was_cut_off = newest is not None and newest.was_cut_off
        return f"{'Leadloom ended' if was_cut_off else 'The connection broke'} while sending"
    lost = lost_sends.of_person(uow, _provider_id(uow, row) or "", lost_sends.SPOKEN)
    if lost:
        at = _moment(lost[-1].at)
        return f"This backup is from before: the send journal says that a message to them was being sent on {at}"
    return "This data was restored or copied, and may not know of a send"


def _moment(at: datetime) -> str:
    return f"{at:%d %b %H:%M} UTC"


def _provider_id(uow: UnitOfWork, row: DeliveryRow) -> str | None:
    found: str | None = uow.connection.execute(select(lead.c.provider_id).where(lead.c.id == row.lead_id)).scalar_one()
    return found
