"""When an account, or one of its actions, stops by itself, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.domain.breaker import ALL_WRITES, Opening, after_write, limit_pause, read_pause
from engine.errors import Cause

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def opened(cause: Cause = Cause.NONE, **more: Any) -> Opening | None:
    plain: dict[str, Any] = {"level": 0, "unknowns_in_a_row": 0, "refusals_in_a_row": 0, "retry_after": None}
    return after_write(cause=cause, action="invite", now=NOW, **{**plain, **more})


@pytest.mark.parametrize("cause", [Cause.RATE, Cause.LIMIT])
def test_a_limit_stops_its_action_for_four_hours_doubling_to_72(cause: Cause) -> None:
    pauses = []
    for level in range(8):
        found = opened(cause, level=level)
        assert found is not None
        assert (found.action, found.level) == ("invite", level + 1)
        assert found.why
        pauses.append((found.until - NOW) / HOUR)
    assert pauses == [4, 8, 16, 32, 64, 72, 72, 72]
    assert limit_pause(10**6) == 72 * HOUR


def test_a_longer_wish_of_the_provider_counts_and_a_shorter_one_does_not() -> None:
    long, short = (opened(Cause.RATE, retry_after=h * HOUR) for h in (10, 1))
    assert long is not None
    assert short is not None
    assert (long.until - NOW, short.until - NOW) == (10 * HOUR, 4 * HOUR)


def test_three_unknown_answers_stop_all_writes_for_an_hour() -> None:
    assert opened(unknowns_in_a_row=2) is None
    found = opened(unknowns_in_a_row=3)
    assert found is not None
    assert (found.action, found.until) == (ALL_WRITES, NOW + HOUR)


def test_five_refused_people_stop_all_writes() -> None:
    assert opened(refusals_in_a_row=4) is None
    found = opened(refusals_in_a_row=5)
    assert found is not None
    assert (found.action, found.until) == (ALL_WRITES, NOW + 4 * HOUR)


def test_a_good_answer_opens_nothing() -> None:
    assert all(opened(c) is None for c in Cause if c not in (Cause.RATE, Cause.LIMIT))


def test_a_kind_of_read_pauses_ten_minutes_doubling_to_an_hour() -> None:
    assert [read_pause(level) // timedelta(minutes=1) for level in (0, 1, 2, 3, 99)] == [10, 20, 40, 60, 60]
