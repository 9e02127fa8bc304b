"""Sends whose answer never came: read on a schedule, settled by proof, or asked; no message is repeated by itself."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.domain.practice_people import Character
from engine.errors import Refused
from tests.engine.scenes import BOTH, INVITING, TEXT, WRITING, attempts, begin, folk, ledger, stages, states
from tests.fakes.crashes import CrashAt, Crashed
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig
from tests.fakes.wire import refusal

MakeRig = Callable[..., Rig]
SLOW = 60.0
LOST = httpx.RemoteProtocolError("Server disconnected without sending a response.")
NEVER, FRIEND = Character.NEVER_ACCEPTS, Character.ALREADY_CONNECTED


def lost_invitation(make_rig: MakeRig, *, acts: bool, people: int = 1) -> Rig:
    rig = make_rig(folk=folk(*[NEVER] * people), speed=SLOW)
    rig.wire.on("POST", "/users/invite", LOST, acts=acts)
    rig.run(begin(rig, INVITING))
    rig.run(until_unknown(rig))
    return rig


def lost_message(make_rig: MakeRig, *, acts: bool, **world: Any) -> Rig:
    rig = make_rig(folk=folk(FRIEND), speed=SLOW, **world)
    rig.wire.on("POST", "/chats", LOST, acts=acts)
    rig.run(begin(rig, WRITING))
    rig.run(until_unknown(rig))
    return rig


async def until_unknown(rig: Rig) -> None:
    for _ in range(600):
        if "unknown" in states(rig):
            return
        await rig.pass_time(minutes=1)
    raise AssertionError(f"no row became unknown: {ledger(rig)}")


def looks_after(rig: Rig, path: str) -> list[timedelta]:
    """Return how long after the lost request its evidence was read."""
    sent = rig.wire.writes[0].at
    return [s.at - sent for s in rig.wire.seen if path in s.path and not s.is_write and s.at > sent]


def test_an_invitation_that_took_effect_is_found_by_the_first_look(make_rig: MakeRig) -> None:
    rig = lost_invitation(make_rig, acts=True)
    rig.run(rig.pass_time(minutes=3))
    assert ledger(rig)[0][:3] == ("invite", "sent", "read")
    assert stages(rig) == ["invite_sent"]
    assert len(rig.wire.writes) == 1
    judge(rig)


def test_an_invitation_that_never_arrived_is_made_again_after_the_quiet_period(make_rig: MakeRig) -> None:
    rig = lost_invitation(make_rig, acts=False)
    rig.run(rig.pass_time(hours=2))
    assert attempts(rig) == [("unknown", "broken"), ("sent", "none")]
    first, second = rig.wire.writes
    assert timedelta(minutes=10) <= second.at - first.at <= timedelta(hours=2)
    assert stages(rig) == ["invite_sent"]
    judge(rig)


def test_the_evidence_is_read_after_90_seconds_4_and_10_minutes(make_rig: MakeRig) -> None:
    rig = lost_invitation(make_rig, acts=False)
    rig.wire.on("POST", "/users/invite", refusal(429, "too_many_requests"), times=None)
    rig.run(rig.pass_time(minutes=12))
    minutes = [round(d.total_seconds() / 60, 1) for d in looks_after(rig, "/users/ACoAA")][:3]
    assert minutes == [1.5, 4.0, 10.0]


def test_an_invitation_that_could_not_be_read_for_two_hours_is_assumed_sent_and_never_repeated(
    make_rig: MakeRig,
) -> None:
    rig = lost_invitation(make_rig, acts=False)
    rig.wire.on("GET", "/users/ACoAA*", refusal(503, "no_client_session"), times=None)
    rig.run(rig.pass_time(hours=3))
    assert states(rig) == ["unknown"]
    rig.wire.rules.clear()
    rig.run(rig.pass_time(hours=13))
    assert ledger(rig)[0][:3] == ("invite", "sent", "assumed")
    assert rig.enrolment(rig.people[0], "Inviting").is_unconfirmed == 1
    rig.hurry(FAST)
    rig.run(rig.pass_time(days=8))
    assert [w.method for w in rig.wire.writes] == ["POST"]
    assert stages(rig) == ["needs_attention"]
    judge(rig)


@pytest.mark.parametrize(("choice", "stage"), [("skip", "excluded"), ("stop", "excluded"), ("send_again", "excluded")])
def test_an_unconfirmed_invitation_that_is_nowhere_to_be_found_can_be_decided(
    make_rig: MakeRig, choice: str, stage: str
) -> None:
    rig = lost_invitation(make_rig, acts=False)
    rig.wire.on("GET", "/users/ACoAA*", refusal(503, "no_client_session"), times=None)
    rig.run(rig.pass_time(hours=3))
    rig.wire.rules.clear()
    rig.hurry(FAST)
    rig.run(rig.pass_time(days=9))
    (item,) = rig.run(rig.engine.services.attention.list())
    assert "nowhere" in item.question
    if choice not in item.choices:
        with pytest.raises(Refused):
            rig.run(rig.engine.services.attention.resolve(item.id, choice))
        return
    rig.run(rig.engine.services.attention.resolve(item.id, choice))
    assert stages(rig) == [stage]
    rig.run(rig.to_the_end())
    judge(rig)


def test_an_invitation_that_a_kill_left_open_for_days_is_not_made_again(make_rig: MakeRig) -> None:
    """It arrived and was declined while the computer was off: nothing that can be read tells of it (seed 481)."""
    rig = make_rig(folk=folk(NEVER), speed=SLOW)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(INVITING))
    crash = CrashAt(rig, "after the request")
    with contextlib.suppress(Crashed):
        rig.run(rig.to_the_end())
    crash.heal()
    (sent,) = [i for i in rig.world.state.invitations if i.provider_id == rig.people[0].provider_id]
    rig.world.withdraw(sent.invitation_id)
    rig.clock.go(days=2)
    rig.crash()
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(days=1))
    assert ledger(rig)[0][:3] == ("invite", "sent", "assumed")
    assert [e.kind.value for e in rig.world.state.effects].count("invite") == 1


def gone(rig: Rig) -> str:
    return str(rig.one("SELECT provider_id FROM lead JOIN delivery d ON d.lead_id = lead.id WHERE d.state = 'unknown'"))


def test_whom_linkedin_shows_no_more_holds_nobody_else_up(make_rig: MakeRig) -> None:
    """The answer is lost, and the person closes the profile or blocks the account: no later look can tell."""
    rig = lost_invitation(make_rig, acts=True, people=3)
    rig.wire.on("GET", f"/users/{gone(rig)}", refusal(404, "invalid_resource_identifier"), times=None)
    rig.hurry(FAST)
    rig.run(rig.pass_time(hours=30))
    assert ledger(rig)[0][:3] == ("invite", "sent", "assumed")
    assert len(rig.wire.writes) == len(rig.world.state.effects) == 3


def test_a_withdrawal_from_somebody_who_is_shown_no_more_counts_as_made(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=FAST)

    async def close_profile() -> None:
        rig.wire.on("GET", "/users/ACoAA*", refusal(404, "invalid_resource_identifier"), times=None)

    rig.wire.on("DELETE", "*", LOST, acts=True, before=close_profile)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(days=12))
    assert [s.method for s in rig.wire.writes] == ["POST", "DELETE"]
    withdrawal = rig.rows("SELECT state, resolved_by FROM delivery WHERE kind = 'withdraw'")
    assert withdrawal == [("sent", "assumed")]


def test_a_person_who_is_two_leads_holds_nobody_up(make_rig: MakeRig, tmp_path: Path) -> None:
    """A restored file hasn't met them under this address yet; the other lead has their id already."""
    rig = lost_invitation(make_rig, acts=True)
    other = tmp_path / "other.csv"
    other.write_text("First Name,Last Name,LinkedIn URL\nA,B,https://www.linkedin.com/in/another-address\n")
    rig.run(rig.engine.services.campaigns.add(WRITING))
    rig.run(rig.engine.services.leads.import_file(other, "Writing"))
    known = "UPDATE lead SET provider_id = CASE id WHEN 2 THEN ? END"
    values = (rig.people[0].provider_id,)
    rig.engine.ctx.db.write_here(lambda u: u.connection.exec_driver_sql(known, values))
    rig.hurry(FAST)
    rig.run(rig.pass_time(hours=30))
    assert rig.engine.supervisor is not None and rig.engine.supervisor.restarts == {}
    assert ledger(rig)[0][:3] == ("invite", "sent", "assumed")


def test_while_a_row_is_unknown_the_account_sends_nothing_else(make_rig: MakeRig) -> None:
    rig = lost_invitation(make_rig, acts=False, people=3)
    rig.wire.on("GET", "/users/ACoAA*", refusal(503, "no_client_session"), times=None)
    rig.run(rig.pass_time(hours=3))
    assert len(rig.wire.writes) == 1


def test_a_message_that_took_effect_is_found_and_the_sequence_goes_on(make_rig: MakeRig) -> None:
    rig = lost_message(make_rig, acts=True)
    rig.run(rig.pass_time(minutes=3))
    assert ledger(rig)[0][:3] == ("message", "sent", "read")
    assert stages(rig) == ["completed"]
    assert rig.one("SELECT provider_message_id FROM delivery") is not None
    judge(rig)


def test_a_message_that_never_arrived_becomes_a_question_after_a_second_negative_look(make_rig: MakeRig) -> None:
    rig = lost_message(make_rig, acts=False)
    rig.run(rig.pass_time(minutes=89))
    assert states(rig) == ["unknown"]
    rig.run(rig.pass_time(minutes=5))
    assert states(rig) == ["human"]
    assert stages(rig) == ["needs_attention"]
    (item,) = rig.run(rig.engine.services.attention.list())
    ((words, at),) = [(line.words, line.at) for line in item.evidence]
    assert words == "read, and it was not in the conversation"
    assert at is not None and timedelta() < rig.clock.now() - at <= timedelta(minutes=5)
    rig.run(rig.pass_time(hours=5))
    assert len(rig.wire.writes) == 1
    judge(rig)


def test_a_message_that_could_not_be_read_becomes_a_question_at_the_90_minute_look(make_rig: MakeRig) -> None:
    rig = lost_message(make_rig, acts=False)
    rig.wire.on("GET", "/chat_attendees/*", refusal(503, "no_client_session"), times=None)
    rig.run(rig.pass_time(minutes=95))
    assert states(rig) == ["human"]


def test_a_question_releases_the_account(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND, NEVER), speed=SLOW)
    rig.wire.on("POST", "/chats", LOST)
    rig.run(begin(rig, BOTH))
    rig.run(until_unknown(rig))
    before = len(rig.wire.writes)
    rig.run(rig.pass_time(hours=3))
    assert "human" in states(rig)
    assert len(rig.wire.writes) >= before
    assert rig.enrolment(rig.people[1], "Both").stage == "invite_sent"


@pytest.mark.parametrize(
    ("choice", "state", "stage"), [("sent", "sent", "completed"), ("skip", "skipped", "completed")]
)
def test_a_question_can_be_settled_without_sending(make_rig: MakeRig, choice: str, state: str, stage: str) -> None:
    rig = lost_message(make_rig, acts=False)
    rig.run(rig.pass_time(hours=2))
    (item,) = rig.run(rig.engine.services.attention.list())
    assert item.text == TEXT.replace("{{ first_name | default: 'there' }}", rig.people[0].first_name)
    rig.run(rig.engine.services.attention.resolve(item.id, choice))
    assert (states(rig), stages(rig)) == ([state], [stage])
    rig.run(rig.to_the_end())
    assert len(rig.wire.writes) == 1
    judge(rig)


def test_a_question_answered_with_send_again_is_sent_once_more(make_rig: MakeRig) -> None:
    rig = lost_message(make_rig, acts=False)
    rig.run(rig.pass_time(hours=2))
    (item,) = rig.run(rig.engine.services.attention.list())
    rig.run(rig.engine.services.attention.resolve(item.id, "send_again"))
    rig.run(rig.to_the_end())
    assert attempts(rig) == [("unknown", "broken"), ("sent", "none")]
    assert stages(rig) == ["completed"]
    judge(rig)


def test_send_again_finds_a_message_that_arrived_late_instead_of_repeating_it(make_rig: MakeRig) -> None:
    rig = lost_message(make_rig, acts=True, chat_lag_s=4 * 3600.0)
    rig.wire.on("GET", "/sync", refusal(501, "feature_not_implemented"), times=None)
    rig.run(rig.pass_time(hours=2))
    (item,) = rig.run(rig.engine.services.attention.list())
    rig.run(rig.pass_time(hours=3))
    rig.run(rig.engine.services.attention.resolve(item.id, "send_again"))
    rig.run(rig.to_the_end())
    assert len(rig.wire.writes) == 1
    assert stages(rig) == ["completed"]
    judge(rig)


def test_a_message_without_a_text_proves_no_send_of_which_only_the_journal_knows(make_rig: MakeRig) -> None:
    """Its words are lost with the file: a picture of ours has no text either, and says nothing."""
    rig = lost_message(make_rig, acts=False)
    rig.engine.ctx.db.write_here(lambda u: u.connection.exec_driver_sql("UPDATE delivery SET body = NULL"))
    rig.world.write_by_hand(rig.people[0].provider_id, "")
    rig.run(rig.pass_time(hours=2))
    assert states(rig) == ["human"]


def test_an_answer_while_the_row_is_unknown_stops_the_lead(make_rig: MakeRig) -> None:
    rig = lost_message(make_rig, acts=False)
    rig.run(rig.pass_time(minutes=1))
    rig.world.hear_from(rig.people[0].provider_id, "Hello, is that you?")
    rig.run(rig.pass_time(hours=2))
    assert stages(rig) == ["responded"]
    rig.run(rig.to_the_end())
    assert len(rig.wire.writes) == 1
    judge(rig)


def test_a_lost_withdrawal_that_took_effect_is_found(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=FAST)
    rig.wire.on("DELETE", "*", LOST, acts=True)
    rig.run(begin(rig, INVITING))
    rig.run(rig.to_the_end())
    assert [row[:3] for row in ledger(rig)] == [("invite", "sent", "response"), ("withdraw", "sent", "read")]
    assert stages(rig) == ["withdrawn"]
    judge(rig)


def test_a_lost_withdrawal_that_never_arrived_is_repeated(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=FAST)
    rig.wire.on("DELETE", "/users/invite/sent/*", LOST)
    rig.run(begin(rig, INVITING))
    rig.run(rig.to_the_end())
    assert [w.method for w in rig.wire.writes] == ["POST", "DELETE", "DELETE"]
    assert stages(rig) == ["withdrawn"]
    judge(rig)


def test_three_unknown_sends_in_a_row_stop_all_writes_for_an_hour(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(*[NEVER] * 4), speed=SLOW)
    rig.wire.on("POST", "/users/invite", LOST, times=3, acts=True)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=3))
    (opened,) = rig.rows("SELECT action, until_ms - opened_ms AS ms FROM breaker WHERE action = 'write'")
    assert opened.ms == 3_600_000
    third, fourth = rig.wire.writes[2:4]
    assert fourth.at - third.at > timedelta(minutes=59)
    judge(rig)
