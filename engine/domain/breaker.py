"""When an account, or one kind of its actions, stops by itself, and for how long. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.errors import Cause

ALL_WRITES = "write"
OF_ONE_ACTION = (Cause.RATE, Cause.LIMIT)
REFUSALS_IN_A_ROW = 5
"""Refusals on different leads, or of the account. Source: Unipile's account lifecycle page (they disconnect it)."""
UNKNOWNS_IN_A_ROW = 3
FIRST_LIMIT_PAUSE = timedelta(hours=4)
LONGEST_LIMIT_PAUSE = timedelta(hours=72)
UNKNOWN_PAUSE = timedelta(hours=1)
FIRST_READ_PAUSE = timedelta(minutes=10)
LONGEST_READ_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Stop `action` (or all writes) until `until`."""

    action: str
    until: datetime
    why: str
    level: int


def after_write(
    *,
    cause: Cause,
    action: str,
    level: int,
    unknowns_in_a_row: int,
    refusals_in_a_row: int,
    retry_after: timedelta | None,
    now: datetime,
) -> Opening | None:
    """Return what an attempt's outcome opens. `level`: how often in a row that of `stopped_by` was opened."""
    if cause in OF_ONE_ACTION:
        pause = max(limit_pause(level), retry_after or timedelta())
        words = (
            "LinkedIn takes no more requests for now"
            if cause is Cause.RATE
            else "LinkedIn says that its limit is reached"
        )
        return Opening(action=action, until=now + pause, why=words, level=level + 1)
    if unknowns_in_a_row >= UNKNOWNS_IN_A_ROW:
        return Opening(
            action=ALL_WRITES, until=now + UNKNOWN_PAUSE, why="three answers in a row did not come", level=level
        )
    if refusals_in_a_row >= REFUSALS_IN_A_ROW:
        return Opening(
            action=ALL_WRITES,
            until=now + limit_pause(level),
            why="LinkedIn refused five sends in a row",
            level=level + 1,
        )
    return None


def stopped_by(cause: Cause, action: str) -> str:
    """Return what an outcome of this cause stops, if it stops anything."""
    return action if cause in OF_ONE_ACTION else ALL_WRITES


def limit_pause(level: int) -> timedelta:
    """Return 4 hours, doubling to 72."""
    return min(FIRST_LIMIT_PAUSE * (1 << min(level, 10)), LONGEST_LIMIT_PAUSE)


def read_pause(level: int) -> timedelta:
    """Return the pause of one kind of read after a 429: 10 minutes, doubling to an hour."""
    return min(FIRST_READ_PAUSE * (1 << min(level, 10)), LONGEST_READ_PAUSE)
