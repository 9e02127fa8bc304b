"""A text falls into words and chips and comes together again, to the letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain import templates
from engine.domain.template_chips import Chip, chip_of, has_other_liquid, pieces, shown

MARKS = st.sampled_from(["{{", "}}", "{%", "%}", "|", "default:", '"', "'", " ", "name", "x_1", "\n", "é", "😀"])


@given(st.lists(MARKS | st.text(max_size=5)).map("".join))
def test_pieces_are_the_text(text: str) -> None:
    assert "".join(p.source for p in pieces(text)) == text


@pytest.mark.parametrize(
    ("source", "chip"),
    [
        ("{{ first_name }}", Chip(name="first_name")),
        ("{{first_name}}", Chip(name="first_name")),
        ('{{ a | default: "there" }}', Chip(name="a", otherwise="there")),
        ("{{ a|default:'' }}", Chip(name="a", otherwise="")),
    ],
)
def test_a_simple_variable_is_a_chip(source: str, chip: Chip) -> None:
    assert chip_of(source) == chip


@pytest.mark.parametrize("source", ["{{ a | upcase }}", "{{ a | default: b }}", "{{ 1a }}", "{{ }}", "{% if a %}", "a"])
def test_anything_else_is_no_chip(source: str) -> None:
    assert chip_of(source) is None


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=20))
def test_words_for_an_empty_variable_come_out_as_they_were_said(said: str) -> None:
    source = Chip(name="a", otherwise=said).source
    assert templates.check(source, None) == ()
    chip = chip_of(source)
    assert chip is not None
    if not set(said) & set("{}\r\n") and not ('"' in said and "'" in said):
        assert chip.otherwise == said
        if said.strip():
            assert templates.render(source, {}) == templates.Rendered(text=said.replace("\r", "\n"))


def test_both_kinds_of_quotes_and_braces_are_made_harmless() -> None:
    made = chip_of(Chip(name="a", otherwise="\"x\" 'y' {{ z }}\nw").source)
    assert made == Chip(name="a", otherwise="”x” 'y'   z  w")


def test_other_liquid_is_told_and_shown_as_it_is() -> None:
    assert has_other_liquid("{% if a %}x{% endif %}")
    assert has_other_liquid("{{ a | upcase }}")
    assert not has_other_liquid("{{ a }} and {{ b }}")
    assert shown("Hi {{ first_name }}, {{ a | upcase }}") == "Hi [first name], {{ a | upcase }}"
