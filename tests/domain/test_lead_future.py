"""What comes next for a lead, in every state that it can be in, and the steps that still come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.enrolment import Act, Ask, Done, Facts, Stage, StepEnd, Wait
from engine.domain.lead_future import Future, coming_steps, future_of
from engine.domain.ledger import Action, DeliveryKind, DeliveryState
from engine.domain.limits import DayBudget, Full
from engine.domain.planner import Head, LaneState, Stop
from engine.domain.sequences import Sequence, Step, StepKind, Variant
from engine.domain.working_hours import make_hours

HOURS = make_hours("Europe/Paris", range(5), time(9), time(17))
NOW = datetime(2026, 1, 6, 13, 20, tzinfo=UTC)  # a Tuesday, 14:20 in Paris
LATER = NOW + timedelta(days=3)  # Friday, 14:20
SATURDAY = NOW + timedelta(days=4)
MONDAY = datetime(2026, 1, 12, 8, tzinfo=UTC)


def step(key: str, kind: str, *texts: str, then: str = "", other: str = "") -> Step:
    variants = tuple(Variant(share=1, text=text) for text in texts)
    return Step(key=key, kind=StepKind(kind), texts=variants, then_key=then, else_key=other)


INVITE, FIRST, SECOND = step("i", "invite", ""), step("m1", "message", "One"), step("m2", "message", "Two")
SEQUENCE = Sequence(steps=(INVITE, FIRST, SECOND))


def head(due_at: datetime, **changes: object) -> Head:
    made = Head(
        delivery_id=1, campaign_id=1, kind=DeliveryKind.MESSAGE, due_at=due_at, hours=HOURS, share=0,
        needs_profile_read=False,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def lane(*heads: Head, stops: tuple[Stop, ...] = (), full: Full | None = None, now: datetime = NOW) -> LaneState:
    return LaneState(
        now=now, stops=stops, not_before=now, full={Action.MESSAGE: full}, heads=heads, recent=(),
        invites_today=DayBudget(limit=15, used=()), reads_today=DayBudget(limit=40, used=0), allowance=timedelta(0),
    )  # fmt: skip


def act(due_at: datetime, key: str = "m2", kind: DeliveryKind = DeliveryKind.MESSAGE) -> Act:
    return Act(step_key=key, kind=kind, due_at=due_at, why="waits 4 days after the message before")


def test_a_step_that_is_not_due_says_when_and_after_what() -> None:
    future = future_of(act(LATER), SEQUENCE, lane(head(LATER)))
    assert (future.step, future.at, future.why) == ("Message 2", LATER, "waits 4 days after the message before")
    assert not future.is_in_turn


def test_a_step_due_outside_hours_waits_for_the_opening() -> None:
    future = future_of(act(SATURDAY), SEQUENCE, lane(head(SATURDAY)))
    assert (future.at, future.why) == (MONDAY, "waits 4 days after the message before, inside working hours")


def test_a_step_whose_turn_it_is_goes_now_or_after_the_gap() -> None:
    assert future_of(act(NOW), SEQUENCE, lane(head(NOW))).is_in_turn
    gap = NOW + timedelta(minutes=6)
    assert future_of(act(NOW), SEQUENCE, replace(lane(head(NOW)), not_before=gap)).at == gap


@pytest.mark.parametrize(
    ("state", "at", "why"),
    [
        (lane(head(NOW), stops=(Stop(why="everything is paused", until=None),)), None, "everything is paused"),
        (lane(head(LATER), stops=(Stop(why="rest", until=NOW + timedelta(hours=1)),)), LATER, "rest"),
        (lane(head(NOW), stops=(Stop(why="rest", until=LATER),)), LATER, "rest"),
        (lane(head(LATER, pause="all")), None, "the campaign is paused"),
        (lane(head(NOW), full=Full(until=LATER, why="25 messages today")), LATER, "25 messages today"),
        (lane(head(NOW, ask_left=3)), None, "waits for your approval"),
    ],
)
def test_what_holds_a_step_is_said_as_the_planner_says_it(state: LaneState, at: datetime | None, why: str) -> None:
    future = future_of(act(state.heads[0].due_at), SEQUENCE, state)
    assert (future.at, future.why, future.is_in_turn) == (at, why, False)


def test_without_a_planned_row_only_the_due_moment_is_known() -> None:
    assert future_of(act(LATER), SEQUENCE, None).at == LATER
    assert future_of(act(LATER), SEQUENCE, lane()).at == LATER
    assert future_of(act(LATER, "i:withdraw", DeliveryKind.WITHDRAW), SEQUENCE, None).step == "Withdrawal"


@pytest.mark.parametrize(
    ("action", "future"),
    [
        (None, Future()),
        (Wait(until=LATER, why="LinkedIn is being read"), Future(at=LATER, why="LinkedIn is being read")),
        (Ask(why="was the message sent?"), Future(why="was the message sent?")),
        (Done(stage=Stage.RESPONDED, why="they answered"), Future(why="they answered")),
    ],
)
def test_whatever_sends_nothing_has_no_step(action: object, future: Future) -> None:
    assert future_of(action, SEQUENCE, None) == future  # type: ignore[arg-type]


def keys(facts: Facts, sequence: Sequence = SEQUENCE) -> list[tuple[str, bool]]:
    return [(coming.step.key, coming.is_if_accepted) for coming in coming_steps(facts, sequence)]


def facts(**changes: object) -> Facts:
    return replace(Facts(started_at=NOW), **changes)  # type: ignore[arg-type]


def sent(*done: str) -> dict[str, StepEnd]:
    return {key: StepEnd(how=DeliveryState.SENT, at=NOW) for key in done}


def test_coming_steps_of_every_stage() -> None:
    assert keys(facts()) == [("i", False), ("m1", True), ("m2", True)]
    assert keys(facts(invited_at=NOW, ended=sent("i"))) == [("m1", True), ("m2", True)]
    connected = facts(invited_at=NOW, connected_at=NOW, ended=sent("i", "m1"))
    assert keys(connected) == [("m2", False)]
    assert keys(replace(connected, ended=sent("i", "m1", "m2"))) == []


@pytest.mark.parametrize("fact", ["replied_at", "excluded_at", "withdrawn_at", "hand_wrote_at"])
def test_nothing_comes_after_an_end(fact: str) -> None:
    assert keys(facts(**{fact: NOW})) == []


def test_a_branch_is_followed_as_if_they_accept() -> None:
    branch = step("b", "branch", then="m1", other="m2")
    inviting = Sequence(steps=(INVITE, step("w", "withdraw"), branch, FIRST, SECOND))
    assert keys(facts(), inviting) == [("i", False), ("m1", True), ("m2", True)]
    plain = Sequence(steps=(step("v", "visit"), branch, FIRST, SECOND))
    assert keys(facts(), plain) == [("v", False), ("m2", False)]
    assert keys(facts(connected_at=NOW), plain) == [("v", False), ("m1", False), ("m2", False)]


def test_a_branch_that_leads_back_ends_the_list() -> None:
    branch = step("b", "branch", then="v", other="v")
    assert keys(facts(), Sequence(steps=(step("v", "visit"), branch))) == [("v", False)]


@given(st.sets(st.sampled_from(["i", "m1", "m2"])), st.booleans())
def test_no_ended_step_ever_comes_again(done: set[str], is_connected: bool) -> None:
    found = coming_steps(facts(ended=sent(*done), connected_at=NOW if is_connected else None), SEQUENCE)
    assert done.isdisjoint(coming.step.key for coming in found)
