"""Asking a person before a send: the text is written once and kept; that very text is what is sent if they approve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, select

from engine.domain import approvals as rules
from engine.domain.approvals import ASKED_KINDS, ApprovalState
from engine.domain.enrolment import noun
from engine.domain.ledger import DeliveryKind
from engine.domain.news import NeedsYou
from engine.domain.sequences import chosen_variant
from engine.errors import LeadloomBug
from engine.services.sending.people import needs_attention
from engine.services.sending.texts import Held, values_of, write
from storage.column_types import sequence_of
from storage.queries import asking
from storage.repositories import activity, approvals, deliveries, enrolments, own_texts
from storage.repositories.approvals import Request
from storage.repositories.deliveries import DeliveryRow
from storage.tables import account, campaign, campaign_start, enrolment, lead, sequence_version
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A step's text for a lead, and what it was made of."""

    text: str | None
    version_id: int
    variant: int
    values: Mapping[str, str]


def ask_due(uow: UnitOfWork, account_id: int, now: datetime) -> None:
    """Ask about the steps of an account that are due, as many as could be approved, the earliest first."""
    asking_now = uow.connection.execute(
        select(campaign.c.id, campaign.c.ask_left, campaign.c.pause)
        .outerjoin(campaign_start, campaign_start.c.campaign_id == campaign.c.id)
        .where(
            campaign.c.account_id == account_id,
            campaign.c.state == "running",
            campaign.c.ask_left > 0,
            campaign_start.c.is_gate.is_(None) | (campaign_start.c.is_gate == 0),
        )
    ).all()
    for row in asking_now:
        room = rules.room(row.ask_left, asking.open_count(uow.connection, row.id))
        for delivery_id in asking.due_unasked(uow.connection, row.id, _kinds(row.pause), now, room):
            ask(uow, deliveries.get(uow, delivery_id), now)


def _kinds(pause: str) -> list[DeliveryKind]:
    paused = {
        "all": ASKED_KINDS,
        "invitations": {DeliveryKind.INVITE},
        "follow_ups": {DeliveryKind.MESSAGE},
    }.get(pause, set())
    return sorted(ASKED_KINDS - paused)


def ask(uow: UnitOfWork, row: DeliveryRow, now: datetime) -> None:
    """Ask about one planned row; a text that can't be written holds this lead instead."""
    if row.enrolment_id is None or row.campaign_id is None:
        raise LeadloomBug("a planned row without an enrolment")
    wording = word(uow, row)
    if isinstance(wording, Held):
        needs_attention(uow, row.enrolment_id, f"the text can't be written: {wording.reason}", now)
    else:
        approvals.add(
            uow,
            delivery_id=row.delivery_id,
            campaign_id=row.campaign_id,
            body=wording.text,
            version_id=wording.version_id,
            variant=wording.variant,
            values=wording.values,
            now=now,
        )
        tell(uow, row, "asked", f"The {noun(row.kind)} {rules.WAITS}.", now)
        uow.happened(
            NeedsYou(at=now, why=f"a {noun(row.kind)} {rules.WAITS}", account_id=row.account_id, lead_id=row.lead_id)
        )
    enrolments.replan(uow, row.enrolment_id, now)


def word(uow: UnitOfWork, row: DeliveryRow) -> Wording | Held:
    """Write the text that a row would bring now."""
    found = _found(uow, row)
    step = next((step for step in sequence_of(found.steps).steps if step.key == row.step_key), None)
    if step is None:
        return Held(reason="the sequence has this step no more")
    values = values_of(found, found.sender)
    own = own_texts.of_step(uow.connection, row.enrolment_id or 0, row.step_key)
    written = write(step, values, lead_key=found.identity_key, is_paid=bool(found.is_paid), own=own)
    if isinstance(written, Held):
        return written
    variant = chosen_variant(step, found.identity_key)
    return Wording(text=written.text, version_id=found.version_id, variant=variant, values=values)


def _found(uow: UnitOfWork, row: DeliveryRow) -> Row[tuple[object, ...]]:
    return uow.connection.execute(
        select(
            lead,
            enrolment.c.version_id,
            sequence_version.c.steps,
            account.c.first_name.label("sender"),
            account.c.is_paid,
        )
        .join(enrolment, enrolment.c.lead_id == lead.c.id)
        .join(sequence_version, sequence_version.c.id == enrolment.c.version_id)
        .join(account, account.c.id == enrolment.c.account_id)
        .where(enrolment.c.id == row.enrolment_id)
    ).one()


def ask_anew(uow: UnitOfWork, row: DeliveryRow, request: Request, now: datetime) -> None:
    """The text is no longer the one that was shown: that request is worth nothing, another one is made."""
    approvals.decide(uow, request, ApprovalState.CHANGED, now)
    if request.state is ApprovalState.APPROVED:
        approvals.count_again(uow, request.campaign_id, now)
    tell(uow, row, "asked", f"The text of the {noun(row.kind)} has changed since you were asked.", now)
    ask(uow, row, now)


def tell(uow: UnitOfWork, row: DeliveryRow, kind: str, words: str, now: datetime) -> None:
    """Write a line of the lead's history."""
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
