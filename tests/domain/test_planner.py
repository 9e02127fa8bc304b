"""Which write comes next: priority, pauses, budgets, hours, and a fair share between campaigns."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.approvals import ApprovalState
from engine.domain.ledger import Action, DeliveryKind
from engine.domain.limits import DayBudget, Full
from engine.domain.planner import (
    LANE_OF_KIND,
    SHARE_UNIT,
    Chosen,
    Head,
    Idle,
    Lane,
    LaneState,
    Stop,
    charged_share,
    choose,
    gate,
    is_open_for,
    must_be_asked,
)
from engine.domain.working_hours import make_hours

MONDAY = datetime(2026, 1, 5, 10, tzinfo=UTC)
HOURS = make_hours("Europe/London", range(5), time(9), time(17))
ALWAYS = make_hours("UTC", range(7), time(0), time.max)
MESSAGE, INVITE, WITHDRAW, VISIT = (
    DeliveryKind.MESSAGE,
    DeliveryKind.INVITE,
    DeliveryKind.WITHDRAW,
    DeliveryKind.VISIT,
)


def head(number: int, kind: DeliveryKind = MESSAGE, **more: Any) -> Head:
    plain: dict[str, Any] = {
        "delivery_id": number,
        "campaign_id": number,
        "kind": kind,
        "due_at": MONDAY - timedelta(hours=1),
        "hours": HOURS,
        "share": 0,
        "needs_profile_read": False,
    }
    return Head(**{**plain, **more})


def state(*heads: Head, **more: Any) -> LaneState:
    plain: dict[str, Any] = {
        "now": MONDAY,
        "stops": (),
        "not_before": MONDAY,
        "full": {},
        "invites_today": DayBudget(used=0, limit=20),
        "reads_today": DayBudget(used=0, limit=40),
        "heads": heads,
        "recent": (),
        "allowance": timedelta(),
    }
    return LaneState(**{**plain, **more})


def chosen(found: Chosen | Idle) -> int:
    assert isinstance(found, Chosen), found
    return found.delivery_id


def idle(found: Chosen | Idle | None) -> Idle:
    assert isinstance(found, Idle), found
    return found


def test_follow_ups_go_before_withdrawals_and_these_before_invitations() -> None:
    heads = [head(1, INVITE), head(2, WITHDRAW), head(3, MESSAGE)]
    assert chosen(choose(state(*heads))) == 3
    assert chosen(choose(state(*heads[:2]))) == 2
    assert chosen(choose(state(head(4, VISIT)))) == 4
    assert {head(1, kind).lane for kind in LANE_OF_KIND} == set(Lane)


def test_within_a_lane_the_smaller_share_then_the_older_row_goes_first() -> None:
    older = MONDAY - timedelta(hours=5)
    assert chosen(choose(state(head(1, share=2000), head(2, share=1000)))) == 2
    assert chosen(choose(state(head(1), head(2, due_at=older)))) == 2
    assert chosen(choose(state(head(2), head(1)))) == 1


def test_nothing_planned_and_a_stop_of_everything_say_so() -> None:
    assert idle(choose(state())).why == "nothing is planned"
    until = MONDAY + timedelta(hours=2)
    found = idle(choose(state(head(1), stops=(Stop(why="paused", until=until),))))
    assert (found.why, found.until) == ("paused", until)


def test_a_stop_of_one_action_lets_the_others_go() -> None:
    stop = Stop(why="limit", until=MONDAY + timedelta(hours=4), action=Action.INVITE)
    assert chosen(choose(state(head(1, INVITE), head(2, WITHDRAW), stops=(stop,)))) == 2
    assert idle(choose(state(head(1, INVITE), stops=(stop,)))).until == stop.until


def test_the_gap_holds_back_what_is_ready() -> None:
    later = MONDAY + timedelta(minutes=3)
    found = idle(choose(state(head(1), not_before=later)))
    assert (found.until, found.why) == (later, "the gap after the last send")


def test_the_soonest_of_several_waits_is_told() -> None:
    soon, late = MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=3)
    found = idle(choose(state(head(1, due_at=late), head(2, due_at=soon), head(3, pause="all"))))
    assert (found.until, found.why) == (soon, "it is not due yet")
    assert idle(choose(state(head(3, pause="all")))).until is None


@pytest.mark.parametrize(
    ("pause", "free"),
    [("none", {MESSAGE, WITHDRAW, INVITE, VISIT}), ("invitations", {MESSAGE, WITHDRAW}), ("all", set())],
)
def test_a_pause_holds_its_kinds(pause: str, free: set[DeliveryKind]) -> None:
    assert {k for k in LANE_OF_KIND if gate(head(1, k, pause=pause), state()) is None} == free
    assert {k for k in LANE_OF_KIND if gate(head(1, k, pause="follow_ups"), state()) is None} == {
        WITHDRAW,
        INVITE,
        VISIT,
    }


def test_what_becomes_due_outside_the_hours_waits_for_the_opening() -> None:
    night = datetime(2026, 1, 5, 22, tzinfo=UTC)
    tuesday = datetime(2026, 1, 6, 9, tzinfo=UTC)
    assert idle(gate(head(1, due_at=night), state())).until == tuesday
    found = idle(gate(head(1), state(now=night)))
    assert (found.until, found.why) == (tuesday, "outside working hours")


def test_a_request_must_arrive_before_closing() -> None:
    almost = datetime(2026, 1, 5, 16, 50, tzinfo=UTC)
    late = idle(gate(head(1), state(now=almost, allowance=timedelta(minutes=15))))
    assert late.until == datetime(2026, 1, 6, 9, tzinfo=UTC)
    assert gate(head(1), state(now=almost, allowance=timedelta(minutes=5))) is None
    assert is_open_for(ALWAYS, MONDAY, timedelta(days=400))
    assert not is_open_for(HOURS, datetime(2026, 1, 5, 20, tzinfo=UTC), timedelta())


def full(hours: int, why: str) -> Full:
    return Full(until=MONDAY + timedelta(hours=hours), why=why)


def test_a_full_budget_holds_its_action_and_what_needs_it() -> None:
    reads = {Action.PROFILE_READ: full(2, "reads")}
    assert gate(head(1, MESSAGE), state(full=reads)) is None
    assert idle(gate(head(1, MESSAGE, needs_profile_read=True), state(full=reads))).why == "reads"
    assert idle(gate(head(1, VISIT, needs_profile_read=True), state(full=reads))).why == "reads"
    notes = {Action.NOTE: full(3, "notes"), Action.INVITE: full(1, "invitations")}
    assert idle(gate(head(1, INVITE, has_note=True), state(full=notes))).why == "notes"
    assert idle(gate(head(1, INVITE), state(full=notes))).why == "invitations"
    assert idle(gate(head(1, INVITE), state(full={Action.INVITE: full(12, "x")}))).until == datetime(
        2026, 1, 6, 9, tzinfo=UTC
    )


def test_invitations_are_spread_over_the_day_unless_they_repeat_a_lost_one() -> None:
    half = DayBudget(used=10, limit=20)
    found = idle(gate(head(1, INVITE), state(invites_today=half)))
    assert found.until == datetime(2026, 1, 5, 12, 24, tzinfo=UTC)
    assert gate(head(1, INVITE, is_retry=True), state(invites_today=half)) is None
    assert gate(head(1, MESSAGE), state(invites_today=half)) is None


def test_invitations_get_their_turn_after_nine_sends_with_fewer_than_three() -> None:
    heads = (head(1, INVITE), head(2, MESSAGE))
    assert chosen(choose(state(*heads, recent=[MESSAGE] * 7 + [INVITE] * 2))) == 1
    assert chosen(choose(state(*heads, recent=[MESSAGE] * 6 + [INVITE] * 3))) == 2
    assert chosen(choose(state(head(2, MESSAGE), recent=[MESSAGE] * 10))) == 2


def run_fairly(kinds: list[tuple[int, DeliveryKind, int]], sends: int) -> list[Chosen]:
    """Let campaigns (id, kind, weight) that always have something to send share an account."""
    shares = {campaign: 0 for campaign, _, _ in kinds}
    recent: list[DeliveryKind] = []
    made = []
    for _ in range(sends):
        heads = [head(c, kind, share=shares[c], hours=ALWAYS) for c, kind, _ in kinds]
        found = choose(state(*heads, recent=recent[:10], invites_today=DayBudget(used=0, limit=1000)))
        assert isinstance(found, Chosen)
        made.append(found)
        lane = {c: w for c, kind, w in kinds if LANE_OF_KIND[kind] is found.lane}
        others = tuple((shares[c], w) for c, w in lane.items() if c != found.campaign_id)
        shares[found.campaign_id] = charged_share(shares[found.campaign_id], lane[found.campaign_id], others)
        recent.insert(0, next(kind for c, kind, _ in kinds if c == found.campaign_id))
    return made


@settings(derandomize=True, max_examples=100)
@given(weights=st.tuples(st.integers(1, 9), st.integers(1, 9)), sends=st.integers(1, 120))
def test_two_campaigns_with_a_backlog_never_differ_by_more_than_a_send_each(
    weights: tuple[int, int], sends: int
) -> None:
    first, second = weights
    made = run_fairly([(1, MESSAGE, first), (2, MESSAGE, second)], sends)
    of_first = sum(1 for m in made if m.campaign_id == 1)
    assert abs(of_first / first - (sends - of_first) / second) <= (1 / first + 1 / second) * 1.05


@settings(derandomize=True, max_examples=50)
@given(weights=st.lists(st.integers(1, 5), min_size=2, max_size=5))
def test_nobody_starves(weights: list[int]) -> None:
    kinds = [(n, MESSAGE, w) for n, w in enumerate(weights, 1)]
    made = run_fairly(kinds, 6 * sum(weights))
    assert {m.campaign_id for m in made[-2 * sum(weights) :]} == {c for c, _, _ in kinds}


@settings(derandomize=True, max_examples=30)
@given(sends=st.integers(20, 100))
def test_invitations_keep_three_of_ten_slots_while_messages_wait(sends: int) -> None:
    made = run_fairly([(1, MESSAGE, 1), (2, INVITE, 1)], sends)
    for start in range(10, sends - 9):
        window = made[start : start + 10]
        assert sum(1 for m in window if m.lane is Lane.INVITATION) >= 3


def test_idle_time_earns_no_credit() -> None:
    assert charged_share(0, 1, ((50 * SHARE_UNIT, 1),)) == 50 * SHARE_UNIT
    assert charged_share(0, 2, ()) == SHARE_UNIT // 2
    busy = replace(head(1), share=50 * SHARE_UNIT)
    assert chosen(choose(state(busy, head(2)))) == 2


def test_what_must_be_asked_about_is_due_before_the_hours_open_and_is_never_chosen() -> None:
    row = head(1, ask_left=2)
    night = MONDAY + timedelta(hours=12)
    assert must_be_asked(state(row, now=night))
    assert choose(state(row)) == Idle(until=None, why="waits for your approval")
    later = replace(row, due_at=MONDAY + timedelta(hours=20))
    assert not must_be_asked(state(later))
    assert choose(state(later)) == Idle(until=later.due_at, why="it is not due yet")


def test_an_open_question_waits_and_an_approved_row_goes() -> None:
    open_row = head(1, ask_left=2, request=ApprovalState.OPEN)
    approved = head(2, ask_left=2, request=ApprovalState.APPROVED)
    assert not must_be_asked(state(open_row, approved))
    assert chosen(choose(state(open_row, approved))) == 2
    assert gate(open_row, state()) == Idle(until=None, why="waits for your approval")
    assert gate(replace(open_row, ask_left=0), state()) is not None


def test_a_paused_or_starting_campaign_is_not_asked_about() -> None:
    for more in ({"pause": "all"}, {"pause": "follow_ups"}, {"is_starting": True}):
        assert not must_be_asked(state(head(1, ask_left=2, **more)))
    assert gate(head(1, is_starting=True), state()) == Idle(until=None, why="the campaign is being started")


def test_visits_leave_the_reads_that_due_invitations_need() -> None:
    visit, invite = head(1, VISIT, needs_profile_read=True), head(2, INVITE, needs_profile_read=True)
    few, many = DayBudget(used=20, limit=40), DayBudget(used=19, limit=40)
    held = idle(gate(visit, state(visit, invite, reads_today=few)))
    assert "kept for invitations" in held.why and held.until == datetime(2026, 1, 6, 9, tzinfo=UTC)
    assert gate(visit, state(visit, invite, reads_today=many)) is None
    assert gate(visit, state(visit, reads_today=few)) is None
    for other in (
        replace(invite, due_at=MONDAY + timedelta(hours=1)),
        replace(invite, pause="invitations"),
        replace(invite, request=ApprovalState.OPEN, ask_left=1),
        replace(invite, hours=make_hours("Europe/London", [6], time(9), time(17))),
    ):
        assert gate(visit, state(visit, other, reads_today=few)) is None
    stopped = [Stop(why="LinkedIn's limit", until=None, action=Action.INVITE)]
    assert gate(visit, state(visit, invite, reads_today=few, stops=stopped)) is None
    assert gate(visit, state(visit, invite, reads_today=few, full={Action.INVITE: full(3, "the week")})) is None


def test_an_invitation_goes_before_a_visit_and_visits_take_no_turn_of_the_messages() -> None:
    visit, invite = head(1, VISIT), head(2, INVITE)
    assert chosen(choose(state(visit, invite))) == 2
    assert chosen(choose(state(visit, head(3, MESSAGE), recent=[VISIT] * 10))) == 3
