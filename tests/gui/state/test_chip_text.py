"""Places between a text and its document: UTF-16 units, chips as one, for any language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.state.chip_text import Places, chip_words, edit_between, normal, utf16, variable_source

TEXT = st.text(alphabet=st.sampled_from("ab 😀你م\n{}"), max_size=30)
ARABIC = "مرحبا {{ first_name }} 你好 😀 {{ x }}"


@given(TEXT)
def test_units_are_those_of_utf_16(text: str) -> None:
    assert utf16(text) == len(text.encode("utf-16-le")) // 2


@given(TEXT, TEXT)
def test_an_edit_leads_from_one_text_to_the_other(old: str, new: str) -> None:
    edit = edit_between(old, new)
    assert old[: edit.start] + edit.inserted + old[edit.start + len(edit.removed) :] == new
    assert old[edit.start : edit.start + len(edit.removed)] == edit.removed


def test_a_chip_is_one_unit_and_an_emoji_two() -> None:
    places = Places(ARABIC)
    assert places.position(ARABIC.index("{{ x")) == len("مرحبا ") + 1 + len(" 你好 ") + 2 + 1
    assert places.position(ARABIC.index("first")) == len("مرحبا ")
    assert places.position(len(ARABIC)) == len("مرحبا ") + 1 + len(" 你好 ") + 2 + 1 + 1
    assert places.stretch(ARABIC.index("😀"), 1) == (len("مرحبا ") + 1 + len(" 你好 "), 2)


def test_without_chips_every_letter_counts() -> None:
    places = Places(ARABIC, has_chips=False)
    assert places.position(len(ARABIC)) == utf16(ARABIC)
    assert Places("", has_chips=False).position(0) == Places("").position(3) == 0


@pytest.mark.parametrize(("text", "plain"), [("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("a\u2028b\u2029c", "a\nb\nc")])
def test_every_end_of_a_line_is_a_line_feed(text: str, plain: str) -> None:
    assert normal(text) == plain


def test_a_chip_says_its_name_and_what_else() -> None:
    assert chip_words("{{ first_name }}").more == ""
    assert chip_words(variable_source("first_name", "there")).more == " or “there”"
    assert chip_words(variable_source("a", "")).more == " or nothing"
    assert chip_words("no chip").words == "no chip"
