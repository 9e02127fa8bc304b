"""About when a campaign's invitations go out: an estimate, walked day by day with the sender's rules. Pure.

It assumes that everything goes well: no refusal, no pause, no acceptance that brings follow-ups in between. Days
follow the working hours and closed days, each day holds what its limit and the warm-up allow, no 24 hours and no 7 days
hold more than theirs, and the day's invitations are spread and kept apart as the planner does it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from engine.domain.ledger import Action
from engine.domain.limits import DAY, HARD_INVITES_PER_WEEK, WEEK, Limits, todays_limit
from engine.domain.pacing import spread_moment
from engine.domain.working_hours import WorkingHours

LONGEST_FORECAST = timedelta(days=3 * 365)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What decides how fast an account invites for a campaign. `hours` are the campaign's, `own_hours` the account's.

    `uses`: the invitations counted in the last 7 days, oldest first. `gap`: the mean pause between two writes.
    """

    hours: WorkingHours
    own_hours: WorkingHours
    limits: Limits
    account_key: str
    uses: Sequence[datetime]
    gap: timedelta
    not_before: datetime


@dataclass(frozen=True, kw_only=True)
class Rival:
    """Another running campaign of the account: its invitations already planned, and its weight."""

    planned: int
    weight: int


def last_invitation(pace: Pace, people: int, weight: int, rivals: Iterable[Rival]) -> datetime | None:
    """Return about when the last of so many invitations goes out; None without people, or later than in three years.

    Running campaigns take turns by weight, so a rival takes slots until its planned invitations, or ours, are out.
    """
    if people <= 0:
        return None
    slots = people + sum(min(r.planned, -(-people * r.weight // weight)) for r in rivals)
    return next(islice(invitation_moments(pace), slots - 1, None), None)


def invitation_moments(pace: Pace) -> Iterator[datetime]:
    """Yield the moments of one invitation after the other, each inside the working hours."""
    recent = deque(pace.uses)
    opens_at = pace.hours.next_opening(pace.not_before)
    while opens_at is not None and opens_at - pace.not_before < LONGEST_FORECAST:
        ends_at = _window_end(pace.hours, opens_at)
        yield from _of_window(pace, opens_at, ends_at, recent)
        opens_at = pace.hours.next_opening(ends_at)


def _window_end(hours: WorkingHours, opens_at: datetime) -> datetime:
    """Return the end of the opening or of the local day, whichever is first."""
    midnight = hours.local_day_bounds(opens_at)[1]
    closes_at = hours.closes_at(opens_at)
    return midnight if closes_at is None else min(closes_at, midnight)


def _of_window(pace: Pace, opens_at: datetime, ends_at: datetime, recent: deque[datetime]) -> Iterator[datetime]:
    limit = todays_limit(pace.limits, Action.INVITE, pace.own_hours, opens_at, account_key=pace.account_key)
    today = pace.own_hours.local_day_bounds(opens_at)[0]
    used = sum(1 for use in recent if use >= today)
    moment = max(opens_at, recent[-1] + pace.gap) if recent else opens_at
    while used < limit and moment < ends_at:
        moment = max(moment, spread_moment(used, limit, pace.hours, moment), _first_room(pace.limits, recent, moment))
        if moment >= ends_at:
            return
        yield moment
        recent.append(moment)
        used, moment = used + 1, moment + pace.gap


def _first_room(limits: Limits, recent: deque[datetime], moment: datetime) -> datetime:
    """Return from when on the last 24 hours and the last 7 days have room for one more."""
    while recent and recent[0] <= moment - WEEK:
        recent.popleft()
    weekly, daily = min(limits.invites_per_week, HARD_INVITES_PER_WEEK), limits.eased_per_day(Action.INVITE, moment)
    room = moment
    for limit, window in ((weekly, WEEK), (daily, DAY)):
        if limit <= 0:
            return moment + LONGEST_FORECAST
        if len(recent) >= limit:
            room = max(room, recent[-limit] + window)
    return room
