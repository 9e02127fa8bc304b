"""What the preview and the strip say, for each kind of step and each trouble."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from engine.domain.sequences import Sequence, Step, StepKind, Variant
from engine.domain.working_hours import make_hours
from gui.state import preview, text_problems
from gui.state.preview import SAMPLE, Person
from gui.state.text_problems import NO_VARIABLES, Variables

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOURS = make_hours("Europe/London", range(5), time(9), time(17))
BRUNO = Person(name="Bruno Øre", about="", key="k1", values={"first_name": "Bruno", "company": "<b>Øre</b>"})
VARIABLES = Variables(leads=214, empty={"first_name": 0, "company": 0, "role": 12})


def say(at: datetime) -> str:
    return f"{at:%d.%m.}"


def step(key: str, kind: str, *texts: str, then: str = "", other: str = "") -> Step:
    variants = tuple(Variant(share=50, text=t) for t in texts)
    return Step(key=key, kind=StepKind(kind), texts=variants, then_key=then, else_key=other)


def of(*steps: Step) -> Sequence:
    return Sequence(steps=steps)


def sentence(sequence: Sequence, key: str) -> str:
    times = preview.times_of(sequence, HOURS, NOW)
    return preview.sentence(sequence, key, BRUNO, times, say=say)


INVITE, MESSAGE, WITHDRAW = step("i", "invite", ""), step("m", "message", "Hi"), step("w", "withdraw")


@pytest.mark.parametrize(
    ("sequence", "key", "words"),
    [
        (of(INVITE, MESSAGE), "i", "This goes out 05.01. at the earliest."),
        (of(INVITE, MESSAGE), "m", "If Bruno accepts that day, this goes out 05.01. at the earliest."),
        (of(MESSAGE), "m", "If you are connected with Bruno, this goes out"),
        (of(INVITE, WITHDRAW), "w", "If Bruno hasn’t accepted by then, the invitation is withdrawn"),
        (of(step("v", "visit")), "v", "The profile is visited"),
        (
            of(step("b", "branch", then="m", other="v"), MESSAGE, step("v", "visit")),
            "m",
            "connected with Bruno already",
        ),
        (of(INVITE, step("b", "branch", then="m", other="m"), MESSAGE), "b", "Nothing is sent here"),
        (of(INVITE, step("b", "branch")), "i", ""),
    ],
)
def test_the_sentence_says_when_and_on_what_it_depends(sequence: Sequence, key: str, words: str) -> None:
    found = sentence(sequence, key)
    assert words in found
    assert bool(found) is bool(words)


def test_without_hours_no_moment_is_told() -> None:
    assert preview.times_of(of(INVITE), None, NOW) == {}
    assert "Connect" in preview.no_time_words(False)
    assert preview.no_time_words(True) == ""


def test_a_text_is_rendered_as_text() -> None:
    shown = preview.show(step("m", "message", "{{ company }} 😀"), 0, BRUNO, is_paid=False)
    assert (shown.text, shown.held, shown.chars, shown.limit) == ("<b>Øre</b> 😀", "", 13, 8000)


def test_a_text_that_cannot_be_written_says_why() -> None:
    assert preview.show(step("m", "message", "{{ role }}"), 0, BRUNO, is_paid=False).held == "role is empty"
    long = preview.show(step("i", "invite", "x" * 250), 0, BRUNO, is_paid=False)
    assert (long.limit, long.chars) == (200, 250)
    assert "50 characters over" in long.held
    assert preview.show(step("i", "invite", "x" * 250), 0, BRUNO, is_paid=True).held == ""


def test_a_variant_of_somebody_else_is_said_except_for_the_sample() -> None:
    two = step("m", "message", "a", "b")
    notes = {preview.show(two, n, BRUNO, is_paid=False).note for n in (0, 1)}
    assert len(notes - {""}) == 1
    assert "Bruno would get" in max(notes)
    assert {preview.show(two, n, SAMPLE, is_paid=False).note for n in (0, 1)} == {""}


def test_what_comes_before_is_told_in_order() -> None:
    sequence = of(
        step("i", "invite", "Hello {{ role }}"), WITHDRAW, step("m", "message", "One"), step("n", "message", "")
    )
    times = preview.times_of(sequence, HOURS, NOW)
    found = preview.earlier(sequence, "n", BRUNO, times, is_paid=False, say=say)
    assert [b.line for b in found] == ["Invitation with a note, from 05.01.", "Message 1, from 05.01."]
    assert [b.text for b in found] == ["Held: role is empty", "One"]
    plain = preview.earlier(of(INVITE, MESSAGE), "m", BRUNO, {}, is_paid=False, say=say)
    assert [b.line for b in plain] == ["Invitation without a note"]


@pytest.mark.parametrize("kind", list(StepKind))
def test_every_kind_of_step_without_a_text_says_what_it_does(kind: StepKind) -> None:
    assert preview.kind_words(Step(key="k", kind=kind)).endswith(".")
    assert preview.show(Step(key="k", kind=kind), 0, BRUNO, is_paid=False).text == ""


@pytest.mark.parametrize(
    ("name", "letters"), [("Bruno Eriksson", "BE"), ("李 小龙", "李小"), ("Ann", "A"), ("😀", "?"), ("", "?")]
)
def test_initials_are_letters(name: str, letters: str) -> None:
    person = Person(name=name, about="", key="", values={})
    assert person.initials == letters
    assert person.first_name == name


def problems(text: str, variables: Variables = VARIABLES, variant: int = 0) -> list[str]:
    shown = step("m", "message", text)
    return [p.words for p in text_problems.problems(of(INVITE, shown), shown, variant, variables, str)]


def test_an_empty_variable_says_how_many_would_be_held_and_can_be_mended() -> None:
    shown = step("m", "message", "Hi {{ role }}, {{ role }}")
    (found,) = text_problems.problems(of(INVITE, shown), shown, 0, VARIABLES, str)
    assert found.words == "role is empty for 12 of 214 leads: they would be held."
    assert (found.variable, found.can_default, found.can_show) == ("role", True, True)
    assert problems('Hi {{ role | default: "boss" }}') == []
    one = Variables(leads=3, empty={"role": 1})
    assert problems("{{ role }}", one) == ["role is empty for 1 of 3 leads: it would be held."]


def test_an_unknown_variable_is_said_with_a_guess_once_there_are_leads() -> None:
    assert problems("{{ rolle }}") == ["There is no variable “rolle” in your leads. Did you mean “role”?"]
    assert problems("{{ zzzzz }}") == ["There is no variable “zzzzz” in your leads. Choose one with “Insert variable”."]
    assert problems("{{ rolle }}", NO_VARIABLES) == []
    assert text_problems.troubled_names("{{ rolle }} {{ role }} {{ first_name }}", VARIABLES) == {"rolle", "role"}
    assert text_problems.troubled_names("{{ rolle }}", NO_VARIABLES) == frozenset()


def test_marks_stand_at_code_points() -> None:
    (mark,) = text_problems.marks("😀 你好 {% if x", VARIABLES)
    assert (mark.start, mark.length) == (5, 2)
    assert "closed" in problems("😀 你好 {% if x")[0]


def test_a_rule_is_said_at_its_step_and_wording() -> None:
    assert problems("") == ["The message has no text yet."]
    two = step("m", "message", "{{ x", "fine")
    assert text_problems.problems(of(INVITE, two), two, 1, VARIABLES, str) == ()
    shown = step("w", "withdraw")
    assert len(text_problems.problems(of(shown), shown, 0, VARIABLES, str)) == 1
