"""T3: the outcome, the facts, the stage and the next row, in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from engine.domain import breaker as breaker_rules
from engine.domain import pacing
from engine.domain.easing import USAGE_THAT_WARNS
from engine.domain.enrolment import noun
from engine.domain.ledger import ACTION_OF_KIND, DeliveryKind, DeliveryState
from engine.domain.news import AccountStopped, DeliverySent, NeedsYou
from engine.errors import Cause
from engine.provider.base import Verdict, WriteResult
from engine.services.sending import people
from engine.services.sending.claiming import Claimed
from engine.services.sending.conversations import know_chat
from storage.column_types import to_ms
from storage.queries.lane import lane_account
from storage.repositories import accounts, activity, deliveries, enrolments
from storage.repositories.deliveries import Armed
from storage.tables import attempt, delivery
from storage.unit_of_work import UnitOfWork

FIRST_LOOK_AFTER = timedelta(seconds=90)
NETWORK_PAUSE = timedelta(minutes=2)
REFUSAL_PAUSE = timedelta(hours=1)
NOT_CONNECTED_PAUSE = timedelta(hours=24)
REINVITE_PAUSE = timedelta(days=22)
"""LinkedIn blocks a new invitation for about three weeks. Source: Unipile's guide on inviting users."""
SOFT_REFUSALS_BEFORE_ASKING = 3
ACCOUNT_STATUS = {
    Cause.KEY: "key",
    Cause.NEW_API_KEY: "key",
    Cause.ACCOUNT: "disconnected",
    Cause.RESTRICTED: "restricted",
}


def record(uow: UnitOfWork, claimed: Claimed, armed: Armed, result: WriteResult, *, now: datetime, rng: Random) -> None:
    """Record what an armed attempt came to; plans what follows."""
    deliveries.end_attempt(
        uow,
        armed,
        now,
        http_status=result.http_status,
        error_type=result.error_type,
        cause=result.cause,
        verdict=result.verdict,
        detail=result.detail,
        usage_percent=None if result.usage_percent is None else int(result.usage_percent),
    )
    account = claimed.account
    deliveries.raise_not_before(
        uow, account.account_id, now + pacing.draw_gap(rng, account.gap_min_s, account.gap_max_s)
    )
    handlers = {Verdict.SENT: _sent, Verdict.UNKNOWN: _unknown, Verdict.REFUSED: _refused}
    handlers.get(result.verdict, _not_sent)(uow, claimed, armed, result, now)
    _trip_breakers(uow, claimed, result, now)
    _tell_warning(uow, claimed, result, now)
    if claimed.row.enrolment_id is not None:
        enrolments.replan(uow, claimed.row.enrolment_id, now)


def _sent(uow: UnitOfWork, claimed: Claimed, armed: Armed, result: WriteResult, now: datetime) -> None:
    is_invite = claimed.row.kind is DeliveryKind.INVITE
    is_text = claimed.row.kind in (DeliveryKind.MESSAGE, DeliveryKind.REPLY)
    object_id = deliveries.free_object_id(uow, result.object_id)
    deliveries.move(
        uow,
        armed.delivery_id,
        DeliveryState.SENDING,
        DeliveryState.SENT,
        ended_ms=to_ms(now),
        resolved_by="response",
        provider_invitation_id=object_id if is_invite else None,
        provider_message_id=object_id if is_text else None,
        chat_id=result.chat_id,
        reason="",
    )
    if result.chat_id:
        know_chat(uow, claimed.account.account_id, result.chat_id, claimed.row.lead_id, is_proven=True)
    settle_sent(uow, claimed.row, now)


def settle_sent(
    uow: UnitOfWork, row: deliveries.DeliveryRow, now: datetime, *, by_hand: bool = False, words: str = ""
) -> None:
    """Write the facts that a delivered row implies, and tell of it."""
    if row.enrolment_id is not None:
        if row.kind is DeliveryKind.INVITE:
            people.invited(uow, row.enrolment_id, now, by_hand=by_hand)
        elif row.kind is DeliveryKind.WITHDRAW:
            enrolments.set_facts(uow, row.enrolment_id, withdrawn_ms=to_ms(now), withdrawn_why="not accepted in time")
    text = words or f"{noun(row.kind).capitalize()} {'made' if row.kind is DeliveryKind.VISIT else 'sent'}."
    _tell(uow, row, "sent", text, now)
    uow.happened(
        DeliverySent(at=now, account_id=row.account_id, campaign_id=row.campaign_id, lead_id=row.lead_id, kind=row.kind)
    )


def _unknown(uow: UnitOfWork, claimed: Claimed, armed: Armed, result: WriteResult, now: datetime) -> None:
    if claimed.row.kind is DeliveryKind.VISIT:
        columns: dict[str, Any] = {
            "ended_ms": to_ms(now),
            "resolved_by": "assumed",
            "reason": "no answer; a visit is tried once",
        }
        deliveries.move(uow, armed.delivery_id, DeliveryState.SENDING, DeliveryState.SENT, **columns)
        settle_sent(uow, claimed.row, now)
        return
    deliveries.move(
        uow,
        armed.delivery_id,
        DeliveryState.SENDING,
        DeliveryState.UNKNOWN,
        ended_ms=to_ms(now),
        next_look_ms=to_ms(now + FIRST_LOOK_AFTER),
        reason=result.detail or "no clear answer came",
    )
    words = f"It is not known whether the {noun(claimed.row.kind)} was sent"
    why = (result.detail or "no clear answer").rstrip(".")
    _tell(uow, claimed.row, "unknown", f"{words} ({why}); LinkedIn will be read.", now)


def _refused(uow: UnitOfWork, claimed: Claimed, armed: Armed, result: WriteResult, now: datetime) -> None:
    why = refusal_words(result)
    deliveries.move(
        uow, armed.delivery_id, DeliveryState.SENDING, DeliveryState.REFUSED, ended_ms=to_ms(now), reason=why
    )
    if claimed.row.enrolment_id is not None:
        people.excluded(uow, claimed.row.enrolment_id, why, now)


def refusal_words(result: WriteResult) -> str:
    """Return in plain words why LinkedIn refused a person for good."""
    words = {
        "cannot_invite_attendee": "this person can't be invited (their settings)",
        "invalid_recipient": "the profile is locked or doesn't exist",
        "user_unreachable": "this person can't be reached",
        "blocked_recipient": "this person blocked you or is blocked",
        "recipient_rejected": "LinkedIn refused this recipient",
    }
    return words.get(
        result.error_type or "", f"LinkedIn refused: {result.detail or result.error_type or 'no reason given'}"
    )


def _not_sent(uow: UnitOfWork, claimed: Claimed, armed: Armed, result: WriteResult, now: datetime) -> None:
    if result.cause is Cause.NETWORK:
        deliveries.give_back_budget(uow, armed)
    if result.cause is Cause.NOT_FOUND and claimed.row.kind is DeliveryKind.WITHDRAW:
        _gone(uow, claimed, armed, now)
        return
    until, soft = _put_off(result, now)
    deliveries.move(
        uow,
        armed.delivery_id,
        DeliveryState.SENDING,
        DeliveryState.PLANNED,
        not_before_ms=to_ms(until),
        due_ms=to_ms(max(until, claimed.row.due_at)),
        soft_refusals=claimed.row.soft_refusals + soft,
        reason=result.detail,
    )
    _tell(uow, claimed.row, "not_sent", f"Not sent: {result.detail or result.cause}. It is tried again later.", now)
    if claimed.row.enrolment_id is not None and (
        result.cause is Cause.TEXT or claimed.row.soft_refusals + soft >= SOFT_REFUSALS_BEFORE_ASKING
    ):
        people.needs_attention(
            uow, claimed.row.enrolment_id, f"the {noun(claimed.row.kind)} was refused: {result.detail}", now
        )


def _put_off(result: WriteResult, now: datetime) -> tuple[datetime, int]:
    if result.cause is Cause.NETWORK:
        return now + NETWORK_PAUSE, 0
    if result.cause is Cause.NOT_CONNECTED:
        return now + NOT_CONNECTED_PAUSE, 1
    if result.verdict is Verdict.GOAL_CHECK:
        return now + REFUSAL_PAUSE, 0
    if result.cause in (Cause.CONFIG, Cause.LEAD, Cause.TEXT, Cause.NOT_FOUND):
        return now + REFUSAL_PAUSE, 1
    return now, 0


def _gone(uow: UnitOfWork, claimed: Claimed, armed: Armed, now: datetime) -> None:
    """There is no such invitation any more: declined, or taken back by hand."""
    deliveries.move(
        uow,
        armed.delivery_id,
        DeliveryState.SENDING,
        DeliveryState.SKIPPED,
        ended_ms=to_ms(now),
        reason="the invitation is gone",
    )
    if claimed.row.enrolment_id is not None:
        enrolments.set_facts(
            uow,
            claimed.row.enrolment_id,
            withdrawn_ms=to_ms(now),
            withdrawn_why="the invitation is no longer open: declined or taken back",
        )


def _trip_breakers(uow: UnitOfWork, claimed: Claimed, result: WriteResult, now: datetime) -> None:
    account_id = claimed.account.account_id
    if result.cause in ACCOUNT_STATUS:
        accounts.set_status(uow, account_id, ACCOUNT_STATUS[result.cause], result.detail, now)
        uow.happened(AccountStopped(at=now, account_id=account_id, why=result.detail))
    action = ACTION_OF_KIND[claimed.row.kind]
    unknowns, refusals = _in_a_row(uow, account_id)
    opening = breaker_rules.after_write(
        cause=result.cause,
        action=action,
        level=accounts.breaker_level(uow, account_id, breaker_rules.stopped_by(result.cause, action)),
        unknowns_in_a_row=unknowns,
        refusals_in_a_row=refusals,
        retry_after=None if result.retry_after_s is None else timedelta(seconds=result.retry_after_s),
        now=now,
    )
    if opening is None:
        if result.verdict is Verdict.SENT:
            accounts.close_breakers(uow, account_id, (action, breaker_rules.ALL_WRITES))
        return
    accounts.open_breaker(uow, account_id, opening, now)
    activity.note(uow, now, "stopped", f"Stopped for a while: {opening.why}.", account_id=account_id)
    uow.happened(NeedsYou(at=now, why=opening.why, account_id=account_id))


def _tell_warning(uow: UnitOfWork, claimed: Claimed, result: WriteResult, now: datetime) -> None:
    """Say what LinkedIn warned of, and how many a day are left for the next week."""
    usage = result.usage_percent
    is_warning = result.cause in (Cause.RATE, Cause.LIMIT) or (usage is not None and usage >= USAGE_THAT_WARNS)
    if usage is None and not is_warning:
        return
    words = [] if usage is None else [f"LinkedIn says that {usage:.0f} % of its limit for invitations is used."]
    if is_warning:
        limits = lane_account(uow.connection, claimed.account.account_id).limits
        left = limits.eased_per_day(ACTION_OF_KIND[claimed.row.kind], now)
        words.append(f"After this warning at most {left} a day are sent, one more every day, for a week.")
    activity.note(uow, now, "warned", " ".join(words), account_id=claimed.account.account_id)


def _in_a_row(uow: UnitOfWork, account_id: int) -> tuple[int, int]:
    """Count the newest attempts in a row that ended unknown, and those refused: on different leads, or the account."""
    rows = uow.connection.execute(
        select(attempt.c.verdict, attempt.c.cause, delivery.c.lead_id)
        .join(delivery, delivery.c.id == attempt.c.delivery_id)
        .where(delivery.c.account_id == account_id, attempt.c.verdict.is_not(None))
        .order_by(attempt.c.seq.desc())
        .limit(10)
    ).all()
    unknowns = next((i for i, r in enumerate(rows) if r.verdict != Verdict.UNKNOWN), len(rows))
    refused = ("refused", "not_sent", "goal_check")
    streak = next((i for i, r in enumerate(rows) if r.verdict not in refused or r.cause == Cause.NETWORK), len(rows))
    of_leads = {r.lead_id for r in rows[:streak] if r.cause not in ACCOUNT_STATUS}
    return unknowns, len(of_leads) + sum(1 for r in rows[:streak] if r.cause in ACCOUNT_STATUS)


def _tell(uow: UnitOfWork, row: deliveries.DeliveryRow, kind: str, words: str, now: datetime) -> None:
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
