"""Paging ends whatever a provider answers."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.paging import PAGE_CAP, Ended, PageWalk

PAGES = st.lists(
    st.tuples(
        st.lists(st.none() | st.integers(0, 5) | st.text(max_size=2), max_size=4),
        st.none() | st.text(max_size=2),
        st.booleans(),
        st.integers(0, 50),
    ),
    min_size=1,
)


@settings(derandomize=True, max_examples=300)
@given(pages=PAGES, page_cap=st.integers(1, 30), byte_cap=st.integers(1, 200), fresh=st.booleans())
def test_any_list_of_pages_ends_within_the_caps(
    pages: list[tuple[list[object], str | None, bool, int]], page_cap: int, byte_cap: int, fresh: bool
) -> None:
    walk, ended, turn = PageWalk(page_cap=page_cap, byte_cap=byte_cap), None, 0
    while ended is None:
        keys, cursor, has_known, size = pages[turn % len(pages)]
        if fresh and cursor is not None:
            keys, cursor = [(turn, k) for k in keys], f"{turn}"
        ended = walk.observe(keys, cursor, has_known=has_known, body_bytes=size)
        turn += 1
        assert turn <= page_cap
    assert walk.pages == turn


def test_a_list_ends_where_the_provider_says_so() -> None:
    walk = PageWalk()
    assert walk.observe([1, 2], "a", has_known=False) is None
    assert walk.observe([3], None, has_known=True) is Ended.END
    assert (walk.pages, walk.read) == (2, 3)


def test_a_known_item_ends_it() -> None:
    assert PageWalk().observe([1], "a", has_known=True) is Ended.KNOWN


def test_a_repeated_cursor_or_first_item_ends_it() -> None:
    by_cursor, by_item = PageWalk(), PageWalk()
    assert by_cursor.observe([1], "a", has_known=False) is None
    assert by_cursor.observe([2], "a", has_known=False) is Ended.REPEATED
    assert by_item.observe([1], "a", has_known=False) is None
    assert by_item.observe([1], "b", has_known=False) is Ended.REPEATED


def test_empty_pages_and_nameless_items_are_no_repetition() -> None:
    walk = PageWalk()
    assert [
        walk.observe(keys, c, has_known=False) for keys, c in (([], "a"), ([], "b"), ([None], "c"), ([None], "d"))
    ] == [None] * 4


def test_a_cursor_that_never_ends_meets_the_cap() -> None:
    walk = PageWalk()
    ends = [walk.observe([n], str(n), has_known=False) for n in range(PAGE_CAP)]
    assert ends == [None] * (PAGE_CAP - 1) + [Ended.CAP]


def test_too_many_bytes_end_it() -> None:
    assert PageWalk(byte_cap=10).observe([1], "a", has_known=False, body_bytes=10) is Ended.CAP
