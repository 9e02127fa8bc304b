"""What waits for a person: questions about a send, and leads that are held. Every answer is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update

from engine.domain import step_choice
from engine.domain.enrolment import Done, noun
from engine.domain.ledger import QUIET_PERIOD, DeliveryState
from engine.domain.sequences import StepKind
from engine.errors import NotFound, Refused, Topic
from engine.services import approving
from engine.services.approving import Objection
from engine.services.context import Context
from engine.services.questions import APPROVAL_CHOICES, CHOICES, HELD_CHOICES, HOLD_CHOICES, Item, open_items
from engine.services.sending import people
from engine.services.sending.recording import settle_sent
from engine.services.sending.texts import held_step
from storage.column_types import row_id_of, to_ms
from storage.repositories import accounts, activity, deliveries, enrolments, repeats, state
from storage.tables import account, delivery
from storage.unit_of_work import UnitOfWork

KNOWN_CHOICES = ("approve", *CHOICES, *HOLD_CHOICES)


class Attention:
    """Use cases of the screen "Needs you"."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def list(self) -> list[Item]:
        """Return everything that waits: questions about sends, leads that are held, approvals; each oldest first."""
        now = self._ctx.clock.now()
        return await self._ctx.db.read(lambda c: open_items(c, now))

    async def resolve(self, item_id: str, choice: str) -> None:
        """Carry out a person's decision. Raises: NotFound, Refused."""
        if choice not in KNOWN_CHOICES:
            raise Refused(f"There is no choice “{choice}”.", f"Choose {', '.join(KNOWN_CHOICES)}.")
        kind, number = item_id[:1], item_id[1:]
        row_id = row_id_of(number)
        if kind not in _KINDS or row_id is None:
            raise NotFound(f"There is no question {item_id}.", "Look at what needs you.", topic=Topic.QUESTIONS)
        now, (settle, choices) = self._ctx.clock.now(), _KINDS[kind]
        if choice not in choices:
            raise Refused(f"“{choice}” is no answer to this question.", f"Choose {', '.join(choices)}.")
        objection = await self._ctx.db.write(lambda u: settle(u, row_id, choice, now))
        self._ctx.wakes.all()
        if objection is not None:
            raise Refused(*objection)


def _resolve_delivery(uow: UnitOfWork, delivery_id: int, choice: str, now: datetime) -> Objection | None:
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
    return None


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


def _resolve_enrolment(uow: UnitOfWork, enrolment_id: int, choice: str, now: datetime) -> Objection | None:
    found = enrolments.load(uow, enrolment_id)
    if not found.facts.attention_why:
        raise Refused("This has been decided already.")
    enrolments.set_facts(uow, enrolment_id, attention_why="")
    if choice == "stop":
        people.excluded(uow, enrolment_id, "stopped by you", now)
    elif choice == "skip":
        _skip_held(uow, enrolment_id, found.facts.attention_why, now)
    else:
        repeats.rearm_same_text(uow, enrolment_id)
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
    return None


def _skip_held(uow: UnitOfWork, enrolment_id: int, why: str, now: datetime) -> None:
    """Leave out the step that the question named, else what comes next. Raises: Refused."""
    enrolments.replan(uow, enrolment_id, now)
    found = enrolments.load(uow, enrolment_id)
    if found.facts.is_unconfirmed or found.hours is None:
        _skip_planned(uow, found, now)
        return
    named = held_step(why)
    key, why_not = step_choice.skipped(found.facts, found.sequence, found.hours, named)
    if why_not:
        raise Refused(f"This can't be skipped: {why_not}.", "Try again when that has changed, or stop this lead.")
    if key == named or not _skip_planned(uow, found, now):
        enrolments.set_passed(uow, enrolment_id, {**found.facts.passed, key: now})


def _skip_planned(uow: UnitOfWork, found: enrolments.Enrolled, now: datetime) -> bool:
    kinds = tuple(StepKind)
    skipped = uow.connection.execute(
        update(delivery)
        .where(
            delivery.c.enrolment_id == found.enrolment_id,
            delivery.c.state == DeliveryState.PLANNED,
            delivery.c.kind.in_(kinds),
        )
        .values(state=DeliveryState.SKIPPED, ended_ms=to_ms(now), resolved_by="human", reason="you skipped it")
    ).rowcount
    if not skipped and found.facts.is_unconfirmed:
        people.excluded(uow, found.enrolment_id, "the invitation could not be confirmed", now)
    return bool(skipped)


def _resolve_hold(uow: UnitOfWork, _row_id: int, _choice: str, now: datetime) -> Objection | None:
    if state.load(uow).hold is None:
        raise Refused("This has been decided already.")
    state.release(uow)
    activity.note(uow, now, "decided", "You decided: go on sending.")
    return None


def _resolve_restricted(uow: UnitOfWork, account_id: int, _choice: str, now: datetime) -> Objection | None:
    row = uow.connection.execute(
        select(account).where(account.c.id == account_id, account.c.status == "restricted")
    ).one_or_none()
    if row is None:
        raise Refused("This account isn't restricted any more.")
    words = "you said that LinkedIn works again; it is read first"
    accounts.set_status(uow, account_id, "unknown", words, now, by_person=True)
    deliveries.raise_not_before(uow, account_id, now + 2 * timedelta(seconds=row.gap_max_s))
    activity.note(uow, now, "decided", "You decided: go on with this account.", account_id=account_id)
    return None


_KINDS: dict[str, tuple[Callable[[UnitOfWork, int, str, datetime], Objection | None], tuple[str, ...]]] = {
    "d": (_resolve_delivery, CHOICES),
    "e": (_resolve_enrolment, HELD_CHOICES),
    "r": (_resolve_restricted, HOLD_CHOICES),
    "h": (_resolve_hold, HOLD_CHOICES),
    "a": (approving.resolve, APPROVAL_CHOICES),
}
"""By the first letter of an item's id: what carries a decision out, and the decisions there are."""
