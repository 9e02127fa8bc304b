"""What reads say of a row that is unknown: sent, provably not, or a question.

A message is never sent again by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from engine.domain import replies
from engine.domain.enrolment import noun
from engine.domain.ledger import QUIET_PERIOD, DeliveryKind, DeliveryState
from engine.domain.news import NeedsYou
from engine.domain.replies import OurText
from engine.provider.base import OURS_OPEN, InvitationState, Message, Profile
from engine.services.sending import looking, people, verifying
from engine.services.sending.conversations import hear, our_texts, seen
from engine.services.sending.recording import settle_sent
from storage.column_types import to_ms
from storage.repositories import activity, deliveries, enrolments
from storage.repositories.deliveries import DeliveryRow
from storage.unit_of_work import UnitOfWork

LATEST_NEGATIVE = looking.LONGEST_NEGATIVE
"""W: after it, a missing invitation may have been declined."""
LOOKS = tuple(timedelta(seconds=s) for s in (90, 240, 600, 1800, 5400))
LATER_LOOKS = timedelta(hours=12)
SECOND_NEGATIVE_AFTER = timedelta(minutes=30)
UNREAD_PAUSE = timedelta(minutes=30)
"""What couldn't be read is read again so soon at the latest: the account sends nothing meanwhile."""
MOST_UNREAD_LOOKS = 10
"""So many looks in a row, over some four hours, before one person's profile counts as one that can't be read."""


class Finding(StrEnum):
    """What the evidence amounts to."""

    SENT = "sent"
    NOT_SENT = "not_sent"
    WITHDRAWN = "withdrawn"
    ASSUMED = "assumed"
    ASK = "ask"
    WAIT = "wait"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was read. Negative conclusions need `is_valid` (complete, fresh, healthy); positive ones don't."""

    is_valid: bool
    is_gone: bool = False
    """LinkedIn shows this person no more (closed, blocked, another's profile): no later look can tell either."""
    is_unreadable: bool = False
    """The account works, and this person's profile can't be read."""
    profile: Profile | None = None
    messages: tuple[Message, ...] = ()
    why_not: str = ""


def next_look(ended_at: datetime, now: datetime) -> datetime:
    """Return the next moment of the schedule: 90 s, 4, 10, 30 and 90 min, then twice a day."""
    for delay in LOOKS:
        if ended_at + delay > now:
            return ended_at + delay
    return now + LATER_LOOKS


def judge_invitation(evidence: Evidence, age: timedelta, since_armed: timedelta) -> Finding:
    """Judge an unknown invitation. `age`: since its request can have ended, which a start after a kill doesn't know."""
    profile = evidence.profile
    if profile and (profile.is_connected or profile.invitation in OURS_OPEN):
        return Finding.SENT
    if profile and profile.invitation is InvitationState.SENT_WITHDRAWN:
        return Finding.WITHDRAWN
    if evidence.is_gone and since_armed > LATEST_NEGATIVE:
        return Finding.ASSUMED
    if not evidence.is_valid or age < QUIET_PERIOD:
        return Finding.WAIT
    return Finding.NOT_SENT if since_armed <= LATEST_NEGATIVE else Finding.ASSUMED


def judge_withdrawal(evidence: Evidence, age: timedelta) -> Finding:
    """Judge an unknown withdrawal; it may be repeated."""
    profile = evidence.profile
    if evidence.is_gone and age > LATEST_NEGATIVE:
        return Finding.ASSUMED
    if profile is None or not evidence.is_valid or age < LOOKS[0]:
        return Finding.WAIT
    if profile.is_connected:
        return Finding.NOT_SENT  # they accepted: the plan drops the withdrawal
    if profile.invitation in OURS_OPEN:
        return Finding.NOT_SENT if age >= QUIET_PERIOD else Finding.WAIT
    return Finding.SENT


def judge_message(
    row: DeliveryRow, armed_at: datetime, evidence: Evidence, *, bound: frozenset[str], has_reply: bool, now: datetime
) -> tuple[Finding, str | None]:
    """Judge an unknown message; returns the id of the message that proves it, too."""
    ours = OurText(text=row.body or "", armed_at=armed_at)
    items = [seen(m) for m in evidence.messages if m.is_ours and not m.is_deleted and m.message_id not in bound]
    same = [m for m in items if replies.is_same(m, ours)]
    if len(same) == 1:
        return Finding.SENT, same[0].message_id
    if same or any(replies.is_alike(m, ours) for m in items):
        return Finding.ASK, None
    assert row.ended_at is not None
    age = now - row.ended_at
    if evidence.is_valid and age >= QUIET_PERIOD:
        if has_reply:
            return Finding.ASK, None
        first = row.negative_look_at
        if first is not None and now - first >= SECOND_NEGATIVE_AFTER:
            return Finding.ASK, None
    return (Finding.ASK if age >= LOOKS[-1] else Finding.WAIT), None


def settle(uow: UnitOfWork, row: DeliveryRow, evidence: Evidence, now: datetime, armed_at: datetime) -> Finding:
    """Draw the conclusion of one look at an unknown row."""
    assert row.ended_at is not None
    message_id = None
    is_hopeless = evidence.is_unreadable and row.looks >= MOST_UNREAD_LOOKS
    if row.kind is DeliveryKind.MESSAGE or row.kind is DeliveryKind.REPLY:
        heard = hear(uow, row.account_id, row.lead_id, evidence.messages, now)
        bound = frozenset(t.message_id for t in our_texts(uow, row.account_id, row.lead_id) if t.message_id)
        finding, message_id = judge_message(row, armed_at, evidence, bound=bound, has_reply=heard.has_reply, now=now)
    elif row.kind is DeliveryKind.INVITE:
        found = replace(evidence, is_gone=evidence.is_gone or is_hopeless)
        finding = judge_invitation(found, now - row.ended_at, now - min(armed_at, row.ended_at))
    else:
        finding = judge_withdrawal(evidence, now - row.ended_at)
        if finding is Finding.WAIT and is_hopeless:
            finding = Finding.NOT_SENT
    _carry_out(uow, row, finding, evidence, message_id, now, armed_at)
    if evidence.profile is not None and evidence.profile.is_connected:
        at = evidence.profile.connected_at or now
        people.connected(uow, account_id=row.account_id, lead_id=row.lead_id, at=at, now=now, was_connected=True)
    if row.enrolment_id is not None:
        enrolments.replan(uow, row.enrolment_id, now)
    return finding


def _carry_out(
    uow: UnitOfWork,
    row: DeliveryRow,
    finding: Finding,
    evidence: Evidence,
    message_id: str | None,
    now: datetime,
    armed_at: datetime,
) -> None:
    if finding is Finding.WAIT:
        _wait(uow, row, evidence, now)
    elif finding is Finding.ASK:
        _ask(uow, row, evidence, now)
    elif finding is Finding.ASSUMED:
        _assume(uow, row, now)
    elif finding is Finding.NOT_SENT:
        deliveries.move(
            uow,
            row.delivery_id,
            DeliveryState.UNKNOWN,
            DeliveryState.PLANNED,
            prior_unknown_ms=to_ms(min(armed_at, row.ended_at or now)),
            reason="read: it was not sent" if evidence.is_valid else "it may be made twice",
            due_ms=to_ms(row.due_at),
        )
        words = (
            f"Read on LinkedIn: the {noun(row.kind)} was not sent. It is tried again."
            if evidence.is_valid
            else f"Whether the {noun(row.kind)} was sent can't be read. It does no harm twice, so it is tried again."
        )
        _tell(uow, row, "read", words, now)
    else:
        said_at = next((m.at for m in evidence.messages if m.message_id == message_id), row.ended_at or now)
        _found(uow, row, finding, message_id, now, max(armed_at, min(said_at, now)))


def _assume(uow: UnitOfWork, row: DeliveryRow, now: datetime) -> None:
    if row.kind is DeliveryKind.INVITE:
        looking.assume_sent(uow, row, now)
        return
    columns = {"ended_ms": to_ms(now), "resolved_by": "assumed", "reason": "could not be confirmed"}
    deliveries.move(uow, row.delivery_id, DeliveryState.UNKNOWN, DeliveryState.SENT, **columns)
    words = f"The {noun(row.kind)} could not be confirmed, since LinkedIn shows this person no more; it counts as made."
    settle_sent(uow, row, now, words=words)


def _found(
    uow: UnitOfWork, row: DeliveryRow, finding: Finding, message_id: str | None, now: datetime, at: datetime
) -> None:
    deliveries.move(
        uow,
        row.delivery_id,
        DeliveryState.UNKNOWN,
        DeliveryState.SENT,
        ended_ms=to_ms(at),
        resolved_by="read",
        provider_message_id=deliveries.free_object_id(uow, message_id),
        reason="found on LinkedIn",
    )
    settle_sent(uow, row, at, words=f"Read on LinkedIn: the {noun(row.kind)} was sent.")
    if finding is Finding.WITHDRAWN and row.enrolment_id is not None:
        people.excluded(uow, row.enrolment_id, "the invitation was withdrawn by somebody else", now)


def _wait(uow: UnitOfWork, row: DeliveryRow, evidence: Evidence, now: datetime) -> None:
    from sqlalchemy import update

    from storage.tables import delivery

    assert row.ended_at is not None
    negative = row.negative_look_at
    if negative is None and evidence.is_valid and now - row.ended_at >= QUIET_PERIOD:
        negative = now
    next_at = next_look(row.ended_at, now)
    if not evidence.is_valid:
        next_at = min(next_at, now + UNREAD_PAUSE)
    uow.connection.execute(
        update(delivery)
        .where(delivery.c.id == row.delivery_id)
        .values(
            looks=row.looks + 1 if evidence.is_unreadable else 0,
            next_look_ms=to_ms(next_at),
            negative_look_ms=None if negative is None else to_ms(negative),
            evidence=_evidence_words(row, evidence),
            evidence_ms=to_ms(now),
        )
    )


def _evidence_words(row: DeliveryRow, evidence: Evidence) -> str:
    if evidence.is_valid:
        place = "in the conversation" if row.kind is DeliveryKind.MESSAGE else "there"
        return f"read, and it was not {place}"
    return f"could not be read{': ' + evidence.why_not if evidence.why_not else ''}"


def _ask(uow: UnitOfWork, row: DeliveryRow, evidence: Evidence, now: datetime) -> None:
    why = verifying.why_unknown(uow, row)
    question = f"was this {noun(row.kind)} sent? {why}, and LinkedIn was read without finding it"
    deliveries.move(
        uow,
        row.delivery_id,
        DeliveryState.UNKNOWN,
        DeliveryState.HUMAN,
        reason=question,
        evidence=_evidence_words(row, evidence),
        evidence_ms=to_ms(now),
    )
    _tell(uow, row, "question", f"{question[0].upper()}{question[1:]}.", now)
    uow.happened(NeedsYou(at=now, why=question, account_id=row.account_id, lead_id=row.lead_id))


def _tell(uow: UnitOfWork, row: DeliveryRow, kind: str, words: str, now: datetime) -> None:
    activity.note(
        uow,
        now,
        kind,
        words,
        account_id=row.account_id,
        campaign_id=row.campaign_id,
        enrolment_id=row.enrolment_id,
        lead_id=row.lead_id,
    )
