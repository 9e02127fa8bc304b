"""Streams the records of a CSV file of known format; nothing is kept, and nothing is passed over.

A file that can't be read whole is refused with the line at fault: a quotation mark that isn't
closed would otherwise swallow rows without a word.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from engine.domain.csv_format import CsvFormat, sample_records, sample_text
from engine.domain.identifiers import Identity, parse_profile_address
from engine.errors import BadFile, FileProblem

LARGEST_FILE_BYTES = 1_000_000_000
LONGEST_CELL_CHARS = 1_000_000
LONGEST_LINE_CHARS = 8_000_000
MOST_COLUMNS = 2_000
SAMPLED_RECORDS = 200

_READ_BYTES = 1 << 18
_LATE_CP1252 = "leadloom_late_cp1252"


class CsvRecord(NamedTuple):
    """One record; `row` is its number as a spreadsheet shows it, from 1."""

    row: int
    cells: tuple[str, ...]


def read_records(stream: BinaryIO, format_: CsvFormat) -> Iterator[CsvRecord]:
    """Yield the records below the header, blank ones too, from a stream at its beginning.

    Raises: BadFile for an unbalanced quotation mark, a file, line, cell or row without bounds.
    """
    lines = _Lines(stream, format_.encoding)
    first_data = 0 if format_.header_index is None else format_.header_index + 1
    if format_.has_separator_line:
        first_data = max(1, first_data)
    csv.field_size_limit(LONGEST_CELL_CHARS)
    reader = csv.reader(lines, delimiter=format_.delimiter, skipinitialspace=True, strict=True)
    row = -1 if format_.has_separator_line else 0
    try:
        for record in reader:
            row += 1
            if len(lines.pending) > 1 or len(record) > MOST_COLUMNS:
                _check_record(record, format_, lines)
            lines.pending.clear()
            first_data -= 1
            if first_data < 0:
                yield CsvRecord(row, tuple(record))
    except csv.Error as error:
        raise _bad_record(str(error), lines, format_.delimiter) from error


def sampled_records(sample: bytes, format_: CsvFormat, *, is_whole: bool) -> list[CsvRecord]:
    """Return the first records of a sample for guesses and previews; never raises."""
    text = sample_text(sample, format_.encoding)
    offset = 0 if format_.has_separator_line else 1
    records = [
        CsvRecord(index + offset, tuple(cells))
        for index, cells in enumerate(sample_records(text, format_.delimiter, is_whole=is_whole))
    ]
    skipped = 1 - offset if format_.header_index is None else format_.header_index + 1
    return records[skipped : skipped + SAMPLED_RECORDS]


class _CountedStream(io.RawIOBase):
    """Reads through to a stream and refuses to go on beyond the largest file."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        self._bytes += len(data)
        if self._bytes > LARGEST_FILE_BYTES:
            raise BadFile("The file is larger than 1 GB.", "Split it and import the parts.")
        buffer[: len(data)] = data
        return len(data)


class _Lines(Iterator[str]):
    """The decoded lines; `pending` holds those of the record that is being read."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        errors = _LATE_CP1252 if encoding == "utf-8" else "replace"
        buffered = io.BufferedReader(_CountedStream(stream), _READ_BYTES)
        self._readline = io.TextIOWrapper(buffered, encoding, errors, newline=None).readline
        self.pending: list[str] = []
        self.count = 0

    def __next__(self) -> str:
        line = self._readline(LONGEST_LINE_CHARS)
        if not line:
            raise StopIteration
        if not self.count:
            line = line.removeprefix("\ufeff")
        self.count += 1
        if len(line) == LONGEST_LINE_CHARS and not line.endswith("\n"):
            raise _bad_line(self.count, "The line is longer than eight million characters.")
        if "\x00" in line:
            line = line.replace("\x00", "")
        self.pending.append(line)
        return line


def _check_record(record: list[str], format_: CsvFormat, lines: _Lines) -> None:
    """Refuse a record that is too wide, or a cell that has swallowed whole rows."""
    start = lines.count - len(lines.pending) + 1
    if len(record) > MOST_COLUMNS:
        raise _bad_line(start, f"The row has {len(record)} columns; {MOST_COLUMNS} are the most.")
    columns = len(format_.header)
    if columns <= 2:
        return
    for number, line in enumerate(lines.pending[1:-1], start=start + 1):
        cells = line.split(format_.delimiter) if "linkedin.com/" in line else ()
        if len(cells) >= columns and any(isinstance(parse_profile_address(cell), Identity) for cell in cells):
            raise _unbalanced(start, f"it swallows the row in line {number}")


def _bad_record(error: str, lines: _Lines, delimiter: str) -> BadFile:
    start = lines.count - len(lines.pending) + 1
    quote_line = start + _opening_line("".join(lines.pending), delimiter)
    if "field limit" in error:
        return _unbalanced(quote_line, "the cell is longer than a million characters")
    return _unbalanced(quote_line, "it isn't closed, or something follows where it is")


def _unbalanced(line: int, why: str) -> BadFile:
    return _bad_line(line, f"A quotation mark opens in line {line}, and {why}.")


def _bad_line(line: int, problem: str) -> BadFile:
    return BadFile(
        problem,
        "Nothing was imported. Mend the line and import again.",
        (FileProblem(place=f"line {line}", problem=problem),),
    )


def _opening_line(record: str, delimiter: str) -> int:
    """Return the line, from 0 in the record, where the last quoted cell opens."""
    opened = line = 0
    is_quoted = has_just_closed = False
    at_start = True
    for character in record:
        if character == '"' and (is_quoted or at_start or has_just_closed):
            opened = line if at_start and not is_quoted else opened
            has_just_closed, is_quoted, at_start = is_quoted, not is_quoted, False
        else:
            has_just_closed = False
            at_start = not is_quoted and (character in (delimiter, "\n") or (at_start and character == " "))
        line += character == "\n"
    return opened


def _late_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Decode as Windows-1252 the bytes that aren't UTF-8 after all, which a sample can't foresee."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_LATE_CP1252, _late_cp1252)
