"""One query for table and board: what it leaves out, what it is called, what the engine is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.services.lead_pages import SORT_NAMES
from gui.state.lead_query import ORDER_WORDS, LeadQuery


@pytest.mark.parametrize(
    ("query", "is_filtered", "has_chips"),
    [
        (LeadQuery(), False, False),
        (LeadQuery(search="  "), False, False),
        (LeadQuery(search="ana"), True, False),
        (LeadQuery(stage="messaged"), True, True),
        (LeadQuery(campaign_id=3), True, True),
        (LeadQuery(has_replied=False), True, True),
    ],
)
def test_a_query_knows_whether_it_leaves_anybody_out(query: LeadQuery, is_filtered: bool, has_chips: bool) -> None:
    assert (query.is_filtered, query.has_chips) == (is_filtered, has_chips)


def test_clearing_keeps_the_order() -> None:
    query = LeadQuery(search="x", campaign_id=1, stage="messaged", has_replied=True, sort="name", is_descending=True)
    assert query.cleared() == LeadQuery(sort="name", is_descending=True)


def test_every_order_has_words() -> None:
    assert set(ORDER_WORDS) == set(SORT_NAMES)
    assert LeadQuery(sort="next").order_words() == "by next action"
    assert LeadQuery(sort="name", is_descending=True).order_words() == "by name, the last first"


def test_the_board_has_the_same_filter_in_its_own_order() -> None:
    query = LeadQuery(search="x", campaign_id=1, has_replied=True, sort="name", is_descending=True)
    assert query.for_board() == replace(query, sort="next", is_descending=False)


def test_the_engine_is_asked_for_exactly_this() -> None:
    query = LeadQuery(
        search="x", campaign_id=1, stage="messaged", has_replied=False, sort="company", is_descending=True
    )
    asked = query.as_filter()
    assert (asked.search, asked.campaign_id, asked.stage, asked.has_replied, asked.sort, asked.is_descending) == (
        "x", 1, "messaged", False, "company", True,
    )  # fmt: skip
