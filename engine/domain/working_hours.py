"""Working hours: when an account may write, decided by membership of the local wall clock.

A moment is open when its local weekday, date and time of day belong to the window. Nothing here
adds 24 hours to a local time, reads a clock, or falls back to UTC for a zone that isn't known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from engine.errors import UserError

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
END_OF_DAY = time.max
"""Written 24:00: the window lasts until the local day is over."""

SEARCH_HORIZON_DAYS = 400
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_WIDEST_OFFSET = timedelta(hours=26)
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


class UnknownTimeZone(UserError):
    """The time zone isn't in the time zone database."""

    def __init__(self, time_zone: str) -> None:
        super().__init__(
            f"There is no time zone “{time_zone}”.",
            "Write it as area and city, for example Europe/Paris.",
        )
        self.time_zone = time_zone


class BadHours(UserError):
    """The window is empty or its times can't be read."""


@dataclass(frozen=True, kw_only=True)
class WorkingHours:
    """A weekly window in a time zone; build it with `make_hours`, which checks it.

    `days` counts from 0 for Monday. `start` belongs to the window, `end` doesn't. `closed` holds
    local dates without any opening. All moments given and returned are aware; results are UTC.
    """

    time_zone: str
    days: frozenset[int]
    start: time
    end: time
    closed: frozenset[date] = frozenset()

    def is_open(self, at: datetime) -> bool:
        """Return whether writing is allowed at that moment."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        wall = local.time()
        return self.start <= wall and (wall < self.end or self.end == END_OF_DAY) and self.is_working_day(local.date())

    def is_working_day(self, day: date) -> bool:
        """Return whether the local date has an opening by the rule."""
        return day.weekday() in self.days and day not in self.closed

    def next_opening(self, at: datetime) -> datetime | None:
        """Return the first open moment from `at` on (`at` itself when open); None within 400 days."""
        if self.is_open(at):
            return at.astimezone(UTC)
        today = self._local(at).date()
        for ahead in range(-1, SEARCH_HORIZON_DAYS):
            day = today + ahead * _DAY
            if self.is_working_day(day):
                for moment in self._edges(day):
                    if moment > at and self.is_open(moment):
                        return moment
        return None

    def closes_at(self, at: datetime) -> datetime | None:
        """Return when the opening that holds `at` ends; None when closed, or open for 400 days on."""
        if self._never_closes or not self.is_open(at):
            return None
        today = self._local(at).date()
        for ahead in range(SEARCH_HORIZON_DAYS):
            for moment in self._edges(today + ahead * _DAY):
                if moment > at and not self.is_open(moment):
                    return moment
        return None

    def add_working_days(self, from_: datetime, working_days: int) -> datetime | None:
        """Return the same local time so many working days later, moved into the next opening.

        A local time that a clock change skips moves forward; one that comes twice means the first.
        None when there is no opening.
        """
        if not self.days:
            return None
        local = self._local(from_)
        day = local.date()
        left = working_days
        while left > 0:
            day += _DAY
            left -= self.is_working_day(day)
        if day == local.date():
            return self.next_opening(from_)
        return self.next_opening(_utc(day, local.time().replace(fold=0), ZoneInfo(self.time_zone)))

    def local_day_bounds(self, at: datetime) -> tuple[datetime, datetime]:
        """Return the local calendar day of that moment as [start, end) in UTC: 23 to 25 hours, mostly."""
        day = self._local(at).date()
        return self._day_start(day), self._day_start(day + _DAY)

    def hours_left_today(self, at: datetime) -> float:
        """Return the open hours, in real time, from `at` to the end of its local day."""
        end_of_day = self.local_day_bounds(at)[1]
        inside = [m for m in self._edges(self._local(at).date()) if at < m < end_of_day]
        moments = [at, *inside, end_of_day]
        open_time = timedelta()
        for begin, finish in pairwise(moments):
            if self.is_open(begin):
                open_time += finish - begin
        return open_time / timedelta(hours=1)

    @property
    def _never_closes(self) -> bool:
        whole_day = self.start == time.min and self.end == END_OF_DAY
        return whole_day and len(self.days) == len(DAY_NAMES) and not self.closed

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.time_zone))

    def _edges(self, day: date) -> list[datetime]:
        """Return, in order, every moment about that local date at which being open may change."""
        zone = ZoneInfo(self.time_zone)
        walls = [(day, self.start), (day + _DAY, time.min)]
        if self.end != END_OF_DAY:
            walls.append((day, self.end))
        moments = {_utc(on, wall.replace(fold=fold), zone) for on, wall in walls for fold in (0, 1)}
        moments.update(
            change
            for change in _clock_changes(self.time_zone, day)
            if day in (change.astimezone(zone).date(), (change - _SECOND).astimezone(zone).date())
        )
        return sorted(moments)

    def _day_start(self, day: date) -> datetime:
        zone = ZoneInfo(self.time_zone)
        moments = {_utc(day, time(fold=fold), zone) for fold in (0, 1)}
        moments.update(_clock_changes(self.time_zone, day))
        return min(m for m in moments if m.astimezone(zone).date() >= day)


def make_hours(
    time_zone: str,
    days: Iterable[int],
    start: time,
    end: time,
    closed: Iterable[date] = (),
) -> WorkingHours:
    """Return checked working hours; a window can't pass midnight.

    Raises: UnknownTimeZone, BadHours.
    """
    check_time_zone(time_zone)
    chosen = frozenset(days)
    if not chosen or not chosen <= set(range(len(DAY_NAMES))):
        raise BadHours("Working hours need at least one day of the week.", "Choose from mon to sun.")
    if start >= end:
        raise BadHours("Working hours must start before they end.", "For a whole day write 00:00 to 24:00.")
    return WorkingHours(time_zone=time_zone, days=chosen, start=start, end=end, closed=frozenset(closed))


def check_time_zone(time_zone: str) -> None:
    """Raise UnknownTimeZone unless the zone is in the database."""
    try:
        ZoneInfo(time_zone)
    except (OSError, ValueError, LookupError) as error:
        raise UnknownTimeZone(time_zone) from error


def parse_time_of_day(text: str) -> time:
    """Return the time of day written HH:MM; 24:00 is END_OF_DAY. Raises: BadHours."""
    if text == "24:00":
        return END_OF_DAY
    match = _TIME_OF_DAY.fullmatch(text)
    if match is None:
        raise BadHours(f"“{text}” is not a time of day.", "Write it as 09:00, from 00:00 to 24:00.")
    return time(int(match[1]), int(match[2]))


def format_time_of_day(at: time) -> str:
    """Return HH:MM, 24:00 for END_OF_DAY."""
    return "24:00" if at == END_OF_DAY else f"{at:%H:%M}"


def _utc(day: date, wall: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, wall, zone).astimezone(UTC)


@lru_cache(maxsize=4096)
def _clock_changes(time_zone: str, day: date) -> tuple[datetime, ...]:
    """Return the moment about that date at which the zone's offset changes, if there is one.

    The database's transitions aren't public, so the change is found by halving, to the second.
    Two changes within three days could hide each other: no zone has had or plans such a pair
    between 2000 and 2038 (every zone of the database was walked in steps of six hours).
    """
    zone = ZoneInfo(time_zone)
    noon = datetime.combine(day, time(12), UTC)
    before, after = noon - _WIDEST_OFFSET - _DAY / 2, noon + _WIDEST_OFFSET + _DAY / 2
    old = before.astimezone(zone).utcoffset()
    if old == after.astimezone(zone).utcoffset():
        return ()
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return (after,)
