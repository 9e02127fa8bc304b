"""Exported cells are never formulas, and read back as they were."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.domain.csv_columns import guess_columns
from engine.domain.csv_export import csv_lines, safe_cell, without_guard
from engine.domain.csv_format import detect
from engine.domain.csv_import import LeadDraft, lead_from_record
from engine.domain.csv_records import read_records

TRIGGERS = "=+-@\uff1d\uff0b\uff0d\uff20"
URL = "https://www.linkedin.com/in/jane-doe"


@pytest.mark.parametrize("cell", [*TRIGGERS, "=1+1", " =1", "\t=1", "\tx", "\rx", "\x00x", "'=1", "''=1", "\n@x"])
def test_what_a_spreadsheet_would_compute_is_guarded(cell: str) -> None:
    assert safe_cell(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "x", "'x", "x=1", "'", " x"])
def test_other_cells_stay(cell: str) -> None:
    assert safe_cell(cell) == cell
    assert without_guard(cell) == cell


@settings(deadline=None)
@given(st.text("=+-@'\t\r \uff1dab", max_size=8) | st.text(max_size=20))
@example("'\t=")
def test_no_exported_cell_starts_with_a_trigger_and_import_undoes_the_guard(cell: str) -> None:
    assert not safe_cell(cell).strip().startswith(tuple(TRIGGERS))
    assert without_guard(safe_cell(cell.strip())) == cell.strip()


def test_lines_are_quoted_and_marked_once() -> None:
    assert list(csv_lines([["a", '=b"'], ["c", ""]])) == ['\ufeff"a","\'=b"""\r\n', '"c",""\r\n']


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\x00\r", exclude_categories=["Cs"]), max_size=30))
def test_a_value_survives_export_and_import(value: str) -> None:
    data = "".join(csv_lines([["LinkedIn URL", "Note"], [URL, value.strip()]])).encode()
    format_ = detect(data, True)
    (record,) = read_records(io.BytesIO(data), format_)
    found = lead_from_record(record, guess_columns(format_.header, [record]))
    assert isinstance(found, LeadDraft)
    assert found.custom.get("note", "") == value.strip()
    assert len(list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))) == 2
