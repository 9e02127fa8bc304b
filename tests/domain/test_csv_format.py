"""The form of lead lists that people really have, told from their first bytes."""

from __future__ import annotations

import codecs
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.csv_format import IS_EXCEL, CsvFormat, detect
from engine.domain.csv_records import sampled_records
from engine.errors import BadFile

LEADS = "First Name,Last Name,URL\nJürgen,Müller,https://www.linkedin.com/in/juergen\nZoé,Doe,linkedin.com/in/zoe\n"
IS_ZIP = "This is a ZIP archive: unpack it and choose the CSV in it."
PREAMBLE = (
    'Notes:\n"When exporting your connection data, you may notice that some of the email addresses are missing."\n\n'
)


def told(text: str, encoding: str = "utf-8") -> CsvFormat:
    return detect(text.encode(encoding), True)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (LEADS.encode(), "utf-8"),
        (codecs.BOM_UTF8 + LEADS.encode(), "utf-8"),
        (LEADS.encode("cp1252"), "cp1252"),
        (LEADS.encode("utf-16"), "utf-16-le"),
        (LEADS.encode("utf-16-le"), "utf-16-le"),
        (LEADS.encode("utf-16-be"), "utf-16-be"),
        (codecs.BOM_UTF16_BE + LEADS.encode("utf-16-be"), "utf-16-be"),
        (codecs.BOM_UTF32_LE + LEADS.encode("utf-32-le"), "utf-32-le"),
    ],
)
def test_encodings_are_told_apart(data: bytes, encoding: str) -> None:
    found = detect(data, True)
    assert (found.encoding, found.header) == (encoding, ("First Name", "Last Name", "URL"))
    assert sampled_records(data, found, is_whole=True)[0].cells[:2] == ("Jürgen", "Müller")


def test_a_character_cut_at_the_end_of_a_sample_is_no_fault() -> None:
    data = LEADS.encode()
    cut = data.index("é".encode()) + 1
    assert detect(data[:cut], False).encoding == "utf-8"
    assert detect(data[:cut], True).encoding == "cp1252"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_counted(delimiter: str) -> None:
    text = LEADS.replace(",", delimiter) + f'"Doe, a; b"{delimiter}x{delimiter}linkedin.com/in/x\n'
    assert told(text).delimiter == delimiter


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"'])
def test_the_separator_line_of_excel_is_obeyed(line: str) -> None:
    found = told(f"{line}\r\nName;URL\r\nJane,x;linkedin.com/in/jane\r\n")
    assert (found.delimiter, found.header_index, found.has_separator_line) == (";", 1, True)
    records = sampled_records(f"{line}\nName;URL\nJane;linkedin.com/in/jane\n".encode(), found, is_whole=True)
    assert [record.row for record in records] == [2]


def test_the_preamble_of_linkedin_is_passed_over() -> None:
    found = told(
        PREAMBLE + "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n" + "a,b,c,d,e,f,g\n"
    )
    assert (found.header_index, found.header[2]) == (3, "URL")


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("https://www.linkedin.com/in/a\nhttps://www.linkedin.com/in/b\n", None),
        ("linkedin.com/sales/lead/ACwAAAb1,NAME,x\nlinkedin.com/sales/lead/ACwAAAb2,NAME,y\n", None),
        ("Jane,linkedin.com/in/jane\nJohn,linkedin.com/in/john\n", None),
        ("sep=,\nlinkedin.com/in/jane\n", None),
        ("Profile\nhttps://www.linkedin.com/in/a\n", 0),
        ("whatever\nhttps://www.linkedin.com/in/a\n", 0),
        ("\n\nwhatever\nhttps://www.linkedin.com/in/a\n", 2),
        ("My leads\nLinkedIn URL\nhttps://www.linkedin.com/in/a\n", 1),
        ("Owner,https://www.linkedin.com/in/boss\nName,URL\nJane,linkedin.com/in/jane\n", 1),
        ("foo,bar\nJane,linkedin.com/in/jane\n", 0),
        ("a title\nfoo,bar\nJane,linkedin.com/in/jane\nJohn,linkedin.com/in/john\n", 1),
        ("a\u2028b\x0bc\nfoo,URL\nJane,linkedin.com/in/jane\nJohn,linkedin.com/in/john\n", 1),
        ("URL", 0),
        ("x", 0),
        (",\n ,\n", None),
    ],
)  # fmt: skip
def test_the_header_is_found(text: str, index: int | None) -> None:
    assert told(text).header_index == index


def test_parts_can_be_given_instead() -> None:
    found = detect(LEADS.encode("cp1252"), True, encoding="cp1252", delimiter=";")
    assert (found.encoding, found.delimiter) == ("cp1252", ";")
    assert detect(b"sep=;\na,b\n", True, delimiter=",").delimiter == ","


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b" \r\n\t\n", "The file is empty."),
        (b"\x00\x00\x00", "The file is empty."),
        (codecs.BOM_UTF8, "The file is empty."),
        (codecs.BOM_UTF16_LE, "The file is empty."),
        (b"PK\x03\x04", IS_EXCEL),
        (b"PK\x03\x04" + bytes(22) + b"\x13\x00\x00\x00[Content_Types].xml", IS_EXCEL),
        (b"PK\x03\x04" + bytes(22) + b"\x0f\x00\x00\x00Connections.csv", IS_ZIP),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), IS_EXCEL),
        (b"%PDF-1.7\n%abc", "This is not a text file."),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "This is not a text file."),
        (bytes(range(256)) * 4, "This is not a text file."),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><html>", "This is a web page, not a CSV file."),
        (b"<?xml version='1.0'?>", "This is a web page, not a CSV file."),
    ],
)  # fmt: skip
def test_what_is_no_csv_is_said(data: bytes, sentence: str) -> None:
    with pytest.raises(BadFile) as caught:
        detect(data, True)
    assert caught.value.title == sentence


def test_the_sentence_for_workbooks_is_the_agreed_one() -> None:
    assert IS_EXCEL == "This is an Excel workbook: save it as CSV, or paste the cells here."


def test_a_cell_beyond_the_reader_ends_the_sample_only() -> None:
    data = b"Name,URL\nJane,linkedin.com/in/jane\n" + b"x" * 2_000_000
    found = detect(data, False)
    assert len(sampled_records(data, found, is_whole=False)) == 1


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode), st.booleans())
def test_any_bytes_are_told_or_refused(data: bytes, is_whole: bool) -> None:
    with suppress(BadFile):
        found = detect(data, is_whole)
        sampled_records(data, found, is_whole=is_whole)
