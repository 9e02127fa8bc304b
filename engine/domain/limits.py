"""Limits and budgets: how many more, and if none, until when and why. Counted from the ledger only."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.domain.easing import eased
from engine.domain.ledger import QUIET_PERIOD, Action
from engine.domain.working_hours import WorkingHours

DAY = timedelta(hours=24)
WEEK = timedelta(days=7)
MONTH = timedelta(days=30)
HARD_CEILING_PER_DAY = {
    Action.INVITE: 100,
    Action.MESSAGE: 100,
    Action.PROFILE_READ: 100,
    Action.WITHDRAW: 100,
    Action.NOTE: 100,
}
"""Not settings. Source: Unipile's provider limits page, 2026-08 (80–100 invitations, about 100 of the rest a day)."""
HARD_INVITES_PER_WEEK = 200
"""Source: Unipile's provider limits page (about 200 a week)."""
FREE_NOTES_PER_MONTH = 3
"""Fewer than the about five that LinkedIn allows free accounts. Source: Unipile's provider limits page."""
GAP_FLOOR_S = 90
WARM_UP_PER_DAY = (5, 8, 11)
"""Invitations a day in the first, second and third week of an account that was not in use."""
LARGEST_DAY_CUT = 0.15
EASED_WORDS = ", fewer than usual because LinkedIn warned"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """An account's limits as set; the hard ceilings hold besides. `warnings`: when LinkedIn warned, oldest first."""

    invites_per_day: int = 15
    invites_per_week: int = 80
    messages_per_day: int = 25
    profile_reads_per_day: int = 40
    withdrawals_per_day: int = 15
    is_paid: bool = False
    warm_up_from: datetime | None = None
    warnings: Mapping[Action, Sequence[datetime]] = field(default_factory=dict)

    def per_day(self, action: Action) -> int:
        """Return the limit for 24 hours as set, under the hard ceiling."""
        chosen = {
            Action.INVITE: self.invites_per_day,
            Action.MESSAGE: self.messages_per_day,
            Action.PROFILE_READ: self.profile_reads_per_day,
            Action.WITHDRAW: self.withdrawals_per_day,
            Action.NOTE: HARD_CEILING_PER_DAY[Action.NOTE],
        }[action]
        return min(chosen, HARD_CEILING_PER_DAY[action])

    def eased_per_day(self, action: Action, now: datetime) -> int:
        """Return the limit for 24 hours after LinkedIn's warnings."""
        return eased(self.per_day(action), self.warnings.get(action, ()), now)


@dataclass(frozen=True, kw_only=True)
class Full:
    """No more of it before `until`."""

    until: datetime
    why: str


@dataclass(frozen=True, kw_only=True)
class DayBudget:
    """Used and allowed on the local calendar day."""

    used: int
    limit: int

    @property
    def left(self) -> int:
        """How many more today."""
        return max(0, self.limit - self.used)


def todays_limit(limits: Limits, action: Action, hours: WorkingHours, now: datetime, *, account_key: str) -> int:
    """Return the limit of the local calendar day: 0–15 % under the one that holds, stable over restarts."""
    limit = limits.eased_per_day(action, now)
    local_day = now.astimezone(ZoneInfo(hours.time_zone)).date()
    if action is Action.INVITE and limits.warm_up_from is not None:
        limit = min(limit, _warm_up(limit, limits.warm_up_from, hours, now))
    return limit - int(limit * LARGEST_DAY_CUT * _fraction(account_key, action, local_day))


def _warm_up(limit: int, since: datetime, hours: WorkingHours, now: datetime) -> int:
    zone = ZoneInfo(hours.time_zone)
    first, today = since.astimezone(zone).date(), now.astimezone(zone).date()
    week = max(0, (today - first).days // 7)
    allowed = WARM_UP_PER_DAY[week] if week < len(WARM_UP_PER_DAY) else limit
    if first == today:
        whole = hours.hours_left_today(hours.local_day_bounds(since)[0])
        if whole:
            allowed = max(1, round(allowed * hours.hours_left_today(since) / whole))
    return allowed


def _fraction(account_key: str, action: Action, day: date) -> float:
    digest = hashlib.sha256(f"{account_key}\x1f{action}\x1f{day.isoformat()}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def day_budget(
    limits: Limits, action: Action, uses: Sequence[datetime], hours: WorkingHours, now: datetime, *, account_key: str
) -> DayBudget:
    """Count the local calendar day. `uses` are sorted moments of the last 30 days at least back to midnight."""
    start, _ = hours.local_day_bounds(now)
    return DayBudget(
        used=_count_since(uses, start, inclusive=True),
        limit=todays_limit(limits, action, hours, now, account_key=account_key),
    )


def budget(
    limits: Limits, action: Action, uses: Sequence[datetime], hours: WorkingHours, now: datetime, *, account_key: str
) -> Full | None:
    """Return None while there is room, else until when there is none and why.

    `uses`: every counted use of the last 30 days, oldest first. Attempts count when they were made.
    """
    if action is Action.NOTE:
        return (
            None
            if limits.is_paid
            else _window_full(
                uses, FREE_NOTES_PER_MONTH, MONTH, now, "the notes of a free account for 30 days are used up"
            )
        )
    words, per_day = _WORDS[action], limits.eased_per_day(action, now)
    eased_words = EASED_WORDS if per_day < limits.per_day(action) else ""
    fulls = [
        _window_full(uses, per_day, DAY, now, f"the limit of {per_day} {words} in 24 hours is reached{eased_words}")
    ]
    today = day_budget(limits, action, uses, hours, now, account_key=account_key)
    if today.left == 0:
        _, tomorrow = hours.local_day_bounds(now)
        fulls.append(Full(until=tomorrow, why=f"today's {today.limit} {words} are used up{eased_words}"))
    if action is Action.INVITE:
        weekly = min(limits.invites_per_week, HARD_INVITES_PER_WEEK)
        fulls.append(_window_full(uses, weekly, WEEK, now, f"the limit of {weekly} invitations in 7 days is reached"))
    found = [f for f in fulls if f is not None]
    return max(found, key=lambda f: f.until) if found else None


_WORDS = {
    Action.INVITE: "invitations",
    Action.MESSAGE: "messages",
    Action.PROFILE_READ: "profile reads",
    Action.WITHDRAW: "withdrawals",
}


def _window_full(uses: Sequence[datetime], limit: int, length: timedelta, now: datetime, why: str) -> Full | None:
    window = length + QUIET_PERIOD  # what was asked for may take effect so much later, and counts from then on
    used = _count_since(uses, now - window, inclusive=False)
    if used < limit:
        return None
    if limit <= 0:
        return Full(until=now + window, why=why)
    return Full(until=uses[len(uses) - limit] + window, why=why)


def _count_since(uses: Sequence[datetime], since: datetime, *, inclusive: bool) -> int:
    if inclusive:
        return sum(1 for u in uses if u >= since)
    return len(uses) - bisect_right(uses, since)
