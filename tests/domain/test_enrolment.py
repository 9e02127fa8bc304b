"""The stage that facts imply, and what comes next, for every kind of step and every fact."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.approvals import ApprovalState
from engine.domain.enrolment import (
    Act,
    Ask,
    Done,
    Facts,
    OpenRow,
    Stage,
    StepEnd,
    Wait,
    current_step,
    delay_words,
    messages_sent,
    next_action,
    noun,
    stage_of,
    steps_ended,
    withdrawal_key,
)
from engine.domain.ledger import DeliveryKind, DeliveryState
from engine.domain.sequences import Delay, DelayUnit, Sequence, Step, StepKind, Variant
from engine.domain.working_hours import END_OF_DAY, make_hours

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOURS = make_hours("Europe/London", range(5), time(9), time(17))
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SENT, SKIPPED = DeliveryState.SENT, DeliveryState.SKIPPED


def delay(text: str) -> Delay:
    digits = text.rstrip("mhdw")
    return Delay(amount=int(digits), unit=DelayUnit(text[len(digits) :]))


def step(key: str, kind: str, wait: str = "0m", **more: Any) -> Step:
    return Step(key=key, kind=StepKind(kind), wait=delay(wait), texts=(Variant(share=1, text="x"),), **more)


INVITE = step("i", "invite", accept_within=delay("5d"))
PLAIN = Sequence(steps=(INVITE, step("m1", "message", "1d"), step("m2", "message", "2d")))
BRANCHED = Sequence(
    steps=(
        step("v", "visit"),
        step("b", "branch", on="connected", then_key="m", else_key="i"),
        INVITE,
        step("m", "message", "1h"),
    )
)
WITHDRAWING = Sequence(steps=(INVITE, step("w", "withdraw", "3d"), step("m", "message")))


def facts(**known: Any) -> Facts:
    ended = {k: StepEnd(how=SENT, at=at) for k, at in known.pop("sent", {}).items()}
    ended |= {k: StepEnd(how=SKIPPED, at=at) for k, at in known.pop("skipped", {}).items()}
    return Facts(started_at=MONDAY, ended=ended, **known)


def open_row(state: str, kind: str = "message", **more: Any) -> OpenRow:
    return OpenRow(kind=DeliveryKind(kind), state=DeliveryState(state), **more)


BY_PRECEDENCE: list[tuple[Stage, dict[str, Any]]] = [
    (Stage.RESPONDED, {"replied_at": MONDAY}),
    (Stage.NEEDS_ATTENTION, {"attention_why": "decide"}),
    (Stage.EXCLUDED, {"excluded_at": MONDAY, "excluded_why": "locked"}),
    (Stage.WITHDRAWN, {"withdrawn_at": MONDAY}),
    (Stage.COMPLETED, {"connected_at": MONDAY, "sent": {"m1": MONDAY, "m2": MONDAY}}),
    (Stage.MESSAGED, {"connected_at": MONDAY, "sent": {"m1": MONDAY}}),
    (Stage.CONNECTED, {"connected_at": MONDAY}),
    (Stage.INVITE_SENT, {"invited_at": MONDAY, "sent": {"i": MONDAY}}),
    (Stage.PENDING_INVITE, {}),
]


@pytest.mark.parametrize("place", range(len(BY_PRECEDENCE)))
def test_a_stronger_stage_hides_every_weaker_one(place: int) -> None:
    for weaker in range(place, len(BY_PRECEDENCE)):
        known = {**BY_PRECEDENCE[weaker][1], **BY_PRECEDENCE[place][1]}
        assert stage_of(facts(**known), PLAIN) is BY_PRECEDENCE[place][0]


def test_a_question_needs_attention() -> None:
    assert stage_of(facts(open_row=open_row("human")), PLAIN) is Stage.NEEDS_ATTENTION
    assert stage_of(facts(open_row=open_row("unknown")), PLAIN) is Stage.PENDING_INVITE


def test_the_first_step_is_due_from_the_start() -> None:
    action = next_action(facts(), PLAIN, HOURS)
    assert action == Act(step_key="i", kind=DeliveryKind.INVITE, due_at=MONDAY, why="it is next in line")


def test_an_open_invitation_is_withdrawn_when_its_time_is_over() -> None:
    action = next_action(facts(invited_at=MONDAY + HOUR, sent={"i": MONDAY + HOUR}), PLAIN, HOURS)
    assert isinstance(action, Act)
    assert (action.step_key, action.kind) == (withdrawal_key("i"), DeliveryKind.WITHDRAW)
    assert action.due_at == MONDAY + HOUR + 5 * DAY


def test_a_withdraw_step_after_the_invitation_sets_its_own_time() -> None:
    action = next_action(facts(invited_at=MONDAY, sent={"i": MONDAY}), WITHDRAWING, HOURS)
    assert isinstance(action, Act)
    assert (action.step_key, action.due_at) == ("w", MONDAY + 3 * DAY)


def test_a_withdrawal_that_was_skipped_leaves_the_invitation_open() -> None:
    known = {"invited_at": MONDAY, "sent": {"i": MONDAY}, "skipped": {"i:withdraw": MONDAY + 5 * DAY}}
    assert isinstance(next_action(facts(**known), PLAIN, HOURS), Done)
    later = next_action(facts(**known, connected_at=MONDAY + 9 * DAY), PLAIN, HOURS)
    assert isinstance(later, Act)
    assert later.step_key == "m1"


def test_acceptance_leads_to_the_message_after_its_wait() -> None:
    connected_at = MONDAY + 2 * DAY
    action = next_action(facts(invited_at=MONDAY, connected_at=connected_at, sent={"i": MONDAY}), PLAIN, HOURS)
    assert isinstance(action, Act)
    assert (action.step_key, action.due_at) == ("m1", connected_at + DAY)
    assert action.why == "waits one day after acceptance"


def test_somebody_already_connected_needs_no_invitation_and_waits_from_the_start() -> None:
    action = next_action(facts(connected_at=MONDAY - 900 * DAY, was_connected=True), PLAIN, HOURS)
    assert isinstance(action, Act)
    assert (action.step_key, action.due_at) == ("m1", MONDAY + DAY)


def test_a_second_message_waits_from_the_first() -> None:
    known = facts(connected_at=MONDAY, sent={"m1": MONDAY + DAY})
    action = next_action(known, PLAIN, HOURS)
    assert isinstance(action, Act)
    assert (action.step_key, action.due_at) == ("m2", MONDAY + 3 * DAY)
    assert action.why == "waits 2 days after the message before"
    assert (messages_sent(known, PLAIN), steps_ended(known, PLAIN)) == (1, 2)


def test_a_skipped_message_counts_as_ended_and_not_as_sent() -> None:
    known = facts(connected_at=MONDAY, skipped={"m1": MONDAY})
    assert (messages_sent(known, PLAIN), steps_ended(known, PLAIN)) == (0, 2)
    assert stage_of(known, PLAIN) is Stage.CONNECTED


def test_a_skipped_invitation_goes_on_with_the_next_step() -> None:
    found = current_step(facts(skipped={"i": MONDAY}), PLAIN)
    assert found is not None
    assert found[0].key == "m1"


def test_the_end_is_done() -> None:
    known = facts(connected_at=MONDAY, sent={"m1": MONDAY, "m2": MONDAY})
    assert next_action(known, PLAIN, HOURS) == Done(stage=Stage.COMPLETED, why="every step has been carried out")
    assert current_step(known, PLAIN) is None


@pytest.mark.parametrize(("known", "key"), [({"connected_at": MONDAY}, "m"), ({}, "i")])
def test_a_branch_goes_by_connection_at_once(known: dict[str, Any], key: str) -> None:
    action = next_action(facts(sent={"v": MONDAY + HOUR}, **known), BRANCHED, HOURS)
    assert isinstance(action, Act)
    assert action.step_key == key


def test_words_name_what_a_step_waits_for() -> None:
    early = Sequence(steps=(step("v", "visit", "2h"), step("m", "message", "30m"), step("n", "message", "1wd")))
    assert [
        next_action(facts(sent=sent), early, HOURS).why for sent in ({}, {"v": MONDAY}, {"v": MONDAY, "m": MONDAY})
    ] == [
        "waits 2 hours after the start",
        "waits 30 minutes after the profile visit before",
        "waits one working day after the message before",
    ]
    after_branch = Sequence(steps=(*BRANCHED.steps[:2], step("i", "message", "1d"), step("m", "message")))
    assert "the step before" in next_action(facts(sent={"v": MONDAY}), after_branch, HOURS).why
    assert (noun(DeliveryKind.WITHDRAW), delay_words(delay("3wd"))) == ("withdrawal", "3 working days")


def test_a_withdraw_step_without_an_open_invitation_is_carried_out_in_its_turn() -> None:
    sequence = Sequence(steps=(step("v", "visit"), step("w", "withdraw", "1d")))
    action = next_action(facts(sent={"v": MONDAY}), sequence, HOURS)
    assert isinstance(action, Act)
    assert (action.kind, action.due_at) == (DeliveryKind.WITHDRAW, MONDAY + DAY)
    assert current_step(facts(sent={"v": MONDAY}, connected_at=MONDAY), sequence) is None


def test_working_days_are_counted_in_the_calendar_from_the_fact() -> None:
    sequence = Sequence(steps=(INVITE, step("m", "message", "2wd")))
    friday = datetime(2026, 1, 9, 16, tzinfo=UTC)
    action = next_action(facts(connected_at=friday), sequence, HOURS)
    assert isinstance(action, Act)
    assert action.due_at == datetime(2026, 1, 13, 16, tzinfo=UTC)
    none = Sequence(steps=(INVITE, step("m", "message", "0wd")))
    assert next_action(facts(connected_at=friday), none, HOURS).due_at == friday  # type: ignore[union-attr]


def test_working_days_without_any_opening_fall_back_to_days() -> None:
    closed = replace(HOURS, days=frozenset(), end=END_OF_DAY)
    action = next_action(
        facts(connected_at=MONDAY, sent={"m1": MONDAY}),
        Sequence(steps=(INVITE, step("m1", "message"), step("m2", "message", "2wd"))),
        closed,
    )
    assert isinstance(action, Act)
    assert action.due_at == MONDAY + 2 * DAY


SETTLED: list[tuple[dict[str, Any], Any]] = [
    ({"open_row": open_row("unknown", next_look_at=MONDAY)}, Wait),
    ({"replied_at": MONDAY, "open_row": open_row("unknown")}, Wait),
    ({"replied_at": MONDAY, "open_row": open_row("human")}, Done),
    ({"open_row": open_row("human")}, Ask),
    ({"open_row": open_row("human", reason="was it sent?")}, Ask),
    ({"attention_why": "decide"}, Ask),
    ({"excluded_at": MONDAY, "excluded_why": "locked"}, Done),
    ({"withdrawn_at": MONDAY}, Done),
    ({"hand_wrote_at": MONDAY}, Ask),
    ({"hand_wrote_at": MONDAY, "connected_at": MONDAY, "sent": {"m1": MONDAY, "m2": MONDAY}}, Done),
    ({"open_row": open_row("claimed")}, Act),
]


@pytest.mark.parametrize(("known", "kind"), SETTLED)
def test_what_is_settled_comes_before_the_plan(known: dict[str, Any], kind: type) -> None:
    action = next_action(facts(**known), PLAIN, HOURS)
    assert isinstance(action, kind)
    assert action.why


def test_a_row_that_is_unknown_names_the_next_look() -> None:
    action = next_action(facts(open_row=open_row("unknown", "invite", next_look_at=MONDAY + HOUR)), PLAIN, HOURS)
    assert isinstance(action, Wait)
    assert action.until == MONDAY + HOUR
    assert "invitation" in action.why


MOMENTS = st.integers(0, 90 * 24).map(lambda hours: MONDAY + timedelta(hours=hours))
FACTS = st.builds(
    facts,
    invited_at=st.none() | MOMENTS,
    connected_at=st.none() | MOMENTS,
    withdrawn_at=st.none() | MOMENTS,
    replied_at=st.none() | MOMENTS,
    hand_wrote_at=st.none() | MOMENTS,
    excluded_at=st.none() | MOMENTS,
    attention_why=st.sampled_from(["", "decide"]),
    open_row=st.none() | st.sampled_from(["claimed", "sending", "unknown", "human"]).map(open_row),
    sent=st.dictionaries(st.sampled_from(["i", "m1", "m2", "m", "v", "w", "i:withdraw"]), MOMENTS),
)


def test_who_was_invited_on_one_path_stays_on_it_when_the_invitation_is_accepted() -> None:
    sequence = Sequence(
        steps=(
            step("b", "branch", on="connected", then_key="old", else_key="i"),
            INVITE,
            step("thanks", "message", "1d"),
            step("old", "message"),
        )
    )
    invited = {"invited_at": MONDAY, "sent": {"i": MONDAY}}
    action = next_action(facts(connected_at=MONDAY + DAY, **invited), sequence, HOURS)
    assert isinstance(action, Act) and action.step_key == "thanks" and action.due_at == MONDAY + 2 * DAY


def test_the_wait_after_an_invitation_behind_a_branch_runs_from_the_acceptance() -> None:
    action = next_action(
        facts(connected_at=MONDAY + 3 * DAY, invited_at=MONDAY + HOUR, sent={"v": MONDAY, "i": MONDAY + HOUR}),
        BRANCHED,
        HOURS,
    )
    assert isinstance(action, Act) and action.due_at == MONDAY + 3 * DAY + HOUR


def test_a_path_that_was_begun_stays_taken_through_a_second_branch() -> None:
    sequence = Sequence(
        steps=(
            step("b", "branch", on="connected", then_key="old", else_key="c"),
            step("c", "branch", on="connected", then_key="old", else_key="i"),
            INVITE,
            step("thanks", "message"),
            step("old", "message"),
        )
    )
    known = facts(connected_at=MONDAY + DAY, invited_at=MONDAY, sent={"i": MONDAY})
    action = next_action(known, sequence, HOURS)
    assert isinstance(action, Act) and action.step_key == "thanks"
    already = next_action(facts(connected_at=MONDAY, sent={"old": MONDAY}), sequence, HOURS)
    assert isinstance(already, Done)


@settings(derandomize=True, max_examples=300)
@given(known=FACTS, sequence=st.sampled_from([PLAIN, BRANCHED, WITHDRAWING]))
def test_an_action_never_repeats_a_step_that_has_ended_and_done_agrees_with_the_stage(
    known: Facts, sequence: Sequence
) -> None:
    action = next_action(known, sequence, HOURS)
    assert action.why or (isinstance(action, Done) and not known.excluded_why)
    if isinstance(action, Act):
        assert action.step_key not in known.ended
        assert action.due_at >= MONDAY - 400 * DAY
    if isinstance(action, Done) and known.open_row is None:
        assert action.stage is stage_of(known, sequence)


@settings(derandomize=True, max_examples=200)
@given(known=FACTS, at=MOMENTS)
def test_a_reply_ends_every_plan(known: Facts, at: datetime) -> None:
    action = next_action(replace(known, replied_at=at), PLAIN, HOURS)
    assert isinstance(action, Done | Wait)
    assert stage_of(replace(known, replied_at=at), PLAIN) is Stage.RESPONDED


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (ApprovalState.OPEN, "waits for your approval"),
        (ApprovalState.APPROVED, "you approved it: it is next in line"),
        (None, "it is next in line"),
    ],
)
def test_asking_changes_what_a_step_waits_for_and_nothing_else(request_: ApprovalState | None, why: str) -> None:
    asked = facts(requests={"i": request_} if request_ else {})
    action = next_action(asked, PLAIN, HOURS)
    assert isinstance(action, Act)
    assert action.why == why
    assert replace(action, why="") == replace(next_action(facts(), PLAIN, HOURS), why="")  # type: ignore[type-var]
    assert stage_of(asked, PLAIN) is Stage.PENDING_INVITE


def test_a_branch_whose_first_step_was_left_out_stays_taken() -> None:
    """They accept on the way: the message that follows the invitation is theirs, after its wait."""
    sequence = Sequence(
        steps=(
            step("b", "branch", on="connected", then_key="other", else_key="v"),
            step("v", "visit"),
            INVITE,
            step("m", "message", "2d"),
            step("other", "message", "1d"),
        )
    )
    known = facts(
        passed={"v": MONDAY}, invited_at=MONDAY + HOUR, connected_at=MONDAY + 3 * DAY, sent={"i": MONDAY + HOUR}
    )
    found = current_step(known, sequence)
    assert found is not None and (found[0].key, found[1]) == ("m", MONDAY + 3 * DAY)
