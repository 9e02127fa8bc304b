"""What a person decides for one lead: try again, skip, go to a step, start again, not an answer; and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from engine.domain.practice_people import Character
from engine.errors import NotFound, Refused
from engine.services.recovery import FACTS, Recovery
from storage.column_types import from_ms, to_ms
from storage.repositories import enrolments
from tests.engine.console_scenes import Console
from tests.engine.scenes import BOTH, BRISK, HOURS, begin, connect, deliver, folk, leave_open, ledger, planned, stages
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]
FRIEND, NEVER = Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS
TOKEN = f'name = "Token"\n{HOURS}[[steps]]\nkind = "message"\ntext = "About {{{{ company }}}}"\n'
NEW, FIRST, SECOND = 1, 2, 3
"""Enrolments: not even invited, waiting for the first message, waiting for the second."""


def recovery(rig: Rig) -> Recovery:
    return rig.engine.services.recovery


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    """Return a started campaign: one person to be invited, one before each of the two messages."""
    made = make_rig(folk=folk(NEVER, NEVER, NEVER))
    made.run(made.add_account())
    made.run(made.add_campaign(BOTH))
    deliver(made, FIRST, SECOND)
    connect(made, FIRST, SECOND)
    deliver(made, SECOND)
    return made


def facts(rig: Rig, enrolment_id: int) -> list[Any]:
    return rig.rows(f"SELECT {', '.join(FACTS)}, stage, is_active FROM enrolment WHERE id = {enrolment_id}")


def know(rig: Rig, enrolment_id: int, **columns: Any) -> None:
    """Let something be known of an enrolment."""

    def write(uow: Any) -> None:
        enrolments.set_facts(uow, enrolment_id, **columns)
        enrolments.replan(uow, enrolment_id, rig.clock.now())

    rig.run(rig.engine.ctx.db.write(write))


def due(rig: Rig, enrolment_id: int) -> Any:
    return from_ms(rig.one("SELECT due_ms FROM delivery WHERE state = 'planned' AND enrolment_id = :i", i=enrolment_id))


DECISIONS: list[tuple[str, int, Callable[[Recovery], Any], Any]] = [
    ("skip the first message", FIRST, lambda r: r.skip(FIRST), (FIRST, "message_2")),
    ("skip the last message", SECOND, lambda r: r.skip(SECOND), None),
    ("go to the last message", FIRST, lambda r: r.go_to(FIRST, "message_2"), (FIRST, "message_2")),
    ("do the next step now", FIRST, lambda r: r.go_to(FIRST, "message_1"), (FIRST, "message_1")),
    ("start again", SECOND, lambda r: r.restart(SECOND), (4, "message_1")),
    ("start the invited again", NEW, lambda r: r.restart(NEW), (4, "invite")),
]


@pytest.mark.parametrize(("name", "whose", "decide", "then"), DECISIONS, ids=[d[0] for d in DECISIONS])
def test_a_decision_is_a_fact_that_the_plan_follows(
    rig: Rig, name: str, whose: int, decide: Callable[[Recovery], Any], then: Any
) -> None:
    done = rig.run(decide(recovery(rig)))
    mine = [row for row in planned(rig) if row[0] in (whose, done.made_id)]
    assert mine == ([then] if then else [])
    assert rig.one("SELECT words FROM activity ORDER BY id DESC LIMIT 1").startswith("You decided: ") or not then
    judge(rig)


@pytest.mark.parametrize(("name", "whose", "decide", "then"), DECISIONS, ids=[d[0] for d in DECISIONS])
def test_taking_a_decision_back_restores_what_was_before(
    rig: Rig, name: str, whose: int, decide: Callable[[Recovery], Any], then: Any
) -> None:
    before = facts(rig, whose), planned(rig), rig.one("SELECT count(*) FROM enrolment")
    done = rig.run(decide(recovery(rig)))
    rig.run(recovery(rig).take_back(done))
    assert (facts(rig, whose), planned(rig), rig.one("SELECT count(*) FROM enrolment")) == before
    with pytest.raises((Refused, NotFound)):
        rig.run(recovery(rig).take_back(done))
    judge(rig)


def test_a_skipped_step_can_be_gone_to_and_is_next_at_once(rig: Rig) -> None:
    rig.run(recovery(rig).skip(FIRST))
    rig.clock.go(hours=5)
    rig.run(recovery(rig).go_to(FIRST, "message_1"))
    assert (planned(rig)[1], due(rig, FIRST)) == ((FIRST, "message_1"), rig.clock.now())
    deliver(rig, FIRST)
    assert planned(rig)[1] == (FIRST, "message_2")
    assert due(rig, FIRST) == rig.clock.now() + timedelta(days=1)


CLOSED = [
    (SECOND, "invite", "carried out"),
    (SECOND, "message_1", "carried out"),
    (NEW, "message_1", "haven't accepted"),
    (FIRST, "nothing", "no step"),
]


@pytest.mark.parametrize(("whose", "key", "words"), CLOSED)
def test_a_delivered_or_impossible_step_can_not_be_chosen(rig: Rig, whose: int, key: str, words: str) -> None:
    before = facts(rig, whose), planned(rig)
    with pytest.raises((Refused, NotFound), match=words):
        rig.run(recovery(rig).go_to(whose, key))
    offered = {s.key: s.can_choose for s in rig.run(recovery(rig).steps(whose))}
    assert not offered.get(key, False)
    assert (facts(rig, whose), planned(rig)) == before


def test_an_invitation_alone_can_not_be_skipped(rig: Rig) -> None:
    with pytest.raises(Refused, match="haven't accepted"):
        rig.run(recovery(rig).skip(NEW))


def test_skipping_a_withdrawal_leaves_the_invitation_open(rig: Rig) -> None:
    deliver(rig, NEW)
    done = rig.run(recovery(rig).skip(NEW))
    assert "withdrawal" in done.words
    assert (stages(rig)[0], planned(rig)[0][0]) == ("invite_sent", FIRST)
    rig.run(recovery(rig).take_back(done))
    assert planned(rig)[0] == (NEW, "invite:withdraw")


@pytest.mark.parametrize("state", ["claimed", "sending", "unknown", "human"])
@pytest.mark.parametrize("verb", ["retry", "skip", "go_to", "go_on", "restart"])
def test_nothing_is_decided_while_a_send_is_open(rig: Rig, state: str, verb: str) -> None:
    leave_open(rig, FIRST, state)
    before = facts(rig, FIRST), ledger(rig)
    arguments = (FIRST, "message_2") if verb == "go_to" else (FIRST,)
    with pytest.raises(Refused):
        rig.run(getattr(recovery(rig), verb)(*arguments))
    assert (facts(rig, FIRST), ledger(rig)) == before


def test_trying_again_frees_who_was_held_and_is_taken_back(make_rig: MakeRig) -> None:
    first, second = folk(FRIEND, FRIEND)
    rig = make_rig(folk=(replace(first, company=""), second))
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(TOKEN))
    held = facts(rig, 1)
    done = rig.run(recovery(rig).retry(1))
    assert (stages(rig)[0], planned(rig)[0]) == ("pending_invite", (1, "message_1"))
    rig.run(recovery(rig).take_back(done))
    assert facts(rig, 1) == held


def test_trying_again_hurries_what_was_put_off(rig: Rig) -> None:
    later = to_ms(rig.clock.now() + timedelta(days=3))
    rig.run(
        rig.engine.ctx.db.write(
            lambda u: u.connection.exec_driver_sql(
                "UPDATE delivery SET not_before_ms = ?, due_ms = ? WHERE enrolment_id = 1", (later, later)
            )
        )
    )
    rig.run(recovery(rig).retry(NEW))
    assert due(rig, NEW) <= rig.clock.now()
    with pytest.raises(Refused, match="Nothing has failed"):
        rig.run(recovery(rig).retry(NEW))


ENDED = {"replied_ms": 1, "excluded_ms": 1, "withdrawn_ms": 1, "hand_wrote_ms": 1}


@pytest.mark.parametrize("verb", ["retry", "skip", "go_to"])
@pytest.mark.parametrize("fact", ENDED)
def test_who_was_stopped_is_not_sent_on_by_the_way(rig: Rig, fact: str, verb: str) -> None:
    know(rig, FIRST, **{fact: ENDED[fact]})
    before = facts(rig, FIRST)
    arguments = (FIRST, "message_2") if verb == "go_to" else (FIRST,)
    with pytest.raises(Refused):
        rig.run(getattr(recovery(rig), verb)(*arguments))
    assert facts(rig, FIRST) == before


@pytest.mark.parametrize("fact", ["replied_ms", "hand_wrote_ms"])
def test_not_an_answer_waits_for_the_day_and_is_taken_back(rig: Rig, fact: str) -> None:
    know(rig, FIRST, **{fact: to_ms(rig.clock.now())})
    stopped = facts(rig, FIRST)
    done = rig.run(recovery(rig).go_on(FIRST, date(2026, 3, 5)))
    assert due(rig, FIRST).isoformat() == "2026-03-04T23:00:00+00:00"
    assert stages(rig)[1] == "connected"
    assert "goes on on 5 March" in rig.one("SELECT next_why FROM enrolment WHERE id = 2")
    judge(rig)
    rig.run(recovery(rig).take_back(done))
    assert facts(rig, FIRST) == stopped


def test_going_on_needs_a_reason_and_a_day_to_come(rig: Rig) -> None:
    with pytest.raises(Refused, match="Nothing has stopped"):
        rig.run(recovery(rig).go_on(FIRST))
    know(rig, FIRST, replied_ms=1)
    with pytest.raises(Refused, match="day is over"):
        rig.run(recovery(rig).go_on(FIRST, date(2026, 1, 4)))


@pytest.mark.parametrize("says_more", [False, True], ids=["silent", "writes again"])
def test_on_that_day_the_conversation_is_read_again_and_anything_newer_stops_it(
    make_rig: MakeRig, says_more: bool
) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(begin(rig, BOTH))
    rig.run(rig.pass_time(hours=3))
    person = rig.people[0].provider_id
    rig.world.hear_from(person, "I am away until the 15th.")
    rig.run(rig.pass_time(hours=2))
    assert (stages(rig), len(rig.wire.writes)) == (["responded"], 1)
    rig.run(recovery(rig).go_on(1, date(2026, 1, 15)))
    for workers in rig.engine.supervisor.accounts.values():
        workers.replies.next_at = rig.clock.now().replace(year=2030)
    if says_more:
        rig.world.hear_from(person, "Please stop.")
    rig.hurry(FAST)
    rig.run(rig.pass_time(days=9))
    assert (stages(rig), len(rig.wire.writes)) == (["messaged"], 1)
    rig.hurry(BRISK)
    rig.run(rig.pass_time(days=2))
    assert (stages(rig), len(rig.wire.writes)) == ((["responded"], 1) if says_more else (["completed"], 2))


def test_who_is_started_again_is_asked_about_a_text_they_have_got(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=FAST)
    rig.run(begin(rig, BOTH))
    rig.run(rig.to_the_end())
    assert len(rig.wire.writes) == 2
    done = rig.run(recovery(rig).restart(1))
    rig.run(rig.to_the_end())
    assert (len(rig.wire.writes), stages(rig)) == (2, ["completed", "needs_attention"])
    assert "got the same text before" in rig.one("SELECT attention_why FROM enrolment WHERE id = 2")
    assert rig.one("SELECT count(*) FROM delivery WHERE enrolment_id = 1 AND state = 'sent'") == 2
    rig.run(recovery(rig).take_back(done))
    assert stages(rig) == ["completed"]
    judge(rig)


def test_an_invitation_that_lapsed_is_made_again_after_the_pause_only(rig: Rig) -> None:
    deliver(rig, NEW)
    lapsed = rig.clock.now()
    know(rig, NEW, withdrawn_ms=to_ms(lapsed), withdrawn_why="not accepted in time")
    rig.run(recovery(rig).restart(NEW))
    assert planned(rig)[-1] == (4, "invite") and due(rig, 4) == lapsed + timedelta(days=22)
    judge(rig)


def test_the_command_line_decides_for_one_lead(rig: Rig) -> None:
    console = Console(rig)
    assert "Message 1 of 2" in console.json("leads", "skip", "2")["decided"]
    assert "Message 1 of 2" in console.json("leads", "go-to", "2", "message_1", "--campaign", "Both")["decided"]
    assert [s["can_go"] for s in console.json("leads", "steps", "3")] == [False, False, True]
    assert console.run("leads", "go-to", "3", "message_1").is_refusal
    assert console.run("leads", "retry", "2").is_refusal
    know(rig, SECOND, replied_ms=1)
    assert "no answer" in console.json("leads", "continue", "3", "--on", "2026-03-05")["decided"]
    assert console.run("leads", "continue", "3", "--on", "tomorrow").code == 2
    assert console.json("leads", "restart", "1")["decided"] == "started again from the beginning"
    for wrong in (("leads", "skip", "nobody"), ("leads", "skip", "1", "--campaign", "Nowhere")):
        assert console.run(*wrong).is_refusal
    rig.run(rig.add_campaign(BOTH.replace('"Both"', '"Other"')))
    assert "--campaign NAME" in console.run("leads", "skip", "1").err


@pytest.mark.parametrize("state", ["claimed", "sending", "sent"])
def test_a_decision_of_which_something_has_come_is_not_taken_back(rig: Rig, state: str) -> None:
    """Else the messages that it left out would follow the one that was gone to."""
    done = rig.run(recovery(rig).go_to(FIRST, "message_2"))
    if state == "sent":
        deliver(rig, FIRST)
    else:
        leave_open(rig, FIRST, state)
    before = facts(rig, FIRST), planned(rig)
    with pytest.raises(Refused, match="has come of it"):
        rig.run(recovery(rig).take_back(done))
    assert (facts(rig, FIRST), planned(rig)) == before


def test_a_restart_after_which_you_wrote_yourself_is_not_taken_back(rig: Rig) -> None:
    done = rig.run(recovery(rig).restart(FIRST))
    know(rig, 4, hand_wrote_ms=1)
    with pytest.raises(Refused, match="has come of it"):
        rig.run(recovery(rig).take_back(done))


def test_who_is_started_again_has_no_other_round_that_may_go_on(rig: Rig) -> None:
    """Its withdrawal was skipped, so it is at an end until they accept: then it would go on beside the new one."""
    deliver(rig, NEW)
    rig.run(recovery(rig).skip(NEW))
    assert facts(rig, NEW)[0].is_active == 0
    rig.run(recovery(rig).restart(NEW))
    assert stages(rig)[0] == "excluded"
    connect(rig, NEW)
    assert [row for row in planned(rig) if row[0] in (NEW, 4)] == [(4, "message_1")]
    judge(rig)
