"""What bad files get: a clear sentence, exit code 1, nothing half imported, no crash."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.domain import csv_records
from tests.engine.console_scenes import Console, Said
from tests.engine.scenes import BOTH
from tests.fakes.rig import Rig

MakeRig = Callable[..., Rig]
URL = "https://www.linkedin.com/in/"
MANY = "".join(f"{URL}lead-{n:05},Ann\n" for n in range(6000))
"""More rows than one transaction of an import holds."""


@pytest.fixture
def console(make_rig: MakeRig) -> Console:
    made = Console(make_rig(people=1))
    made.json("campaign", "add", made.file("both.toml", BOTH))
    return made


def imported(console: Console, content: str | bytes, *more: str) -> Said:
    return console.run("leads", "import", console.file("leads.csv", content), "--campaign", "Both", *more)


def swallowed(said: Said) -> str:
    """Return the sentence of a refusal that names a line as well."""
    assert (said.code, said.out) == (1, "") and "Traceback" not in said.err
    return said.err.split("\n")[0]


UNUSABLE: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "The file is empty."),
    "blank": ("\n\n \n", "The file is empty."),
    "zeros": (bytes(5000), "The file is empty."),
    "binary": (bytes(range(256)) * 40, "This is not a text file."),
    "picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "This is not a text file."),
    "excel": (b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml" + b"\0" * 200, "This is an Excel workbook: save it as"),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 200, "This is an Excel workbook: save it as CSV, or"),
    "web page": ("<!doctype html><title>Sign in</title>", "This is a web page"),
    "no address": ("Name,Company\nAnn,Acme\n", "no column with LinkedIn addresses. Looked at: Name, Company."),
    "a million columns": ("Profile URL" + ",x" * 1_000_000 + f"\n{URL}ann\n", "over 2,000 columns"),
    "a million named columns": (",".join(f"c{n}" for n in range(1_000_000)) + f"\n{URL}ann\n", "over 2,000 columns"),
    "a million cells": (f"Profile URL,Name\n{URL}ann" + ",x" * 1_000_000 + "\n", "columns"),
    "a million cells after many rows": (f"Profile URL,Name\n{MANY}{URL}ann" + ",x" * 1_000_000 + "\n", "columns"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_file_that_can_not_be_used_is_said_and_nothing_is_imported(console: Console, name: str) -> None:
    content, sentence = UNUSABLE[name]
    before = console.counts()
    said = imported(console, content, "--json")
    assert sentence in swallowed(said)
    assert len(said.err) < 1000
    assert console.counts() == before


def test_a_missing_column_of_addresses_is_said_with_what_to_type(console: Console) -> None:
    assert imported(console, "Name,Where\nAnn,Acme\n").err.endswith("Type: --map “Column=profile_url”.")


def test_a_quote_that_is_not_closed_is_said_with_its_line_and_nothing_is_imported(console: Console) -> None:
    before = console.counts()
    early = imported(console, f'Profile URL,First name\n{URL}ann,"Ann\n{MANY}')
    assert "line 2" in swallowed(early)
    late = imported(console, f'Profile URL,First name\n{MANY}{URL}ann,"Ann\n{URL}bob,Bob\n')
    assert "line 6002" in swallowed(late)
    assert console.counts() == before


def test_a_file_over_a_gigabyte_is_refused_without_reading_it(console: Console) -> None:
    path = console.file("huge.csv", f"Profile URL\n{URL}ann\n")
    os.truncate(path, 10**9 + 1)
    before = console.counts()
    said = console.run("leads", "import", path, "--campaign", "Both")
    assert said.is_refusal and "larger than 1 GB" in said.err
    assert console.counts() == before


def test_a_file_that_grows_while_it_is_read_is_refused(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_records, "LARGEST_FILE_BYTES", 100_000)
    before = console.counts()
    said = imported(console, f"Profile URL,First name\n{MANY}")
    assert said.is_refusal and "larger than 1 GB" in said.err
    assert console.counts() == before


def test_a_header_without_rows_is_said(console: Console) -> None:
    said = imported(console, "Profile URL,First name\n", "--json")
    assert (said.code, said.json["rows"], said.err.count("\n")) == (1, 0, 0)
    assert "no rows below its header" in said.err


def test_a_list_without_any_usable_address_is_said_row_by_row(console: Console) -> None:
    said = imported(console, "Profile URL,First name\nnowhere,Bob\nelsewhere,Carl\n", "--json")
    assert (said.code, said.json["new"], [p["row"] for p in said.json["problems"]]) == (1, 0, [2, 3])
    assert said.err.startswith("No row could be used.") and "\n" not in said.err
    assert console.counts()["lead"] == 0


def test_rows_without_an_address_are_reported_and_blank_ones_are_not(console: Console) -> None:
    said = imported(console, f"Profile URL,First name\n{URL}ann,Ann\nnowhere,Bob\n,Carl\n\n,\n", "--json")
    assert said.code == 0
    assert (said.json["rows"], said.json["new"], [p["row"] for p in said.json["problems"]]) == (3, 1, [3, 4])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp1252"])
def test_other_encodings_are_read(console: Console, encoding: str) -> None:
    text = f"Profile URL,First name\r\n{URL}ann-one,Zoë\r\n{URL}bob-two,Bob\r\n"
    said = imported(console, text.encode(encoding), "--json")
    assert (said.code, said.json["new"]) == (0, 2), said.err
    assert [r.first_name for r in console.rig.rows("SELECT first_name FROM lead ORDER BY id")] == ["Zoë", "Bob"]


def test_a_file_that_is_not_there_or_a_folder_is_said(console: Console) -> None:
    before = console.counts()
    for path in ("nowhere.csv", str(console.rig.folder), "/dev/null"):
        assert console.run("leads", "import", path, "--campaign", "Both").is_refusal
    assert console.run("leads", "import", "nowhere.csv", "--campaign", "No such campaign").is_refusal
    assert console.counts() == before


def test_an_import_into_an_archived_campaign_is_refused(console: Console) -> None:
    console.json("campaign", "archive", "Both")
    before = console.counts()
    assert imported(console, f"Profile URL\n{URL}ann\n").is_refusal
    assert console.counts() == before


def test_a_file_that_may_not_be_read_is_said(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = console.file("leads.csv", f"Profile URL\n{URL}ann\n")
    monkeypatch.setattr(Path, "open", forbidden)
    for command in (["leads", "import", path, "--campaign", "Both"], ["campaign", "add", path]):
        said = console.run(*command)
        assert said.is_refusal and "Permission denied" in said.err
