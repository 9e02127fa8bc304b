"""What people do meanwhile, here and on LinkedIn: answers, pauses, edits, a second campaign, a lost account or key."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.domain.sequences import Sequence, Variant
from engine.errors import KeyringError
from engine.services.sending import claiming
from storage.column_types import sequence_of
from storage.repositories import enrolments
from tests.engine.scenes import INVITING, attempts, begin, folk, leave_open, ledger, stages, states, used
from tests.fakes.crashes import CrashAt, Crashed
from tests.fakes.judge import judge
from tests.fakes.rig import Rig
from tests.fakes.wire import refusal
from tests.matrix.phases import BRISK, NEVER, NOW, Phases, friend
from tests.matrix.reaching import Reached, each

MakeRig = Callable[..., Rig]
SECOND = NOW + '[[steps]]\nkind = "message"\nwait = "1d"\ntext = "Did you see my note?"\n'
AGAIN = NOW.replace('"Writing"', '"Again"').replace("thanks for connecting", "one more thing")


def answers(phases: Phases) -> Callable[[], object]:
    return lambda: phases.rig.world.hear_from(phases.rig.people[0].provider_id, "Thanks, not now.")


@pytest.mark.cells("reply-A")
def test_a_reply_before_the_look_stops_and_skips(phases: Phases) -> None:
    phases.at("reply-A", answers(phases))
    phases.go()
    assert phases.rig.wire.writes == []
    phases.ends("responded", told=0)


@pytest.mark.parametrize("cell", each("reply-B", "reply-C"))
def test_a_reply_after_the_look_crosses_and_stops_what_follows(phases: Phases, cell: str) -> None:
    phases.at(cell, answers(phases))
    phases.go(SECOND)
    phases.rig.hurry(20_000)
    phases.rig.run(phases.rig.to_the_end())
    assert len(phases.rig.wire.writes) == 1
    assert stages(phases.rig) == ["responded"]
    assert phases.rig.one("SELECT count(*) FROM delivery WHERE state = 'sent'") == 1


@pytest.mark.cells("reply-E")
def test_a_reply_while_settling_stops_the_lead(phases: Phases) -> None:
    phases.loses_its_answer(acts=True)
    phases.at("reply-E", answers(phases))
    phases.go(SECOND, hours=6)
    assert stages(phases.rig) == ["responded"]
    assert len(phases.rig.wire.writes) == 1


@pytest.mark.cells("hand-A")
def test_what_was_done_by_hand_is_found_by_the_look(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch, reached: Reached
) -> None:
    phases = Phases(make_rig(folk=folk(NEVER), speed=BRISK), monkeypatch, reached)
    phases.at("hand-A", lambda: phases.rig.world.invite_by_hand(phases.rig.people[0].provider_id))
    phases.go(INVITING)
    assert phases.rig.wire.writes == []
    assert stages(phases.rig) == ["invite_sent"]
    assert phases.rig.enrolment(phases.rig.people[0], "Inviting").invited_by_hand == 1


@pytest.mark.cells("hand-E")
def test_what_is_written_by_hand_is_counted_and_stops_the_lead(phases: Phases) -> None:
    rig = phases.rig
    phases.loses_its_answer(acts=True)
    phases.at("hand-E", lambda: rig.world.write_by_hand(rig.people[0].provider_id, "A word by hand"))
    phases.go(SECOND, hours=30)
    assert len(rig.wire.writes) == 1
    assert rig.one("SELECT hand_wrote_ms FROM enrolment") is not None
    assert rig.one("SELECT count(*) FROM budget_use WHERE source = 'observed' AND action = 'message'") == 1


@pytest.mark.parametrize("how", ["pause", "archive"])
@pytest.mark.parametrize("cell", each("pause-A", "pause-B"))
def test_after_a_pause_nothing_is_armed_and_what_is_armed_is_broken_off(phases: Phases, cell: str, how: str) -> None:
    services = phases.rig.engine.services
    act = services.pausing.pause_all if how == "pause" else lambda: services.archiving.archive("Writing")
    phases.at(cell, act, is_late=True)
    phases.go(hours=3)
    assert phases.rig.wire.writes == []
    assert used(phases.rig, "message") == 0
    if how == "pause":
        phases.rig.run(services.pausing.resume_all())
        phases.ends()
    judge(phases.rig)


@pytest.mark.cells("pause-A", "pause-B")
@pytest.mark.parametrize("cell", ["pause-A", "pause-B"])
def test_quitting_lets_nothing_out(phases: Phases, reached: Reached, cell: str) -> None:
    rig = phases.rig

    def quits() -> None:
        rig.engine.ctx.is_stopping = True
        rig.engine.ctx.wakes.all()
        reached("pause-A")
        reached("pause-B")

    phases.at(cell, quits, is_late=True)
    phases.go()
    assert len(rig.wire.writes) <= (cell == "pause-A")
    rig.run(rig.engine.stop())
    assert states(rig) in (["planned"], ["sent"])
    rig.run(rig.engine.start())
    phases.ends()


@pytest.mark.parametrize("cell", each("pause-C", "pause-D"))
def test_what_is_under_way_when_a_pause_comes_is_finished_and_recorded(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch, reached: Reached, cell: str
) -> None:
    phases = Phases(friend(make_rig, 2), monkeypatch, reached)
    phases.at(cell, phases.rig.engine.services.pausing.pause_all)
    phases.go(hours=3)
    assert [row[:2] for row in ledger(phases.rig)] == [("message", "sent"), ("message", "planned")]
    assert len(phases.rig.wire.writes) == 1
    phases.rig.run(phases.rig.engine.services.pausing.resume_all())
    phases.ends("completed", "completed", told=2)


@pytest.mark.cells("pause-E")
def test_settling_goes_on_in_a_pause(phases: Phases) -> None:
    phases.loses_its_answer(acts=True)
    phases.at("pause-E", phases.rig.engine.services.pausing.pause_all)
    phases.go(hours=2)
    assert ledger(phases.rig)[0][:3] == ("message", "sent", "read")


@pytest.mark.cells("pause-F")
def test_importing_and_backing_up_go_on_in_a_pause(phases: Phases, reached: Reached) -> None:
    rig = phases.rig
    rig.run(begin(rig, NOW))
    rig.run(rig.engine.services.pausing.pause_all())
    rig.run(rig.engine.services.leads.import_file(rig.lead_list(folk(NEVER, seed=7)), "Writing"))
    rig.run(rig.engine.services.backups.make(rig.folder / "backup.db"))
    reached("pause-F")
    assert rig.one("SELECT count(*) FROM enrolment") == 2
    assert (rig.folder / "backup.db").exists()
    assert rig.wire.writes == []


def edited(rig: Rig) -> Sequence:
    found = sequence_of(rig.one("SELECT v.steps FROM campaign c JOIN sequence_version v ON v.id = c.version_id"))
    return Sequence(
        steps=tuple(replace(s, texts=(Variant(share=100, text=f"New words in {s.key}"),)) for s in found.steps)
    )


def saves(phases: Phases) -> Callable[[], Any]:
    return lambda: phases.rig.engine.services.sequence_changes.save(1, edited(phases.rig))


@pytest.mark.cells("edit-A")
def test_an_edit_before_the_claim_is_planned_anew(phases: Phases, reached: Reached) -> None:
    rig = phases.rig
    phases.go(SECOND, minutes=1)
    assert states(rig) == ["planned"]
    reached("edit-A")
    rig.run(saves(phases)())
    phases.ends(told=2)
    assert texts(rig) == ["New words in message_1", "New words in message_2"]


def texts(rig: Rig) -> list[str]:
    return [r.body for r in rig.rows("SELECT body FROM delivery WHERE state = 'sent' ORDER BY id")]


@pytest.mark.parametrize("cell", each("edit-A", "edit-B", "edit-C", "edit-D"))
def test_an_open_row_is_finished_in_its_old_text_and_the_next_is_new(phases: Phases, cell: str) -> None:
    phases.at(cell, saves(phases), is_late=cell == "edit-A")
    phases.go(SECOND)
    phases.ends(told=2)
    assert texts(phases.rig)[0].startswith("Hi ")
    assert texts(phases.rig)[1] == "New words in message_2"


@pytest.mark.cells("edit-F")
@pytest.mark.parametrize("at", range(1, 6))
def test_an_edit_cut_short_is_whole_or_not_at_all(phases: Phases, reached: Reached, at: int) -> None:
    rig = phases.rig
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(SECOND))
    crash = CrashAt(rig, at, on_death=lambda: reached("edit-F"))
    with contextlib.suppress(Crashed):
        rig.run(saves(phases)())
    if not crash.is_dead:
        reached("edit-F")
        assert at > 2, "no point was passed"
    crash.heal()
    rig.crash()
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(minutes=30))
    versions = rig.one("SELECT count(*) FROM sequence_version")
    assert versions in (1, 2)
    body = rig.one("SELECT body FROM delivery WHERE state = 'sent'")
    assert (body == "New words in message_1") == (versions == 2)


@pytest.mark.cells("double-A")
def test_a_person_in_two_campaigns_is_in_one_at_a_time(phases: Phases, reached: Reached) -> None:
    rig = phases.rig
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(NOW))
    rig.run(rig.add_campaign(AGAIN))
    phases.at("double-A", lambda: seen.append(rig.rows("SELECT 1 FROM delivery WHERE state <> 'superseded'")))
    seen: list[Any] = []
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(minutes=30))
    assert len(seen[0]) == 1
    phases.ends("completed", "completed", told=2)


@pytest.mark.cells("double-B")
def test_a_second_open_row_of_a_person_is_never_armed(
    phases: Phases, monkeypatch: pytest.MonkeyPatch, reached: Reached
) -> None:
    """The claim of a person by one campaign is lost, by a fault of ours: the index stands."""
    rig, real = phases.rig, claiming.put_off
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(NOW))
    rig.run(rig.add_campaign(AGAIN))
    leave_open(rig, 1, "human")

    def put_off(*args: Any) -> None:
        reached("double-B")
        real(*args)

    def lose_claim(uow: Any) -> None:
        uow.connection.exec_driver_sql("UPDATE lead_claim SET enrolment_id = 2")
        enrolments.replan(uow, 2, rig.clock.now())

    monkeypatch.setattr(claiming, "put_off", put_off)
    rig.run(rig.engine.ctx.db.write(lose_claim))
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=3))
    assert states(rig) == ["human", "planned"]
    assert rig.wire.writes == []


@pytest.mark.cells("account-A")
def test_a_disconnected_account_claims_nothing(phases: Phases, reached: Reached) -> None:
    rig = phases.rig
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(NOW))
    rig.world.set_account_status("CREDENTIALS")
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=2))
    reached("account-A")
    assert rig.one("SELECT status FROM account") == "disconnected"
    assert states(rig) == ["planned"] and rig.rows("SELECT 1 FROM attempt") == []
    rig.world.set_account_status("OK")
    phases.ends()


@pytest.mark.parametrize("cell", each("account-B", "account-C"))
def test_an_account_lost_after_arming_refuses_and_stops(phases: Phases, cell: str) -> None:
    rig = phases.rig
    if cell == "account-B":
        phases.at(cell, lambda: rig.world.set_account_status("CREDENTIALS"))
    else:
        rig.wire.writing(refusal(401, "disconnected_account"))
        unread = refusal(503, "no_client_session")
        phases.at(cell, lambda: rig.wire.on("GET", "/accounts/*", unread, times=20), acts=False)
    phases.go(minutes=40)
    assert attempts(rig)[0] == ("not_sent", "account")
    assert rig.one("SELECT status FROM account") == "disconnected"
    rig.world.set_account_status("OK")
    phases.ends()


@pytest.mark.cells("account-E")
def test_an_account_lost_while_settling_settles_nothing(phases: Phases) -> None:
    phases.loses_its_answer(acts=True)
    phases.at("account-E", lambda: phases.rig.world.set_account_status("CREDENTIALS"))
    phases.go(hours=1)
    assert states(phases.rig) == ["unknown"]
    phases.rig.world.set_account_status("OK")
    phases.ends()


@pytest.mark.parametrize("cell", each("keyring-A", "keyring-B"))
def test_a_locked_keyring_needs_the_key_and_loses_nothing(
    phases: Phases, monkeypatch: pytest.MonkeyPatch, cell: str
) -> None:
    rig = phases.rig
    connections = rig.engine.ctx.connections
    real, is_locked = connections.provider, [False]

    async def provider(address: str) -> object:
        if is_locked[0]:
            raise KeyringError("The keyring is locked.", "Unlock it, then try again.")
        return await real(address)

    def lock() -> None:
        is_locked[0] = True

    monkeypatch.setattr(connections, "provider", provider)
    phases.at(cell, lock)
    if cell == "keyring-A":
        rig.wire.on("GET", "/chat_attendees/*", refusal(502, "provider_error"))
    phases.go()
    assert cell == "keyring-B" or rig.one("SELECT status FROM account") == "key"
    assert len(rig.wire.writes) <= (cell == "keyring-B")
    is_locked[0] = False
    phases.ends()
