"""A running campaign's sequence is changed: versions, who goes over, what was delivered stays, and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.domain.practice_people import Character
from engine.domain.sequence_change import Effect
from engine.domain.sequences import Delay, DelayUnit, Sequence, Step, StepKind, Variant
from engine.errors import Refused
from engine.services.sequence_changes import SequenceChanges
from storage.column_types import from_ms, sequence_of
from tests.engine.console_scenes import Console
from tests.engine.scenes import (
    BOTH,
    BRISK,
    HOURS,
    INVITE,
    MESSAGE,
    SECOND,
    WRITING,
    begin,
    connect,
    deliver,
    folk,
    leave_open,
    planned,
    stages,
)
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig
from tests.fakes.wire import refusal

MakeRig = Callable[..., Rig]
Edit = Callable[[Sequence], Sequence]
FRIEND, NEVER = Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS
ONE, TWO = "message_1", "message_2"
NOBODY, BEFORE_ONE, BEFORE_TWO = 1, 2, 3
"""Enrolments: not even invited, waiting for the first message, waiting for the second."""


def service(rig: Rig) -> SequenceChanges:
    return rig.engine.services.sequence_changes


def newest(rig: Rig) -> Sequence:
    return sequence_of(rig.one("SELECT v.steps FROM campaign c JOIN sequence_version v ON v.id = c.version_id"))


def of(*steps: Step) -> Sequence:
    return Sequence(steps=steps)


def message(key: str, text: str = "Another text", wait: int = 3) -> Step:
    texts = (Variant(share=100, text=text),)
    return Step(key=key, kind=StepKind.MESSAGE, wait=Delay(amount=wait, unit=DelayUnit.DAYS), texts=texts)


def retext(key: str) -> Edit:
    return lambda s: of(
        *(replace(x, texts=(Variant(share=100, text="New words"),)) if x.key == key else x for x in s.steps)
    )


def rewait(key: str, wait: str, amount: int) -> Edit:
    changed = Delay(amount=amount, unit=DelayUnit(wait))
    return lambda s: of(*(replace(x, wait=changed) if x.key == key else x for x in s.steps))


def without(key: str) -> Edit:
    return lambda s: of(*(x for x in s.steps if x.key != key))


def with_step(place: int, step: Step) -> Edit:
    return lambda s: of(*s.steps[:place], step, *s.steps[place:])


def swapped(s: Sequence) -> Sequence:
    return of(s.steps[0], s.steps[2], s.steps[1])


@pytest.fixture
def middle(make_rig: MakeRig) -> Rig:
    """Return a started campaign: one person to be invited, one before each of the two messages."""
    rig = make_rig(folk=folk(NEVER, NEVER, NEVER))
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(BOTH))
    deliver(rig, BEFORE_ONE, BEFORE_TWO)
    connect(rig, BEFORE_ONE, BEFORE_TWO)
    deliver(rig, BEFORE_TWO)
    assert planned(rig) == [(NOBODY, "invite"), (BEFORE_ONE, ONE), (BEFORE_TWO, TWO)]
    return rig


def save(rig: Rig, edit: Edit, **how: Any) -> Any:
    return rig.run(service(rig).save(1, edit(newest(rig)), **how))


LOOK = Step(key="look", kind=StepKind.VISIT)
S, C, R, P = Effect.SAME, Effect.NEXT_CHANGED, Effect.NEXT_REMOVED, Effect.PAST
CASES = [
    ("the text of the first message", retext(ONE), (S, C, P), ["invite", ONE, TWO]),
    ("the text of the second message", retext(TWO), (S, S, C), ["invite", ONE, TWO]),
    ("the wait of the second message", rewait(TWO, "d", 9), (S, S, C), ["invite", ONE, TWO]),
    ("the first message is gone", without(ONE), (S, R, P), ["invite", TWO, TWO]),
    ("the second message is gone", without(TWO), (S, S, R), ["invite", ONE, None]),
    ("a message at the end", with_step(3, message("message_3")), (S, S, S), ["invite", ONE, TWO]),
    ("a message in front of the first", with_step(1, message("early")), (S, C, P), ["invite", "early", TWO]),
    ("a message between the two", with_step(2, message("between")), (S, S, C), ["invite", ONE, "between"]),
    ("the two messages swapped", swapped, (S, C, P), ["invite", TWO, TWO]),
    (
        "a visit before the invitation",
        with_step(0, Step(key="look", kind=StepKind.VISIT)),
        (C, P, P),
        ["look", ONE, TWO],
    ),
]


@pytest.mark.parametrize(("name", "edit", "effects", "then"), CASES, ids=[c[0] for c in CASES])
def test_who_is_affected_how_is_said_before_and_is_what_happens(
    middle: Rig, name: str, edit: Edit, effects: tuple[Effect, ...], then: list[str | None]
) -> None:
    shown = middle.run(service(middle).preview(1, edit(newest(middle))))
    of_person = {a.enrolment_id: a.effect for a in shown.people}
    assert tuple(of_person.get(i, P) for i in (NOBODY, BEFORE_ONE, BEFORE_TWO)) == effects
    assert shown.counts == {e: effects.count(e) for e in Effect}
    done = save(middle, edit)
    assert planned(middle) == [(i, key) for i, key in zip((1, 2, 3), then, strict=True) if key]
    assert (done.n, done.moved) == (2, 3)
    assert middle.rows("SELECT id FROM enrolment WHERE version_id <> 2") == []
    judge(middle)


@pytest.mark.parametrize(("name", "edit", "effects", "then"), CASES, ids=[c[0] for c in CASES])
def test_taking_a_change_back_leads_to_the_same_plan_as_before(
    middle: Rig, name: str, edit: Edit, effects: tuple[Effect, ...], then: list[str | None]
) -> None:
    before = planned(middle), newest(middle), stages(middle)
    done = save(middle, edit)
    middle.run(service(middle).take_back(done))
    assert (planned(middle), newest(middle), stages(middle)) == before
    assert middle.one("SELECT count(*) FROM sequence_version") == 2
    judge(middle)


def test_a_version_that_was_used_is_never_changed(middle: Rig) -> None:
    first = middle.one("SELECT steps FROM sequence_version WHERE n = 1")
    save(middle, retext(ONE))
    rows = middle.rows("SELECT n, steps, frozen_ms FROM sequence_version ORDER BY n")
    assert [r.n for r in rows] == [1, 2] and rows[0].steps == first != rows[1].steps
    assert all(r.frozen_ms is not None for r in rows)


def test_for_new_leads_only_changes_nothing_for_those_in_it_until_it_is_applied(middle: Rig) -> None:
    before = planned(middle)
    done = save(middle, without(ONE), for_new_only=True)
    assert (planned(middle), done.moved) == (before, 0)
    assert middle.rows("SELECT id FROM enrolment WHERE version_id <> 1") == []
    again = save(middle, lambda s: s)
    assert (again.n, again.moved, planned(middle)[1]) == (2, 3, (BEFORE_ONE, TWO))
    middle.run(service(middle).take_back(again))
    assert planned(middle) == before


@pytest.mark.parametrize("state", ["claimed", "sending", "unknown", "human"])
def test_an_open_row_is_finished_in_its_old_text_first(middle: Rig, state: str) -> None:
    row_id = leave_open(middle, BEFORE_ONE, state)
    assert middle.run(service(middle).preview(1, retext(ONE)(newest(middle)))).open_rows == 1
    save(middle, without(TWO))
    assert middle.one("SELECT version_id FROM enrolment WHERE id = 2") == 1
    assert middle.one("SELECT state FROM delivery WHERE id = :id", id=row_id) == state
    middle.run(middle.engine.ctx.db.write(lambda u: _close(u, row_id, state, middle)))
    assert middle.one("SELECT version_id FROM enrolment WHERE id = 2") == 2
    assert stages(middle)[1] == "completed"
    judge(middle)


def _close(uow: Any, row_id: int, state: str, rig: Rig) -> None:
    from engine.domain.ledger import DeliveryState
    from storage.repositories import deliveries, enrolments

    ended = {"ended_ms": 1, "resolved_by": "read"}
    deliveries.move(uow, row_id, DeliveryState(state), DeliveryState.SENT, **ended)
    enrolments.replan(uow, BEFORE_ONE, rig.clock.now())


def test_a_longer_wait_counts_from_the_step_before_and_a_shorter_one_is_never_in_the_past(middle: Rig) -> None:
    sent_at = from_ms(middle.one("SELECT ended_ms FROM delivery WHERE enrolment_id = 3 AND step_key = :k", k=ONE))
    due = "SELECT due_ms FROM delivery WHERE enrolment_id = 3 AND step_key = 'message_2'"
    middle.clock.go(hours=12)
    save(middle, rewait(TWO, "d", 9))
    assert from_ms(middle.one(due)) == sent_at + timedelta(days=9)
    save(middle, rewait(TWO, "h", 1))
    assert from_ms(middle.one(due)) == middle.clock.now()


def test_who_got_a_message_stays_messaged_when_its_step_is_gone(middle: Rig) -> None:
    save(middle, without(ONE))
    assert middle.rows("SELECT stage, messages_sent FROM enrolment WHERE id = 3") == [("messaged", 1)]


def test_a_removed_step_that_is_added_again_is_another_step(middle: Rig) -> None:
    save(middle, without(ONE))
    save(middle, with_step(2, message(ONE, "A new last word")))
    keys = [s.key for s in newest(middle).steps]
    assert keys[:2] == ["invite", TWO] and keys[2] not in (ONE, TWO)
    deliver(middle, BEFORE_TWO)
    assert planned(middle)[2] == (BEFORE_TWO, keys[2])


def test_a_step_that_becomes_another_kind_is_another_step(middle: Rig) -> None:
    save(middle, lambda s: of(*s.steps[:2], replace(message(TWO), kind=StepKind.VISIT, texts=())))
    assert newest(middle).steps[2].key == "visit_1"
    assert planned(middle)[2] == (BEFORE_TWO, "visit_1")


def test_a_text_written_for_one_person_stays_theirs(middle: Rig) -> None:
    from storage.repositories import own_texts

    middle.run(middle.engine.ctx.db.write(lambda u: own_texts.put(u, BEFORE_TWO, TWO, "Only for you")))
    save(middle, retext(TWO))
    assert middle.one("SELECT body FROM enrolment_text") == "Only for you"


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda s: s, "Nothing is different"),
        (lambda s: of(), "can't be sent yet"),
        (with_step(3, message("empty", "  ")), "can't be sent yet"),
    ],
)
def test_what_can_not_be_saved_is_refused_and_nothing_is_made(middle: Rig, edit: Edit, words: str) -> None:
    with pytest.raises(Refused, match=words):
        save(middle, edit)
    assert middle.one("SELECT count(*) FROM sequence_version") == 1


def test_a_change_after_another_one_can_not_be_taken_back(middle: Rig) -> None:
    first = save(middle, retext(ONE))
    save(middle, retext(TWO))
    with pytest.raises(Refused, match="changed again"):
        middle.run(service(middle).take_back(first))


@pytest.mark.parametrize("state", ["draft", "archived"])
def test_a_campaign_that_does_not_run_is_not_changed_this_way(make_rig: MakeRig, state: str) -> None:
    rig = make_rig(folk=folk(NEVER))
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(BOTH, start=False))
    if state == "archived":
        rig.run(rig.engine.services.archiving.archive("Both"))
    with pytest.raises(Refused):
        save(rig, retext(ONE))


def test_a_move_that_was_cut_short_is_finished_at_the_next_start(middle: Rig) -> None:
    from storage.repositories import versions

    def only_note(uow: Any) -> None:
        made, _ = versions.add(uow, 1, without(ONE)(newest(middle)), middle.clock.now())
        versions.send_all_to(uow, 1, made)

    middle.run(middle.engine.ctx.db.write(only_note))
    middle.crash()
    middle.run(middle.engine.start())
    middle.run(middle.pass_time(seconds=5))
    assert (planned(middle)[1], middle.rows("SELECT id FROM enrolment WHERE next_version_id IS NOT NULL")) == (
        (BEFORE_ONE, TWO),
        [],
    )


def test_a_row_of_somebody_who_goes_over_is_not_sent_in_its_old_text(make_rig: MakeRig) -> None:
    """Their own commit may come late: the claim sees to it."""
    from storage.repositories import versions

    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(begin(rig, BOTH))
    rig.run(rig.pass_time(hours=2))

    def only_note(uow: Any) -> None:
        made, _ = versions.add(uow, 1, retext(TWO)(newest(rig)), rig.clock.now())
        versions.send_all_to(uow, 1, made)

    rig.run(rig.engine.ctx.db.write(only_note))
    rig.run(rig.pass_time(days=3))
    assert rig.one("SELECT body FROM delivery WHERE step_key = 'message_2' AND state = 'sent'") == "New words"
    judge(rig)


def test_the_command_line_says_who_is_affected_and_saves_a_version(middle: Rig) -> None:
    console = Console(middle)
    path = console.file(
        "new.toml", f'name = "Both"\n{HOURS}{INVITE}{MESSAGE}' + SECOND.replace("my note", "my message")
    )
    keyed = {"same": 2, "next_changed": 1, "next_removed": 0, "past": 0}
    shown = console.json("campaign", "edit", "Both", path, "--dry-run")
    assert shown == {"campaign": "Both", "version": 1, "moved": 0, "affected": keyed}
    assert middle.one("SELECT count(*) FROM sequence_version") == 1
    assert console.json("campaign", "edit", "Both", path) == {**shown, "version": 2, "moved": 3}
    assert console.run("campaign", "edit", "Both", path).is_refusal
    assert (
        "people: a later step is different"
        in console.run("campaign", "edit", "Both", console.file("old.toml", BOTH), "--new-leads-only").out
    )


def test_a_draft_is_edited_in_place(make_rig: MakeRig) -> None:
    rig = make_rig(people=1)
    console = Console(rig)
    console.json("campaign", "add", console.file("both.toml", BOTH))
    path = console.file("new.toml", f'name = "X"\n{MESSAGE}')
    assert console.json("campaign", "edit", "Both", path)["version"] == 1
    assert [s.key for s in newest(rig).steps] == ["message_1"]


def test_a_text_that_another_step_has_brought_meanwhile_is_asked_about(make_rig: MakeRig) -> None:
    """A first attempt is refused; then a step with its very text comes before it, and goes out (seed 158)."""
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.wire.on("POST", "/chats", refusal(429, "too_many_requests"))
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(hours=2))
    (refused,) = rig.rows("SELECT step_key, state, body FROM delivery WHERE kind = 'message'")
    assert (refused.step_key, refused.state) == (ONE, "planned") and refused.body
    (step,) = newest(rig).steps
    again = replace(step, key="message_9", wait=Delay(amount=0, unit=DelayUnit.DAYS))
    rig.run(service(rig).save(1, of(again, step)))
    rig.hurry(FAST)
    rig.run(rig.pass_time(days=8))
    assert [r.step_key for r in rig.rows("SELECT step_key FROM delivery WHERE state = 'sent'")] == ["message_9"]
    assert "got the same text before" in rig.one("SELECT attention_why FROM enrolment")
    judge(rig)
