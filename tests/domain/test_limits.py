"""Budgets: counted over rolling windows and local days, never above what was set, however the clock stands."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.ledger import QUIET_PERIOD, Action
from engine.domain.limits import (
    DAY,
    FREE_NOTES_PER_MONTH,
    HARD_CEILING_PER_DAY,
    LARGEST_DAY_CUT,
    MONTH,
    WARM_UP_PER_DAY,
    WEEK,
    DayBudget,
    Limits,
    budget,
    day_budget,
    todays_limit,
)
from engine.domain.working_hours import make_hours

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOURS = make_hours("Europe/Paris", range(5), time(9), time(17))
ACTIONS = [Action.INVITE, Action.MESSAGE, Action.PROFILE_READ, Action.WITHDRAW]
USES = st.lists(st.integers(-40 * 24 * 60, 60).map(lambda m: MONDAY + timedelta(minutes=m)), max_size=60).map(sorted)


def full(limits: Limits, action: Action, uses: list[datetime], now: datetime = MONDAY) -> bool:
    return budget(limits, action, uses, HOURS, now, account_key="1") is not None


@settings(derandomize=True, max_examples=300)
@given(uses=USES, action=st.sampled_from(ACTIONS), limit=st.integers(0, 12), weekly=st.integers(0, 30))
def test_the_budget_agrees_with_counting_a_naive_list(
    uses: list[datetime], action: Action, limit: int, weekly: int
) -> None:
    limits = Limits(
        invites_per_day=limit,
        invites_per_week=weekly,
        messages_per_day=limit,
        profile_reads_per_day=limit,
        withdrawals_per_day=limit,
    )
    today, _ = HOURS.local_day_bounds(MONDAY)
    cut = todays_limit(limits, action, HOURS, MONDAY, account_key="1")
    naive = (
        sum(1 for u in uses if u > MONDAY - DAY - QUIET_PERIOD) >= limit or sum(1 for u in uses if u >= today) >= cut
    )
    if action is Action.INVITE:
        naive = naive or sum(1 for u in uses if u > MONDAY - WEEK - QUIET_PERIOD) >= weekly
    assert full(limits, action, uses) == naive


@settings(derandomize=True, max_examples=200)
@given(uses=USES, limit=st.integers(1, 12), weekly=st.integers(1, 30))
def test_at_the_moment_it_names_a_full_budget_has_room_or_names_a_later_one(
    uses: list[datetime], limit: int, weekly: int
) -> None:
    limits = Limits(invites_per_day=limit, invites_per_week=weekly)
    now, found = MONDAY, budget(limits, Action.INVITE, uses, HOURS, MONDAY, account_key="1")
    for _ in range(20):
        if found is None:
            return
        assert found.until > now
        assert found.why
        now = found.until
        found = budget(limits, Action.INVITE, uses, HOURS, now, account_key="1")
    raise AssertionError("the budget never opens again")


@settings(derandomize=True, max_examples=200)
@given(limit=st.integers(0, 500), day=st.integers(0, 2000), key=st.text(max_size=5), action=st.sampled_from(ACTIONS))
def test_the_days_limit_is_at_most_15_percent_below_and_never_above(
    limit: int, day: int, key: str, action: Action
) -> None:
    limits = Limits(
        invites_per_day=limit, messages_per_day=limit, profile_reads_per_day=limit, withdrawals_per_day=limit
    )
    allowed = min(limit, HARD_CEILING_PER_DAY[action])
    now = MONDAY + timedelta(days=day)
    today = todays_limit(limits, action, HOURS, now, account_key=key)
    assert allowed - LARGEST_DAY_CUT * allowed <= today <= allowed
    assert today == todays_limit(limits, action, HOURS, now + timedelta(hours=3), account_key=key)


def test_the_days_limit_differs_from_day_to_day() -> None:
    limits = Limits(messages_per_day=100)
    found = {
        todays_limit(limits, Action.MESSAGE, HOURS, MONDAY + timedelta(days=d), account_key="1") for d in range(30)
    }
    assert len(found) > 5


def test_a_clock_set_back_frees_nothing() -> None:
    uses = [MONDAY + timedelta(hours=h) for h in range(5)]
    limits = Limits(messages_per_day=5)
    assert full(limits, Action.MESSAGE, uses, MONDAY - timedelta(days=30))


def test_hard_ceilings_hold_whatever_is_set() -> None:
    limits = Limits(invites_per_day=10_000, invites_per_week=10_000, messages_per_day=10_000)
    within_a_day = [MONDAY - timedelta(minutes=m) for m in range(100, 0, -1)]
    assert full(limits, Action.INVITE, within_a_day)
    assert full(limits, Action.MESSAGE, within_a_day)
    within_a_week = [MONDAY - timedelta(hours=h / 2) for h in range(300, 100, -1)]
    assert full(limits, Action.INVITE, within_a_week)


@pytest.mark.parametrize("is_paid", [False, True])
def test_a_free_account_has_three_notes_in_30_days(is_paid: bool) -> None:
    uses = [MONDAY - timedelta(days=d) for d in (29, 20, 1)]
    limits = Limits(is_paid=is_paid)
    assert limits.per_day(Action.NOTE) == HARD_CEILING_PER_DAY[Action.NOTE]
    found = budget(limits, Action.NOTE, uses, HOURS, MONDAY, account_key="1")
    if is_paid:
        assert found is None
        return
    assert found is not None
    assert found.until == uses[0] + MONTH + QUIET_PERIOD
    assert budget(limits, Action.NOTE, uses[: FREE_NOTES_PER_MONTH - 1], HOURS, MONDAY, account_key="1") is None


def warm(now: datetime, since: datetime = MONDAY - timedelta(days=1), limit: int = 30) -> int:
    limits = Limits(invites_per_day=limit, warm_up_from=since)
    return max(todays_limit(limits, Action.INVITE, HOURS, now, account_key=str(k)) for k in range(40))


def test_a_new_account_warms_up_week_by_week() -> None:
    weeks = [warm(MONDAY + timedelta(days=7 * w)) for w in range(4)]
    assert weeks[:3] == list(WARM_UP_PER_DAY)
    assert 25 < weeks[3] <= 30
    assert warm(MONDAY, limit=3) == 3
    assert warm(MONDAY - timedelta(days=5)) == WARM_UP_PER_DAY[0]


def test_warming_up_counts_the_hours_left_of_its_first_day() -> None:
    noon = datetime(2026, 1, 5, 14, tzinfo=UTC)
    assert warm(noon, since=noon) == round(5 * 2 / 8)
    late = datetime(2026, 1, 5, 20, tzinfo=UTC)
    assert warm(late, since=late) == 1
    sunday = datetime(2026, 1, 4, 12, tzinfo=UTC)
    assert warm(sunday, since=sunday) == WARM_UP_PER_DAY[0]


def test_warming_up_concerns_invitations_only() -> None:
    limits = Limits(messages_per_day=100, warm_up_from=MONDAY)
    assert todays_limit(limits, Action.MESSAGE, HOURS, MONDAY, account_key="1") >= 85


def test_the_local_day_begins_at_local_midnight() -> None:
    midnight = datetime(2026, 1, 4, 23, tzinfo=UTC)
    limits = Limits(messages_per_day=10)
    uses = [midnight - timedelta(seconds=1), midnight]
    assert day_budget(limits, Action.MESSAGE, uses, HOURS, MONDAY, account_key="1").used == 1


def test_an_overdrawn_day_has_nothing_left() -> None:
    assert DayBudget(used=7, limit=5).left == 0
    assert DayBudget(used=2, limit=5).left == 3


def test_a_limit_of_nothing_says_a_later_moment() -> None:
    found = budget(Limits(messages_per_day=0), Action.MESSAGE, [], HOURS, MONDAY, account_key="1")
    assert found is not None
    assert found.until == MONDAY + DAY + QUIET_PERIOD
