"""The edited sequence: every change, undo and redo, and what is one step of undo."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.sequences import Delay, DelayUnit, Sequence, Step, StepKind, Variant
from gui.state import sequence_edits as edits
from gui.state.sequence_draft import SequenceDraft
from gui.state.sequence_words import cards, delay_words, shares, titles, variant_name, waits_for

DAYS = Delay(amount=3, unit=DelayUnit.DAYS)


def message(key: str, *texts: str) -> Step:
    return Step(key=key, kind=StepKind.MESSAGE, texts=tuple(Variant(share=50, text=t) for t in texts or ("Hi",)))


INVITE = Step(key="invite", kind=StepKind.INVITE, texts=(Variant(share=100, text=""),))
PLAIN = Sequence(steps=(INVITE, message("m1"), message("m2")))


def keys(sequence: Sequence) -> list[str]:
    return [s.key for s in sequence.steps]


def typed(draft: SequenceDraft, text: str, start_s: float = 0.0) -> None:
    for n in range(len(draft.text) + 1, len(text) + 1):
        draft.type_text(text[:n], start_s + n / 10)


def test_steps_keep_their_keys_when_they_move() -> None:
    draft = SequenceDraft(PLAIN)
    assert draft.move("m2", 0)
    assert keys(draft.sequence) == ["m2", "invite", "m1"]
    assert draft.move("m2", 99)
    assert keys(draft.sequence) == ["invite", "m1", "m2"]
    assert not draft.move("m2", 2)


def test_an_added_step_is_shown_and_has_a_key_of_its_own() -> None:
    draft = SequenceDraft(PLAIN)
    key = draft.add(StepKind.MESSAGE, 3)
    assert key not in ("m1", "m2")
    assert draft.view.key == key
    assert draft.step is not None
    assert draft.step.wait == edits.NEXT_WAIT
    assert draft.add(StepKind.MESSAGE, 1) != key
    assert draft.step.wait == edits.FIRST_WAIT
    draft.add(StepKind.WITHDRAW, 1)
    assert draft.step.wait == edits.WITHDRAW_WAIT
    draft.add(StepKind.VISIT, 0)
    assert draft.step.texts == ()


def test_removing_shows_the_next_step_and_then_nothing() -> None:
    draft = SequenceDraft(PLAIN)
    draft.choose("m1")
    draft.remove("m2")
    assert draft.view.key == "m1"
    draft.remove("m1")
    assert draft.view.key == "invite"
    draft.remove("invite")
    assert (draft.view.key, draft.step, draft.text) == ("", None, "")
    draft.type_text("nowhere", 0)
    assert draft.sequence.steps == ()
    assert draft.undo()
    assert draft.view.key == "invite"


def test_a_branch_finds_its_targets_and_follows_a_removed_one() -> None:
    draft = SequenceDraft(PLAIN)
    key = draft.add(StepKind.BRANCH, 3)
    assert draft.sequence.step(key).then_key == ""
    draft.move(key, 0)
    assert (draft.sequence.step(key).then_key, draft.sequence.step(key).else_key) == ("m1", "invite")
    draft.remove("m1")
    assert draft.sequence.step(key).then_key == "m2"
    draft.remove("invite")
    assert draft.sequence.step(key).else_key == "m2"
    draft.choose(key)
    assert draft.set_branch("m2", "")
    draft.remove("m2")
    assert draft.sequence.step(key).then_key == ""


def test_variants_come_go_and_share() -> None:
    draft = SequenceDraft(PLAIN)
    draft.choose("m1")
    assert draft.add_variant()
    assert draft.view.variant == 1
    assert shares(draft.sequence.step("m1")) == "50 / 50"
    assert draft.set_share(150)
    assert shares(draft.sequence.step("m1")) == "25 / 75"
    assert draft.remove_variant()
    assert (draft.view.variant, draft.sequence.step("m1").texts[0].share) == (0, 100)
    assert not draft.remove_variant()
    for _ in range(20):
        draft.add_variant()
    assert len(draft.sequence.step("m1").texts) == 10
    draft.choose("m1", 99)
    assert draft.view.variant == 9
    assert variant_name(9) == "J"


def test_waits_change() -> None:
    draft = SequenceDraft(PLAIN)
    assert draft.set_accept_within(DAYS)
    assert draft.set_wait(DAYS)
    assert not draft.set_wait(DAYS)
    assert draft.sequence.step("invite").accept_within == draft.sequence.step("invite").wait == DAYS


def test_undo_and_redo_go_through_every_state() -> None:
    draft = SequenceDraft(PLAIN)
    states = [draft.sequence]
    draft.add(StepKind.VISIT, 0)
    states.append(draft.sequence)
    draft.move("m2", 0)
    states.append(draft.sequence)
    assert draft.can_undo
    assert not draft.can_redo
    for state in reversed(states[:-1]):
        assert draft.undo()
        assert draft.sequence == state
    assert not draft.undo()
    for state in states[1:]:
        assert draft.redo()
        assert draft.sequence == state
    assert not draft.redo()


def test_a_word_is_one_step_of_undo() -> None:
    draft = SequenceDraft(PLAIN)
    draft.choose("m1")
    typed(draft, "Hi dear friend")
    draft.undo()
    assert draft.text == "Hi dear "
    draft.undo()
    assert draft.text == "Hi "
    draft.undo()
    assert draft.text == "Hi"


def test_a_pause_another_place_a_paste_and_a_step_between_are_steps_of_undo() -> None:
    draft = SequenceDraft(PLAIN)
    draft.choose("m1")
    draft.type_text("Hia", 0)
    draft.type_text("Hiab", 5)
    draft.type_text("xHiab", 5.1)
    draft.type_text("xHiab pasted", 5.2)
    draft.choose("m2")
    draft.choose("m1")
    draft.type_text("xHiab pasted!", 5.3)
    found = []
    while draft.undo():
        found.append(draft.text)
    assert found == ["xHiab pasted", "xHiab", "Hiab", "Hia", "Hi"]


def test_letters_taken_away_one_by_one_are_one_step_of_undo() -> None:
    draft = SequenceDraft(Sequence(steps=(message("m", "abcdef"),)))
    draft.type_text("abcde", 0)
    draft.type_text("abcd", 0.1)
    draft.type_text("bcd", 0.2)
    draft.type_text("cd", 0.3)
    draft.undo()
    assert draft.text == "abcd"
    draft.undo()
    assert draft.text == "abcdef"


def test_a_change_after_undo_forgets_what_was_undone() -> None:
    draft = SequenceDraft(PLAIN)
    draft.add(StepKind.VISIT, 0)
    draft.undo()
    draft.move("m2", 0)
    assert not draft.redo()


@given(st.lists(st.tuples(st.sampled_from(["add", "remove", "move", "type", "undo", "redo"]), st.integers(0, 9))))
def test_any_run_of_changes_keeps_keys_unique_and_can_be_undone(run: list[tuple[str, int]]) -> None:
    draft = SequenceDraft(PLAIN)
    for at, (what, number) in enumerate(run):
        there = keys(draft.sequence)
        if what == "add":
            draft.add(list(StepKind)[number % 5], number % (len(there) + 1))
        elif what in ("remove", "move") and there:
            key = there[number % len(there)]
            draft.remove(key) if what == "remove" else draft.move(key, number)
        elif what == "type" and draft.step and draft.step.texts:
            draft.type_text(draft.text + "ab "[number % 3], at / 10)
        elif what in ("undo", "redo"):
            getattr(draft, what)()
        assert len(set(keys(draft.sequence))) == len(draft.sequence.steps)
        assert draft.view.key in (*keys(draft.sequence), "")
    while draft.undo():
        pass
    assert draft.sequence == PLAIN


def test_cards_say_what_each_step_is() -> None:
    branch = Step(key="b", kind=StepKind.BRANCH, on="connected", then_key="m1", else_key="v")
    steps = (
        Step(key="v", kind=StepKind.VISIT),
        INVITE,
        Step(key="w", kind=StepKind.WITHDRAW, wait=DAYS),
        branch,
        message("m1", "Hi {{ first_name }}\nthere"),
        message("m2", "a", "b"),
        message("m3", ""),
    )
    found = {c.key: c for c in cards(Sequence(steps=steps))}
    assert (found["invite"].title, found["invite"].summary, found["invite"].below) == (
        "Invitation",
        "without a note",
        "",
    )
    assert (found["v"].wait, found["w"].wait, found["b"].wait) == ("at once", "after 3 days", "")
    assert found["w"].summary == "unless they accepted before"
    assert found["v"].summary == "their profile is looked at"
    assert found["b"].summary == "if connected: Message 1, else: Profile visit"
    assert found["b"].trouble == "Choose a later step to go on with when not connected."
    assert found["m1"].summary == "Hi [first name] there"
    assert found["m2"].summary == "2 variants, 50 / 50"
    assert (found["m3"].summary, found["m3"].trouble) == ("no text yet", "The message has no text yet.")
    assert cards(PLAIN)[0].below == "accepted within 21 days, else withdrawn"


def test_titles_count_what_comes_twice() -> None:
    steps = (Step(key="a", kind=StepKind.VISIT), Step(key="b", kind=StepKind.VISIT), message("m"))
    assert list(titles(Sequence(steps=steps)).values()) == ["Profile visit 1", "Profile visit 2", "Message 1"]


@pytest.mark.parametrize(
    ("key", "words"), [("invite", "after the start"), ("m1", "after acceptance"), ("m2", "after message 1")]
)
def test_a_wait_runs_from_what_comes_before(key: str, words: str) -> None:
    assert waits_for(PLAIN, key) == words


def test_a_withdrawal_waits_from_its_invitation() -> None:
    withdraw = Step(key="w", kind=StepKind.WITHDRAW)
    assert waits_for(Sequence(steps=(INVITE, withdraw)), "w") == "after the invitation"
    assert waits_for(Sequence(steps=(INVITE, message("m"), withdraw)), "w") == "after the step before"
    assert delay_words(Delay(amount=1, unit=DelayUnit.WORKING_DAYS)) == "1 working day"
