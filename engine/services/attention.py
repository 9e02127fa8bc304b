"""What waits for a person: questions about a send, and leads that are held. Every answer is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select, update

from engine.domain.enrolment import Done, noun
from engine.domain.ledger import DeliveryState
from engine.domain.sequences import StepKind
from engine.errors import NotFound, Refused
from engine.services.context import Context
from engine.services.sending import people
from engine.services.sending.reconciling import QUIET_PERIOD
from engine.services.sending.recording import settle_sent
from storage.column_types import from_ms, to_ms
from storage.repositories import activity, deliveries, enrolments
from storage.tables import IS_OPEN, campaign, delivery, enrolment, lead
from storage.unit_of_work import UnitOfWork

CHOICES = ("sent", "send_again", "skip", "stop")


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that waits; `id` is d… for a send, e… for a lead."""

    id: str
    kind: str
    lead_id: int
    name: str
    campaign: str
    question: str
    evidence: str
    text: str | None
    at: datetime | None
    choices: tuple[str, ...]


class Attention:
    """Use cases of the screen "Needs you"."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def list(self) -> list[Item]:
        """Return everything that waits, oldest first."""
        return await self._ctx.db.read(_items)

    async def resolve(self, item_id: str, choice: str) -> None:
        """Carry out a person's decision. Raises: NotFound, Refused."""
        if choice not in CHOICES:
            raise Refused(f"There is no choice “{choice}”.", f"Choose {', '.join(CHOICES)}.")
        kind, number = item_id[:1], item_id[1:]
        if kind not in ("d", "e") or not number.isdigit():
            raise NotFound(f"There is no question {item_id}.", "attention list shows them.")
        now = self._ctx.clock.now()
        settle = _resolve_delivery if kind == "d" else _resolve_enrolment
        await self._ctx.db.write(lambda u: settle(u, int(number), choice, now))
        self._ctx.wakes.all()


def _items(connection: Connection) -> list[Item]:
    names = (lead.c.first_name, lead.c.last_name, lead.c.public_identifier, campaign.c.name.label("campaign_name"))
    questions = connection.execute(
        select(delivery, *names)
        .join(lead, lead.c.id == delivery.c.lead_id)
        .outerjoin(campaign, campaign.c.id == delivery.c.campaign_id)
        .where(IS_OPEN, delivery.c.state == DeliveryState.HUMAN)
        .order_by(delivery.c.id)
    ).all()
    held = connection.execute(
        select(
            enrolment.c.id,
            enrolment.c.lead_id,
            enrolment.c.attention_why,
            and_(enrolment.c.is_unconfirmed == 1, enrolment.c.connected_ms.is_(None)).label("is_unconfirmed"),
            *names,
        )
        .join(lead, lead.c.id == enrolment.c.lead_id)
        .join(campaign, campaign.c.id == enrolment.c.campaign_id)
        .where(enrolment.c.attention_why != "", enrolment.c.stage == "needs_attention")
        .order_by(enrolment.c.id)
    ).all()
    return [
        *(
            Item(
                id=f"d{r.id}",
                kind=r.kind,
                lead_id=r.lead_id,
                name=f"{r.first_name} {r.last_name}".strip() or r.public_identifier or "",
                campaign=r.campaign_name or "",
                question=r.reason,
                evidence=r.evidence,
                text=r.body,
                at=from_ms(r.ended_ms) if r.ended_ms is not None else None,
                choices=CHOICES,
            )
            for r in questions
        ),
        *(
            Item(
                id=f"e{r.id}",
                kind="lead",
                lead_id=r.lead_id,
                name=f"{r.first_name} {r.last_name}".strip() or r.public_identifier or "",
                campaign=r.campaign_name,
                question=r.attention_why,
                evidence="",
                text=None,
                at=None,
                choices=("skip", "stop") if r.is_unconfirmed else ("send_again", "skip", "stop"),
            )
            for r in held
        ),
    ]


def _resolve_delivery(uow: UnitOfWork, delivery_id: int, choice: str, now: datetime) -> None:
    row = deliveries.get(uow, delivery_id)
    if row.state is not DeliveryState.HUMAN:
        raise Refused("This question has been answered already.")
    {"sent": _was_sent, "send_again": _send_again, "skip": _skip, "stop": _stop}[choice](uow, row, now)
    words = {"sent": "it was sent", "send_again": "send it again", "skip": "skip this step", "stop": "stop this lead"}[
        choice
    ]
    activity.note(
        uow,
        now,
        "decided",
        f"You decided: {words}.",
        account_id=row.account_id,
        campaign_id=row.campaign_id,
        enrolment_id=row.enrolment_id,
        lead_id=row.lead_id,
    )
    if row.enrolment_id is not None:
        enrolments.replan(uow, row.enrolment_id, now)


def _was_sent(uow: UnitOfWork, row: deliveries.DeliveryRow, now: datetime) -> None:
    at = row.ended_at or now
    deliveries.move(
        uow,
        row.delivery_id,
        DeliveryState.HUMAN,
        DeliveryState.SENT,
        ended_ms=to_ms(at),
        resolved_by="human",
        reason="you said that it was sent",
    )
    settle_sent(uow, row, at, words=f"The {noun(row.kind)} was sent, as you said.")


def _send_again(uow: UnitOfWork, row: deliveries.DeliveryRow, now: datetime) -> None:
    if row.ended_at is not None and now - row.ended_at < QUIET_PERIOD:
        raise Refused("It may still arrive.", "Wait until ten minutes after the attempt, then decide.")
    deliveries.move(
        uow,
        row.delivery_id,
        DeliveryState.HUMAN,
        DeliveryState.PLANNED,
        due_ms=to_ms(now),
        not_before_ms=to_ms(now),
        reason="you said: send again",
    )


def _skip(uow: UnitOfWork, row: deliveries.DeliveryRow, now: datetime) -> None:
    deliveries.move(
        uow,
        row.delivery_id,
        DeliveryState.HUMAN,
        DeliveryState.SKIPPED,
        ended_ms=to_ms(now),
        resolved_by="human",
        reason="you skipped it",
    )


def _stop(uow: UnitOfWork, row: deliveries.DeliveryRow, now: datetime) -> None:
    _skip(uow, row, now)
    if row.enrolment_id is not None:
        people.excluded(uow, row.enrolment_id, "stopped by you", now)


def _resolve_enrolment(uow: UnitOfWork, enrolment_id: int, choice: str, now: datetime) -> None:
    found = enrolments.load(uow, enrolment_id)
    if not found.facts.attention_why:
        raise Refused("This has been decided already.")
    if choice == "sent":
        raise Refused("Nothing was sent to this lead.", "Choose send_again, skip or stop.")
    enrolments.set_facts(uow, enrolment_id, attention_why="")
    if choice == "stop":
        people.excluded(uow, enrolment_id, "stopped by you", now)
    elif choice == "skip":
        _skip_current(uow, enrolment_id, now)
    else:
        deliveries.rearm_same_text(uow, enrolment_id)
        if isinstance(enrolments.replan(uow, enrolment_id, now), Done):
            raise Refused("There is nothing left to send to this lead.", "Choose skip or stop.")
    words = {"send_again": "try again", "skip": "skip this step", "stop": "stop this lead"}[choice]
    activity.note(
        uow,
        now,
        "decided",
        f"You decided: {words}.",
        campaign_id=found.campaign_id,
        enrolment_id=enrolment_id,
        lead_id=found.lead_id,
    )
    enrolments.replan(uow, enrolment_id, now)


def _skip_current(uow: UnitOfWork, enrolment_id: int, now: datetime) -> None:
    enrolments.replan(uow, enrolment_id, now)
    found = enrolments.load(uow, enrolment_id)
    kinds = tuple(StepKind)
    skipped = uow.connection.execute(
        update(delivery)
        .where(
            delivery.c.enrolment_id == enrolment_id,
            delivery.c.state == DeliveryState.PLANNED,
            delivery.c.kind.in_(kinds),
        )
        .values(state=DeliveryState.SKIPPED, ended_ms=to_ms(now), resolved_by="human", reason="you skipped it")
    ).rowcount
    if not skipped and found.facts.is_unconfirmed:
        people.excluded(uow, enrolment_id, "the invitation could not be confirmed", now)
