"""A refused invitation whose goal may already be met: the profile decides, and the account isn't blamed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from engine.domain.ledger import DeliveryState
from engine.provider.base import OURS_OPEN, Profile, Verdict
from engine.services.sending import people, verifying
from engine.services.sending.claiming import Claimed
from engine.services.sending.recording import REINVITE_PAUSE, settle_sent
from storage.column_types import to_ms
from storage.repositories import activity, deliveries, enrolments
from storage.tables import attempt, delivery
from storage.unit_of_work import UnitOfWork

LOST_INVITATION = (
    "LinkedIn says that this person was invited not long ago, and this data was restored or copied: "
    "an invitation that it doesn't know may have been declined or taken back"
)


def settle_refused_invitation(uow: UnitOfWork, claimed: Claimed, profile: Profile, now: datetime) -> None:
    """Pending or connected: go on. Neither: this person waits three weeks, nobody else does."""
    row = deliveries.get(uow, claimed.row.delivery_id)
    if (
        row.state is not DeliveryState.PLANNED
        or row.enrolment_id is None
        or profile.provider_id != claimed.lead_provider_id
    ):
        return
    if profile.is_connected:
        people.connected(
            uow,
            account_id=row.account_id,
            lead_id=row.lead_id,
            at=profile.connected_at or now,
            now=now,
            was_connected=True,
        )
    elif profile.invitation in OURS_OPEN:
        _pending(uow, row, now)
    elif _was_refused_for_person(uow, row) and verifying.was_doubtful(uow, row):
        _ask_whether_lost(uow, row, row.enrolment_id, now)
    elif _was_refused_for_person(uow, row):
        until = now + REINVITE_PAUSE
        uow.connection.execute(
            update(delivery)
            .where(delivery.c.id == row.delivery_id)
            .values(not_before_ms=to_ms(until), due_ms=to_ms(until))
        )
        words = "LinkedIn says that this person was invited not long ago; the invitation waits three weeks."
        activity.note(
            uow, now, "waits", words, campaign_id=row.campaign_id, enrolment_id=row.enrolment_id, lead_id=row.lead_id
        )
    enrolments.replan(uow, row.enrolment_id, now)


def _ask_whether_lost(uow: UnitOfWork, row: deliveries.DeliveryRow, enrolment_id: int, now: datetime) -> None:
    """A restored file may not know of an invitation that was taken back or declined since: the person knows."""
    uow.connection.execute(update(delivery).where(delivery.c.id == row.delivery_id).values(verified_ms=to_ms(now)))
    people.needs_attention(uow, enrolment_id, LOST_INVITATION, now)


def _pending(uow: UnitOfWork, row: deliveries.DeliveryRow, now: datetime) -> None:
    deliveries.move(
        uow,
        row.delivery_id,
        DeliveryState.PLANNED,
        DeliveryState.SKIPPED,
        ended_ms=to_ms(now),
        reason="an invitation is pending already",
    )
    settle_sent(
        uow,
        row,
        now,
        by_hand=row.prior_unknown_at is None,
        words="An invitation is pending already: it counts as sent.",
    )


def _was_refused_for_person(uow: UnitOfWork, row: deliveries.DeliveryRow) -> bool:
    verdict = uow.connection.execute(
        select(attempt.c.verdict).where(attempt.c.delivery_id == row.delivery_id).order_by(attempt.c.n.desc()).limit(1)
    ).scalar_one_or_none()
    return verdict == Verdict.GOAL_CHECK
