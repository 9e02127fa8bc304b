"""Where a place of a text stands in a document that shows its chips as single objects. Qt-free.

A text counts code points; a document counts UTF-16 units, and one for each chip.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from engine.domain.template_chips import Chip, Piece, chip_of, pieces

OBJECT = "\ufffc"
"""What stands in a document where a chip is."""
_LAST_OF_ONE_UNIT = "\uffff"


def utf16(text: str) -> int:
    """Return how many UTF-16 units a text has."""
    return len(text) + sum(1 for character in text if character > _LAST_OF_ONE_UNIT)


def normal(text: str) -> str:
    """Return a text with line feeds only, as a document can show it."""
    for other in ("\r\n", "\r", "\u2028", "\u2029"):
        text = text.replace(other, "\n")
    return text


@dataclass(frozen=True)
class ChipWords:
    """A variable as its chip says it."""

    name: str
    words: str
    otherwise: str | None

    @property
    def more(self) -> str:
        """What stands there when it is empty, as the chip adds it."""
        if self.otherwise is None:
            return ""
        return f" or “{self.otherwise}”" if self.otherwise.strip() else " or nothing"


@lru_cache(maxsize=512)
def chip_words(source: str) -> ChipWords:
    """Return what a chip of this Liquid says."""
    chip = chip_of(source) or Chip(name=source)
    return ChipWords(chip.name, chip.words, chip.otherwise)


def variable_source(name: str, otherwise: str | None = None) -> str:
    """Return the Liquid of a variable."""
    return Chip(name=name, otherwise=otherwise).source


@dataclass(frozen=True)
class Edit:
    """What changed between two texts: at `start`, `removed` made way for `inserted`; in code points."""

    start: int
    removed: str
    inserted: str


def edit_between(old: str, new: str) -> Edit:
    """Return the one stretch that differs."""
    most = min(len(old), len(new))
    start = next((i for i in range(most) if old[i] != new[i]), most)
    left = most - start
    end = next((i for i in range(left) if old[-1 - i] != new[-1 - i]), left)
    return Edit(start, old[start : len(old) - end], new[start : len(new) - end])


class Places:
    """Translates places between a text and its document."""

    def __init__(self, text: str, *, has_chips: bool = True) -> None:
        self.pieces = pieces(text) if has_chips else ((Piece(source=text),) if text else ())
        self._starts: list[int] = []
        self._positions: list[int] = []
        start = position = 0
        for piece in self.pieces:
            self._starts.append(start)
            self._positions.append(position)
            start += len(piece.source)
            position += 1 if piece.chip else utf16(piece.source)
        self._end = position

    def position(self, offset: int) -> int:
        """Return the document's position of an offset; inside a chip it is the chip's start."""
        if not self.pieces:
            return 0
        at = max(0, bisect_right(self._starts, offset) - 1)
        piece, inside = self.pieces[at], offset - self._starts[at]
        if piece.chip:
            return self._positions[at] + (1 if inside >= len(piece.source) else 0)
        return self._positions[at] + utf16(piece.source[:inside])

    def stretch(self, offset: int, length: int) -> tuple[int, int]:
        """Return (position, units) of a stretch of the text, at least one unit."""
        start = self.position(offset)
        return start, max(1, self.position(offset + length) - start)
