"""Before the first message to a person there is no conversation to know: an empty answer is checked in the inbox."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from engine.domain.practice_people import Character
from tests.engine.scenes import WRITING, begin, folk, stages
from tests.fakes.rig import Rig
from tests.fakes.wire import Rule

MakeRig = Callable[..., Rig]
FRIEND = Character.ALREADY_CONNECTED
EMPTY = {"object": "MessageList", "items": [], "cursor": None}


def empty(rig: Rig, *endings: str) -> None:
    """Let reads of these paths be answered with nothing, as a throttled provider does."""
    rig.wire.rules.insert(
        0,
        Rule(
            matches=lambda r: r.method == "GET" and r.url.path.endswith(endings),
            answer=httpx.Response(200, json=EMPTY),
            times=None,
        ),
    )


def test_an_answer_that_only_the_inbox_shows_stops_the_first_message(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=1.0)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(minutes=59))
    attendee = f"/chat_attendees/{rig.people[0].provider_id}/messages"
    empty(rig, attendee)
    rig.world.hear_from(rig.people[0].provider_id, "Good to meet you")
    rig.run(rig.pass_time(hours=2))
    assert stages(rig) == ["responded"]
    assert rig.world.state.effects == []


def test_an_inbox_that_comes_back_empty_sends_nothing(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND, FRIEND), speed=1.0)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(WRITING, people=rig.people[:1]))
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=2))
    sent = len(rig.world.state.effects)
    assert sent == 1
    empty(rig, "/messages")
    rig.run(rig.engine.services.leads.import_file(rig.lead_list(), "Writing"))
    rig.run(rig.engine.services.campaigns.start("Writing"))
    rig.run(rig.pass_time(hours=4))
    assert len(rig.world.state.effects) == sent
    assert "the inbox came back empty" in "\n".join(r.words for r in rig.rows("SELECT words FROM activity"))
