"""Human pace: the random gap between two writes, and invitations spread over the day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from engine.domain.ledger import DeliveryKind
from engine.domain.limits import GAP_FLOOR_S
from engine.domain.working_hours import WorkingHours

SPREAD_OVER = 0.85
"""Share of the working day over which the day's invitations are spread; the rest is room for follow-ups."""
INVITATION_SHARE = 0.3
"""Invitations keep at least this share of the slots while they wait."""
SHARE_LOOK_BACK = 10


def draw_gap(rng: Random, gap_min_s: int, gap_max_s: int) -> timedelta:
    """Draw the gap after a write, in engine time; never under the floor of 90 s."""
    low = max(gap_min_s, GAP_FLOOR_S)
    return timedelta(seconds=rng.uniform(low, max(low, gap_max_s)))


def spread_moment(used_today: int, limit_today: int, hours: WorkingHours, now: datetime) -> datetime:
    """Return the moment from which the next invitation fits the day's spread.

    Catching up is left to the gap: a moment in the past means "now".
    """
    opened_at, closes_at = hours.next_opening(hours.local_day_bounds(now)[0]), hours.closes_at(now)
    if opened_at is None or closes_at is None or limit_today <= 0:
        return now
    return opened_at + (closes_at - opened_at) * (SPREAD_OVER * min(used_today, limit_today) / limit_today)


def prefers_invitation(recent: Sequence[DeliveryKind]) -> bool:
    """Whether the next slot and the nine before it would hold too few invitations (newest first)."""
    before = recent[: SHARE_LOOK_BACK - 1]
    if len(before) < SHARE_LOOK_BACK - 1:
        return False
    return sum(1 for kind in before if kind is DeliveryKind.INVITE) < INVITATION_SHARE * SHARE_LOOK_BACK
