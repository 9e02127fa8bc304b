"""The words and the course of Start, the read-through and a campaign's page."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.working_hours import WorkingHours
from engine.services.explanations import Why
from engine.services.preflight import HeldLead
from engine.services.read_through import SameTexts
from gui.state import campaign_words, start_words
from gui.state.reading import Reading, end_words, others_words, progress_words

NOW = datetime(2026, 1, 6, 13, tzinfo=UTC)


def held(n: int, reason: str = "role is empty", variable: str | None = "role") -> tuple[HeldLead, ...]:
    return tuple(
        HeldLead(enrolment_id=i, lead_id=i, name=f"A{i}", step="m", reason=reason, variable=variable) for i in range(n)
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ((), ""),
        (held(1), "1 is held: they have no role."),
        (held(12), "12 are held: they have no role."),
        (held(2, "first_name is empty", "first_name"), "2 are held: they have no first name."),
        (held(1, "the text is empty", None), "1 is held: the text is empty."),
        (
            held(2) + held(1, "the text still holds {{ }} or {% %}", None),
            "3 are held. 2: they have no role; 1: the text still holds {{ }} or {% %}.",
        ),
    ],
)
def test_who_is_held_and_why(found: tuple[HeldLead, ...], words: str) -> None:
    assert start_words.held_words(found) == words


def test_many_causes_are_cut_short() -> None:
    found = sum((held(1, f"{c} is empty", c) for c in "abcde"), ())
    assert start_words.held_words(found).endswith("2 for other reasons.")


def test_how_many_will_be_contacted() -> None:
    assert start_words.people_words(202, 214) == "202 of 214 people will be contacted."
    assert start_words.people_words(1, 1) == "1 person will be contacted."
    assert start_words.people_words(0, 0).startswith("Nobody")


@pytest.mark.parametrize(
    ("state", "why", "words"),
    [
        ("draft", None, "Not started yet."),
        ("running", Why(about="", name="", state="", action="invite", at=NOW, why=""), "Next: invitation now."),
        (
            "paused",
            Why(about="", name="", state="", action="invite", at=None, why="paused"),
            "Next: invitation; paused.",
        ),
        (
            "running",
            Why(about="", name="", state="", action=None, at=None, why="nothing is planned"),
            "Nothing is planned.",
        ),
    ],
)
def test_what_comes_next(state: str, why: Any, words: str) -> None:
    assert campaign_words.next_words(state, why, NOW, "not started yet") == words


def test_hours_in_a_line() -> None:
    hours = WorkingHours(time_zone="Europe/Paris", days=frozenset({0, 1, 2, 4}), start=time(9), end=time.max)
    assert campaign_words.hours_words(hours) == "Mon–Wed, Fri 09:00–24:00, Europe/Paris"


def same(*people: int, is_held: bool = False, names: frozenset[str] = frozenset()) -> SameTexts:
    return SameTexts(people=people, is_held=is_held, names=names)


def test_those_with_the_same_text_are_told_of() -> None:
    assert others_words(same(1)) == ""
    assert others_words(same(*range(181), names=frozenset({"first_name"}))) == (
        "and 180 others get the same text with their name"
    )
    assert others_words(same(1, 2, is_held=True)) == "and 1 other is held for the same reason"
    assert others_words(same(1, 2, names=frozenset({"company", "last_name"}))).endswith("with their name and company")


def test_leaving_out_goes_on_with_the_next_of_the_same_text_and_can_be_undone() -> None:
    reading = Reading(groups=[same(1, 2), same(3)])
    reading.mark_read()
    taken = reading.take_out(1)
    assert reading.person == 2 and reading.read == 1
    assert taken is not None
    reading.put_back(*taken)
    assert [g.people for g in reading.groups] == [(1,), (2,), (3,)] and reading.person == 1
    assert reading.read == 2


def test_the_end_says_what_was_not_read_and_who_goes() -> None:
    reading = Reading(groups=[same(1, is_held=True), same(2, 3)])
    reading.mark_read()
    assert progress_words(reading) == "1 of 2 texts read"
    assert end_words(reading) == (
        "1 text not read yet.",
        "2 people will be contacted. 1 is held until their text can be written.",
    )
    assert end_words(Reading(groups=[]))[0] == "Nobody is waiting to be started."


@given(
    st.lists(st.integers(1, 4), max_size=5),
    st.lists(st.sampled_from(["on", "back", "out", "first out", "part", "next"])),
)
def test_nobody_is_lost_or_twice_whatever_is_done(sizes: list[int], doings: list[str]) -> None:
    ids = iter(range(1, 100))
    reading = Reading(groups=[same(*(next(ids) for _ in range(size))) for size in sizes])
    everybody, out = {p for g in reading.groups for p in g.people}, set()
    for doing in doings:
        if doing == "out":
            taken = reading.take_out(reading.person) if reading.person is not None else None
            out |= set(taken[1].people) if taken else set()
        elif doing == "first out" and reading.groups:
            before, gone = reading.person, reading.groups[0].people[0]
            reading.take_out(gone)
            out.add(gone)
            assert before in (reading.person, gone)
        elif doing == "part":
            reading.part(max(everybody - out, default=0), is_held=False)
        elif doing == "next":
            reading.another()
        else:
            reading.go(1 if doing == "on" else -1)
        reading.mark_read()
        listed = [p for g in reading.groups for p in g.people]
        assert len(listed) == len(set(listed)) and set(listed) | out == everybody and not set(listed) & out
        assert reading.read <= len(reading.groups) and (reading.person is None) == reading.is_over
