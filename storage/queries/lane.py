"""What decides an account's next write, read in a handful of indexed look-ups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    text,
    union_all,
)

from engine.domain.approvals import ASKED_KINDS, ApprovalState
from engine.domain.ledger import ACTION_OF_KIND, QUIET_PERIOD, Action, DeliveryKind, DeliveryState
from engine.domain.limits import DAY, MONTH, WEEK, DayBudget, Limits, budget, day_budget
from engine.domain.pacing import SHARE_LOOK_BACK
from engine.domain.planner import LANE_OF_KIND, Head, LaneState, Stop
from engine.domain.working_hours import WorkingHours
from storage.column_types import from_ms, hours_of, maybe_from_ms, to_ms
from storage.queries import asking
from storage.tables import (
    IS_OPEN,
    IS_PLANNED,
    IS_STANDING,
    IS_WARNED,
    account,
    approval,
    attempt,
    breaker,
    budget_use,
    campaign,
    campaign_share,
    campaign_start,
    delivery,
    engine_state,
    enrolment,
    lead,
)

WINDOW_OF = {Action.INVITE: WEEK + QUIET_PERIOD, Action.NOTE: MONTH + QUIET_PERIOD}
STATUS_WORDS = {
    "connecting": "LinkedIn is being connected",
    "disconnected": "the account is disconnected from LinkedIn: reconnect it",
    "restricted": "LinkedIn restricted this account",
    "key": "the API key is missing or wrong",
    "unknown": "the account's state isn't known yet",
}
LATEST_WARNINGS = 40
"""More than the warnings of a month that can matter."""
HELD = "nothing is sent until you have answered what needs you"


@dataclass(frozen=True, kw_only=True)
class ReadAccount:
    """An account as those who read for it need it."""

    account_id: int
    address: str
    provider_account_id: str
    status: str
    hours: WorkingHours


@dataclass(frozen=True, kw_only=True)
class LaneAccount(ReadAccount):
    """An account as the sender needs it."""

    member_id: str
    first_name: str
    limits: Limits
    gap_min_s: int
    gap_max_s: int
    not_before: datetime
    is_paid: bool


_ACCOUNT = select(account).where(account.c.id == bindparam("account_id"))


def read_account(connection: Connection, account_id: int) -> ReadAccount:
    """Return an account, for reading."""
    return ReadAccount(**_of_both(connection.execute(_ACCOUNT, {"account_id": account_id}).one()))


def lane_account(connection: Connection, account_id: int) -> LaneAccount:
    """Return an account, for sending."""
    row = connection.execute(_ACCOUNT, {"account_id": account_id}).one()
    return LaneAccount(
        **_of_both(row),
        member_id=row.member_id,
        first_name=row.first_name,
        limits=_limits(row, _warnings(connection, account_id)),
        gap_min_s=row.gap_min_s,
        gap_max_s=row.gap_max_s,
        not_before=from_ms(row.not_before_ms),
        is_paid=bool(row.is_paid),
    )


def _of_both(row: Row[Any]) -> dict[str, Any]:
    return {
        "account_id": row.id,
        "address": row.address,
        "provider_account_id": row.provider_account_id,
        "status": row.status if row.removed_ms is None else "removed",
        "hours": hours_of(row.time_zone, row.days, row.start_minute, row.end_minute),
    }


def _limits(row: Row[Any], warnings: dict[Action, list[datetime]]) -> Limits:
    return Limits(
        invites_per_day=row.invites_per_day,
        invites_per_week=row.invites_per_week,
        messages_per_day=row.messages_per_day,
        profile_reads_per_day=row.profile_reads_per_day,
        withdrawals_per_day=row.withdrawals_per_day,
        is_paid=bool(row.is_paid),
        warm_up_from=maybe_from_ms(row.warm_up_from_ms) if row.has_warm_up else None,
        warnings=warnings,
    )


def _warnings(connection: Connection, account_id: int) -> dict[Action, list[datetime]]:
    """Return when LinkedIn's answers warned of a limit, by what was asked for, oldest first."""
    found: dict[Action, list[datetime]] = {}
    for row in reversed(connection.execute(_WARNINGS, {"account_id": account_id}).all()):
        found.setdefault(ACTION_OF_KIND[DeliveryKind(row.kind)], []).append(from_ms(row.armed_ms))
    return found


_WARNINGS = (
    select(delivery.c.kind, attempt.c.armed_ms)
    .join(delivery, delivery.c.id == attempt.c.delivery_id)
    .where(IS_WARNED, delivery.c.account_id == bindparam("account_id"))
    .order_by(attempt.c.armed_ms.desc())
    .limit(LATEST_WARNINGS)
)


def lane_state(
    connection: Connection,
    found: LaneAccount,
    now: datetime,
    allowance: timedelta,
    *,
    only_delivery_id: int | None = None,
) -> LaneState:
    """Return all that `planner.choose` needs. `only_delivery_id`: judge this claimed row alone."""
    uses = all_uses(connection, found.account_id, now)
    key = str(found.account_id)
    return LaneState(
        now=now,
        stops=stops_of(connection, found, now, except_delivery_id=only_delivery_id),
        not_before=found.not_before,
        full={a: budget(found.limits, a, uses[a], found.hours, now, account_key=key) for a in Action},
        invites_today=_today(found, Action.INVITE, uses, now),
        reads_today=_today(found, Action.PROFILE_READ, uses, now),
        heads=_heads(connection, found, only_delivery_id),
        recent=_recent_kinds(connection, found.account_id),
        allowance=allowance,
    )


def _today(found: LaneAccount, action: Action, uses: Mapping[Action, Sequence[datetime]], now: datetime) -> DayBudget:
    return day_budget(found.limits, action, uses[action], found.hours, now, account_key=str(found.account_id))


def account_uses(connection: Connection, account_id: int, action: Action, now: datetime) -> Sequence[datetime]:
    """Return the counted uses that can matter for a limit, oldest first."""
    return all_uses(connection, account_id, now)[action]


def all_uses(connection: Connection, account_id: int, now: datetime) -> dict[Action, list[datetime]]:
    """Return the counted uses of every action that can matter for a limit, oldest first."""
    since = {f"since_{a}": to_ms(now - WINDOW_OF.get(a, 2 * DAY)) for a in Action}
    uses: dict[Action, list[datetime]] = {a: [] for a in Action}
    for row in connection.execute(_USES, {"account_id": account_id, **since}):
        uses[Action(row.action)].append(from_ms(row.at_ms))
    return uses


_USES = union_all(
    *(
        select(budget_use.c.action, budget_use.c.at_ms).where(
            budget_use.c.account_id == bindparam("account_id"),
            budget_use.c.action == literal_column(f"'{action}'"),
            budget_use.c.at_ms > bindparam(f"since_{action}"),
        )
        for action in Action
    )
).order_by("at_ms")


def stops_of(
    connection: Connection, found: ReadAccount, now: datetime, *, except_delivery_id: int | None = None
) -> list[Stop]:
    """Return everything that stops the account or one of its actions."""
    stops = []
    engine = connection.execute(_ENGINE).one()
    if engine.hold:
        stops.append(Stop(why=HELD, until=None))
    if engine.is_paused:
        stops.append(Stop(why="everything is paused", until=None))
    if found.status != "ok":
        stops.append(Stop(why=STATUS_WORDS.get(found.status, "the account was removed"), until=None))
    for row in connection.execute(_BREAKERS, {"account_id": found.account_id}):
        until = maybe_from_ms(row.until_ms)
        if until is None or until > now:
            stops.append(Stop(why=row.why, until=until, action=None if row.action == "write" else row.action))
    unknown = connection.execute(
        _UNKNOWN, {"account_id": found.account_id, "except_id": except_delivery_id or 0}
    ).one_or_none()
    if unknown is not None:
        # A look that is due is being made: its end wakes whoever waits, and there is no moment to wait for.
        look_at = maybe_from_ms(unknown.next_look_ms)
        until = look_at if look_at and look_at > now else None
        stops.append(Stop(why="it is not known yet whether the last send arrived", until=until))
    return stops


_ENGINE = select(engine_state.c.is_paused, engine_state.c.hold)
_BREAKERS = select(breaker).where(breaker.c.account_id == bindparam("account_id"), breaker.c.is_open == 1)
_UNKNOWN = (
    select(delivery.c.next_look_ms)
    .where(
        delivery.c.account_id == bindparam("account_id"),
        IS_OPEN,
        delivery.c.state == DeliveryState.UNKNOWN,
        delivery.c.id != bindparam("except_id"),
    )
    .order_by(delivery.c.next_look_ms)
    .limit(1)
)


def _heads(connection: Connection, found: LaneAccount, only_delivery_id: int | None) -> list[Head]:
    running = connection.execute(_RUNNING, {"account_id": found.account_id}).all()
    shares = {
        (r.campaign_id, r.lane): r.virtual_millis for r in connection.execute(_SHARES, {"account_id": found.account_id})
    }
    heads = []
    for row in running:
        has_room = bool(row.ask_left) and asking.open_count(connection, row.id) < row.ask_left
        planned = (
            connection.execute(_CLAIMED_HEAD, {"campaign_id": row.id, "delivery_id": only_delivery_id}).all()
            if only_delivery_id is not None
            else _rows(connection, row, has_room=has_room)
        )
        for found_row in planned:
            kind = DeliveryKind(found_row.kind)
            heads.append(_head(found_row, row, kind, found, shares.get((row.id, LANE_OF_KIND[kind]), 0)))
    return heads


_RUNNING = (
    select(campaign, campaign_start.c.is_gate)
    .outerjoin(campaign_start, campaign_start.c.campaign_id == campaign.c.id)
    .where(campaign.c.account_id == bindparam("account_id"), text("campaign.state IN ('running', 'paused')"))
)
_SHARES = select(campaign_share).where(campaign_share.c.account_id == bindparam("account_id"))


def _rows(connection: Connection, row: Row[Any], *, has_room: bool) -> list[Row[Any]]:
    """Return the rows of a campaign that decide: at most the earliest of each kind and standing."""
    asked = sorted(ASKED_KINDS)
    if not row.ask_left:
        free = [*connection.execute(_FREE_HEADS, {"campaign_id": row.id})]
        rest = [kind for kind in asked if kind not in {r.kind for r in free}]
        return free + _standing(connection, row.id, rest, ApprovalState.OPEN)
    unasked = [*connection.execute(_UNASKED_HEADS, {"campaign_id": row.id})]
    return [
        *(r for r in unasked if has_room or r.kind not in asked),
        *_standing(connection, row.id, asked, ApprovalState.APPROVED),
        *_standing(connection, row.id, asked, ApprovalState.OPEN),
    ]


def _standing(
    connection: Connection, campaign_id: int, kinds: Sequence[DeliveryKind], state: ApprovalState
) -> list[Row[Any]]:
    """Return the earliest planned rows whose request stands like this; found by its few requests, not by the plan."""
    ids = asking.standing_ids(connection, campaign_id, state) if kinds else ()
    if not ids:
        return []
    of_campaign = _HEAD.where(
        delivery.c.campaign_id == campaign_id, delivery.c.id.in_(ids), delivery.c.state == "planned"
    ).order_by(delivery.c.due_ms, delivery.c.id)
    found: list[Row[Any]] = []
    for kind in kinds:
        found.extend(connection.execute(of_campaign.where(delivery.c.kind == kind).limit(1)))
    return found


_HEAD = (
    select(
        delivery.c.id,
        delivery.c.kind,
        delivery.c.due_ms,
        delivery.c.prior_unknown_ms,
        lead.c.provider_id,
        enrolment.c.connected_ms,
        approval.c.state.label("request"),
    )
    .join(lead, lead.c.id == delivery.c.lead_id)
    .join(enrolment, enrolment.c.id == delivery.c.enrolment_id)
    .outerjoin(approval, and_(approval.c.delivery_id == delivery.c.id, IS_STANDING))
)


_CLAIMED_HEAD = _HEAD.where(
    delivery.c.campaign_id == bindparam("campaign_id"), delivery.c.id == bindparam("delivery_id")
)


def _earliest_of_each_kind(*conditions: ColumnElement[bool]) -> CompoundSelect[Any]:
    """Return the earliest planned row of each kind, each read from the front of its queue in the index."""
    firsts = [
        _HEAD.where(
            delivery.c.campaign_id == bindparam("campaign_id"),
            delivery.c.kind == literal_column(f"'{kind}'"),
            IS_PLANNED,
            *conditions,
        )
        .order_by(delivery.c.due_ms, delivery.c.id)
        .limit(literal_column("1"))
        for kind in LANE_OF_KIND
    ]
    return union_all(*(select(first.subquery()) for first in firsts))


_FREE_HEADS = _earliest_of_each_kind(or_(approval.c.state.is_(None), approval.c.state != ApprovalState.OPEN))
_UNASKED_HEADS = _earliest_of_each_kind(approval.c.state.is_(None))


def _head(planned: Any, row: Row[Any], kind: DeliveryKind, found: LaneAccount, share: int) -> Head:
    hours = hours_of(row.time_zone, row.days, row.start_minute, row.end_minute) if row.time_zone else found.hours
    return Head(
        delivery_id=planned.id,
        campaign_id=row.id,
        kind=kind,
        due_at=from_ms(planned.due_ms),
        hours=hours,
        share=share,
        needs_profile_read=kind is not DeliveryKind.MESSAGE
        or planned.provider_id is None
        or planned.connected_ms is None,
        is_retry=planned.prior_unknown_ms is not None,
        pause="all" if row.state == "paused" else row.pause,
        is_starting=bool(row.is_gate),
        request=ApprovalState(planned.request) if planned.request else None,
        ask_left=row.ask_left,
    )


def _recent_kinds(connection: Connection, account_id: int) -> list[DeliveryKind]:
    found = connection.execute(_RECENT, {"account_id": account_id}).scalars()
    return [DeliveryKind(k) for k in found]


_RECENT = (
    select(delivery.c.kind)
    .join(attempt, attempt.c.delivery_id == delivery.c.id)
    .where(delivery.c.account_id == bindparam("account_id"))
    .order_by(attempt.c.seq.desc())
    .limit(SHARE_LOOK_BACK)
)
