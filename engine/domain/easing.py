"""Fewer a day for a week after LinkedIn has warned: halved by each warning, then one more every day. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

USAGE_THAT_WARNS = 90
"""Percent of LinkedIn's limit. The API tells of 50 and 75 too, which a careful account passes in an ordinary week."""
EASED_FOR = timedelta(days=7)
ONE_MORE_EVERY = timedelta(days=1)


def eased(limit: int, warnings: Sequence[datetime], now: datetime) -> int:
    """Return a day's limit after warnings, oldest first; one later than `now` is as if it came now.

    Source of halving and of one more a day: additive increase, multiplicative decrease, as for congestion (RFC 5681).
    Warnings of one day count once: they tell of one thing. The clock may have been set back since the newest.
    """
    cap, last = limit, None
    for warned_at in warnings:
        if last is not None and warned_at - last < ONE_MORE_EVERY:
            continue
        cap, last = max(1, _grown(limit, cap, last, warned_at) // 2), warned_at
    return min(limit, _grown(limit, cap, last, max(now, *warnings) if warnings else now))


def _grown(limit: int, cap: int, since: datetime | None, now: datetime) -> int:
    if since is None or now - since >= EASED_FOR:
        return limit
    return min(limit, cap + (now - since) // ONE_MORE_EVERY)
