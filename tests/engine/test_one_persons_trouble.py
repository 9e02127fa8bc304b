"""One person whom LinkedIn or Unipile can't show holds nobody else up, and becomes a question or an end."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from engine.domain.practice_people import Character
from tests.engine.scenes import INVITING, WRITING, begin, folk, ledger, stages
from tests.fakes.rig import FAST, Rig
from tests.fakes.wire import garbage, refusal

MakeRig = Callable[..., Rig]
LOST = httpx.RemoteProtocolError("Server disconnected without sending a response.")
NEVER, FRIEND = Character.NEVER_ACCEPTS, Character.ALREADY_CONNECTED
NO_USER = refusal(404, "resource_not_found")


def profile_of(rig: Rig, person: int) -> str:
    return f"/users/{rig.people[person].provider_id}"


@pytest.mark.parametrize("answer", [NO_USER, refusal(500, "unexpected_error"), garbage()])
def test_an_unknown_invitation_to_whom_can_not_be_read_holds_nobody_else_up(
    make_rig: MakeRig, answer: httpx.Response
) -> None:
    rig = make_rig(folk=folk(NEVER, NEVER, NEVER), speed=FAST)

    async def hide() -> None:
        unknown = rig.one("SELECT provider_id FROM lead JOIN delivery d ON d.lead_id = lead.id WHERE state = 'sending'")
        rig.wire.on("GET", f"/users/{unknown}", answer, times=None)

    rig.wire.on("POST", "/users/invite", LOST, acts=True, before=hide)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=30))
    assert ledger(rig)[0][:3] == ("invite", "sent", "assumed")
    assert len(rig.wire.writes) == len(rig.world.state.effects) == 3


def test_what_could_not_be_read_is_read_again_within_half_an_hour(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=FAST)
    rig.wire.on("POST", "/users/invite", LOST, acts=True)
    rig.wire.on("GET", "/users/ACoAA*", httpx.ConnectError("no route"), times=8)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=6))
    assert ledger(rig)[0][:3] == ("invite", "sent", "read")


def test_whom_nobody_knows_becomes_a_question_while_others_go_on(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(*[NEVER] * 40), speed=FAST)
    rig.wire.on("GET", f"/users/{rig.people[0].slug}", NO_USER, times=None)
    rig.run(begin(rig, INVITING, invites_per_day="20"))
    rig.run(rig.pass_time(days=3))
    assert stages(rig)[0] == "needs_attention"
    assert "their profile can't be read" in rig.one("SELECT attention_why FROM enrolment WHERE lead_id = 1")
    assert len(rig.wire.writes) == 39


def test_whom_no_look_can_reach_for_days_becomes_a_question(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=FAST)
    rig.wire.on("GET", "/chat_attendees/*", refusal(500, "unexpected_error"), times=None)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(days=9))
    assert "the conversation with them can't be read" in rig.one("SELECT attention_why FROM enrolment")


def test_on_a_day_when_nobody_can_be_looked_at_nobody_becomes_a_question(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND, FRIEND, FRIEND), speed=FAST)
    rig.wire.on("GET", "/chat_attendees/*", refusal(500, "unexpected_error"), times=None)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(hours=20))
    assert len([s for s in rig.wire.seen if "chat_attendees" in s.path]) > 20
    assert rig.run(rig.engine.services.attention.list()) == []
    assert "needs_attention" not in stages(rig)
