"""Warnings halve a day's limit for a week, however many come, and never raise it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.easing import EASED_FOR, eased

WARNED = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("after", "left"),
    [(timedelta(0), 7), (DAY / 2, 7), (DAY, 8), (3 * DAY, 10), (EASED_FOR - DAY / 24, 13), (EASED_FOR, 15)],
)
def test_a_warning_halves_and_every_day_gives_one_back(after: timedelta, left: int) -> None:
    assert eased(15, [WARNED], WARNED + after) == left


def test_warnings_of_one_day_count_once_and_a_later_one_halves_again() -> None:
    of_a_day = [WARNED, WARNED + DAY / 4, WARNED + DAY / 2]
    assert eased(20, of_a_day, WARNED + DAY / 2) == 10
    assert eased(20, [*of_a_day, WARNED + 2 * DAY], WARNED + 2 * DAY) == 6


def test_one_a_day_is_left_after_any_number_of_warnings() -> None:
    daily = [WARNED + n * DAY for n in range(30)]
    assert eased(2, daily, daily[-1]) == 1


def test_a_clock_set_back_makes_no_limit_whole_again() -> None:
    twice = [WARNED, WARNED + 2 * DAY]
    for back in (DAY / 24, 3 * DAY, 30 * DAY):
        assert eased(20, twice, twice[-1] - back) == eased(20, twice, twice[-1]) == 6


def test_nothing_stays_nothing() -> None:
    assert eased(0, [WARNED], WARNED) == 0


@settings(derandomize=True, max_examples=300)
@given(
    limit=st.integers(0, 100),
    hours=st.lists(st.integers(0, 24 * 40), max_size=30).map(sorted),
    later=st.integers(0, 24 * 50),
)
def test_it_is_never_above_the_limit_and_whole_again_after_a_week(limit: int, hours: list[int], later: int) -> None:
    warnings = [WARNED + timedelta(hours=h) for h in hours]
    now = WARNED + timedelta(hours=later)
    left = eased(limit, warnings, now)
    assert min(limit, 1) <= left <= limit
    if not warnings or now - warnings[-1] >= EASED_FOR + DAY:
        assert left == limit
    elif max(now, warnings[-1]) - warnings[0] < DAY:
        assert left == min(limit, max(1, limit // 2))
