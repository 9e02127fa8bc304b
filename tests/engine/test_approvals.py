"""Asked before each of the first sends: nothing goes out that nobody approved, and what goes out is what was shown."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from engine.domain.practice_people import Character
from engine.errors import NotFound, Refused
from engine.provider.simulated.records import EffectKind
from engine.services.questions import Item
from tests.engine.scenes import BOTH, BRISK, INVITING, WRITING, attempts, folk, ledger, stages, states
from tests.fakes.crashes import CrashAt, Crashed
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig
from tests.fakes.wire import refusal

MakeRig = Callable[..., Rig]
FRIEND, NEVER, SOON = Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS, Character.ACCEPTS_SOON
NOTED = INVITING.replace("accept_within", "note = \"Hi {{ first_name | default: 'there' }}\"\naccept_within")
VISITED = INVITING.replace('[[steps]]\nkind = "invite"', '[[steps]]\nkind = "visit"\n[[steps]]\nkind = "invite"')


def asking(make_rig: MakeRig, toml: str, *characters: Character, ask: int = 10, speed: float = BRISK) -> Rig:
    """Return a rig whose campaign asks, run until nothing happens without a person."""
    rig = make_rig(folk=folk(*characters), speed=speed)
    rig.run(rig.add_account())
    name = rig.run(rig.add_campaign(toml, start=False))
    rig.run(rig.engine.services.campaigns.start(name, ask=ask))
    rig.run(rig.to_the_end())
    return rig


def items(rig: Rig) -> list[Item]:
    return [i for i in rig.run(rig.engine.services.attention.list()) if i.kind == "approval"]


def resolve(rig: Rig, item: Item, choice: str = "approve") -> None:
    rig.run(rig.engine.services.attention.resolve(item.id, choice))


def approve_all(rig: Rig) -> None:
    """Approve whatever is asked until nothing is."""
    while found := items(rig):
        for item in found:
            resolve(rig, item)
        rig.run(rig.to_the_end())


def broken(rig: Rig) -> list[Any]:
    return [line for line in rig.run(rig.engine.services.status.check()) if not line.ok]


def test_nothing_goes_out_before_it_is_approved_and_then_the_very_text_that_was_shown(make_rig: MakeRig) -> None:
    rig = asking(make_rig, WRITING, FRIEND)
    (item,) = items(rig)
    assert rig.wire.writes == [] and states(rig) == ["planned"] and attempts(rig) == []
    assert (item.step, item.choices) == ("Message 1 of 1", ("approve", "skip", "stop"))
    assert item.text == f"Hi {rig.people[0].first_name}, thanks for connecting."
    assert item.name and item.campaign == "Writing" and item.at is not None and item.not_before is not None
    resolve(rig, item)
    assert rig.enrolment(rig.people[0], "Writing").next_why == "you approved it: it is next in line"
    rig.run(rig.to_the_end())
    assert [e.text for e in rig.world.state.effects] == [item.text]
    assert stages(rig) == ["completed"]
    judge(rig)


def test_a_lead_that_waits_keeps_its_stage_and_says_what_it_waits_for(make_rig: MakeRig) -> None:
    rig = asking(make_rig, INVITING, NEVER)
    assert stages(rig) == ["pending_invite"]
    person = rig.enrolment(rig.people[0], "Inviting")
    assert (person.next_why, person.next_action) == ("waits for your approval", "invite")
    (why,) = rig.run(rig.engine.services.explanations.why("Inviting"))
    assert why.why == "waits for your approval"
    assert rig.run(rig.engine.services.status.overview()).questions == 1


@pytest.mark.parametrize(("toml", "text"), [(INVITING, None), (NOTED, "Hi ")])
def test_an_invitation_is_asked_about_with_its_note_or_without(make_rig: MakeRig, toml: str, text: str | None) -> None:
    rig = asking(make_rig, toml, NEVER, speed=FAST)
    (item,) = items(rig)
    assert (item.text or "")[:3] == (text or "")
    assert item.step == f"Invitation {'with' if text else 'without'} a note"
    resolve(rig, item)
    rig.run(rig.to_the_end())
    assert [e.text for e in rig.world.state.effects if e.kind is EffectKind.INVITE] == [item.text]
    judge(rig)


def test_only_the_first_sends_are_asked_about_and_the_rest_go_by_themselves(make_rig: MakeRig) -> None:
    rig = asking(make_rig, WRITING, *[FRIEND] * 5, ask=2)
    first = items(rig)
    assert len(first) == 2 and rig.wire.writes == []
    waiting = rig.run(rig.engine.services.explanations.why(rig.people[4].slug))[0]
    assert waiting.why.endswith("; you are asked before it goes")
    resolve(rig, first[0])
    rig.run(rig.to_the_end())
    assert len(rig.wire.writes) == 1 and [i.id for i in items(rig)] == [first[1].id]
    resolve(rig, first[1])
    rig.run(rig.to_the_end())
    assert len(rig.wire.writes) == 5 and items(rig) == []
    judge(rig)


@pytest.mark.parametrize(("choice", "stage"), [("skip", "completed"), ("stop", "excluded")])
def test_what_is_skipped_or_stopped_is_never_sent_and_another_is_asked_about(
    make_rig: MakeRig, choice: str, stage: str
) -> None:
    rig = asking(make_rig, WRITING, *[FRIEND] * 2, ask=1)
    (item,) = items(rig)
    resolve(rig, item, choice)
    rig.run(rig.to_the_end())
    assert stages(rig)[0] == stage and rig.wire.writes == []
    (other,) = items(rig)
    assert other.id != item.id
    resolve(rig, other)
    rig.run(rig.to_the_end())
    assert len(rig.wire.writes) == 1
    judge(rig)


def test_a_visit_and_a_withdrawal_go_without_asking(make_rig: MakeRig) -> None:
    rig = asking(make_rig, VISITED, NEVER, speed=FAST)
    assert [e.kind for e in rig.world.state.effects] == [EffectKind.VISIT]
    approve_all(rig)
    assert [e.kind for e in rig.world.state.effects] == [EffectKind.VISIT, EffectKind.INVITE, EffectKind.WITHDRAW]
    judge(rig)


def test_open_questions_stop_neither_approved_steps_nor_other_campaigns(make_rig: MakeRig) -> None:
    people = folk(*[FRIEND] * 3)
    rig = make_rig(folk=people, speed=BRISK)
    rig.run(rig.add_account())
    name = rig.run(rig.add_campaign(WRITING, people=people[:2], start=False))
    rig.run(rig.add_campaign(WRITING.replace('"Writing"', '"Other"'), people=people[2:]))
    rig.run(rig.engine.services.campaigns.start(name, ask=5))
    rig.run(rig.to_the_end())
    assert len(rig.wire.writes) == 1 and stages(rig)[2] == "completed"
    last = items(rig)[-1]
    resolve(rig, last)
    rig.run(rig.to_the_end())
    assert len(rig.wire.writes) == 2 and len(items(rig)) == 1
    judge(rig)


def test_a_follow_up_is_asked_about_when_it_is_due_and_not_before(make_rig: MakeRig) -> None:
    rig = asking(make_rig, BOTH, FRIEND, speed=FAST)
    first = items(rig)
    resolve(rig, first[0])
    rig.run(rig.pass_time(hours=4))
    assert len(rig.wire.writes) == 1 and items(rig) == []
    rig.run(rig.to_the_end())
    (second,) = items(rig)
    assert (second.step, second.text) == ("Message 2 of 2", "Did you see my note?")
    approve_all(rig)
    assert stages(rig) == ["completed"]
    judge(rig)


def test_an_approved_message_is_stopped_by_an_answer_and_its_question_is_gone(make_rig: MakeRig) -> None:
    rig = asking(make_rig, BOTH, Character.ANSWERS_FIRST, speed=FAST)
    approve_all(rig)
    assert stages(rig) == ["responded"]
    assert items(rig) == []
    judge(rig)


def test_an_approval_waits_for_the_working_hours(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(rig.add_account())
    name = rig.run(rig.add_campaign(WRITING, start=False))
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=10))
    rig.run(rig.engine.services.campaigns.start(name, ask=1))
    rig.run(rig.pass_time(hours=2))
    (item,) = items(rig)
    assert item.not_before is not None and item.not_before > rig.clock.now()
    resolve(rig, item)
    rig.run(rig.pass_time(hours=1))
    assert rig.wire.writes == []
    rig.run(rig.to_the_end())
    assert len(rig.wire.writes) == 1
    judge(rig)


def rename(rig: Rig, name: str) -> None:
    rig.engine.ctx.db.write_here(lambda u: u.connection.exec_driver_sql("UPDATE lead SET first_name = ?", (name,)))


def test_a_question_about_a_text_that_has_changed_is_asked_anew(make_rig: MakeRig) -> None:
    rig = asking(make_rig, WRITING, FRIEND)
    (item,) = items(rig)
    rename(rig, "Zoë")
    with pytest.raises(Refused, match="changed"):
        resolve(rig, item)
    (again,) = items(rig)
    assert again.id != item.id and again.text == "Hi Zoë, thanks for connecting."
    with pytest.raises(Refused, match="answered already"):
        resolve(rig, item)
    approve_all(rig)
    assert [e.text for e in rig.world.state.effects] == [again.text]
    judge(rig)


@pytest.mark.parametrize("ask", [1, 10])
def test_an_approval_of_a_text_that_has_changed_is_worth_nothing(make_rig: MakeRig, ask: int) -> None:
    rig = asking(make_rig, WRITING, *[FRIEND] * 2, ask=ask)
    for item in items(rig):
        resolve(rig, item)
    rename(rig, "Zoë")
    rig.run(rig.to_the_end())
    assert rig.wire.writes == []
    found = items(rig)
    assert {i.text for i in found} == {"Hi Zoë, thanks for connecting."}
    approve_all(rig)
    assert len(rig.wire.writes) == 2
    judge(rig)


def test_a_changed_text_stops_only_its_own_lead_once_enough_were_sent(make_rig: MakeRig) -> None:
    rig = asking(make_rig, WRITING, *[FRIEND] * 3, ask=1)
    (item,) = items(rig)
    held_back = "UPDATE delivery SET due_ms = due_ms + 86400000, not_before_ms = due_ms + 86400000 WHERE lead_id = ?"
    rig.engine.ctx.db.write_here(lambda u: u.connection.exec_driver_sql(held_back, (item.lead_id,)))
    resolve(rig, item)
    rig.run(rig.pass_time(hours=5))
    assert len(rig.wire.writes) == 2
    rename(rig, "Zoë")
    rig.run(rig.to_the_end())
    assert len(rig.wire.writes) == 2 and [i.lead_id for i in items(rig)] == [item.lead_id]
    assert rig.one("SELECT ask_left FROM campaign") == 0
    approve_all(rig)
    judge(rig)


def test_a_refused_send_is_tried_again_with_the_same_approval(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.wire.on("POST", "/chats", refusal(429, "too_many_requests"))
    rig.run(rig.add_account())
    name = rig.run(rig.add_campaign(WRITING, start=False))
    rig.run(rig.engine.services.campaigns.start(name, ask=1))
    rig.run(rig.to_the_end())
    approve_all(rig)
    assert len(attempts(rig)) == 2 and stages(rig) == ["completed"]
    assert rig.one("SELECT count(*) FROM approval") == 1
    judge(rig)


def test_a_text_that_can_not_be_written_any_more_holds_the_lead(make_rig: MakeRig) -> None:
    rig = asking(make_rig, WRITING, FRIEND)
    (item,) = items(rig)
    rename(rig, "{{ secret }}")
    with pytest.raises(Refused):
        resolve(rig, item)
    assert items(rig) == [] and stages(rig) == ["needs_attention"]
    assert broken(rig) == []


def test_starting_again_counts_what_was_approved_and_leaves_open_questions_open(make_rig: MakeRig) -> None:
    rig = asking(make_rig, WRITING, *[FRIEND] * 4, ask=2)
    resolve(rig, items(rig)[0])
    rig.run(rig.to_the_end())
    start = rig.engine.services.campaigns.start
    rig.run(start("Writing", ask=3))
    assert rig.one("SELECT ask_left FROM campaign") == 2
    rig.run(start("Writing", ask=1))
    assert rig.one("SELECT ask_left FROM campaign") == 0
    rig.run(rig.to_the_end())
    assert len(rig.wire.writes) == 2 and len(items(rig)) == 2
    approve_all(rig)
    assert stages(rig) == ["completed"] * 4
    judge(rig)


def test_a_paused_or_archived_campaign_asks_nothing(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(rig.add_account())
    name = rig.run(rig.add_campaign(WRITING, start=False))
    rig.run(rig.engine.services.campaigns.start(name, ask=1))
    rig.run(rig.engine.services.pausing.pause_campaign(name))
    rig.run(rig.to_the_end())
    rig.run(rig.pass_time(hours=2))
    assert items(rig) == []
    rig.run(rig.engine.services.pausing.resume_campaign(name))
    rig.run(rig.to_the_end())
    (item,) = items(rig)
    rig.run(rig.engine.services.archiving.archive(name))
    assert items(rig) == []
    with pytest.raises(Refused):
        resolve(rig, item)
    judge(rig)


def test_forgetting_a_person_forgets_what_was_asked(make_rig: MakeRig) -> None:
    rig = asking(make_rig, WRITING, FRIEND)
    rig.run(rig.engine.services.forgetting.forget(rig.people[0].slug))
    assert items(rig) == []
    assert [tuple(r) for r in rig.rows("SELECT body, lead_values FROM approval")] == [(None, "{}")]
    judge(rig)


@pytest.mark.parametrize(("item", "choice", "error"), [("a99", "approve", NotFound), ("a1", "sent", Refused)])
def test_nonsense_is_refused(make_rig: MakeRig, item: str, choice: str, error: type[Exception]) -> None:
    rig = asking(make_rig, WRITING, FRIEND)
    with pytest.raises(error):
        rig.run(rig.engine.services.attention.resolve(item, choice))
    with pytest.raises(Refused):
        rig.run(rig.engine.services.campaigns.start("Writing", ask=-1))
    assert len(items(rig)) == 1


def test_an_engine_started_again_asks_the_same_question(make_rig: MakeRig) -> None:
    rig = asking(make_rig, WRITING, FRIEND)
    (before,) = items(rig)
    rig.crash()
    rig.run(rig.to_the_end())
    assert [i.id for i in items(rig)] == [before.id]


def run_with_a_crash(rig: Rig, at: int) -> CrashAt:
    """Answer whatever is asked; the process ends at a point and starts again."""
    crash = CrashAt(rig, at)
    with contextlib.suppress(Crashed):
        rig.run(rig.to_the_end())
        approve_all(rig)
    crash.heal()
    rig.crash()
    rig.run(rig.to_the_end())
    return crash


def test_a_crash_anywhere_sends_nothing_unapproved_and_nothing_twice(make_rig: MakeRig) -> None:
    reached = set()
    for at in range(4, 90, 2):
        rig = make_rig(folk=folk(FRIEND), speed=FAST)
        rig.run(rig.add_account())
        name = rig.run(rig.add_campaign(WRITING, start=False))
        rig.run(rig.engine.services.campaigns.start(name, ask=1))
        crash = run_with_a_crash(rig, at)
        if not crash.is_dead:
            break
        is_approved = rig.one("SELECT count(*) FROM approval WHERE state = 'approved'") == 1
        reached.add((crash.name, is_approved))
        assert is_approved or rig.wire.writes == [], f"point {at}"
        approve_all(rig)
        (row,) = ledger(rig)
        if row[1] != "sent":
            assert (row[1], rig.world.state.effects) == ("human", []), f"point {at}, {crash.name}"
        judge(rig)
    assert {("after a commit", False), ("after a commit", True), ("after the request", True)} <= reached


@pytest.mark.parametrize("seed", range(3))
def test_crashes_between_questions_and_sends_lose_nobody(make_rig: MakeRig, seed: int) -> None:
    dice = Random(seed)
    rig = make_rig(folk=folk(FRIEND, NEVER, SOON, FRIEND), speed=FAST, seed=seed)
    rig.run(rig.add_account())
    name = rig.run(rig.add_campaign(BOTH, start=False))
    rig.run(rig.engine.services.campaigns.start(name, ask=3))
    for _ in range(4):
        run_with_a_crash(rig, dice.randrange(1, 30))
    approve_all(rig)
    assert set(stages(rig)) <= {"completed", "withdrawn", "needs_attention"}
    judge(rig)


def test_the_check_finds_a_send_that_nobody_approved_or_that_differs(make_rig: MakeRig) -> None:
    rig = asking(make_rig, WRITING, FRIEND, ask=1)
    approve_all(rig)
    change = rig.engine.ctx.db.write_here
    change(lambda u: u.connection.exec_driver_sql("UPDATE approval SET body_sha = 'other'"))
    assert [line.name for line in broken(rig)] == ["nothing_sent_unapproved"]
    change(lambda u: u.connection.exec_driver_sql("UPDATE approval SET state = 'skipped'"))
    change(lambda u: u.connection.exec_driver_sql("UPDATE campaign SET ask_until_ms = NULL"))
    assert [line.name for line in broken(rig)] == ["nothing_sent_unapproved"]
