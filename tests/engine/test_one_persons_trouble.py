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


async def lose_a_withdrawal(rig: Rig, answer: httpx.Response | Exception, times: int | None) -> None:
    """Let its answer be lost, and the person be unreadable from then on."""

    async def hide() -> None:
        rig.wire.on("GET", "/users/ACoAA*", answer, times=times)

    rig.wire.on("DELETE", "*", LOST, acts=True, before=hide)
    await begin(rig, INVITING)
    while not any(s.method == "DELETE" for s in rig.wire.writes):
        await rig.pass_time(hours=1)


def test_an_unknown_withdrawal_from_whom_can_not_be_read_is_planned_again(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=FAST)
    rig.run(lose_a_withdrawal(rig, refusal(500, "unexpected_error"), None))
    rig.run(rig.pass_time(hours=12))
    (row,) = rig.rows("SELECT state, prior_unknown_ms FROM delivery WHERE kind = 'withdraw'")
    assert row.state == "planned" and row.prior_unknown_ms is not None
    rig.wire.rules.clear()
    rig.run(rig.to_the_end())
    assert stages(rig) == ["withdrawn"]
    assert len(rig.world.state.effects) == 2


def test_an_outage_says_nothing_about_one_person(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=FAST)
    rig.run(lose_a_withdrawal(rig, refusal(500, "unexpected_error"), 1))
    cut = rig.wire.on("GET", "*", httpx.ConnectError("no route"), times=None)
    rig.run(rig.pass_time(hours=12))
    cut.times = 0
    rig.run(rig.pass_time(hours=6))
    assert rig.rows("SELECT state, resolved_by FROM delivery WHERE kind = 'withdraw'") == [("sent", "read")]


def test_an_account_that_unipile_does_not_know_any_more_stops_and_asks_about_nobody(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER, NEVER), speed=FAST)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(INVITING))
    rig.wire.on("GET", "*", NO_USER, times=None)
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(days=2))
    assert rig.one("SELECT status FROM account") == "disconnected"
    assert rig.run(rig.engine.services.attention.list()) == []
    rig.wire.rules.clear()
    rig.run(rig.to_the_end())
    assert stages(rig) == ["withdrawn", "withdrawn"]


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
    rig.run(rig.pass_time(days=4))
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
