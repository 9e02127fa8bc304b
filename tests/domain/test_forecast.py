"""The forecast of a start: inside the hours, under the limits, later with more people, and exact where it can be."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.forecast import LONGEST_FORECAST, Pace, Rival, invitation_moments, last_invitation
from engine.domain.limits import DAY, WEEK, Limits
from engine.domain.working_hours import END_OF_DAY, WorkingHours, make_hours

MONDAY = datetime(2026, 1, 5, 8, tzinfo=UTC)
HOURS = make_hours("Europe/Paris", range(5), time(9), time(17))
ALWAYS = make_hours("UTC", range(7), time(0), END_OF_DAY)
PACE = Pace(
    hours=HOURS, own_hours=HOURS, limits=Limits(invites_per_day=10, invites_per_week=200), account_key="1",
    uses=(), gap=timedelta(minutes=5), not_before=MONDAY,
)  # fmt: skip
PARIS = ZoneInfo("Europe/Paris")


def local_day(at: datetime | None) -> date:
    assert at is not None
    return at.astimezone(PARIS).date()


def per_day(pace: Pace, count: int) -> list[int]:
    return list(Counter(local_day(m) for m in islice(invitation_moments(pace), count)).values())


def test_nobody_has_no_last_invitation_and_the_first_goes_when_the_hours_open() -> None:
    assert last_invitation(PACE, 0, 1, ()) is None
    assert last_invitation(PACE, 1, 1, ()) == MONDAY


def test_more_than_a_day_holds_goes_on_the_next_working_day_and_not_on_a_closed_one() -> None:
    friday = MONDAY + timedelta(days=4)
    assert local_day(last_invitation(replace(PACE, not_before=friday), 11, 1, ())) == date(2026, 1, 12)
    closed = replace(HOURS, closed=frozenset({date(2026, 1, 12)}))
    pace = replace(PACE, not_before=friday, hours=closed)
    assert local_day(last_invitation(pace, 11, 1, ())) == date(2026, 1, 13)


def test_the_warm_up_slows_the_first_weeks() -> None:
    warming = replace(PACE, limits=replace(PACE.limits, warm_up_from=MONDAY))
    first, second, third = per_day(warming, 60)[1], per_day(warming, 60)[6], per_day(warming, 100)[11]
    assert first <= 5 and second <= 8 and third <= 10 and first < second < third


def test_the_weekly_limit_holds_the_rest_back() -> None:
    pace = replace(PACE, limits=Limits(invites_per_day=10, invites_per_week=12))
    assert local_day(last_invitation(pace, 12, 1, ())) < date(2026, 1, 12)
    assert local_day(last_invitation(pace, 13, 1, ())) >= date(2026, 1, 12)


def test_what_was_used_before_counts() -> None:
    uses = tuple(MONDAY - timedelta(hours=i) for i in range(20, 0, -1))
    pace = replace(PACE, uses=uses, limits=Limits(invites_per_day=10, invites_per_week=20))
    assert last_invitation(pace, 1, 1, ()) >= uses[0] + WEEK  # type: ignore[operator]


@pytest.mark.parametrize("limits", [Limits(invites_per_day=0), Limits(invites_per_day=5, invites_per_week=0)])
def test_a_limit_of_nothing_ends_never(limits: Limits) -> None:
    assert last_invitation(replace(PACE, limits=limits), 1, 1, ()) is None


def test_what_takes_over_three_years_is_not_forecast() -> None:
    assert last_invitation(replace(PACE, limits=Limits(invites_per_day=1)), 1200, 1, ()) is None


def test_a_rival_takes_its_share_and_no_more_than_it_has() -> None:
    alone = last_invitation(PACE, 20, 1, ())
    assert last_invitation(PACE, 20, 1, (Rival(planned=0, weight=1),)) == alone
    assert last_invitation(PACE, 20, 1, (Rival(planned=500, weight=1),)) == last_invitation(PACE, 40, 1, ())
    assert last_invitation(PACE, 20, 2, (Rival(planned=500, weight=1),)) == last_invitation(PACE, 30, 1, ())
    assert last_invitation(PACE, 20, 1, (Rival(planned=7, weight=9),)) == last_invitation(PACE, 27, 1, ())


PACES = st.builds(
    lambda hours, daily, weekly, warm, gap, start, used: Pace(
        hours=hours,
        own_hours=hours,
        limits=Limits(invites_per_day=daily, invites_per_week=weekly, warm_up_from=MONDAY if warm else None),
        account_key="1",
        uses=tuple(sorted(MONDAY + timedelta(minutes=start) - timedelta(hours=h) for h in used)),
        gap=timedelta(minutes=gap),
        not_before=MONDAY + timedelta(minutes=start),
    ),
    hours=st.sampled_from(
        [
            HOURS,
            ALWAYS,
            make_hours("America/Santiago", (0, 2, 5), time(0), time(3)),
            make_hours("Pacific/Apia", range(5), time(22), END_OF_DAY),
            replace(HOURS, closed=frozenset({date(2026, 1, 6), date(2026, 1, 9)})),
            WorkingHours(time_zone="UTC", days=frozenset(), start=time(9), end=time(17)),
        ]
    ),
    daily=st.integers(0, 30),
    weekly=st.integers(0, 90),
    warm=st.booleans(),
    gap=st.integers(2, 40),
    start=st.integers(0, 400 * 24 * 60),
    used=st.lists(st.integers(0, 200), max_size=30),
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(pace=PACES, count=st.integers(1, 120))
def test_every_moment_is_inside_the_hours_and_under_every_limit(pace: Pace, count: int) -> None:
    moments = list(islice(invitation_moments(pace), count))
    assert all(pace.hours.is_open(m) and m >= pace.not_before for m in moments)
    assert all(b - a >= pace.gap for a, b in pairwise(moments))
    every = sorted([*pace.uses, *moments])
    for moment in moments:
        assert sum(1 for m in every if moment - WEEK < m <= moment) <= pace.limits.invites_per_week
        assert sum(1 for m in every if moment - DAY < m <= moment) <= pace.limits.invites_per_day


@settings(derandomize=True, max_examples=60, deadline=None)
@given(pace=PACES, people=st.integers(1, 60), more=st.integers(0, 60), planned=st.integers(0, 60))
def test_more_people_never_end_sooner(pace: Pace, people: int, more: int, planned: int) -> None:
    rivals = (Rival(planned=planned, weight=2),)
    few, many = last_invitation(pace, people, 1, rivals), last_invitation(pace, people + more, 1, rivals)
    assert many is None or (few is not None and few <= many)
    assert few is None or few - pace.not_before < LONGEST_FORECAST + DAY
