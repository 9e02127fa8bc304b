"""Which write an account makes next, and if none, until when and why. Pure.

The sender, the queue, the forecast, "why" and the simulation call `choose`. Its cost depends on the number
of running campaigns, not on the number of leads: it sees only the head of each queue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from engine.domain import pacing
from engine.domain.approvals import WAITS, ApprovalState, Permission, permission
from engine.domain.ledger import ACTION_OF_KIND, Action, DeliveryKind
from engine.domain.limits import DayBudget, Full
from engine.domain.working_hours import WorkingHours


class Lane(StrEnum):
    """Classes of writes, by priority."""

    FOLLOW_UP = "follow_up"
    WITHDRAWAL = "withdrawal"
    INVITATION = "invitation"


LANE_OF_KIND = {
    DeliveryKind.MESSAGE: Lane.FOLLOW_UP,
    DeliveryKind.WITHDRAW: Lane.WITHDRAWAL,
    DeliveryKind.VISIT: Lane.INVITATION,
    DeliveryKind.INVITE: Lane.INVITATION,
}
SHARE_UNIT = 1000
"""Virtual time that one send of a campaign of weight 1 costs it."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """The earliest planned row of a campaign and kind that may go, or the earliest that must be asked about.

    `pause`, `is_starting` and `ask_left` are the campaign's; `request` is where its own question stands.
    """

    delivery_id: int
    campaign_id: int
    kind: DeliveryKind
    due_at: datetime
    hours: WorkingHours
    share: int
    needs_profile_read: bool
    has_note: bool = False
    is_retry: bool = False
    pause: str = "none"
    is_starting: bool = False
    request: ApprovalState | None = None
    ask_left: int = 0

    @property
    def lane(self) -> Lane:
        """The class it belongs to."""
        return LANE_OF_KIND[self.kind]

    @property
    def permission(self) -> Permission:
        """Whether it may go, or a person is asked first."""
        return permission(self.kind, self.ask_left, self.request)


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A reason that stops an account, or some of its actions (`action` None: every write)."""

    why: str
    until: datetime | None
    action: str | None = None


@dataclass(frozen=True, kw_only=True)
class LaneState:
    """All that decides an account's next write."""

    now: datetime
    stops: Sequence[Stop]
    not_before: datetime
    full: Mapping[Action, Full | None]
    invites_today: DayBudget
    reads_today: DayBudget
    """Profile reads: visits, and the looks before invitations and first messages."""
    heads: Sequence[Head]
    recent: Sequence[DeliveryKind]
    allowance: timedelta


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Send this row now."""

    delivery_id: int
    campaign_id: int
    lane: Lane


@dataclass(frozen=True, kw_only=True)
class Idle:
    """Nothing may be sent before `until` (None: not without news)."""

    until: datetime | None
    why: str


def choose(state: LaneState) -> Chosen | Idle:
    """Choose the account's next write."""
    for stop in state.stops:
        if stop.action is None:
            return Idle(until=stop.until, why=stop.why)
    if not state.heads:
        return Idle(until=None, why="nothing is planned")
    waits = [(head, gate(head, state)) for head in state.heads]
    ready = [head for head, wait in waits if wait is None]
    if not ready:
        return _soonest([wait for _, wait in waits if wait is not None])
    if state.not_before > state.now:
        return Idle(until=state.not_before, why="the gap after the last send")
    lane = _lane(ready, state.recent)
    head = min((h for h in ready if h.lane is lane), key=_turn)
    return Chosen(delivery_id=head.delivery_id, campaign_id=head.campaign_id, lane=lane)


def _turn(head: Head) -> tuple[int, bool, datetime, int]:
    """Sort what is ready of a lane: an invitation before a visit of the same share."""
    return head.share, head.kind is DeliveryKind.VISIT, head.due_at, head.delivery_id


def gate(head: Head, state: LaneState) -> Idle | None:
    """Return what a row waits for, or None when it may be sent now (but for the account's gap)."""
    pause = _pause_why(head)
    if pause:
        return Idle(until=None, why=pause)
    if head.permission is not Permission.GO:
        is_asked = head.permission is Permission.WAIT or head.due_at <= state.now
        return Idle(until=None if is_asked else head.due_at, why=WAITS if is_asked else "it is not due yet")
    if head.due_at > state.now:
        return Idle(until=_opening(head.hours, head.due_at), why="it is not due yet")
    if not is_open_for(head.hours, state.now, state.allowance):
        return Idle(until=_reopening(head.hours, state.now), why="outside working hours")
    action = ACTION_OF_KIND[head.kind]
    for stop in state.stops:
        if stop.action == action:
            return Idle(until=stop.until, why=stop.why)
    full = _first_full(head, action, state)
    if full:
        return Idle(until=_opening(head.hours, full.until), why=full.why)
    if head.kind is DeliveryKind.INVITE and not head.is_retry:
        moment = pacing.spread_moment(state.invites_today.used, state.invites_today.limit, head.hours, state.now)
        if moment > state.now:
            return Idle(until=moment, why="the day's invitations are spread over the working hours")
    if head.kind is DeliveryKind.VISIT and _keeps_reads(state):
        return Idle(until=_reopening(head.hours, state.now), why="today's other profile reads are kept for invitations")
    return None


def _keeps_reads(state: LaneState) -> bool:
    """Whether invitations that may go now, but for their spread, need as many profile reads today as are left."""
    is_stopped = state.full.get(Action.INVITE) is not None or any(s.action == Action.INVITE for s in state.stops)
    if is_stopped or state.reads_today.left > state.invites_today.left:
        return False
    return any(
        h.kind is DeliveryKind.INVITE
        and h.permission is Permission.GO
        and h.due_at <= state.now
        and h.hours.is_open(state.now)
        and _pause_why(h) is None
        for h in state.heads
    )


def must_be_asked(state: LaneState) -> bool:
    """Whether a row is due that a person must be asked about first."""
    return any(
        head.permission is Permission.ASK and head.due_at <= state.now and _pause_why(head) is None
        for head in state.heads
    )


def charged_share(own: int, weight: int, others: Sequence[tuple[int, int]]) -> int:
    """Return a campaign's virtual time after a send: start-time fair queueing, a send costs 1/weight.

    `others` are (virtual time, weight). Idle time earns no credit: nobody starts before the latest start of the others.
    """
    starts = [virtual - SHARE_UNIT // other_weight for virtual, other_weight in others]
    return max(own, *starts, 0) + SHARE_UNIT // weight


def is_open_for(hours: WorkingHours, now: datetime, allowance: timedelta) -> bool:
    """Whether hours are open now and still will be when a request made now arrives."""
    if not hours.is_open(now):
        return False
    closes_at = hours.closes_at(now)
    return closes_at is None or now + allowance < closes_at


def _pause_why(head: Head) -> str | None:
    if head.is_starting:
        return "the campaign is being started"
    if head.pause == "all":
        return "the campaign is paused"
    if head.pause == "invitations" and head.lane is Lane.INVITATION:
        return "the campaign's invitations are paused"
    if head.pause == "follow_ups" and head.lane is Lane.FOLLOW_UP:
        return "the campaign's follow-ups are paused"
    return None


def _first_full(head: Head, action: Action, state: LaneState) -> Full | None:
    needed = [action]
    if head.needs_profile_read and action is not Action.PROFILE_READ:
        needed.append(Action.PROFILE_READ)
    if head.has_note:
        needed.append(Action.NOTE)
    fulls = [full for a in needed if (full := state.full.get(a)) is not None]
    return max(fulls, key=lambda f: f.until) if fulls else None


def _opening(hours: WorkingHours, at: datetime) -> datetime | None:
    return hours.next_opening(at)


def _reopening(hours: WorkingHours, now: datetime) -> datetime | None:
    return hours.next_opening(hours.closes_at(now) or now)


def _soonest(waits: Sequence[Idle]) -> Idle:
    timed = [w for w in waits if w.until is not None]
    return min(timed, key=lambda w: w.until or datetime.max) if timed else waits[0]


def _lane(ready: Sequence[Head], recent: Sequence[DeliveryKind]) -> Lane:
    lanes = {head.lane for head in ready}
    invites = any(head.kind is DeliveryKind.INVITE for head in ready)
    if invites and Lane.FOLLOW_UP in lanes and pacing.prefers_invitation(recent):
        return Lane.INVITATION
    return next(lane for lane in Lane if lane in lanes)
