"""Human pace: the gap never under its floor, invitations spread over the day."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.ledger import DeliveryKind
from engine.domain.limits import GAP_FLOOR_S
from engine.domain.pacing import INVITATION_SHARE, SHARE_LOOK_BACK, draw_gap, prefers_invitation, spread_moment
from engine.domain.working_hours import make_hours

HOURS = make_hours("UTC", range(5), time(9), time(17))
OPENING = datetime(2026, 1, 5, 9, tzinfo=UTC)
INVITE, MESSAGE = DeliveryKind.INVITE, DeliveryKind.MESSAGE


@settings(derandomize=True, max_examples=200)
@given(seed=st.integers(0, 10_000), low=st.integers(0, 1000), high=st.integers(0, 1000))
def test_a_gap_lies_in_its_range_and_never_under_the_floor(seed: int, low: int, high: int) -> None:
    gap = draw_gap(Random(seed), low, high).total_seconds()
    assert max(low, GAP_FLOOR_S) <= gap <= max(low, high, GAP_FLOOR_S)
    assert gap == draw_gap(Random(seed), low, high).total_seconds()


@settings(derandomize=True, max_examples=100)
@given(limit=st.integers(1, 60), minute=st.integers(0, 479))
def test_the_days_invitations_have_rising_moments_within_the_opening(limit: int, minute: int) -> None:
    now = OPENING + timedelta(minutes=minute)
    moments = [spread_moment(used, limit, HOURS, now) for used in range(limit + 2)]
    assert moments[0] == OPENING
    assert moments == sorted(moments)
    assert moments[-1] <= OPENING + timedelta(hours=8 * 0.85)


def test_without_a_limit_or_an_opening_there_is_nothing_to_spread() -> None:
    evening = OPENING + timedelta(hours=11)
    assert spread_moment(0, 0, HOURS, OPENING) == OPENING
    assert spread_moment(3, 10, HOURS, evening) == evening


def test_an_invitation_is_preferred_when_the_ten_newest_slots_would_hold_too_few() -> None:
    before = SHARE_LOOK_BACK - 1
    assert not prefers_invitation([MESSAGE] * (before - 1))
    assert prefers_invitation([MESSAGE] * before)
    few = int(INVITATION_SHARE * SHARE_LOOK_BACK)
    assert not prefers_invitation([INVITE] * few + [MESSAGE] * before)
    assert prefers_invitation([INVITE] * (few - 1) + [MESSAGE] * 20 + [INVITE] * 20)
