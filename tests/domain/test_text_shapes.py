"""Shapes of texts: equal shapes mean the same text but for the values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.domain.text_shapes import Value, filled, names_in, shape_of

TEXTS = st.text(st.sampled_from("aAb .[]*?\\😀ن"), max_size=30)
VALUES = st.dictionaries(st.sampled_from(["first_name", "company", "title"]), TEXTS.filter(bool), max_size=3)


@given(TEXTS, VALUES)
def test_a_shape_filled_with_the_values_is_the_text(text: str, values: dict[str, str]) -> None:
    shape = shape_of(text, values)
    assert filled(shape, values) == text
    assert names_in(shape) <= set(values)


@given(TEXTS, VALUES, VALUES)
def test_two_texts_of_one_shape_differ_in_values_only(text: str, mine: dict[str, str], other: dict[str, str]) -> None:
    shape = shape_of(text, mine)
    if names_in(shape) <= set(other) and shape_of(filled(shape, other), other) == shape:
        assert filled(shape_of(filled(shape, other), other), mine) == text


def test_values_are_found_longest_first_and_blank_ones_nowhere() -> None:
    shape = shape_of("Hi Ann of Ann & Co", {"first_name": "Ann", "company": "Ann & Co", "title": " "})
    assert shape == ("Hi ", Value(name="first_name"), " of ", Value(name="company"))
    assert shape_of("Hi  there", {"title": " "}) == ("Hi  there",)


def test_a_default_is_no_value() -> None:
    assert shape_of("Hi there", {"first_name": ""}) != shape_of("Hi Ann", {"first_name": "Ann"})
    assert shape_of("Hi Bo", {"first_name": "Bo"}) == shape_of("Hi Ann", {"first_name": "Ann"})
