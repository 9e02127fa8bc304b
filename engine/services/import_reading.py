"""Reads a lead list into its stage and gives the rows' own verdicts. Blocks: called in the stage's thread only."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from engine.domain.csv_columns import ColumnMap, guess_columns
from engine.domain.csv_format import detect
from engine.domain.csv_import import LeadDraft, RowProblem, lead_from_record
from engine.domain.csv_records import LARGEST_FILE_BYTES, CsvRecord, read_records, sampled_records
from engine.domain.csv_verdicts import Happens, unread_verdict
from engine.domain.identifiers import Identity, parse_profile_address
from engine.errors import BadFile, UserError
from storage.import_stage import ImportStage

SAMPLE_BYTES = 256 * 1024
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str, ...]).decode


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where rows come from: a file, or text that was pasted."""

    name: str
    path: Path | None = None
    text: str = ""

    def open(self) -> BinaryIO:
        """Return the bytes. Raises: UserError."""
        if self.path is None:
            return io.BytesIO(self.text.encode())
        try:
            return self.path.open("rb")
        except OSError as error:
            raise UserError(
                f"{self.name} can't be read ({error.strerror}).", "Check the file and its permissions."
            ) from error


class Reader:
    """A list that is being read, some rows at a time."""

    def __init__(self, source: Source, encoding: str | None, delimiter: str | None) -> None:
        self._stream = source.open()
        try:
            self.size = self._stream.seek(0, io.SEEK_END)
            if self.size > LARGEST_FILE_BYTES:
                raise BadFile("The file is larger than 1 GB.", "Split it and import the parts.")
            self._stream.seek(0)
            sample = self._stream.read(SAMPLE_BYTES)
            is_whole = len(sample) == self.size
            if source.path is None:
                encoding, delimiter = "utf-8", delimiter or pasted_delimiter(source.text)
            self.format = detect(sample, is_whole, encoding=encoding, delimiter=delimiter)
            self.columns = guess_columns(self.format.header, sampled_records(sample, self.format, is_whole=is_whole))
            self._stream.seek(0)
        except OSError as error:
            self.close()
            raise UserError(f"{source.name} can't be read ({error.strerror}).", "Is it a file?") from error
        except BaseException:
            self.close()
            raise
        self._records = read_records(self._stream, self.format)

    @property
    def done(self) -> int:
        """How many bytes were read."""
        return self._stream.tell()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def read_some(self, stage: ImportStage, limit: int) -> bool:
        """Put the next rows on the stage, without the empty ones. Returns whether there may be more."""
        records = list(islice(self._records, limit))
        stage.add([_staged(record, self.columns, None) for record in records if any(map(str.strip, record.cells))])
        return len(records) == limit


def stage_kept(stage: ImportStage, rows: Iterable[tuple[int, int, str]], columns: ColumnMap) -> None:
    """Put rows that were kept for mending on the stage."""
    stage.add([_staged(CsvRecord(row, _decode(cells)), columns, kept_id) for kept_id, row, cells in rows])


def _staged(record: CsvRecord, columns: ColumnMap, kept_id: int | None) -> tuple[int, str, str, int, str, int | None]:
    key, kind, words = address_of(record, columns)
    return record.row, _encode(record.cells).decode(), key, kind, words, kept_id


def address_of(record: CsvRecord, columns: ColumnMap) -> tuple[str, int, str]:
    """Return a row's identity, or "" with the verdict on it."""
    index, cells = columns.address_index, record.cells
    if index is not None and index < len(cells):
        identity = parse_profile_address(cells[index], allow_bare=columns.allow_bare)
        if isinstance(identity, Identity):
            return identity.key, int(Happens.UNJUDGED), ""
    found = lead_from_record(record, columns)
    verdict = unread_verdict(found if isinstance(found, RowProblem) else None)
    return "", int(verdict.kind), verdict.words


def rekey_some(stage: ImportStage, after: int, limit: int, columns: ColumnMap) -> int:
    """Read the addresses of the next rows again. Returns the last row, 0 at the end."""
    rows = stage.cells_after(after, limit)
    stage.rekey((*address_of(CsvRecord(row, _decode(cells)), columns), n) for n, row, cells in rows)
    return rows[-1][0] if rows else 0


def drafts_of(stage: ImportStage, ns: Iterable[int], columns: ColumnMap) -> dict[int, LeadDraft | RowProblem | None]:
    """Return what rows make, by number."""
    return {
        found.n: lead_from_record(CsvRecord(found.row, _decode(found.cells)), columns) for found in stage.rows_of(ns)
    }


def decoded(cells: str) -> tuple[str, ...]:
    """Return the cells of a staged row."""
    return _decode(cells)


def encoded(cells: Iterable[str]) -> str:
    """Return cells as they are staged."""
    return _encode(tuple(cells)).decode()


def pasted_delimiter(text: str) -> str | None:
    """Return a tab for cells of a spreadsheet and for one address a line; None: it has to be guessed."""
    if "\t" in text:
        return "\t"
    lines = [line for line in _lines(text) if line.strip()]
    is_list = all(isinstance(parse_profile_address(line), Identity) for line in lines[1:] or lines)
    return "\t" if is_list else None


def _lines(text: str) -> Iterator[str]:
    return islice(iter(text.splitlines()), 200)


def is_worth_importing(text: str) -> bool:
    """Whether pasted text may be a lead list: addresses, or cells in columns."""
    return "linkedin." in text.lower() or "\t" in text
