"""Looks that fail rest the account: no day's readings are used up, no request to slow down is answered by a burst."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import httpx
import pytest

from engine.domain.practice_people import Character
from tests.engine.scenes import BRISK, INVITING, WRITING, begin, folk, stages, used
from tests.fakes.rig import Rig
from tests.fakes.wire import Answer, Seen, refusal

MakeRig = Callable[..., Rig]
NEVER = Character.NEVER_ACCEPTS
AWAY = httpx.ConnectError("no route")
FAULT = refusal(503, "no_client_session")
SLOW_DOWN = refusal(429, "too_many_requests")


def crowd(make_rig: MakeRig) -> Rig:
    """Return a campaign of thirty whom nothing keeps from being invited."""
    return make_rig(folk=folk(*[NEVER] * 30), speed=BRISK)


def fail_profiles(rig: Rig, answer: Answer) -> Callable[[], None]:
    """Let every profile fail; returns what ends it."""
    names = tuple(n for p in rig.people for n in (p.provider_id, p.public_identifier))
    rule = rig.wire.on("GET", "*", answer, times=None)
    rule.matches = lambda r: r.method == "GET" and r.url.path.endswith(names)

    def end() -> None:
        rule.times = 0

    return end


def profiles(rig: Rig) -> list[Seen]:
    names = tuple(n for p in rig.people for n in (p.provider_id, p.public_identifier))
    return [s for s in rig.wire.seen if s.path.endswith(names)]


@pytest.mark.parametrize("answer", [AWAY, FAULT], ids=["away", "fault"])
def test_two_hours_of_failing_looks_leave_most_of_the_day_s_readings(make_rig: MakeRig, answer: Answer) -> None:
    rig = crowd(make_rig)
    end = fail_profiles(rig, answer)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=3))
    looks = len(profiles(rig))
    assert 2 <= looks <= 25
    left = 0 if answer is AWAY else looks
    assert left <= used(rig, "profile_read") <= left + 1, "one may be under way"
    end()
    rig.run(rig.pass_time(hours=3))
    assert len(rig.wire.writes) >= 3


def test_a_request_to_slow_down_is_heeded_by_the_next_look(make_rig: MakeRig) -> None:
    rig = crowd(make_rig)
    fail_profiles(rig, SLOW_DOWN)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=5))
    moments = [s.at for s in profiles(rig)]
    gaps = [(later - sooner).total_seconds() for sooner, later in pairwise(moments)]
    assert [round(gap / 600) for gap in gaps[:3]] == [1, 2, 4] and min(gaps) >= 600


def test_a_wait_that_the_answer_asks_for_is_kept(make_rig: MakeRig) -> None:
    rig = crowd(make_rig)
    fail_profiles(rig, refusal(429, "too_many_requests", **{"retry-after": "7200"}))
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=5))
    first, second, *_ = (s.at for s in profiles(rig))
    assert (second - first).total_seconds() >= 7200


def test_looks_are_made_again_soon_after_an_outage(make_rig: MakeRig) -> None:
    rig = crowd(make_rig)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=2))
    cut = rig.wire.on("GET", "*", AWAY, times=None)
    rig.run(rig.pass_time(hours=2))
    before, cut.times = len(rig.wire.writes), 0
    rig.run(rig.pass_time(minutes=40))
    assert len(rig.wire.writes) > before


def test_an_account_whose_sends_are_refused_while_it_reads_well_stops_after_five(make_rig: MakeRig) -> None:
    rig = crowd(make_rig)
    rig.wire.on("POST", "/users/invite", refusal(403, "action_required"), times=None)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=4))
    assert len(rig.wire.writes) == 5
    assert "five sends in a row" in rig.one("SELECT why FROM breaker")


@pytest.mark.parametrize("unreadable", [1, 3])
def test_whom_nobody_can_read_lets_those_behind_them_come_first(make_rig: MakeRig, unreadable: int) -> None:
    rig = make_rig(folk=folk(*[Character.ALREADY_CONNECTED] * unreadable, *[NEVER] * 12), speed=BRISK)
    for person in rig.people[:unreadable]:
        rig.wire.on("GET", f"/chat_attendees/{person.provider_id}/messages", FAULT, times=None)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(WRITING, people=rig.people[:unreadable]))
    rig.run(rig.add_campaign(INVITING, people=rig.people[unreadable:]))
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=7))
    assert stages(rig)[unreadable:] == ["invite_sent"] * 12


def test_what_linkedin_asked_for_outlasts_an_outage_of_something_else(make_rig: MakeRig) -> None:
    rig = crowd(make_rig)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=2))
    fail_profiles(rig, refusal(429, "too_many_requests", **{"retry-after": "14400"}))
    before = len(profiles(rig))
    cut = rig.wire.on("GET", "/messages", FAULT, times=None)
    rig.run(rig.pass_time(minutes=90))
    cut.times = 0
    rig.run(rig.pass_time(minutes=60))
    assert len(profiles(rig)) == before + 1


def test_a_reading_of_a_profile_that_was_made_is_counted_whatever_fails_after_it(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(Character.ALREADY_CONNECTED), speed=BRISK)
    rig.wire.on("GET", f"/chat_attendees/{rig.people[0].provider_id}/messages", AWAY, times=None)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(hours=2))
    assert used(rig, "profile_read") >= len(profiles(rig)) > 0


def test_only_a_request_to_slow_down_is_kept_through_the_end_of_an_outage(make_rig: MakeRig) -> None:
    rig = crowd(make_rig)
    fail_profiles(rig, SLOW_DOWN)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(minutes=8))
    (workers,) = rig.engine.supervisor.accounts.values()
    asked_until = workers.sender._asked_until
    assert asked_until > rig.clock.now()
    fail_profiles(rig, FAULT)
    rig.run(rig.pass_time(hours=2))
    assert workers.sender._asked_until == asked_until
