"""What the import page says: chips, the button that names what it does, the format of the file, what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from engine.domain.csv_columns import IGNORED, Column, ColumnMap, own_variable
from engine.domain.csv_format import CsvFormat
from engine.domain.csv_headers import FIELDS
from engine.domain.csv_verdicts import FIELD_WORDS, Happens
from gui import formatting as say

if TYPE_CHECKING:
    from engine.services.import_applying import ImportOutcome
    from engine.services.import_undo import TakenBack
    from engine.services.imports import Outlook

ENCODING_WORDS = {
    "utf-8": "UTF-8",
    "cp1252": "Windows-1252",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16, big-endian",
    "utf-32-le": "UTF-32",
}
DELIMITER_WORDS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
NO_ADDRESSES = "No column holds LinkedIn addresses: click the heading of the one that does, or drop another file."
NO_USABLE = "No row has a usable LinkedIn address: mend them here, or click the heading of the right column."


@dataclass(frozen=True, kw_only=True)
class ChipWords:
    """A chip with a count; a press shows only those rows. `kind` None: all of them."""

    kind: Happens | None
    words: str
    is_warning: bool = False


@dataclass(frozen=True, kw_only=True)
class ColumnHead:
    """A column's own name, and what it is taken for."""

    header: str
    meaning: str
    is_left_out: bool = False


def chips(rows: int, counts: Mapping[Happens, int]) -> list[ChipWords]:
    """Return a chip for all rows and one for each kind there is."""
    found = [ChipWords(kind=None, words=say.count(rows, "row", "rows"))]
    for kind, words in (
        (Happens.NEW, "new"),
        (Happens.MERGED, "merged with leads you have"),
        (Happens.UNCHANGED, "known already"),
        (Happens.TWICE, "the same person twice"),
        (Happens.SKIPPED, "skipped"),
        (Happens.BLANK, "empty"),
        (Happens.TO_FIX, "to fix"),
    ):
        if number := counts.get(kind, 0):
            found.append(ChipWords(kind=kind, words=f"{say.number(number)} {words}", is_warning=kind is Happens.TO_FIX))
    return found


def head(column: Column) -> ColumnHead:
    """Return what stands above a column."""
    if column.field is not None:
        return ColumnHead(header=column.header, meaning=FIELD_WORDS[column.field])
    if column.variable is not None:
        return ColumnHead(header=column.header, meaning=f"variable: {column.variable}")
    return ColumnHead(header=column.header, meaning="left out", is_left_out=True)


def heads(columns: ColumnMap) -> list[ColumnHead]:
    """Return what stands above each column."""
    return [head(column) for column in columns.columns]


def meanings(columns: ColumnMap, place: int) -> list[tuple[str, str, bool]]:
    """Return what a column can be taken for: (target, words, whether it is now)."""
    taken = columns.columns[place]
    variable = taken.variable or own_variable(columns, place)
    is_variable = taken.field is None and taken.variable is not None
    return [
        *((field, FIELD_WORDS[field], taken.field == field) for field in FIELDS),
        (variable, f"variable: {variable}", is_variable),
        (IGNORED, "leave out", taken.field is None and not is_variable),
    ]


def format_words(found: CsvFormat | None) -> str:
    """Return encoding, delimiter and header in words."""
    if found is None:
        return ""
    delimiter = DELIMITER_WORDS.get(found.delimiter, f"“{found.delimiter}”")
    if found.header_index is None:
        header = "no header row"
    else:
        header = f"header in row {say.number(found.header_index + (0 if found.has_separator_line else 1))}"
    return f"{ENCODING_WORDS.get(found.encoding, found.encoding)} · {delimiter} · {header}"


def importable(counts: Mapping[Happens, int]) -> int:
    """Return how many rows an import would make anything of."""
    return counts.get(Happens.NEW, 0) + counts.get(Happens.MERGED, 0)


def button_words(counts: Mapping[Happens, int], state: str | None, outlook: Outlook | None, now: datetime) -> str:
    """Return what the button does: how many, and when the first is contacted as far as that is known."""
    new, merged = counts.get(Happens.NEW, 0), counts.get(Happens.MERGED, 0)
    if not new + merged:
        return "Nothing to import"
    verb = f"Import {say.number(new)}" if new else f"Merge {say.number(merged)}"
    if state == "draft":
        return f"{verb} into the draft"
    if outlook is not None and outlook.at is not None and outlook.goes_at_once:
        about = "about " if outlook.is_about else ""
        return f"{verb}; first {say.kind(outlook.kind).lower()} {about}{say.when(max(outlook.at, now), now)}"
    return verb


def foot_words(counts: Mapping[Happens, int], name: str, state: str | None, outlook: Outlook | None) -> str:
    """Return what becomes of the people, and of the rows to fix."""
    if set(counts) <= {Happens.TO_FIX, Happens.BLANK}:
        return NO_USABLE
    held = counts.get(Happens.TO_FIX, 0)
    parts = []
    if held:
        rows = "The row to fix is" if held == 1 else f"The {say.number(held)} rows to fix are"
        it = "it" if held == 1 else "them"
        parts.append(f"{rows} held back; fix {it} here or later.")
    parts.append(_people_words(name, state, outlook))
    parts.append("Undo is there after importing.")
    return " ".join(part for part in parts if part)


def _people_words(name: str, state: str | None, outlook: Outlook | None) -> str:
    if state is None:
        return "They are kept as leads; nobody is contacted."
    if state == "draft":
        return "Nobody is contacted before you press Start."
    if state == "paused":
        return f"“{name}” is paused: nobody is contacted before you resume it."
    if outlook is not None and not outlook.goes_at_once:
        return f"Others in “{name}” wait for Start, and so do these."
    if outlook is not None and outlook.at is None and outlook.why:
        return say.sentence(f"When the first is contacted isn’t known: {outlook.why}")
    return "Whoever is new is contacted in turn, inside hours and limits."


def done_words(outcome: ImportOutcome, campaign: str) -> str:
    """Return what an import has done."""
    parts = [
        f"{say.number(number)} {words}"
        for number, words in (
            (outcome.new, "new"),
            (outcome.merged, "merged"),
            (outcome.unchanged, "known already"),
            (outcome.skipped, "skipped"),
        )
        if number
    ]
    into = f" into “{campaign}”" if campaign else ""
    words = f"Imported {', '.join(parts) or 'nothing'}{into}."
    if outcome.held:
        words += f" {say.count(outcome.held, 'row', 'rows')} to fix: they wait under Import…"
    return f"{words} {outcome.trouble}".strip()


def undone_words(taken: TakenBack) -> str:
    """Return what an undo has done, and what stays."""
    words = f"The import is taken back: {say.count(taken.leads, 'lead', 'leads')} removed"
    if taken.values:
        words += f", {say.count(taken.values, 'value', 'values')} restored"
    kept = []
    if taken.leads_kept:
        stay = say.count(taken.leads_kept, "lead stays", "leads stay")
        kept.append(f"{stay}, because something has happened since")
    elif taken.enrolments_kept:
        stay = say.count(taken.enrolments_kept, "lead stays", "leads stay")
        kept.append(f"{stay} in the campaign, because it has begun with them")
    if taken.values_kept:
        kept.append(say.count(taken.values_kept, "value changed since stays", "values changed since stay"))
    return ". ".join([words, *(part[:1].upper() + part[1:] for part in kept)]) + "."
