"""Working hours against a minute-by-minute reading of the local wall clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.working_hours import (
    END_OF_DAY,
    BadHours,
    UnknownTimeZone,
    WorkingHours,
    format_time_of_day,
    make_hours,
    parse_time_of_day,
)

OFFICE_DAYS = range(5)
MINUTE = timedelta(minutes=1)
ODD_ZONES = [
    "Europe/Paris",
    "America/New_York",
    "America/Santiago",
    "Asia/Beirut",
    "Africa/Cairo",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Atlantic/Azores",
    "America/Havana",
    "Pacific/Chatham",
]


def office(time_zone: str = "Europe/Paris", **changes: object) -> WorkingHours:
    values: dict[str, object] = {"days": OFFICE_DAYS, "start": time(9), "end": time(17), "closed": ()}
    return make_hours(time_zone, **{**values, **changes})  # type: ignore[arg-type]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@st.composite
def hours_and_moment(draw: st.DrawFn) -> tuple[WorkingHours, datetime]:
    zone = draw(st.sampled_from(ODD_ZONES) | st.sampled_from(sorted(available_timezones())))
    begin = draw(st.integers(0, 95))
    end = draw(st.integers(begin + 1, 96))
    moment = draw(
        st.sampled_from([
            utc("2026-03-28T22:00"), utc("2026-10-24T20:00"), utc("2026-11-01T03:00"), utc("2026-03-08T03:00"),
            utc("2011-12-29T20:00"), utc("2026-04-04T22:00"), utc("2026-09-05T20:00"), utc("2025-04-24T18:00"),
        ])
        | st.datetimes(datetime(2005, 1, 1), datetime(2037, 1, 1)).map(lambda d: d.replace(tzinfo=UTC))
    )  # fmt: skip
    moment = moment.replace(second=0, microsecond=0) + MINUTE * draw(st.integers(0, 600))
    near = [moment.date() + timedelta(days=ahead) for ahead in range(-1, 4)]
    hours = make_hours(
        zone,
        draw(st.sets(st.integers(0, 6), min_size=1)),
        time(begin // 4, begin % 4 * 15),
        END_OF_DAY if end == 96 else time(end // 4, end % 4 * 15),
        draw(st.sets(st.sampled_from(near))),
    )
    return hours, moment


def brute_open(hours: WorkingHours, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(hours.time_zone))
    minutes = local.hour * 60 + local.minute
    end = 24 * 60 if hours.end == END_OF_DAY else hours.end.hour * 60 + hours.end.minute
    is_inside = hours.start.hour * 60 + hours.start.minute <= minutes < end
    return is_inside and local.weekday() in hours.days and local.date() not in hours.closed


@settings(max_examples=60, deadline=None)
@given(hours_and_moment())
def test_agrees_with_brute_force(case: tuple[WorkingHours, datetime]) -> None:
    hours, at = case
    walk = [at + MINUTE * step for step in range(3 * 24 * 60)]
    is_open = [brute_open(hours, moment) for moment in walk]
    assert hours.is_open(at) is is_open[0]

    opening = hours.next_opening(at)
    expected = next((m for m, inside in zip(walk, is_open, strict=True) if inside), None)
    assert opening == expected if expected else opening is None or opening > walk[-1]

    closing = hours.closes_at(at)
    expected = next((m for m, inside in zip(walk, is_open, strict=True) if not inside), None)
    if not is_open[0]:
        assert closing is None
    else:
        assert closing == expected if expected else closing is None or closing > walk[-1]

    zone = ZoneInfo(hours.time_zone)
    today = at.astimezone(zone).date()
    begin, end = hours.local_day_bounds(at)
    assert begin <= at < end
    assert begin.astimezone(zone).date() == today != (begin - MINUTE).astimezone(zone).date()
    assert end.astimezone(zone).date() > today == (end - MINUTE).astimezone(zone).date()
    rest = sum(inside for m, inside in zip(walk, is_open, strict=True) if m < end)
    assert hours.hours_left_today(at) == pytest.approx(rest / 60)


@settings(max_examples=60, deadline=None)
@given(hours_and_moment(), st.integers(0, 30))
def test_working_days_are_counted_in_the_zone(case: tuple[WorkingHours, datetime], count: int) -> None:
    hours, at = case
    due = hours.add_working_days(at, count)
    zone = ZoneInfo(hours.time_zone)
    assert due is not None
    assert hours.is_open(due)
    begin, end = at.astimezone(zone).date(), due.astimezone(zone).date()
    passed = [begin + timedelta(days=n) for n in range(1, (end - begin).days + 1)]
    assert sum(hours.is_working_day(day) for day in passed) >= count
    assert due >= at


def test_closes_for_lunch_never_and_opens_again_on_monday() -> None:
    hours = office()
    friday = utc("2026-01-09T15:59")
    assert hours.is_open(friday)
    assert hours.next_opening(friday) == friday
    assert hours.closes_at(friday) == utc("2026-01-09T16:00")
    assert not hours.is_open(utc("2026-01-09T16:00"))
    assert hours.next_opening(utc("2026-01-09T16:00")) == utc("2026-01-12T08:00")
    assert hours.hours_left_today(utc("2026-01-09T15:30")) == 0.5


def test_closed_days_have_no_opening() -> None:
    hours = office(closed=[date(2026, 1, 12)])
    assert hours.next_opening(utc("2026-01-09T16:00")) == utc("2026-01-13T08:00")
    assert hours.add_working_days(utc("2026-01-09T10:00"), 1) == utc("2026-01-13T10:00")


def test_no_opening_within_the_horizon_is_none() -> None:
    every_day = [date(2026, 1, 1) + timedelta(days=n) for n in range(500)]
    assert office(closed=every_day).next_opening(utc("2026-01-05T10:00")) is None
    never = WorkingHours(time_zone="UTC", days=frozenset(), start=time(9), end=time(17))
    assert never.add_working_days(utc("2026-01-05T10:00"), 3) is None


def test_open_round_the_clock_never_closes() -> None:
    hours = make_hours("UTC", range(7), time(0), END_OF_DAY)
    assert hours.closes_at(utc("2026-01-05T10:00")) is None


def test_a_working_day_over_a_clock_change_keeps_the_local_time() -> None:
    assert office().add_working_days(utc("2026-03-27T09:00"), 1) == utc("2026-03-30T08:00")


def test_working_days_after_hours_wait_for_the_next_opening() -> None:
    assert office().add_working_days(utc("2026-01-05T19:00"), 1) == utc("2026-01-07T08:00")
    assert office().add_working_days(utc("2026-01-05T19:00"), 0) == utc("2026-01-06T08:00")


def test_a_skipped_local_time_moves_forward() -> None:
    nightly = make_hours("Europe/Paris", range(7), time(0), time(6))
    assert nightly.add_working_days(utc("2026-03-28T01:30"), 1) == utc("2026-03-29T01:30")


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../etc/passwd", "/etc/localtime", "Europe", "a\0b", "UTC+1" * 60])
def test_unknown_zones_are_said(zone: str) -> None:
    with pytest.raises(UnknownTimeZone) as caught:
        office(zone)
    assert caught.value.time_zone == zone


@pytest.mark.parametrize(
    "changes", [{"days": []}, {"days": [7]}, {"start": time(17)}, {"start": time(18)}, {"days": [-1]}]
)
def test_empty_windows_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadHours):
        office(**changes)


@settings(deadline=None)
@given(st.integers(0, 24 * 60))
def test_times_of_day_round_trip(minutes: int) -> None:
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    assert format_time_of_day(parse_time_of_day(text)) == text


@pytest.mark.parametrize("text", ["", "9:00", "25:00", "24:01", "09:60", "09:00:00", "٠٩:٠٠", "09:00\n"])
def test_bad_times_of_day_are_refused(text: str) -> None:
    with pytest.raises(BadHours):
        parse_time_of_day(text)
