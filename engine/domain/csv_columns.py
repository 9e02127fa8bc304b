"""Which column of a lead list means what: guessed from names and contents, and overridden by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from engine.domain.csv_headers import BARE_NAMES, FIELDS, FIRST_OR_FULL, LAST_OR_FULL, PROFILE_URL, RANKS, squashed
from engine.domain.csv_records import MOST_COLUMNS, CsvRecord
from engine.domain.identifiers import Identity, IdentityKind, parse_profile_address
from engine.domain.suggestions import did_you_mean
from engine.errors import BadFile, Topic, UserError

IGNORED = "ignore"
LONGEST_NAME_CHARS = 60

_SPOKEN_FOR = frozenset({*FIELDS, "sender_first_name"})
# Words of the template language, which couldn't be used as a variable's name.
_TEMPLATE_WORDS = frozenset(
    [
        "true",
        "false",
        "nil",
        "null",
        "empty",
        "blank",
        "and",
        "or",
        "not",
        "contains",
        "in",
        "if",
        "else",
        "for",
        "as",
        "with",
        "now",
        "today",
        "offset",
        "limit",
        "reversed",
        "cols",
        "continue",
        "required",
    ]
)
_NOT_IN_NAME = re.compile(r"[\W_]+")
_LISTED_COLUMNS = 20


class BadMapping(UserError):
    """A column or a field named by hand doesn't exist."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its variable under its own name, and the lead's field that it fills, if any.

    Both None: the column is ignored.
    """

    header: str
    variable: str | None
    field: str | None = None


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """The columns in the order of the file. `allow_bare`: addresses may be slugs or ids alone."""

    columns: tuple[Column, ...]
    allow_bare: bool = False

    @cached_property
    def address_index(self) -> int | None:
        """Return the place of the column with LinkedIn addresses, from 0."""
        return next((index for index, column in enumerate(self.columns) if column.field == PROFILE_URL), None)

    @cached_property
    def plan(self) -> tuple[tuple[int, str | None, str | None], ...]:
        """Return (index, field, variable) of the columns to read besides the addresses."""
        return tuple(
            (index, column.field, column.variable)
            for index, column in enumerate(self.columns)
            if column.field != PROFILE_URL and (column.field or column.variable)
        )

    @property
    def variables(self) -> frozenset[str]:
        """Return the names that texts may use because of this file, besides the standard ones."""
        return frozenset(column.variable for column in self.columns if column.variable)


def guess_columns(header: Sequence[str], samples: Sequence[CsvRecord]) -> ColumnMap:
    """Guess fields by name and the address column by what it holds; the rest become variables.

    A column that fills a field under another name is a variable under its own name too.
    Raises: BadFile for a row without bounds.
    """
    width = max(len(header), max((len(record.cells) for record in samples), default=0) if not header else 0)
    if width > MOST_COLUMNS:
        raise BadFile(
            f"The first row has over {MOST_COLUMNS:,} columns.", "Keep the columns you need and save the file again."
        )
    headers = [header[index].strip() if index < len(header) else "" for index in range(width)]
    names = [squashed(name) for name in headers]
    address = _address_column(names, samples)
    fields = _fields(names, address)
    variables = _variables(headers, fields)
    columns = tuple(
        Column(header=headers[index], variable=variables[index], field=fields.get(index)) for index in range(width)
    )
    allow_bare = address is not None and names[address] in BARE_NAMES
    return ColumnMap(columns=columns, allow_bare=allow_bare)


def with_override(column_map: ColumnMap, choices: Mapping[str, str]) -> ColumnMap:
    """Return the map with columns reassigned: {"Column": "field"}, a new variable's name, or "ignore".

    Raises: BadMapping for a column that the file doesn't have, or a name that can't be a variable's.
    """
    for header, wanted in choices.items():
        column_map = with_target(column_map, _column_index(column_map.columns, header), wanted)
    return column_map


def with_target(column_map: ColumnMap, index: int, wanted: str) -> ColumnMap:
    """Return the map with the column at a place, from 0, reassigned: a field, a variable's name, or "ignore".

    Raises: BadMapping for a name that can't be a variable's.
    """
    columns = list(column_map.columns)
    allow_bare = column_map.allow_bare
    target = wanted.strip()
    if target in FIELDS:
        for other, column in enumerate(columns):
            if column.field == target:
                columns[other] = replace(column, field=None)
        columns[index] = replace(columns[index], field=target)
        allow_bare = allow_bare or target == PROFILE_URL
    elif target in ("", IGNORED):
        columns[index] = replace(columns[index], field=None, variable=None)
    else:
        others = [column for place, column in enumerate(columns) if place != index]
        columns[index] = replace(columns[index], field=None, variable=_chosen_variable(target, others))
    return ColumnMap(columns=tuple(columns), allow_bare=allow_bare)


def own_variable(column_map: ColumnMap, index: int) -> str:
    """Return the name that a column has as a variable when it is nothing else."""
    taken = {c.variable for place, c in enumerate(column_map.columns) if c.variable and place != index}
    header = column_map.columns[index].header
    return _free(variable_name(header) or f"column_{index + 1}", taken | _SPOKEN_FOR)


def require_addresses(column_map: ColumnMap) -> None:
    """Raise BadFile, listing the columns, when none holds LinkedIn addresses."""
    if column_map.address_index is not None:
        return
    looked_at = [column.header or f"column {index}" for index, column in enumerate(column_map.columns, start=1)]
    listed = ", ".join(looked_at[:_LISTED_COLUMNS]) + (" …" if len(looked_at) > _LISTED_COLUMNS else "")
    raise BadFile(
        "The file has no column with LinkedIn addresses.",
        f"Looked at: {listed}. Say which column holds them, or add one.",
        topic=Topic.ADDRESS_COLUMN,
    )


def variable_name(header: str) -> str:
    """Return a column's own name as a variable: lower case, `_` for anything but letters and digits."""
    name = _NOT_IN_NAME.sub("_", header.lower()).strip("_")[:LONGEST_NAME_CHARS]
    return f"{name}_" if name.isdigit() or name in _TEMPLATE_WORDS else name


def _address_column(names: list[str], samples: Sequence[CsvRecord]) -> int | None:
    """Choose the column with addresses: a fitting name first, then public slugs, in whole addresses, then how many."""
    best: tuple[bool, bool, bool, int, int, int] | None = None
    chosen = None
    for index, name in enumerate(names):
        is_bare = name in BARE_NAMES
        kinds = _address_kinds((r.cells[index] for r in samples if index < len(r.cells)), is_bare=is_bare)
        rank = RANKS.get(name, ("", 0))
        slugs = kinds.count(IdentityKind.SLUG)
        score = (rank[0] == PROFILE_URL, slugs > 0, not is_bare, slugs, len(kinds), -rank[1])
        if kinds and (best is None or score > best):
            best, chosen = score, index
    if chosen is not None:
        return chosen
    named = [(RANKS[name][1], index) for index, name in enumerate(names) if name in RANKS]
    return min((pair for pair in named if RANKS[names[pair[1]]][0] == PROFILE_URL), default=(0, None))[1]


def _address_kinds(cells: Iterable[str], *, is_bare: bool) -> list[IdentityKind]:
    found = (parse_profile_address(cell, allow_bare=is_bare) for cell in cells)
    return [identity.kind for identity in found if isinstance(identity, Identity)]


def _fields(names: list[str], address: int | None) -> dict[int, str]:
    """Return the field of each column that has one; of two columns for a field the better name wins."""
    has_first = any(RANKS.get(name, ("",))[0] == "first_name" for name in names)
    has_last = any(RANKS.get(name, ("",))[0] == "last_name" for name in names)
    best: dict[str, tuple[int, int]] = {}
    for index, name in enumerate(names):
        field, rank = RANKS.get(name, ("", 0))
        if name in FIRST_OR_FULL:
            field, rank = ("first_name" if has_last and not has_first else "full_name"), 100
        elif name in LAST_OR_FULL:
            field, rank = ("last_name" if has_first and not has_last else "full_name"), 100
        if field and field != PROFILE_URL and index != address:
            best[field] = min(best.get(field, (rank, index)), (rank, index))
    fields = {index: field for field, (_, index) in best.items()}
    if address is not None:
        fields[address] = PROFILE_URL
    return fields


def _variables(headers: list[str], fields: Mapping[int, str]) -> list[str | None]:
    """Name each column's variable; none for the addresses and where the field has that very name."""
    taken = set(_SPOKEN_FOR)
    variables: list[str | None] = []
    for index, header in enumerate(headers):
        name = variable_name(header) or f"column_{index + 1}"
        field = fields.get(index)
        if field is not None and (field == PROFILE_URL or name == field):
            variables.append(None)
            continue
        variables.append(_free(name, taken))
        taken.add(variables[-1] or "")
    return variables


def _free(name: str, taken: Iterable[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _column_index(columns: Sequence[Column], header: str) -> int:
    wanted = header.strip()
    for same in (str, str.casefold):
        for index, column in enumerate(columns):
            if same(column.header) == same(wanted):
                return index
    known = [column.header for column in columns if column.header]
    raise BadMapping(
        f"The file has no column “{wanted}”.{did_you_mean(wanted, known)}", f"Columns: {', '.join(known)}."
    )


def _chosen_variable(name: str, columns: Sequence[Column]) -> str:
    if variable_name(name) != name or name in _SPOKEN_FOR:
        fields = ", ".join(FIELDS)
        raise BadMapping(f"“{name}” can't be a variable's name.", f"Choose a field ({fields}) or a name like city_2.")
    return _free(name, {column.variable or "" for column in columns})
