"""What an import says of a row, from the row and what is known of its person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain import identifiers
from engine.domain.csv_import import LeadDraft, RowProblem, merge
from engine.domain.csv_verdicts import (
    BLANK,
    Happens,
    KnownLead,
    known_verdict,
    problem_verdict,
    twice_verdict,
    unread_verdict,
)
from engine.domain.identifiers import slug_identity

texts = st.dictionaries(st.sampled_from(["company", "title", "location"]), st.sampled_from(["a", "b"]))


def draft(fields: dict[str, str] | None = None, custom: dict[str, str] | None = None) -> LeadDraft:
    return LeadDraft(row=2, identity=slug_identity("ana"), fields=fields or {}, custom=custom or {})


def known(fields: dict[str, str] | None = None, custom: dict[str, str] | None = None, **how: object) -> KnownLead:
    return KnownLead(fields=fields or {}, custom=custom or {}, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "lead", "kind", "words"),
    [
        (draft({"company": "A"}), known(), Happens.MERGED, "merged: adds company"),
        (draft(custom={"role_sought": "x"}), known(), Happens.MERGED, "merged: adds role sought"),
        (draft(custom={"role": "x"}), known(custom={"role": "y"}), Happens.MERGED, "merged: changes role"),
        (
            draft({"company": "A"}, {"role": "x"}),
            known(custom={"role": "y"}),
            Happens.MERGED,
            "merged: adds company, changes role",
        ),
        (
            draft(custom={"a": "1", "b": "1", "c": "1", "d": "1"}),
            known(),
            Happens.MERGED,
            "merged: adds a, b, c and 1 more",
        ),
        (draft({"company": "A"}), known({"company": "B"}), Happens.UNCHANGED, "nothing new"),
        (draft(), known(joins=True), Happens.MERGED, "a lead you have, joins the campaign"),
        (draft({"company": "A"}), known(busy_in="Agencies"), Happens.SKIPPED, "skipped: in Agencies"),
    ],
)
def test_a_known_person_is_merged_skipped_or_left(row: LeadDraft, lead: KnownLead, kind: Happens, words: str) -> None:
    found = known_verdict(row, lead)
    assert (found.kind, found.words) == (kind, words)


@given(fields=texts, custom=texts, old_fields=texts, old_custom=texts)
def test_a_row_is_called_merged_exactly_when_merging_changes_something(
    fields: dict[str, str], custom: dict[str, str], old_fields: dict[str, str], old_custom: dict[str, str]
) -> None:
    row = draft(fields, custom)
    is_unchanged = merge(old_fields, old_custom, row).is_unchanged
    assert (known_verdict(row, known(old_fields, old_custom)).kind is Happens.UNCHANGED) == is_unchanged


def test_every_problem_of_an_address_has_few_words() -> None:
    sentences = [v.problem for v in vars(identifiers).values() if isinstance(v, identifiers.AddressProblem)]
    sentences += [problem.problem for problem in identifiers._OTHER_PAGES.values()]
    assert len(sentences) > 15
    for sentence in sentences:
        found = problem_verdict(sentence)
        assert found.kind is Happens.TO_FIX
        assert len(found.words) <= 25, found.words
    assert problem_verdict("Something else.").words == "Something else."


def test_rows_without_a_draft() -> None:
    problem = RowProblem(row=2, column="x", problem=identifiers.EMPTY.problem, cells=("",))
    assert unread_verdict(problem).words == "no LinkedIn address"
    assert unread_verdict(None) is BLANK
    assert twice_verdict(4).words == "the same person as in row 4"
