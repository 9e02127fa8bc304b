"""KEY=VALUE settings of an account, checked all at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from engine.domain.ledger import Action
from engine.domain.limits import GAP_FLOOR_S, HARD_CEILING_PER_DAY, HARD_INVITES_PER_WEEK
from engine.domain.working_hours import DAY_NAMES, check_time_zone, parse_time_of_day
from engine.errors import UserError
from storage.column_types import minute_of, to_ms

Reader = Callable[[str], int | str]
DAY_CEILING = HARD_CEILING_PER_DAY[Action.INVITE]
HOUR_COLUMNS = ("time_zone", "days", "start_minute", "end_minute")
LONGEST_GAP_S = 24 * 3600
_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)


def columns_of(settings: Mapping[str, str], row: Any, now: datetime) -> dict[str, Any]:
    """Return the columns that settings change. Raises: UserError with every problem."""
    columns: dict[str, Any] = {}
    problems = []
    for key, value in settings.items():
        if key not in SETTINGS:
            problems.append(f"there is no setting {key} (there are {', '.join(SETTINGS)})")
            continue
        column, read = SETTINGS[key]
        try:
            columns[column] = read(value)
        except UserError as error:
            problems.append(f"{key}: {error.title}")
        except ValueError as error:
            problems.append(f"{key}: {error}")
    if columns.get("has_warm_up"):
        columns["warm_up_from_ms"] = to_ms(now)
    final = {**row._mapping, **columns}
    if final["gap_min_s"] > final["gap_max_s"]:
        problems.append("gap_min_s is over gap_max_s")
    if final["start_minute"] >= final["end_minute"]:
        problems.append("hours.start is not before hours.end")
    if problems:
        raise UserError("Nothing was changed: " + "; ".join(problems) + ".")
    return columns


def settings_of(row: Any) -> dict[str, str]:
    """Return the settings of a row as texts that `columns_of` takes."""
    return {key: _text_of(key, row._mapping[column]) for key, (column, _) in SETTINGS.items()}


def _text_of(key: str, value: Any) -> str:
    if key in ("hours.start", "hours.end"):
        return f"{value // 60:02}:{value % 60:02}"
    if key in ("warm_up", "paid"):
        return "on" if value else "off"
    return str(value)


def _whole(low: int, high: int) -> Reader:
    def read(text: str) -> int:
        if not _NUMBER.fullmatch(text.strip()) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}, not “{text}”")
        return int(text)

    return read


def _switch(text: str) -> int:
    known = {"on": 1, "yes": 1, "true": 1, "off": 0, "no": 0, "false": 0}
    if text.strip().lower() not in known:
        raise ValueError(f"on or off, not “{text}”")
    return known[text.strip().lower()]


def _zone(text: str) -> str:
    check_time_zone(text.strip())
    return text.strip()


def _days(text: str) -> str:
    days = [d.strip().lower()[:3] for d in text.split(",") if d.strip()]
    if not days or any(d not in DAY_NAMES for d in days):
        raise ValueError(f"days like mon,tue,wed, not “{text}”")
    return ",".join(d for d in DAY_NAMES if d in days)


def _minute(text: str) -> int:
    return minute_of(parse_time_of_day(text.strip()))


SETTINGS: dict[str, tuple[str, Reader]] = {
    "time_zone": ("time_zone", _zone),
    "hours.days": ("days", _days),
    "hours.start": ("start_minute", _minute),
    "hours.end": ("end_minute", _minute),
    "invites_per_day": ("invites_per_day", _whole(0, DAY_CEILING)),
    "invites_per_week": ("invites_per_week", _whole(0, HARD_INVITES_PER_WEEK)),
    "messages_per_day": ("messages_per_day", _whole(0, DAY_CEILING)),
    "profile_reads_per_day": ("profile_reads_per_day", _whole(0, DAY_CEILING)),
    "withdrawals_per_day": ("withdrawals_per_day", _whole(0, DAY_CEILING)),
    "gap_min_s": ("gap_min_s", _whole(GAP_FLOOR_S, LONGEST_GAP_S)),
    "gap_max_s": ("gap_max_s", _whole(GAP_FLOOR_S, LONGEST_GAP_S)),
    "warm_up": ("has_warm_up", _switch),
    "paid": ("is_paid", _switch),
}
