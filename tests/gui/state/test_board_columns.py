"""The board's columns: where cards stand, which pages are read, and what stays when the order changes."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from engine.domain.enrolment import Stage
from gui.state.board_columns import (
    COLUMNS,
    PAGE_CARDS,
    PAGES_KEPT,
    STAGES,
    WIDE_PX,
    Cards,
    Geometry,
    ended_words,
    joined,
)
from gui.state.card_words import Card


def keys(numbers: range | list[int]) -> array[int]:
    return array("q", numbers)


def card(key: int, name: str = "") -> Card:
    return Card(lead_id=key, name=name or f"Lead {key}", about="", next="", tone="muted")


def fill(cards: Cards, places: range) -> list[tuple[int, int]]:
    asked = cards.wanted(places)
    for first, number in asked:
        page = cards.keys[first : first + number]
        cards.put(first, {key: card(key) for key in page}, page)
    return asked


def test_every_stage_has_exactly_one_column() -> None:
    assert sorted(STAGES) == sorted(Stage)


def test_the_ended_are_counted_by_how_they_ended() -> None:
    assert ended_words({"completed": 1204, "withdrawn": 0, "excluded": 1}) == "1,204 completed · 1 excluded"
    assert ended_words({}) == ""
    found = {"completed": keys([5]), "withdrawn": keys([]), "excluded": keys([2, 9])}
    assert list(joined(COLUMNS[-1], found)) == [5, 2, 9]


NARROW = Geometry(width=130, name_px=20, line_px=17)


def test_wide_cards_are_lower() -> None:
    wide = Geometry(width=WIDE_PX, name_px=20, line_px=17)
    assert (NARROW.lines, wide.lines) == (2, 1)
    assert NARROW.card_px - wide.card_px == 2 * 17


@given(st.integers(0, 2_000_000), st.integers(1, 2_000), st.integers(0, 100_000))
def test_exactly_the_cards_in_sight_are_drawn(scrolled: int, height: int, count: int) -> None:
    seen = NARROW.visible(scrolled, height, count)
    for place in seen:
        top = NARROW.top(place, scrolled)
        assert top < height
        assert top + NARROW.pitch_px > 0
    for place in (seen.start - 1, seen.stop):
        if seen and 0 <= place < count:
            top = NARROW.top(place, scrolled)
            assert top >= height or top + NARROW.card_px <= 0


@given(st.integers(0, 99_999), st.integers(0, 2_000_000), st.integers(200, 2_000))
def test_a_card_that_is_gone_to_is_seen_whole(place: int, scrolled: int, height: int) -> None:
    at = NARROW.scroll_to(place, scrolled, height)
    assert NARROW.top(place, at) >= 0
    assert NARROW.top(place, at) + NARROW.card_px <= height
    assert NARROW.scroll_to(place, at, height) == at
    assert place in NARROW.visible(at, height, 100_000)


def test_a_click_finds_its_card_and_nothing_between() -> None:
    assert NARROW.place_at(5, 0, 3) == 0
    assert NARROW.place_at(NARROW.card_px + 1, 0, 3) is None
    assert NARROW.place_at(5, NARROW.pitch_px, 3) == 1
    assert NARROW.place_at(5 + 3 * NARROW.pitch_px, 0, 3) is None


def test_more_counts_what_is_not_seen_whole() -> None:
    height = 3 * NARROW.pitch_px
    assert NARROW.below(0, height, 10) == 7
    assert NARROW.below(0, height - 20, 10) == 8
    assert NARROW.below(7 * NARROW.pitch_px, height, 10) == 0
    assert NARROW.below(0, height, 2) == 0
    assert NARROW.total_px(0) == 0


def test_a_page_is_asked_for_once_and_again_when_it_is_old() -> None:
    cards = Cards()
    cards.set_keys(keys(range(1, 1001)))
    assert cards.card(250) is None
    assert cards.wanted(range(195, 205)) == [(100, 100), (200, 100)]
    assert cards.wanted(range(195, 205)) == []
    cards.forget_asked()
    assert fill(cards, range(195, 205)) == [(100, 100), (200, 100)]
    assert cards.card(250) == card(251)
    assert cards.wanted(range(195, 205)) == []
    cards.mark_stale([251])
    assert cards.card(250) == card(251)
    assert cards.wanted(range(195, 205)) == [(200, 100)]
    assert cards.wanted(range(0)) == []


def test_the_last_page_is_short() -> None:
    cards = Cards()
    cards.set_keys(keys(range(1, 151)))
    assert cards.wanted(range(140, 150)) == [(100, 50)]


def test_cards_of_another_order_are_not_taken() -> None:
    cards = Cards()
    cards.set_keys(keys([1, 2, 3]))
    cards.set_keys(keys([3, 2, 1]))
    cards.put(0, {1: card(1)}, keys([1, 2, 3]))
    assert cards.card(0) is None


def test_known_cards_are_shown_until_the_new_ones_are_read() -> None:
    cards = Cards()
    cards.set_keys(keys([1, 2, 3]))
    fill(cards, range(3))
    assert cards.set_keys(keys([2, 3, 4])) is True
    assert (cards.card(0), cards.card(2)) == (card(2), None)
    assert cards.wanted(range(3)) == [(0, 3)]
    assert cards.set_keys(keys([2, 3, 4])) is False


def test_only_the_last_pages_are_kept() -> None:
    cards = Cards()
    cards.set_keys(keys(range(1, PAGE_CARDS * (PAGES_KEPT + 5) + 1)))
    for page in range(PAGES_KEPT + 5):
        fill(cards, range(page * PAGE_CARDS, page * PAGE_CARDS + 1))
    assert len(cards._pages) == PAGES_KEPT
    assert cards.card(0) is None


def test_a_key_is_found_or_not() -> None:
    cards = Cards()
    cards.set_keys(keys([4, 7]))
    assert (cards.place_of(7), cards.place_of(9), cards.card(5)) == (1, None, None)


def test_a_page_that_came_in_part_is_shown_and_still_asked_for() -> None:
    cards = Cards()
    cards.set_keys(keys(range(1, 51)))
    cards.put(0, {1: card(1)}, cards.keys, is_part=True)
    assert (cards.card(0), cards.card(1)) == (card(1), None)
    assert cards.wanted(range(3)) == [(0, 50)]
