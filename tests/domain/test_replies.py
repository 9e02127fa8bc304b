"""What a message means: a reply, ours, typed by hand, or nothing; and when two texts are the same."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.replies import (
    CLOCK_TOLERANCE,
    INVITATION_NOTE,
    Author,
    OurText,
    SeenMessage,
    author_of,
    first_line,
    is_alike,
    is_reply,
    is_same,
    normalised,
)

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEAD = "ACoAAlead"


def seen(text: str = "Hello", **more: Any) -> SeenMessage:
    plain: dict[str, Any] = {"message_id": "m", "at": NOW, "is_ours": False, "sender_id": LEAD, "kind": "MESSAGE"}
    return SeenMessage(text=text, **{**plain, **more})


def replies(message: SeenMessage, **more: Any) -> bool:
    return is_reply(message, **{"lead_provider_id": LEAD, "since": NOW - MINUTE, **more})


def test_a_message_of_the_lead_after_our_first_contact_is_a_reply() -> None:
    assert replies(seen())


@pytest.mark.parametrize(
    "message",
    [
        seen(is_ours=True),
        seen(is_event=True),
        seen(is_deleted=True),
        seen(kind=INVITATION_NOTE),
        seen(sender_id="ACoAAsomebody"),
        seen(sender_id=""),
        seen(at=NOW - MINUTE),
        seen(at=NOW - 2 * MINUTE),
    ],
    ids=["ours", "event", "deleted", "note", "somebody else", "nobody", "at first contact", "before it"],
)
def test_everything_else_is_none(message: SeenMessage) -> None:
    assert not replies(message)


def test_an_empty_id_equals_nobody() -> None:
    assert not replies(seen(sender_id=""), lead_provider_id="")


def test_authors_are_told_apart() -> None:
    ours = [OurText(text="Hi Ann", armed_at=NOW - MINUTE)]
    assert author_of(seen(), ours) is Author.LEAD
    assert author_of(seen("Hi  Ann ", is_ours=True), ours) is Author.US
    assert author_of(seen("Hi Ann!", is_ours=True), ours) is Author.HAND
    assert author_of(seen("Hi Ann", is_ours=True, at=NOW - MINUTE - CLOCK_TOLERANCE), ours) is Author.US
    assert author_of(seen("Hi Ann", is_ours=True, at=NOW - 9 * MINUTE), ours) is Author.HAND


def test_a_known_id_is_proof_whatever_the_text() -> None:
    ours = OurText(text="Hi", armed_at=NOW, message_id="m")
    assert is_same(seen("edited", at=NOW - 99 * MINUTE), ours)
    assert not is_same(seen("edited", message_id="n"), ours)


def test_a_message_without_a_text_is_nobodys_in_particular() -> None:
    ours = OurText(text="", armed_at=NOW - MINUTE)
    assert author_of(seen("", is_ours=True), [ours]) is Author.HAND
    assert is_alike(seen(" "), ours)


def test_a_text_that_is_nearly_ours_is_a_reason_to_ask() -> None:
    ours = OurText(text="Hi Ann, thanks for connecting. Shall we talk on Monday?", armed_at=NOW)
    assert is_alike(seen("Hi Ann, thanks for connecting. Shall we talk on Tuesday?"), ours)
    assert not is_alike(seen("Hi Ann, thanks for connecting. Shall we talk on Monday?", at=NOW - 9 * MINUTE), ours)
    assert not is_alike(seen("See you at the fair."), ours)
    assert not is_alike(seen("zz" * 28), ours)


TEXTS = st.text(alphabet=st.sampled_from("aAé e\u0301\u00a0\u200b\ufe0f\n\r\t&amp;lt;<>&#39;ﬁ👩\u200d💻"), max_size=30)


@settings(derandomize=True, max_examples=500)
@given(text=st.text(max_size=30) | TEXTS)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@settings(derandomize=True, max_examples=300)
@given(one=TEXTS, other=TEXTS)
def test_sameness_is_symmetric(one: str, other: str) -> None:
    there = is_same(seen(one), OurText(text=other, armed_at=NOW))
    assert there == is_same(seen(other), OurText(text=one, armed_at=NOW))


@settings(derandomize=True, max_examples=200)
@given(text=TEXTS)
def test_what_a_provider_does_to_a_text_does_not_matter(text: str) -> None:
    returned = unicodedata.normalize("NFD", text).replace("\n", "\r\n").replace(" ", "\u00a0")
    assert normalised(f" {returned}\u200b ") == normalised(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [("\n\n  Hello there \nmore", "Hello there"), ("", ""), (" \n ", ""), ("x" * 130, "x" * 119 + "…")],
)
def test_the_first_line_fits_a_list(text: str, line: str) -> None:
    assert first_line(text) == line
