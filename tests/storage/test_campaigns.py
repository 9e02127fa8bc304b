"""Campaigns are found by the name that they were given, in any alphabet."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.domain.sequences import Sequence
from engine.errors import NotFound, Refused
from storage.repositories import campaigns
from tests.storage.conftest import Filled

NOW = datetime(2026, 1, 5, tzinfo=UTC)
NAMES = ["Founders in Lyon", "Österreich 2026", "ÉTÉ", "İstanbul", "Россия", "北京", "100%"]


def add(filled: Filled, name: str) -> int:
    values = {"name": name, "account_id": 1}
    return filled.db.write_here(lambda u: campaigns.add(u, values, Sequence(steps=()), NOW))[0]


def find(filled: Filled, name: str) -> int:
    return filled.db.write_here(lambda u: campaigns.find(u, name).campaign_id)[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_campaign_is_found_by_its_own_name_and_taken_once(filled: Filled, name: str) -> None:
    added = add(filled, name)
    assert find(filled, name) == find(filled, f" {name} ") == find(filled, str(added)) == added
    with pytest.raises(Refused, match="already"):
        add(filled, name)


def test_the_case_of_plain_letters_does_not_matter(filled: Filled) -> None:
    added = add(filled, "Founders in Lyon")
    assert find(filled, "FOUNDERS IN lyon") == added
    with pytest.raises(Refused):
        add(filled, "founders IN Lyon")


def test_an_unknown_name_says_how_to_see_them(filled: Filled) -> None:
    with pytest.raises(NotFound, match="Check its name"):
        find(filled, "Nowhere")


def test_a_state_that_does_not_fit_is_refused(filled: Filled) -> None:
    add(filled, "New")
    row = filled.db.write_here(lambda u: campaigns.find(u, "New"))[0]
    campaigns.need_state(row, ("draft",), "started")
    with pytest.raises(Refused, match="is draft"):
        campaigns.need_state(row, ("running", "paused"), "paused")
