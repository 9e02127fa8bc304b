"""Records stream out whole and in order, or the file is refused with the line at fault."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain import csv_records
from engine.domain.csv_format import CsvFormat, detect
from engine.domain.csv_records import CsvRecord, read_records
from engine.errors import BadFile

HEADER = "Name,Company,URL\n"
JANE = "Jane,Acme,https://www.linkedin.com/in/jane\n"


def read(data: str | bytes, format_: CsvFormat | None = None) -> list[CsvRecord]:
    content = data.encode() if isinstance(data, str) else data
    return list(read_records(io.BytesIO(content), format_ or detect(content[:65536], len(content) <= 65536)))


def refused(data: str) -> BadFile:
    with pytest.raises(BadFile) as caught:
        read(data)
    return caught.value


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    records = read(HEADER + JANE + "\n" + '"Jo\nhn",Acme,linkedin.com/in/john\n' + JANE)
    assert [(record.row, record.cells[:1]) for record in records] == [
        (2, ("Jane",)),
        (3, ()),
        (4, ("Jo\nhn",)),
        (5, ("Jane",)),
    ]


def test_the_separator_line_is_no_row() -> None:
    assert [r.row for r in read("sep=,\n" + HEADER + JANE)] == [2]
    assert [r.row for r in read("sep=,\nlinkedin.com/in/jane\nlinkedin.com/in/john\n")] == [1, 2]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_ends_a_line(end: str) -> None:
    assert len(read((HEADER + JANE + JANE).replace("\n", end))) == 2


def test_nul_is_dropped_and_ragged_rows_stay() -> None:
    records = read(HEADER + "Ja\x00ne,Acme,linkedin.com/in/jane,more,and more\nJohn\n")
    assert [record.cells for record in records] == [
        ("Jane", "Acme", "linkedin.com/in/jane", "more", "and more"),
        ("John",),
    ]


def test_bytes_that_turn_out_not_to_be_utf8_are_read_as_windows_1252() -> None:
    content = (HEADER + JANE * 2000).encode() + "Jürgen,Müller & Söhne,linkedin.com/in/j\n".encode("cp1252")
    assert read(content)[-1].cells[:2] == ("Jürgen", "Müller & Söhne")


def test_a_byte_order_mark_is_no_part_of_the_first_cell() -> None:
    assert read(b"\xef\xbb\xbflinkedin.com/in/jane\nlinkedin.com/in/john\n")[0].cells == ("linkedin.com/in/jane",)


def test_long_cells_pass_up_to_the_bound() -> None:
    assert len(read(HEADER + f"Jane,{'x' * 200_000},linkedin.com/in/jane\n")[0].cells[1]) == 200_000
    error = refused(HEADER + f"Jane,{'x' * 1_000_001},linkedin.com/in/jane\n")
    assert "longer than a million characters" in error.title


def test_a_million_columns_are_refused() -> None:
    error = refused(HEADER + JANE + "x," * 1_000_000 + "\n")
    assert error.title == "The row has 1000001 columns; 2000 are the most."
    assert error.problems[0].place == "line 3"


def test_a_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_records, "LONGEST_LINE_CHARS", 100)
    assert refused(HEADER + JANE + "x" * 101).problems[0].place == "line 3"
    assert len(read(HEADER + "x" * 99 + "\n")) == 1


def test_a_file_over_the_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_records, "LARGEST_FILE_BYTES", 100)
    assert refused(HEADER + JANE * 5).title == "The file is larger than 1 GB."


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (JANE + '"Jane,Acme,linkedin.com/in/jane\n' + JANE * 3, 3),
        (JANE + '"Jane" Doe,Acme,linkedin.com/in/jane\n' + JANE, 3),
        ('"a ""b"" c",Acme,x\n' + JANE + 'Jane, "Acme,linkedin.com/in/jane\n' + JANE + 'John,"Beta",x\n', 4),
        ('"Jo\nhn","Ac\nme,x\n', 3),
        ('"Jo\nhn" x,Acme,x\n', 2),
    ],
)
def test_an_unbalanced_quote_is_named_by_its_line(rows: str, line: int) -> None:
    error = refused(HEADER + rows)
    assert error.problems[0].place == f"line {line}"
    assert error.title.startswith(f"A quotation mark opens in line {line}")


def test_rows_swallowed_by_a_cell_that_closes_are_noticed() -> None:
    error = refused(HEADER + 'Jane,"Acme,https://www.linkedin.com/in/jane\n' + JANE * 3 + 'John",Beta,x\n')
    assert error.title == "A quotation mark opens in line 2, and it swallows the row in line 3."


def test_long_texts_in_a_cell_pass() -> None:
    about = "Find me:\nhttps://www.linkedin.com/in/jane, or\nwrite, call, or https://www.linkedin.com/in/x\nbye"
    assert read(HEADER + f'Jane,"{about}",linkedin.com/in/jane\n')[0].cells[1] == about
    two = CsvFormat(encoding="utf-8", delimiter=",", header_index=0, header=("a", "b"))
    assert len(read('a,b\n"x\ny, linkedin.com/in/a\nz",b\n', two)) == 1


def test_the_stream_is_left_open_and_read_in_pieces() -> None:
    stream = io.BytesIO((HEADER + JANE * 50_000).encode())
    records = read_records(stream, detect(HEADER.encode(), True))
    assert next(records).row == 2
    assert stream.tell() < len(stream.getvalue())
    assert sum(1 for _ in records) == 49_999
    del records
    assert not stream.closed


def test_other_faults_of_decoding_are_not_hidden() -> None:
    with pytest.raises(UnicodeEncodeError):
        "\ud800".encode("utf-8", "leadloom_late_cp1252")


CELLS = st.text(st.characters(exclude_characters="\x00\r", exclude_categories=["Cs"]), max_size=12)
ROWS = st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8)


@settings(deadline=None)
@given(ROWS, st.sampled_from([",", ";", "\t"]), st.sampled_from(["utf-8", "utf-16-le", "utf-8-sig"]))
def test_what_is_written_is_read(rows: list[list[str]], delimiter: str, encoding: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([["Name", "Company", "URL"], *rows])
    encoded = out.getvalue().encode(encoding)
    format_ = CsvFormat(
        encoding=encoding.removesuffix("-sig"), delimiter=delimiter, header_index=0, header=("Name", "Company", "URL")
    )
    assert [list(record.cells) for record in read(encoded, format_)] == rows


def lines(data: bytes) -> Iterator[CsvRecord]:
    yield from read_records(io.BytesIO(data), detect(data, True))


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(['"', ",", "\n", "\r", "a", "\x00", HEADER, JANE, "é", "\xff"]), max_size=30).map("".join)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    for encoding in ("utf-8", "cp1252"):
        with suppress(BadFile):
            assert all(isinstance(record.row, int) for record in lines(text.encode(encoding)))
