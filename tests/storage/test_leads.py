"""Leads: the full text stays in step with every way of writing them; look-ups find one person or say why not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.errors import NotFound
from storage.repositories import leads
from storage.repositories.leads import NewLead
from tests.storage.conftest import Filled

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def new(key: str, **fields: str) -> NewLead:
    return NewLead(key=f"slug:{key}", public_identifier=key, fields=fields, custom={})


def found(filled: Filled, words: str) -> list[int]:
    return [r.rowid for r in filled.see(f"SELECT rowid FROM lead_text WHERE lead_text MATCH '{words}' ORDER BY rowid")]


def is_sound(filled: Filled) -> bool:
    filled.do("INSERT INTO lead_text (lead_text, rank) VALUES ('integrity-check', 1)")
    return True


@pytest.fixture
def three(filled: Filled) -> list[int]:
    filled.do("INSERT INTO lead_text (lead_text) VALUES ('rebuild')")
    added = [new("jane", first_name="Jané", company="Acme"), new("wei", first_name="伟"), new("bob", title="CEO")]
    return filled.db.write_here(lambda u: leads.add_many(u, added, NOW))[0]


def test_added_leads_are_found_by_their_words(filled: Filled, three: list[int]) -> None:
    assert found(filled, "jane") == found(filled, "acm*") == [three[0]]
    assert found(filled, "伟") == [three[1]]
    assert is_sound(filled)


def test_a_changed_lead_is_found_by_its_new_words_only(filled: Filled, three: list[int]) -> None:
    filled.db.write_here(lambda u: leads.write(u, three[0], {"company": "Globex", "email": "j@x.org"}))
    assert (found(filled, "acme"), found(filled, "globex"), found(filled, "jane")) == ([], [three[0]], [three[0]])
    filled.db.write_here(lambda u: leads.change(u, three[2], {"title": "CTO"}, {"note": "x"}))
    assert (found(filled, "ceo"), found(filled, "cto")) == ([], [three[2]])
    assert is_sound(filled)


def test_what_is_no_text_leaves_the_full_text_alone(filled: Filled, three: list[int]) -> None:
    filled.db.write_here(lambda u: leads.write(u, three[0], {"provider_id": "ACo1"}))
    assert found(filled, "jane") == [three[0]]
    assert is_sound(filled)


def test_a_write_that_is_rolled_back_leaves_both_as_they_were(filled: Filled, three: list[int]) -> None:
    def fail(uow: object) -> None:
        leads.write(uow, three[0], {"company": "Globex"})  # type: ignore[arg-type]
        raise LookupError

    with pytest.raises(LookupError):
        filled.db.write_here(fail)
    assert (found(filled, "acme"), found(filled, "globex")) == ([three[0]], [])
    assert is_sound(filled)


def test_adding_nobody_changes_nothing(filled: Filled) -> None:
    assert filled.db.write_here(lambda u: leads.add_many(u, [], NOW))[0] == []
    assert filled.db.write_here(lambda u: leads.enrol_many(u, 1, 1, [], 1, NOW))[0] == 0


def test_enrolling_counts_those_who_were_not_there(filled: Filled, three: list[int]) -> None:
    def enrol(uow: object) -> int:
        return leads.enrol_many(uow, 1, 1, [1, *three], 1, NOW)  # type: ignore[arg-type]

    assert filled.db.write_here(enrol)[0] == 3
    assert filled.db.write_here(enrol)[0] == 0


def test_known_identities_are_told(filled: Filled, three: list[int]) -> None:
    assert filled.db.write_here(lambda u: leads.ids_by_alias(u, ["slug:jane", "slug:nobody"]))[0] == {
        "slug:jane": three[0]
    }


@pytest.mark.parametrize("name", ["jane", "https://www.linkedin.com/in/jane", "Élodie LEE", "3"])
def test_a_lead_is_found_by_number_address_slug_or_name(filled: Filled, three: list[int], name: str) -> None:
    filled.db.write_here(lambda u: leads.write(u, three[0], {"first_name": "Élodie", "last_name": "Lee"}))
    assert filled.db.write_here(lambda u: leads.find(u, name).id)[0] == three[0]


def test_nobody_and_two_of_a_name_are_said(filled: Filled, three: list[int]) -> None:
    with pytest.raises(NotFound, match="no lead"):
        filled.db.write_here(lambda u: leads.find(u, "nobody at all"))
    for lead_id in three[:2]:
        filled.db.write_here(lambda u, i=lead_id: leads.write(u, i, {"first_name": "Ann", "last_name": "Lee"}))
    with pytest.raises(NotFound, match="Several"):
        filled.db.write_here(lambda u: leads.find(u, "ann lee"))
