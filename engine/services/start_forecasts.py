"""What a Start would do: who is first and when, at which pace, and about when the last invitation goes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from engine.domain import planner
from engine.domain.enrolment import Act, Facts, next_action
from engine.domain.forecast import Pace, Rival, last_invitation
from engine.domain.ledger import Action, DeliveryKind
from engine.domain.limits import todays_limit
from engine.domain.planner import Chosen, Head
from engine.domain.sequences import step_words
from engine.domain.working_hours import WorkingHours
from engine.services.connections import is_practice
from engine.services.starting import only_account
from storage.column_types import hours_of
from storage.queries.lane import LaneAccount, account_uses, lane_account, lane_state
from storage.repositories import campaigns, enrolments
from storage.repositories.campaigns import CampaignRow
from storage.tables import IS_PLANNED, account, campaign, delivery, enrolment, lead
from storage.unit_of_work import UnitOfWork

LOOKED_AT = 20
"""So many of the first in line are looked at for the one whose turn comes first."""
LONGEST_WALK = 60


@dataclass(frozen=True, kw_only=True)
class FirstSend:
    """Who gets what first, and when; `at` is None while something stops the account, and `why` says what."""

    lead_id: int
    name: str
    kind: DeliveryKind
    step: str
    at: datetime | None
    why: str


@dataclass(frozen=True, kw_only=True)
class StartForecast:
    """A Start before it is pressed.

    `per_day` is what the first day allows: under warm-up or after a warning less than `limit_per_day`.
    """

    account: str
    people: int
    first: FirstSend | None
    limit_per_day: int
    per_day: int
    is_warming_up: bool
    is_eased: bool
    shared_with: int
    invitations: int
    last_invitation_at: datetime | None
    is_first_real: bool


def forecast(uow: UnitOfWork, name: str, people: int | None, now: datetime, allowance: timedelta) -> StartForecast:
    """Forecast the start of a campaign for whoever waits for one, or the first `people`. Raises: NotFound, Refused."""
    row = campaigns.find(uow, name)
    account_id = row.account_id if row.account_id is not None else only_account(uow)
    found = lane_account(uow.connection, account_id)
    hours = _hours(row) or found.hours
    first = _first(uow, row, found, hours, now, allowance)
    waiting, to_invite = _counts(uow.connection, row, people)
    rivals = _rivals(uow.connection, row, account_id)
    begins = (first.at if first else None) or max(now, found.not_before)
    known = uow.connection.execute(select(account).where(account.c.id == account_id)).one()
    invitations = to_invite if row.sequence.has_invitation else 0
    return StartForecast(
        account=known.name,
        people=waiting,
        first=first,
        limit_per_day=found.limits.per_day(Action.INVITE),
        is_eased=found.limits.eased_per_day(Action.INVITE, begins) < found.limits.per_day(Action.INVITE),
        per_day=todays_limit(found.limits, Action.INVITE, found.hours, begins, account_key=str(account_id)),
        is_warming_up=found.limits.warm_up_from is not None and _is_slowed(found, begins),
        shared_with=len(rivals),
        invitations=invitations,
        last_invitation_at=last_invitation(
            _pace(uow.connection, found, hours, begins, now), invitations, row.weight, rivals
        ),
        is_first_real=not is_practice(known.address) and not _was_used(uow.connection, account_id),
    )


@dataclass(frozen=True, kw_only=True)
class FirstOfNew:
    """What whoever is added to a campaign that has begun gets first, and when; `is_about`: others come before."""

    kind: DeliveryKind
    at: datetime | None
    is_about: bool
    why: str


def first_of_new(uow: UnitOfWork, row: CampaignRow, now: datetime, allowance: timedelta) -> FirstOfNew | None:
    """Return what happens first to the first person that is added now, behind those who wait. Raises: Refused."""
    account_id = row.account_id if row.account_id is not None else only_account(uow)
    found = lane_account(uow.connection, account_id)
    hours = _hours(row) or found.hours
    act = next_action(Facts(started_at=now), row.sequence, hours)
    if not isinstance(act, Act):
        return None
    step = row.sequence.step(act.step_key)
    head = Head(
        delivery_id=0,
        campaign_id=row.campaign_id,
        kind=act.kind,
        due_at=act.due_at,
        hours=hours,
        share=0,
        needs_profile_read=True,
        has_note=act.kind is DeliveryKind.INVITE and any(v.text.strip() for v in step.texts),
    )
    at, why = _moment(uow.connection, found, head, now, allowance)
    ahead = _planned(uow.connection, row.campaign_id, act.kind)
    if at is not None and ahead:
        rivals = _rivals(uow.connection, row, account_id)
        pace = _pace(uow.connection, found, hours, at, now)
        is_invitation = act.kind is DeliveryKind.INVITE
        at = last_invitation(pace, ahead + 1, row.weight, rivals) if is_invitation else None
        why = why or f"{ahead} wait before them"
    return FirstOfNew(kind=act.kind, at=at, is_about=bool(ahead), why=why)


def _first(
    uow: UnitOfWork, row: CampaignRow, found: LaneAccount, hours: WorkingHours, now: datetime, allowance: timedelta
) -> FirstSend | None:
    """Return the first send, by the very functions that plan and choose."""
    acts = [
        (act, person)
        for person in _next_in_line(uow.connection, row)
        if isinstance(act := _action(uow, person.enrolment_id, hours, now), Act)
    ]
    if not acts:
        return None
    act, person = min(acts, key=lambda pair: pair[0].due_at)
    step = row.sequence.step(act.step_key) if act.kind is not DeliveryKind.WITHDRAW else None
    head = Head(
        delivery_id=0,
        campaign_id=row.campaign_id,
        kind=act.kind,
        due_at=act.due_at,
        hours=hours,
        share=0,
        needs_profile_read=act.kind is not DeliveryKind.MESSAGE or person.provider_id is None,
        has_note=act.kind is DeliveryKind.INVITE and step is not None and any(v.text.strip() for v in step.texts),
    )
    at, why = _moment(uow.connection, found, head, now, allowance)
    return FirstSend(
        lead_id=person.id,
        name=f"{person.first_name} {person.last_name}".strip() or person.public_identifier or "",
        kind=act.kind,
        step=step_words(row.sequence, act.step_key) if step else "Withdrawal",
        at=at,
        why=why or act.why,
    )


def _next_in_line(connection: Connection, row: CampaignRow) -> Sequence[Row[Any]]:
    return connection.execute(
        select(enrolment.c.id.label("enrolment_id"), lead)
        .join(lead, lead.c.id == enrolment.c.lead_id)
        .where(*_waits_for_start(row))
        .order_by(enrolment.c.id)
        .limit(LOOKED_AT)
    ).all()


def _waits_for_start(row: CampaignRow) -> tuple[Any, ...]:
    return (
        enrolment.c.campaign_id == row.campaign_id,
        enrolment.c.started_ms.is_(None),
        enrolment.c.is_active == 1,
        enrolment.c.attention_why == "",
    )


def _action(uow: UnitOfWork, enrolment_id: int, hours: WorkingHours, now: datetime) -> object:
    found = enrolments.load(uow, enrolment_id)
    return next_action(replace(found.facts, started_at=now), found.sequence, hours)


def _moment(
    connection: Connection, found: LaneAccount, head: Head, now: datetime, allowance: timedelta
) -> tuple[datetime | None, str]:
    """Ask the planner again at each moment that it names, until it would send."""
    at, why = max(now, head.due_at), ""
    for _ in range(LONGEST_WALK):
        choice = planner.choose(replace(lane_state(connection, found, at, allowance), heads=[head]))
        if isinstance(choice, Chosen):
            return at, why
        why = choice.why
        if choice.until is None or choice.until <= at:
            break
        at = choice.until
    return None, why


def _counts(connection: Connection, row: CampaignRow, people: int | None) -> tuple[int, int]:
    waiting = (
        select(enrolment.c.invited_ms, enrolment.c.connected_ms)
        .where(*_waits_for_start(row))
        .order_by(enrolment.c.id)
        .limit(-1 if people is None else people)
        .subquery()
    )
    is_open = waiting.c.invited_ms.is_(None) & waiting.c.connected_ms.is_(None)
    total, to_invite = connection.execute(select(func.count(), func.count().filter(is_open)).select_from(waiting)).one()
    return total, to_invite


def _rivals(connection: Connection, row: CampaignRow, account_id: int) -> list[Rival]:
    others = connection.execute(
        select(campaign.c.id, campaign.c.weight).where(
            campaign.c.account_id == account_id, campaign.c.state == "running", campaign.c.id != row.campaign_id
        )
    ).all()
    return [Rival(planned=_planned(connection, other.id, DeliveryKind.INVITE), weight=other.weight) for other in others]


def _planned(connection: Connection, campaign_id: int, kind: DeliveryKind) -> int:
    return connection.execute(
        select(func.count())
        .select_from(delivery)
        .where(delivery.c.campaign_id == campaign_id, delivery.c.kind == kind, IS_PLANNED)
    ).scalar_one()


def _pace(connection: Connection, found: LaneAccount, hours: WorkingHours, begins: datetime, now: datetime) -> Pace:
    return Pace(
        hours=hours,
        own_hours=found.hours,
        limits=found.limits,
        account_key=str(found.account_id),
        uses=account_uses(connection, found.account_id, Action.INVITE, now),
        gap=timedelta(seconds=(found.gap_min_s + found.gap_max_s) / 2),
        not_before=begins,
    )


def _is_slowed(found: LaneAccount, at: datetime) -> bool:
    key = str(found.account_id)
    plain = replace(found.limits, warm_up_from=None)
    return todays_limit(found.limits, Action.INVITE, found.hours, at, account_key=key) < todays_limit(
        plain, Action.INVITE, found.hours, at, account_key=key
    )


def _was_used(connection: Connection, account_id: int) -> bool:
    started = select(campaign.c.id).where(campaign.c.account_id == account_id, campaign.c.started_ms.is_not(None))
    return connection.execute(started.limit(1)).first() is not None


def _hours(row: CampaignRow) -> WorkingHours | None:
    if row.time_zone and row.days and row.start_minute is not None and row.end_minute is not None:
        return hours_of(row.time_zone, row.days, row.start_minute, row.end_minute)
    return None
