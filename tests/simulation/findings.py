"""What the checkers found: each a breach of an invariant, by the name under which it is counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Breach(StrEnum):
    """What must never be; the numbers are those of the invariants in the specification."""

    DUPLICATE = "duplicates"  # I1, I2, I3
    LOST = "lost"  # I5, I16, I18
    SKIPPED = "skipped"  # I6
    OVER_LIMIT = "over limit"  # I8
    OUTSIDE_HOURS = "outside hours"  # I10
    WHILE_PAUSED = "while paused"  # I11
    HANG = "hangs"  # I22, I24
    CORRUPT = "corrupt"  # I20
    UNARMED = "unarmed"  # I4, I13, I21
    GAP = "under the gap"  # I9
    AFTER_REPLY = "after a reply"  # I12
    MOVE = "illegal moves"  # I7, I14
    UNTRUE = "untrue"  # the database says what the world knows to be wrong
    UNFAIR = "unfair"  # I15
    LEAK = "leaks"  # I19, I23


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One breach, and what shows it."""

    breach: Breach
    words: str


MOST_KEPT = 20


@dataclass
class Findings:
    """Collects breaches; the first ones are kept in words."""

    counts: dict[Breach, int] = field(default_factory=dict)
    first: list[Finding] = field(default_factory=list)

    def add(self, breach: Breach, words: str) -> None:
        """Note a breach."""
        self.counts[breach] = self.counts.get(breach, 0) + 1
        if len(self.first) < MOST_KEPT:
            self.first.append(Finding(breach=breach, words=words))

    def need(self, holds: object, breach: Breach, words: str) -> None:
        """Note a breach unless something holds."""
        if not holds:
            self.add(breach, words)
