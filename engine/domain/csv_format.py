"""The form of a CSV file, told from its first bytes: encoding, delimiter, and where the header is.

Wrong guesses are possible, so each can be given instead. Nothing is imported here.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from engine.domain.csv_headers import is_known
from engine.domain.identifiers import Identity, parse_profile_address
from engine.errors import BadFile

SAMPLE_BYTES = 65_536
DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8", "cp1252", "utf-16-le", "utf-16-be", "utf-32-le")
IS_EXCEL = "This is an Excel workbook: save it as CSV, or paste the cells here."

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAVE_AS_CSV = "Save the list as CSV and choose that file."
_HEADER_WITHIN_RECORDS = 40
_CONTROL_BYTES = bytes([*range(0x09), *range(0x0E, 0x20), 0x7F])
_MOST_CONTROL_SHARE = 0.1
_UTF16_ZERO_SHARE = 0.3
_SEPARATOR_LINE = re.compile(r"\"?sep=(.)\"?\s*", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class CsvFormat:
    """How to read a file. `header_index` counts records from 0 in the file; None: there is no header.

    `has_separator_line` tells of Excel's `sep=;`, which a spreadsheet doesn't show as a row.
    """

    encoding: str
    delimiter: str
    header_index: int | None
    header: tuple[str, ...]
    has_separator_line: bool = False


def detect(sample: bytes, is_whole: bool, *, encoding: str | None = None, delimiter: str | None = None) -> CsvFormat:
    """Tell the format from the first bytes (SAMPLE_BYTES are enough); a given part is taken as it is.

    Raises: BadFile for what isn't a CSV at all, in a sentence.
    """
    _refuse_other_files(sample)
    encoding = encoding or _encoding(sample, is_whole=is_whole)
    text = sample_text(sample, encoding)
    if not text.strip():
        raise BadFile("The file is empty.", _SAVE_AS_CSV)
    separator = _SEPARATOR_LINE.fullmatch(text.partition("\n")[0])
    if separator and delimiter is None:
        delimiter = separator[1]
    delimiter = delimiter or _delimiter(text)
    records = sample_records(text, delimiter, is_whole=is_whole)
    index = _header_index(records, start=1 if separator else 0)
    return CsvFormat(
        encoding=encoding,
        delimiter=delimiter,
        header_index=index,
        header=() if index is None else tuple(cell.strip() for cell in records[index]),
        has_separator_line=separator is not None,
    )


def sample_text(sample: bytes, encoding: str) -> str:
    """Decode a sample, whose last character may be cut, without NUL and byte order mark."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    text = decoder.decode(sample, final=False).replace("\x00", "").removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def sample_records(text: str, delimiter: str, *, is_whole: bool) -> list[list[str]]:
    """Read a sample's records leniently; the last one is left out when it may be cut."""
    records: list[list[str]] = []
    try:
        records.extend(csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True))
    except csv.Error:
        return records
    return records if is_whole or len(records) == 1 else records[:-1]


def _refuse_other_files(sample: bytes) -> None:
    if not sample.strip(b"\x00\t\r\n "):
        raise BadFile("The file is empty.", _SAVE_AS_CSV)
    if sample.startswith(b"PK\x03\x04"):
        name_length = int.from_bytes(sample[26:28], "little")
        if sample[30 : 30 + name_length].lower().endswith(b".csv"):
            raise BadFile("This is a ZIP archive: unpack it and choose the CSV in it.")
        raise BadFile(IS_EXCEL)
    if sample.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise BadFile(IS_EXCEL)
    begin = sample[:512].lstrip(codecs.BOM_UTF8 + b" \t\r\n").lower()
    if begin.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise BadFile("This is a web page, not a CSV file.", _SAVE_AS_CSV)


def _encoding(sample: bytes, *, is_whole: bool) -> str:
    """Tell the encoding: byte order mark, pattern of zero bytes, strict UTF-8, else Windows-1252.

    Raises: BadFile for binary data. Measured: right on all samples of lead lists, wrong for
    Cyrillic and Japanese code pages.
    """
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return name
    half = max(1, len(sample) // 2)
    if sample[1::2].count(0) / half > _UTF16_ZERO_SHARE > sample[::2].count(0) / half:
        return "utf-16-le"
    if sample[::2].count(0) / half > _UTF16_ZERO_SHARE > sample[1::2].count(0) / half:
        return "utf-16-be"
    controls = len(sample) - len(sample.translate(None, _CONTROL_BYTES))
    if controls / len(sample) > _MOST_CONTROL_SHARE or sample.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff")):
        raise BadFile("This is not a text file.", _SAVE_AS_CSV)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=is_whole)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter(text: str) -> str:
    """Choose the delimiter by which most records have the same number of cells, two or more."""
    scores = {}
    for delimiter in DELIMITERS:
        counts = Counter(len(record) for record in sample_records(text, delimiter, is_whole=True) if len(record) > 1)
        scores[delimiter] = max(((records, cells) for cells, records in counts.items()), default=(0, 0))
    return max(DELIMITERS, key=lambda delimiter: scores[delimiter])


def _header_index(records: list[list[str]], start: int) -> int | None:
    """Find the header below a preamble; None when the first full record already holds an address."""
    near = [
        (index, record)
        for index, record in enumerate(records[: start + _HEADER_WITHIN_RECORDS])
        if index >= start and any(cell.strip() for cell in record)
    ]
    widths = Counter(len(record) for record in records if record)
    usual = max(widths, key=lambda width: (widths[width], width), default=1)
    named = [(sum(is_known(cell) for cell in record), index) for index, record in near]
    best = max(named, key=lambda pair: (min(pair[0], 2), -pair[1]), default=(0, 0))
    first_address = next((index for index, record in near if _holds_address(record)), len(records))
    if best[0] >= 2 or (best[0] >= usual and best[1] < first_address):
        return best[1]
    full = next((index for index, record in near if len(record) >= usual), near[0][0] if near else None)
    return full if full is not None and full < first_address else None


def _holds_address(record: list[str]) -> bool:
    return any(isinstance(parse_profile_address(cell), Identity) for cell in record)
