"""T1: take the account's next row, with all that the look and the arming need to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, exc, select, update

from engine.domain import planner
from engine.domain.ledger import DeliveryKind, DeliveryState
from engine.domain.planner import Chosen, Idle
from engine.domain.sequences import Sequence
from engine.domain.working_hours import WorkingHours
from engine.services.sending import people, verifying
from storage.column_types import from_ms, hours_of, maybe_from_ms, sequence_of, to_ms
from storage.queries.lane import LaneAccount, lane_account, lane_state
from storage.repositories import deliveries, enrolments, repeats, state
from storage.repositories.deliveries import DeliveryRow
from storage.tables import IS_OPEN, campaign, chat, delivery, enrolment, lead, message, sequence_version
from storage.unit_of_work import UnitOfWork

CONFLICT_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A claimed row, and what was true when it was claimed."""

    row: DeliveryRow
    account: LaneAccount
    hours: WorkingHours
    sequence: Sequence
    identifier: str
    lead_provider_id: str | None
    enrolled_at: datetime
    first_contact_at: datetime | None
    connected_at: datetime | None
    invitation_id: str | None
    is_unconfirmed: bool
    pause_epoch: int
    counts_profile_read: bool
    has_chat: bool
    has_inbox: bool


def claim_next(
    uow: UnitOfWork, account_id: int, *, now: datetime, allowance: timedelta, boot_id: str
) -> Claimed | Idle:
    """Choose and claim in one transaction; what can't be claimed because of another open row is put off."""
    account = lane_account(uow.connection, account_id)
    choice = planner.choose(lane_state(uow.connection, account, now, allowance))
    if isinstance(choice, Idle):
        return choice
    state.need_boot(uow, boot_id)
    row = deliveries.get(uow, choice.delivery_id)
    if enrolments.replan_if_moving(uow, row.enrolment_id, now):
        return Idle(until=now, why="the sequence was changed")
    is_read_first = verifying.is_doubtful(uow, row) and not verifying.was_said(uow, row)
    savepoint = uow.connection.begin_nested()
    try:
        if is_read_first:
            verifying.begin_verifying(uow, row, now)
            savepoint.commit()
            return Idle(until=now, why="LinkedIn is read for this message first")
        deliveries.claim(uow, row.delivery_id, boot_id)
        savepoint.commit()
    except exc.IntegrityError:
        savepoint.rollback()
        # the text of an attempt that came to nothing may have gone out with another row: arming writes today's
        is_other = row.kind is DeliveryKind.MESSAGE and repeats.forget_text(uow, row.delivery_id)
        if not is_other and not (row.kind is DeliveryKind.INVITE and _was_invited_before(uow, row, now)):
            put_off(uow, choice, now)
        return Idle(until=now, why="this person waits for another row")
    claimed = _claimed(uow, deliveries.get(uow, row.delivery_id), account)
    if claimed.counts_profile_read:
        deliveries.use_profile_read(uow, account_id, now)
    return claimed


def give_up_open(uow: UnitOfWork, account_id: int, now: datetime, *, boot_id: str) -> None:
    """Settle whatever an account's sender left behind in falling over: it works on one row at a time."""
    state.need_boot(uow, boot_id)
    left = select(delivery.c.id).where(
        delivery.c.account_id == account_id,
        IS_OPEN,
        delivery.c.state.in_((DeliveryState.CLAIMED, DeliveryState.SENDING)),
        delivery.c.kind != DeliveryKind.REPLY,
    )
    for delivery_id in uow.connection.execute(left).scalars().all():
        give_up(uow, delivery_id, now)


def give_up(uow: UnitOfWork, delivery_id: int, now: datetime) -> None:
    """Settle a row whose sender fell over: nothing left while it was claimed; armed, it is unknown."""
    row = deliveries.get(uow, delivery_id)
    if row.state is DeliveryState.CLAIMED:
        deliveries.release(uow, delivery_id, reason="the send was broken off")
    elif row.state is DeliveryState.SENDING and row.kind is DeliveryKind.VISIT:
        made = {"resolved_by": "assumed", "reason": "the visit was broken off; a visit is tried once"}
        deliveries.move(uow, delivery_id, row.state, DeliveryState.SENT, ended_ms=to_ms(now), **made)
    elif row.state is DeliveryState.SENDING:
        deliveries.move(
            uow,
            delivery_id,
            DeliveryState.SENDING,
            DeliveryState.UNKNOWN,
            ended_ms=to_ms(now),
            next_look_ms=to_ms(now),
            reason="the send was broken off",
        )
    else:
        return
    if row.enrolment_id is not None:
        enrolments.replan(uow, row.enrolment_id, now)


def _was_invited_before(uow: UnitOfWork, row: DeliveryRow, now: datetime) -> bool:
    """Settle a second invitation: an earlier one that is still open counts; who let one lapse isn't invited again."""
    earlier = uow.connection.execute(
        select(delivery.c.ended_ms, enrolment.c.withdrawn_ms, campaign.c.name)
        .join(enrolment, enrolment.c.id == delivery.c.enrolment_id)
        .join(campaign, campaign.c.id == enrolment.c.campaign_id)
        .where(
            delivery.c.account_id == row.account_id,
            delivery.c.lead_id == row.lead_id,
            delivery.c.kind == DeliveryKind.INVITE,
            delivery.c.state == DeliveryState.SENT,
            delivery.c.is_rearmed == 0,
        )
    ).first()
    if earlier is None or row.enrolment_id is None:
        return False
    why = f"invited before, by the campaign “{earlier.name}”"
    deliveries.move(uow, row.delivery_id, DeliveryState.PLANNED, DeliveryState.SKIPPED, ended_ms=to_ms(now), reason=why)
    if earlier.withdrawn_ms is None:
        people.invited(uow, row.enrolment_id, from_ms(earlier.ended_ms), by_hand=False)
    else:
        people.excluded(uow, row.enrolment_id, why, now)
    enrolments.replan(uow, row.enrolment_id, now)
    return True


def put_off(uow: UnitOfWork, choice: Chosen, now: datetime) -> None:
    """Move a planned row back; another row of the same person is open."""
    later = to_ms(now + CONFLICT_PAUSE)
    uow.connection.execute(
        update(delivery)
        .where(delivery.c.id == choice.delivery_id)
        .values(due_ms=later, not_before_ms=later, reason="another send to this person is open")
    )


def _claimed(uow: UnitOfWork, row: DeliveryRow, account: LaneAccount) -> Claimed:
    found = uow.connection.execute(
        select(
            enrolment,
            lead.c.provider_id,
            lead.c.public_identifier,
            lead.c.identity_key,
            sequence_version.c.steps,
            campaign.c.time_zone,
            campaign.c.days,
            campaign.c.start_minute,
            campaign.c.end_minute,
        )
        .join(lead, lead.c.id == enrolment.c.lead_id)
        .join(campaign, campaign.c.id == enrolment.c.campaign_id)
        .join(sequence_version, sequence_version.c.id == enrolment.c.version_id)
        .where(enrolment.c.id == row.enrolment_id)
    ).one()
    is_message = row.kind is DeliveryKind.MESSAGE
    return Claimed(
        row=row,
        account=account,
        hours=hours_of(found.time_zone, found.days, found.start_minute, found.end_minute)
        if found.time_zone
        else account.hours,
        sequence=sequence_of(found.steps),
        identifier=found.provider_id or found.public_identifier or found.identity_key.partition(":")[2],
        lead_provider_id=found.provider_id,
        enrolled_at=from_ms(found.enrolled_ms),
        first_contact_at=maybe_from_ms(found.invited_ms),
        connected_at=maybe_from_ms(found.connected_ms),
        invitation_id=_invitation_id(uow, row),
        is_unconfirmed=bool(found.is_unconfirmed),
        pause_epoch=state.load(uow).pause_epoch,
        counts_profile_read=row.kind is not DeliveryKind.VISIT
        and (not is_message or found.provider_id is None or found.connected_ms is None),
        has_chat=has_chat_with(uow.connection, row.account_id, row.lead_id),
        has_inbox=_has_inbox(uow.connection, row.account_id),
    )


def has_chat_with(connection: Connection, account_id: int, lead_id: int) -> bool:
    """Whether a conversation with a person is known: a reading of it that brings no message isn't the whole."""
    known = select(chat.c.chat_id).where(chat.c.lead_id == lead_id, chat.c.account_id == account_id)
    return connection.execute(known.limit(1)).first() is not None


def _has_inbox(connection: Connection, account_id: int) -> bool:
    """Whether any message of an account is known: a reading of its inbox that brings none isn't one."""
    return (
        connection.execute(select(message.c.id).where(message.c.account_id == account_id).limit(1)).first() is not None
    )


def _invitation_id(uow: UnitOfWork, row: DeliveryRow) -> str | None:
    return uow.connection.execute(
        select(delivery.c.provider_invitation_id).where(
            delivery.c.enrolment_id == row.enrolment_id,
            delivery.c.kind == DeliveryKind.INVITE,
            delivery.c.provider_invitation_id.is_not(None),
        )
    ).scalar_one_or_none()
