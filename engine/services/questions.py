"""What waits for a person, as it is read: questions about sends, held leads, approvals. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, select, true

from engine.domain.approvals import ApprovalState
from engine.domain.enrolment import noun
from engine.domain.ledger import DeliveryKind, DeliveryState
from engine.domain.sequences import step_words
from engine.domain.takeover import HOLD_ADVICE, Hold
from storage.column_types import from_ms, hours_of, maybe_from_ms, sequence_of
from storage.tables import (
    IS_OPEN,
    NEEDS_ATTENTION,
    account,
    approval,
    attempt,
    campaign,
    delivery,
    engine_state,
    enrolment,
    lead,
    sequence_version,
)

CHOICES = ("sent", "send_again", "skip", "stop")
HELD_CHOICES = ("send_again", "skip", "stop")
RESTRICTED = (
    "LinkedIn restricted this account, so nothing is sent from it. Log in to LinkedIn, settle what it asks for, "
    "and wait a day or two. Then go on: LinkedIn is read first, and the first send waits longer than usual."
)
ANSWERS_SHOWN = 3
HOLD_CHOICES = ("go_on",)
APPROVAL_CHOICES = ("approve", "skip", "stop")
_HOURS = ("time_zone", "days", "start_minute", "end_minute")
_NAMES = (lead.c.first_name, lead.c.last_name, lead.c.public_identifier, campaign.c.name.label("campaign_name"))


@dataclass(frozen=True, kw_only=True)
class EvidenceLine:
    """What was seen, and when where it matters; whoever shows it says the moment as its reader does."""

    words: str
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that waits.

    `id` is d… for a send, e… for a lead, a… for an approval, r… for a restricted account, h1 when everything is held.
    Of an approval, `text` is the exact text that goes out if it is approved (None: without one), `step` says which
    step it is, and it goes `not_before` then.
    """

    id: str
    kind: str
    lead_id: int
    name: str
    campaign: str
    question: str
    evidence: tuple[EvidenceLine, ...]
    text: str | None
    at: datetime | None
    choices: tuple[str, ...]
    step: str = ""
    not_before: datetime | None = None


def open_items(connection: Connection, now: datetime, *, lead_id: int | None = None) -> list[Item]:
    """Return everything that waits: questions about sends, leads that are held, approvals; each oldest first.

    `lead_id`: of this lead alone.
    """
    of_whom = true() if lead_id is None else lead.c.id == lead_id
    engine = [] if lead_id is not None else [*_engine_hold(connection), *_restricted(connection)]
    of_leads = (*_questions(connection, of_whom), *_held(connection, of_whom), *_approvals(connection, now, of_whom))
    return [*engine, *of_leads]


def _engine_hold(connection: Connection) -> list[Item]:
    """Return why nothing at all is sent until a person has decided."""
    row = connection.execute(select(engine_state).where(engine_state.c.hold != "")).one_or_none()
    if row is None:
        return []
    return [
        Item(
            id="h1",
            kind="hold",
            lead_id=0,
            name="Everything",
            campaign="",
            question=row.hold_why,
            evidence=(EvidenceLine(words=HOLD_ADVICE[Hold(row.hold)]),),
            text=None,
            at=maybe_from_ms(row.hold_ms),
            choices=HOLD_CHOICES,
        )
    ]


def _restricted(connection: Connection) -> list[Item]:
    """Return the accounts that LinkedIn restricted, each with what it answered last."""
    rows = connection.execute(
        select(account).where(account.c.status == "restricted", account.c.removed_ms.is_(None)).order_by(account.c.id)
    )
    return [
        Item(
            id=f"r{r.id}",
            kind="account",
            lead_id=0,
            name=r.name,
            campaign="",
            question=RESTRICTED,
            evidence=_last_answers(connection, r.id, r.status_why),
            text=None,
            at=maybe_from_ms(r.status_ms),
            choices=HOLD_CHOICES,
        )
        for r in rows
    ]


def _last_answers(connection: Connection, account_id: int, why: str) -> tuple[EvidenceLine, ...]:
    rows = connection.execute(
        select(attempt.c.ended_ms, attempt.c.http_status, attempt.c.error_type, attempt.c.detail)
        .join(delivery, delivery.c.id == attempt.c.delivery_id)
        .where(delivery.c.account_id == account_id, attempt.c.ended_ms.is_not(None))
        .order_by(attempt.c.seq.desc())
        .limit(ANSWERS_SHOWN)
    )
    answers = (
        EvidenceLine(words=_answer_words(r.http_status, r.error_type or r.detail), at=from_ms(r.ended_ms)) for r in rows
    )
    return (EvidenceLine(words=f"LinkedIn said: {why or 'restricted'}"), *answers)


def _answer_words(http_status: int | None, said: str) -> str:
    if http_status is None:
        return "no answer"
    is_taken = http_status < HTTPStatus.MULTIPLE_CHOICES
    return "a send was taken" if is_taken else f"a send was refused ({' '.join(f'{http_status} {said}'.split())})"


def _seen(row: Row[Any]) -> tuple[EvidenceLine, ...]:
    return (EvidenceLine(words=row.evidence, at=maybe_from_ms(row.evidence_ms)),) if row.evidence else ()


def _name(row: Row[Any]) -> str:
    return f"{row.first_name} {row.last_name}".strip() or row.public_identifier or ""


def _questions(connection: Connection, of_whom: ColumnElement[bool]) -> list[Item]:
    rows = connection.execute(
        select(delivery, *_NAMES)
        .join(lead, lead.c.id == delivery.c.lead_id)
        .outerjoin(campaign, campaign.c.id == delivery.c.campaign_id)
        .where(IS_OPEN, delivery.c.state == DeliveryState.HUMAN, of_whom)
        .order_by(delivery.c.id)
    )
    return [
        Item(
            id=f"d{r.id}",
            kind=r.kind,
            lead_id=r.lead_id,
            name=_name(r),
            campaign=r.campaign_name or "",
            question=r.reason,
            evidence=_seen(r),
            text=r.body,
            at=from_ms(r.ended_ms) if r.ended_ms is not None else None,
            choices=CHOICES,
        )
        for r in rows
    ]


def _held(connection: Connection, of_whom: ColumnElement[bool]) -> list[Item]:
    rows = connection.execute(
        select(
            enrolment.c.id,
            enrolment.c.lead_id,
            enrolment.c.attention_why,
            and_(enrolment.c.is_unconfirmed == 1, enrolment.c.connected_ms.is_(None)).label("is_unconfirmed"),
            *_NAMES,
        )
        .join(lead, lead.c.id == enrolment.c.lead_id)
        .join(campaign, campaign.c.id == enrolment.c.campaign_id)
        .where(NEEDS_ATTENTION, enrolment.c.attention_why != "", of_whom)
        .order_by(enrolment.c.id)
    )
    return [
        Item(
            id=f"e{r.id}",
            kind="lead",
            lead_id=r.lead_id,
            name=_name(r),
            campaign=r.campaign_name,
            question=r.attention_why,
            evidence=(),
            text=None,
            at=None,
            choices=("skip", "stop") if r.is_unconfirmed else HELD_CHOICES,
        )
        for r in rows
    ]


def _approvals(connection: Connection, now: datetime, of_whom: ColumnElement[bool]) -> list[Item]:
    """Return the open requests; one whose step is no longer planned asks nothing."""
    rows = connection.execute(
        select(
            approval,
            delivery.c.lead_id,
            delivery.c.step_key,
            delivery.c.kind,
            delivery.c.due_ms,
            *_NAMES,
            sequence_version.c.steps,
            *(getattr(campaign.c, c).label(f"c_{c}") for c in _HOURS),
            *(getattr(account.c, c).label(f"a_{c}") for c in _HOURS),
        )
        .join(delivery, delivery.c.id == approval.c.delivery_id)
        .join(lead, lead.c.id == delivery.c.lead_id)
        .join(campaign, campaign.c.id == approval.c.campaign_id)
        .join(account, account.c.id == delivery.c.account_id)
        .join(sequence_version, sequence_version.c.id == approval.c.version_id)
        .where(approval.c.state == ApprovalState.OPEN, delivery.c.state == DeliveryState.PLANNED, of_whom)
        .order_by(approval.c.id)
    )
    return [_approval(row, now) for row in rows]


def _approval(row: Row[Any], now: datetime) -> Item:
    side = "c" if row.c_time_zone else "a"
    hours = hours_of(*(getattr(row, f"{side}_{c}") for c in _HOURS))
    return Item(
        id=f"a{row.id}",
        kind="approval",
        lead_id=row.lead_id,
        name=_name(row),
        campaign=row.campaign_name,
        question=f"may this {noun(DeliveryKind(row.kind))} go out?",
        evidence=(EvidenceLine(words="you asked to be asked before the first sends of this campaign"),),
        text=row.body,
        at=from_ms(row.asked_ms),
        choices=APPROVAL_CHOICES,
        step=step_words(sequence_of(row.steps), row.step_key),
        not_before=hours.next_opening(max(now, from_ms(row.due_ms))),
    )
