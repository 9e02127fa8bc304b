"""What a campaign's tabs show: where it stands and why, its activity, its schedule; and changes of the schedule."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, func, select, update

from engine.domain.sequences import step_words
from engine.domain.working_hours import WorkingHours, make_hours
from engine.errors import Refused, UserError
from engine.services.context import Context
from engine.services.explanations import Why, explain_campaign
from engine.services.moving import finish_moves
from storage.column_types import days_text, from_ms, hours_of, maybe_from_ms, minute_of
from storage.queries import campaign_lists, campaign_pages
from storage.queries.campaign_pages import NEWEST, StepCounts
from storage.repositories import activity, drafts, versions
from storage.tables import account, campaign, enrolment
from storage.unit_of_work import UnitOfWork

PAGE_LINES = 60
MOST_WEIGHT = 9
ACTIVITY_KINDS = {
    "sent": ("sent", "not_sent", "unknown", "withdrawn"),
    "theirs": ("connected", "replied", "hand_wrote"),
    "yours": ("decided", "excluded", "forgotten", "campaign_paused", "campaign_resumed", "campaign_set"),
    "held": ("held", "needs_attention", "asked", "question", "look_failed"),
    "campaign": (
        "campaign_added",
        "campaign_started",
        "campaign_paused",
        "campaign_resumed",
        "campaign_finished",
        "campaign_reopened",
        "campaign_archived",
        "campaign_set",
    ),
}
"""What activity is filtered by."""


@dataclass(frozen=True, kw_only=True)
class StepLine:
    """A step of the newest sequence with its counts."""

    key: str
    kind: str
    title: str
    counts: StepCounts


@dataclass(frozen=True, kw_only=True)
class CampaignOverview:
    """Where a campaign stands."""

    campaign_id: int
    name: str
    state: str
    pause: str
    account: str | None
    leads: int
    ended: int
    stages: dict[str, int]
    waiting_for_start: int
    ask_left: int
    is_starting: bool
    started_at: datetime | None
    why: Why
    steps: tuple[StepLine, ...]
    held: tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class ActivityLine:
    """One line of what happened; `id` is where the next page goes on."""

    id: int
    at: datetime
    kind: str
    words: str
    lead_id: int | None
    name: str


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When and by whom a campaign sends. `own_hours` None: in the account's hours."""

    account_id: int | None
    own_hours: WorkingHours | None
    weight: int


@dataclass(frozen=True, kw_only=True)
class ScheduleView:
    """A schedule, and what stands around it: accounts to choose from, their hours, limits and rivals."""

    schedule: Schedule
    state: str
    accounts: tuple[tuple[int, str], ...]
    account: str | None
    account_hours: WorkingHours | None
    limits: tuple[tuple[str, int], ...]
    shared_with: int


class CampaignPages:
    """Use cases of a campaign's tabs."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def overview(self, campaign_id: int) -> CampaignOverview:
        """Return where a campaign stands, and why. Raises: NotFound."""
        present = self._ctx.present()

        def look(uow: UnitOfWork) -> CampaignOverview:
            return _overview(uow, campaign_id, explain_campaign(uow, drafts.by_id(uow, campaign_id), present))

        return await self._ctx.db.look(look)

    async def leads_of_step(self, campaign_id: int, step_key: str, standing: str) -> array[int]:
        """Return the enrolments behind one of a step's counts."""
        return await self._ctx.db.read(lambda c: campaign_pages.leads_of_step(c, campaign_id, step_key, standing))

    async def activity(
        self, campaign_id: int, *, kinds: Sequence[str] = (), before: int = NEWEST, limit: int = PAGE_LINES
    ) -> tuple[ActivityLine, ...]:
        """Return a page of what happened, the newest first."""
        rows = await self._ctx.db.read(lambda c: campaign_pages.activity_lines(c, campaign_id, kinds, before, limit))
        return tuple(
            ActivityLine(
                id=r.id,
                at=from_ms(r.at_ms),
                kind=r.kind,
                words=r.words,
                lead_id=r.lead_id,
                name=f"{r.first_name or ''} {r.last_name or ''}".strip() or r.public_identifier or "",
            )
            for r in rows
        )

    async def schedule(self, campaign_id: int) -> ScheduleView:
        """Return when and by whom a campaign sends. Raises: NotFound."""
        return await self._ctx.db.look(lambda u: _schedule_view(u, campaign_id))

    async def set_schedule(self, campaign_id: int, wanted: Schedule) -> Schedule:
        """Change when and by whom a campaign sends. Returns what it was. Raises: NotFound, Refused, UserError."""
        now = self._ctx.clock.now()
        before = await self._ctx.db.write(lambda u: _set_schedule(u, campaign_id, wanted, now))
        if wanted.own_hours != before.own_hours:
            await finish_moves(self._ctx)
        else:
            self._ctx.wakes.all()
        return before


def hours_from(time_zone: str, days: frozenset[int], start: time, end: time) -> WorkingHours:
    """Return checked working hours. Raises: UserError."""
    return make_hours(time_zone=time_zone, days=days, start=start, end=end)


def _overview(uow: UnitOfWork, campaign_id: int, why: Why) -> CampaignOverview:
    c = uow.connection
    row = drafts.by_id(uow, campaign_id)
    line = next(x for x in campaign_lists.campaign_lines(c, with_archived=True) if x.campaign_id == campaign_id)
    counts = campaign_pages.step_counts(c, campaign_id)
    started = c.execute(select(campaign.c.started_ms).where(campaign.c.id == campaign_id)).scalar_one()
    return CampaignOverview(
        campaign_id=campaign_id,
        name=row.name,
        state=row.state,
        pause=row.pause,
        account=line.account,
        leads=line.leads,
        ended=line.ended,
        stages=line.stages,
        waiting_for_start=_waiting(c, campaign_id),
        ask_left=line.ask_left,
        is_starting=line.is_starting,
        started_at=maybe_from_ms(started),
        why=why,
        steps=tuple(
            StepLine(
                key=s.key,
                kind=s.kind,
                title=step_words(row.sequence, s.key),
                counts=counts.get(s.key, StepCounts()),
            )
            for s in row.sequence.steps
            if s.kind != "branch"
        ),
        held=tuple(campaign_pages.held_reasons(c, campaign_id)),
    )


def _waiting(connection: Connection, campaign_id: int) -> int:
    return connection.execute(
        select(func.count())
        .select_from(enrolment)
        .where(
            enrolment.c.campaign_id == campaign_id,
            enrolment.c.started_ms.is_(None),
            enrolment.c.is_active == 1,
            enrolment.c.attention_why == "",
        )
    ).scalar_one()


def _schedule_of(row: Any) -> Schedule:
    own = hours_of(row.time_zone, row.days, row.start_minute, row.end_minute) if row.time_zone and row.days else None
    return Schedule(account_id=row.account_id, own_hours=own, weight=row.weight)


def _schedule_view(uow: UnitOfWork, campaign_id: int) -> ScheduleView:
    row = drafts.by_id(uow, campaign_id)
    known = uow.connection.execute(select(account).where(account.c.removed_ms.is_(None)).order_by(account.c.id)).all()
    used = next((a for a in known if a.id == row.account_id), None)
    if row.account_id is None and len(known) == 1:
        used = known[0]
    rivals = 0
    if used is not None:
        rivals = uow.connection.execute(
            select(func.count())
            .select_from(campaign)
            .where(campaign.c.account_id == used.id, campaign.c.state == "running", campaign.c.id != campaign_id)
        ).scalar_one()
    return ScheduleView(
        schedule=_schedule_of(row),
        state=row.state,
        accounts=tuple((a.id, a.name) for a in known),
        account=used.name if used is not None else None,
        account_hours=hours_of(used.time_zone, used.days, used.start_minute, used.end_minute) if used else None,
        limits=_limits(used) if used is not None else (),
        shared_with=rivals,
    )


def _limits(row: Any) -> tuple[tuple[str, int], ...]:
    return (
        ("Invitations a day", row.invites_per_day),
        ("Invitations in 7 days", row.invites_per_week),
        ("Messages a day", row.messages_per_day),
        ("Profile reads and visits a day", row.profile_reads_per_day),
        ("Withdrawals a day", row.withdrawals_per_day),
    )


def _set_schedule(uow: UnitOfWork, campaign_id: int, wanted: Schedule, now: datetime) -> Schedule:
    row = drafts.by_id(uow, campaign_id)
    before = _schedule_of(row)
    if row.state == "archived":
        raise Refused(f"“{row.name}” is archived.", "Duplicate it as a draft.")
    if not 1 <= wanted.weight <= MOST_WEIGHT:
        raise UserError(f"A weight is 1 to {MOST_WEIGHT}.")
    values: dict[str, Any] = {"weight": wanted.weight, **_hour_columns(wanted.own_hours)}
    if wanted.account_id != before.account_id:
        _change_account(uow, campaign_id, row.state, wanted.account_id)
        values["account_id"] = wanted.account_id
    uow.connection.execute(update(campaign).where(campaign.c.id == campaign_id).values(**values))
    if wanted.own_hours != before.own_hours:
        versions.note_other_hours(uow, [campaign_id])
    if row.state != "draft":
        activity.note(uow, now, "campaign_set", "The schedule was changed.", campaign_id=campaign_id)
    uow.changed("campaign", campaign_id)
    return before


def _hour_columns(hours: WorkingHours | None) -> dict[str, Any]:
    if hours is None:
        return dict.fromkeys(("time_zone", "days", "start_minute", "end_minute"))
    checked = hours_from(hours.time_zone, hours.days, hours.start, hours.end)
    return {
        "time_zone": checked.time_zone,
        "days": days_text(checked.days),
        "start_minute": minute_of(checked.start),
        "end_minute": minute_of(checked.end),
    }


def _change_account(uow: UnitOfWork, campaign_id: int, state: str, account_id: int | None) -> None:
    if state != "draft":
        raise Refused("A campaign that has begun keeps its account.", "Duplicate it as a draft and choose there.")
    if account_id is not None:
        known = select(account.c.id).where(account.c.id == account_id, account.c.removed_ms.is_(None))
        if uow.connection.execute(known).first() is None:
            raise Refused("This account was removed.", "Choose another one.")
    uow.connection.execute(
        update(enrolment).where(enrolment.c.campaign_id == campaign_id).values(account_id=account_id)
    )
