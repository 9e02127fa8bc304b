"""Answers that hold less than there is, and clocks that disagree: nothing is sent on their word, little is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from engine.domain.practice_people import Character
from engine.workers.sender import Sender
from tests.engine.scenes import BRISK, HOURS, MESSAGE, SECOND, WRITING, begin, folk, stages, states, used
from tests.fakes.rig import Rig

MakeRig = Callable[..., Rig]
FRIEND, NEVER = Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS
VISIT = '[[steps]]\nkind = "visit"\n'
TWO = f'name = "Two"\n{HOURS}{MESSAGE}{SECOND}'
EMPTY = httpx.Response(200, json={"object": "MessageList", "items": [], "cursor": None})


def test_a_known_conversation_that_comes_back_empty_is_no_reason_to_send(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(begin(rig, TWO))
    rig.run(rig.pass_time(hours=5))
    assert len(rig.wire.writes) == 1
    withheld = rig.wire.on("GET", "/chat_attendees/*", EMPTY, times=None)
    rig.world.hear_from(rig.people[0].provider_id, "Who are you?")
    inbox = rig.wire.on("GET", "/messages", EMPTY, times=None)
    rig.run(rig.pass_time(hours=30))
    assert len(rig.wire.writes) == 1
    withheld.times = inbox.times = 0
    rig.run(rig.pass_time(hours=24))
    assert stages(rig) == ["responded"]
    assert len(rig.wire.writes) == 1


@pytest.mark.parametrize("first", ["", VISIT])
def test_whom_you_wrote_to_before_their_id_was_known_gets_nothing(make_rig: MakeRig, first: str) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(f'name = "Writing"\n{HOURS}{first}{MESSAGE}'))
    rig.run(rig.pass_time(minutes=1))
    rig.world.write_by_hand(rig.people[0].provider_id, "Good to see you again!")
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(minutes=30))
    assert rig.one("SELECT count(*) FROM message") == 0
    withheld = rig.wire.on("GET", "/chat_attendees/*", EMPTY, times=None)
    rig.run(rig.pass_time(hours=6))
    assert rig.wire.writes == []
    withheld.times = 0
    rig.run(rig.pass_time(days=1))
    assert rig.wire.writes == []
    assert rig.one("SELECT hand_wrote_ms FROM enrolment") is not None


def test_a_conversation_that_never_comes_back_becomes_a_question(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(begin(rig, TWO))
    rig.run(rig.pass_time(hours=5))
    rig.wire.on("GET", "/chat_attendees/*", EMPTY, times=None)
    rig.run(rig.pass_time(days=5))
    assert stages(rig) == ["needs_attention"]
    assert rig.one("SELECT attention_why FROM enrolment").startswith(
        "the conversation with them can't be read (the conversation came back empty)"
    )


def test_what_an_inbox_held_back_for_a_day_is_found_when_it_comes(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(hours=5))
    inbox = rig.wire.on("GET", "/messages", EMPTY, times=None)
    rig.world.hear_from(rig.people[0].provider_id, "Yes, gladly.")
    rig.run(rig.pass_time(hours=24))
    assert stages(rig) == ["completed"]
    inbox.times = 0
    rig.run(rig.pass_time(hours=1))
    assert stages(rig) == ["responded"]


def test_a_wrong_clock_costs_few_readings(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(*[NEVER] * 8), speed=1.0)
    rig.api._wall = lambda: rig.clock.wall() + timedelta(hours=1)
    rig.run(begin(rig, f'name = "Inviting"\n{HOURS}[[steps]]\nkind = "invite"\naccept_within = "5d"\n'))
    rig.run(rig.pass_time(minutes=65))
    assert rig.wire.writes == []
    assert used(rig, "profile_read") <= 8


def test_what_only_the_sender_knows_is_said_of_its_account(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(*[NEVER] * 8), speed=1.0)
    rig.api._wall = lambda: rig.clock.wall() + timedelta(hours=1)
    rig.run(begin(rig, f'name = "Inviting"\n{HOURS}[[steps]]\nkind = "invite"\naccept_within = "5d"\n'))
    rig.run(rig.pass_time(minutes=65))
    services, clock = rig.engine.services, "this computer's clock differs from the server's: set it right"
    (account,) = rig.run(services.status.overview()).accounts
    assert (account.next_at, account.why) == (None, clock)
    for about in (account.name, "Inviting"):
        (why,) = rig.run(services.explanations.why(about))
        assert (why.at, why.why) == (None, clock)
    (lead,) = rig.run(services.explanations.why("1"))
    assert lead.why.endswith(f"; {clock}")
    story = rig.run(services.lead_stories.story(1))
    assert (story.campaigns[0].future.at, story.campaigns[0].future.why) == (None, clock)
    rig.api._wall = rig.clock.wall
    rig.run(rig.pass_time(hours=2))
    (account,) = rig.run(rig.engine.services.status.overview()).accounts
    assert rig.wire.writes and "clock" not in account.why


def test_the_sender_rests_while_a_look_at_an_unknown_send_is_under_way(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND, FRIEND), speed=1.0)
    rig.wire.writing(httpx.ReadError(""), times=1)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(minutes=66))
    assert "unknown" in states(rig)
    turns = 0
    real = Sender.run_once

    async def counted(self: Sender) -> object:
        nonlocal turns
        turns += 1
        return await real(self)

    rig.wire.on("GET", "/chat_attendees/*", takes_s=4.0, times=None)
    Sender.run_once = counted  # type: ignore[method-assign]
    try:
        rig.run(rig.pass_time(minutes=4))
    finally:
        Sender.run_once = real  # type: ignore[method-assign]
    assert turns < 60
