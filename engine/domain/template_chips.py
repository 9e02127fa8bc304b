"""A text as pieces: plain words, and variables that a person can read as a chip. Pure; no library is needed.

Only `{{ name }}` and `{{ name | default: "words" }}` are chips; any other Liquid stays words of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_CHIP = re.compile(
    r"\{\{\s*(?P<name>[A-Za-z_]\w{0,59})\s*"
    r"(?:\|\s*default:\s*(?:\"(?P<double>[^\"{}\n]*)\"|'(?P<single>[^'{}\n]*)')\s*)?\}\}"
)
_BROKEN = re.compile(r"[{}\r\n]+")


@dataclass(frozen=True, kw_only=True)
class Chip:
    """A variable; `otherwise` is what stands there when it is empty, None for nothing."""

    name: str
    otherwise: str | None = None

    @property
    def source(self) -> str:
        """The chip as Liquid."""
        if self.otherwise is None:
            return f"{{{{ {self.name} }}}}"
        said = _BROKEN.sub(" ", self.otherwise)
        if '"' in said and "'" in said:
            said = said.replace('"', "”")
        mark = "'" if '"' in said else '"'
        return f"{{{{ {self.name} | default: {mark}{said}{mark} }}}}"

    @property
    def words(self) -> str:
        """The variable's name as a person reads it."""
        return self.name.replace("_", " ")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a text as it is written, and its chip if it is one."""

    source: str
    chip: Chip | None = None


def pieces(text: str) -> tuple[Piece, ...]:
    """Return the parts of a text; together their sources are the text, to the letter."""
    found: list[Piece] = []
    at = 0
    for match in _CHIP.finditer(text):
        if match.start() > at:
            found.append(Piece(source=text[at : match.start()]))
        found.append(Piece(source=match.group(), chip=_chip(match)))
        at = match.end()
    if at < len(text):
        found.append(Piece(source=text[at:]))
    return tuple(found)


def chip_of(source: str) -> Chip | None:
    """Return the chip that a source is, if it is exactly one."""
    match = _CHIP.fullmatch(source)
    return _chip(match) if match else None


def has_other_liquid(text: str) -> bool:
    """Return whether a text holds Liquid that no chip can show."""
    return any(p.chip is None and ("{{" in p.source or "{%" in p.source) for p in pieces(text))


def shown(text: str) -> str:
    """Return a text with its chips as [name], for a line that only hints at it."""
    return "".join(f"[{p.chip.words}]" if p.chip else p.source for p in pieces(text))


def _chip(match: re.Match[str]) -> Chip:
    otherwise = match["double"] if match["double"] is not None else match["single"]
    return Chip(name=match["name"], otherwise=otherwise)
