"""The shape of a rendered text: what is the same for everybody, and where a lead's own values stand. Pure.

Two leads whose texts have one shape get the same text but for their values: `filled` proves it for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Shape = tuple["str | Value", ...]


@dataclass(frozen=True, kw_only=True)
class Value:
    """A place where a lead's value stands."""

    name: str


def shape_of(text: str, values: Mapping[str, str]) -> Shape:
    """Part a text into what is written and the values in it; of values that are alike, the first name counts."""
    named: dict[str, str] = {}
    for name, value in values.items():
        if value and not value.isspace():
            named.setdefault(value, name)
    # no regular expression: one made for each lead costs more than rendering its texts
    parts: list[str | Value] = []
    at = 0
    while hits := [(place, -len(value), value) for value in named if (place := text.find(value, at)) >= 0]:
        place, _, value = min(hits)
        parts += [text[at:place], Value(name=named[value])]
        at = place + len(value)
    return tuple(part for part in (*parts, text[at:]) if part)


def filled(shape: Shape, values: Mapping[str, str]) -> str:
    """Return the text of a shape with a lead's values."""
    return "".join(values[part.name] if isinstance(part, Value) else part for part in shape)


def names_in(shape: Shape) -> frozenset[str]:
    """Return which values stand in a shape."""
    return frozenset(part.name for part in shape if isinstance(part, Value))
