"""The earliest moment of each step, by the scheduler's own rules."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.domain.sequences import Delay, DelayUnit, Sequence, Step, StepKind
from engine.domain.step_times import Assumed, step_times
from engine.domain.working_hours import make_hours

FRIDAY_EVENING = datetime(2026, 1, 9, 20, tzinfo=UTC)
MONDAY = datetime(2026, 1, 12, 9, tzinfo=UTC)
HOURS = make_hours("Europe/London", range(5), time(9), time(17))


def step(key: str, kind: str, amount: int = 0, unit: str = "d", then: str = "", other: str = "") -> Step:
    wait = Delay(amount=amount, unit=DelayUnit(unit))
    return Step(key=key, kind=StepKind(kind), wait=wait, then_key=then, else_key=other)


PLAIN = Sequence(steps=(step("i", "invite"), step("m1", "message", 1, "wd"), step("m2", "message", 4)))


def test_an_invitation_waits_for_the_opening_and_messages_follow_an_acceptance_that_day() -> None:
    times = step_times(PLAIN, HOURS, FRIDAY_EVENING)
    assert times["i"].at == MONDAY
    assert times["m1"].at == MONDAY + timedelta(days=1)
    assert times["m2"].at == MONDAY + timedelta(days=7)  # four days on is a Saturday
    assert not times["i"].is_after_invitation
    assert times["m1"].is_after_invitation
    assert {t.assumed for key, t in times.items() if key[0] == "m"} == {Assumed.ACCEPTS}


def test_a_withdrawal_is_timed_for_somebody_who_never_accepts() -> None:
    sequence = Sequence(steps=(step("i", "invite"), step("w", "withdraw", 21), step("m", "message")))
    times = step_times(sequence, HOURS, MONDAY)
    assert times["w"].at == MONDAY + timedelta(days=21)
    assert times["w"].assumed is Assumed.NEVER_ACCEPTS
    assert times["m"].assumed is Assumed.ACCEPTS


def test_a_step_for_the_connected_is_timed_for_them() -> None:
    branch = step("b", "branch", then="c", other="v")
    sequence = Sequence(steps=(branch, step("c", "message"), step("v", "visit")))
    times = step_times(sequence, HOURS, MONDAY)
    assert times["c"].assumed is Assumed.CONNECTED
    assert times["v"].assumed is Assumed.ACCEPTS


def test_hours_that_never_open_give_no_moment() -> None:
    days = [(MONDAY + timedelta(days=n)).date() for n in range(450)]
    closed = make_hours("Europe/London", [0], time(9), time(17), days)
    assert step_times(Sequence(steps=PLAIN.steps[:1]), closed, MONDAY) == {}


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)))
def test_every_moment_is_in_the_hours_and_in_order(now: datetime) -> None:
    times = step_times(PLAIN, HOURS, now)
    moments = [times[key].at for key in ("i", "m1", "m2")]
    assert moments == sorted(moments)
    assert all(HOURS.is_open(at) and at >= now for at in moments)
