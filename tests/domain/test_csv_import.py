"""Rows become leads or kept problems, and importing the same file again changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.csv_columns import ColumnMap, guess_columns
from engine.domain.csv_import import Conflict, LeadDraft, RowProblem, lead_from_record, merge, split_name
from engine.domain.csv_records import CsvRecord
from engine.domain.identifiers import Identity, IdentityKind

HEADER = ("Name", "Company", "LinkedIn URL", "Phone")
COLUMNS = guess_columns(HEADER, [])
URL = "https://www.linkedin.com/in/jane-doe"
JANE = Identity(kind=IdentityKind.SLUG, value="jane-doe")


def lead(*cells: str, columns: ColumnMap = COLUMNS) -> LeadDraft | RowProblem | None:
    return lead_from_record(CsvRecord(7, cells), columns)


def draft(fields: dict[str, str], custom: dict[str, str] | None = None) -> LeadDraft:
    return LeadDraft(row=1, identity=JANE, fields=fields, custom=custom or {})


def test_a_row_becomes_a_lead() -> None:
    assert lead(" Dr. Jane Doe ", "Acme", f"{URL}?x=y", "'+33 1", "surplus") == LeadDraft(
        row=7,
        identity=JANE,
        fields={"first_name": "Jane", "last_name": "Doe", "company": "Acme"},
        custom={"name": "Dr. Jane Doe", "phone": "+33 1"},
    )


def test_short_rows_and_blank_cells_give_no_values() -> None:
    assert lead(" ", "", URL) == LeadDraft(row=7, identity=JANE, fields={}, custom={})
    assert lead(",", "", URL) == LeadDraft(row=7, identity=JANE, fields={}, custom={"name": ","})


def test_blank_rows_are_blank_and_unusable_rows_are_kept() -> None:
    assert lead() is None
    assert lead("", "", "") is None
    assert lead(" ", "\t", "\xa0") is None
    cells = ("Jane", "Acme", "https://www.linkedin.com/company/acme")
    problem = "This is a company's page, not a person's profile."
    assert lead(*cells) == RowProblem(row=7, column="LinkedIn URL", problem=problem, cells=cells)
    assert lead("Jane") == RowProblem(
        row=7, column="LinkedIn URL", problem="There is no LinkedIn address.", cells=("Jane",)
    )
    unnamed = guess_columns((), [CsvRecord(1, (URL,))])
    assert lead("x", columns=unnamed) == RowProblem(
        row=7, column="address", problem="This is not a LinkedIn address.", cells=("x",)
    )
    nowhere = guess_columns(("Company",), [])
    assert isinstance(lead("x", columns=nowhere), RowProblem)


def test_own_first_and_last_names_win_over_the_full_name() -> None:
    columns = guess_columns(("First Name", "Full Name", "URL"), [])
    found = lead("Jane", "Janet Doe", URL, columns=columns)
    assert isinstance(found, LeadDraft)
    assert found.fields == {"first_name": "Jane"}


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        ("First Name", ("Jane", "Jane Doe"), {"first_name": "Jane", "last_name": "Doe"}),
        ("First Name", ("JANE", "Doe, Jane"), {"first_name": "JANE", "last_name": "Doe"}),
        ("First Name", ("Jane", "Jane"), {"first_name": "Jane"}),
        ("Last Name", ("Doe", "Dr. Jane DOE"), {"first_name": "Jane", "last_name": "Doe"}),
        ("Last Name", ("Roe", "Jane Doe"), {"last_name": "Roe"}),
    ],
)
def test_a_full_name_fills_the_part_that_is_missing_where_the_other_agrees(
    header: str, cells: tuple[str, str], expected: dict[str, str]
) -> None:
    found = lead(*cells, URL, columns=guess_columns((header, "Full Name", "URL"), []))
    assert isinstance(found, LeadDraft)
    assert found.fields == expected


NAMES = st.sampled_from(["", "Jane", "jane", "Doe", "Roe", "van der Berg"])


@settings(deadline=None)
@given(NAMES, NAMES, st.sampled_from(["Jane Doe", "Doe, Jane", "Jane van der Berg", "Jane", ","]))
def test_a_full_name_never_changes_a_part_that_the_row_has(first: str, last: str, full: str) -> None:
    columns = guess_columns(("First Name", "Last Name", "Full Name", "URL"), [])
    found = lead(first, last, full, URL, columns=columns)
    assert isinstance(found, LeadDraft)
    own = {name: value for name, value in (("first_name", first), ("last_name", last)) if value}
    assert found.fields.items() >= own.items()
    split = dict(zip(("first_name", "last_name"), split_name(full), strict=True))
    assert all(found.fields[name] == split[name] for name in found.fields.keys() - own.keys())


@pytest.mark.parametrize(
    ("full", "expected"),
    [
        ("Jane Doe", ("Jane", "Doe")),
        ("Jane van der Berg", ("Jane", "van der Berg")),
        ("Doe, Jane", ("Jane", "Doe")),
        ("Jane Doe, PhD, MBA", ("Jane", "Doe")),
        ("Prof. Dr. Jane Doe", ("Jane", "Doe")),
        ("Herr Doe", ("Doe", "")),
        ("Jane", ("Jane", "")),
        ("Dr.", ("Dr.", "")),
        ("", ("", "")),
        (",", ("", "")),
    ],
)
def test_full_names_are_split(full: str, expected: tuple[str, str]) -> None:
    assert split_name(full) == expected


def test_merging_fills_gaps_keeps_values_and_renews_variables() -> None:
    plan = merge(
        {"first_name": "Jane", "company": "", "title": "CEO"},
        {"opener": "old", "phone": "1"},
        draft({"first_name": "Jane", "company": "Acme", "title": "CTO"}, {"opener": "new", "phone": "1"}),
    )
    assert plan.fields == {"company": "Acme"}
    assert plan.custom == {"opener": "new"}
    assert plan.conflicts == (Conflict(field="title", kept="CEO", offered="CTO"),)
    assert not plan.is_unchanged


VALUES = st.dictionaries(st.sampled_from(["first_name", "company", "title"]), st.text(min_size=1, max_size=3))
CUSTOM = st.dictionaries(st.sampled_from(["a", "b"]), st.text(min_size=1, max_size=3))


@settings(deadline=None)
@given(VALUES, CUSTOM, st.builds(draft, VALUES, CUSTOM))
def test_the_same_row_again_changes_nothing(fields: dict[str, str], custom: dict[str, str], row: LeadDraft) -> None:
    plan = merge(fields, custom, row)
    again = merge({**fields, **plan.fields}, {**custom, **plan.custom}, row)
    assert again.is_unchanged
    assert {**fields, **plan.fields}.items() >= fields.items()


@settings(deadline=None)
@given(st.lists(st.text(max_size=30), max_size=6))
def test_any_row_gets_an_answer(cells: list[str]) -> None:
    found = lead(*cells)
    if found is None:
        assert not "".join(cells).strip()
    elif isinstance(found, RowProblem):
        assert found.cells == tuple(cells)
    else:
        assert all(value.strip() == value != "" for value in (*found.fields.values(), *found.custom.values()))
