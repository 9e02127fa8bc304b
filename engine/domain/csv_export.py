"""CSV that no spreadsheet takes for formulas, and that reads back as it was. No file is opened."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

BYTE_ORDER_MARK = "\ufeff"

# Spreadsheets compute cells that begin like this, full-width forms too. Source: OWASP, CSV injection.
_TRIGGER = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_COMPUTED = re.compile(rf"'*(?:[\t\r\x00]|\s*[{_TRIGGER}])")


def safe_cell(text: str) -> str:
    """Return a cell with a `'` before what a spreadsheet would compute; import takes it off again."""
    return f"'{text}" if _COMPUTED.match(text) else text


def without_guard(text: str) -> str:
    """Return a cell without the one `'` that guards it; any other `'` stays."""
    if text.startswith("'") and _COMPUTED.match(text, 1):
        return text[1:].strip()
    return text


def csv_lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a CSV file, every cell quoted and guarded, the first with a byte order mark."""
    mark = BYTE_ORDER_MARK
    for row in rows:
        line = io.StringIO(newline="")
        csv.writer(line, quoting=csv.QUOTE_ALL).writerow([safe_cell(cell) for cell in row])
        yield mark + line.getvalue()
        mark = ""
