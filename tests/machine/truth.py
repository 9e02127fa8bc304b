"""What must be true whatever was done in whatever order, kept in plain dicts beside the engine and without its code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(kw_only=True)
class Kept:
    """A backup, and what was true when it was made."""

    file: Path
    leads: int


@dataclass(kw_only=True)
class Truth:
    """Leads that must be there, and what reached whom."""

    leads: int = 0
    backups: list[Kept] = field(default_factory=list)
    posts_at_pause: int | None = None
    allowed_again: int = 0

    def imported(self, number: int) -> None:
        """So many people were not in the program before."""
        self.leads += number

    def went_back(self, kept: Kept) -> None:
        """The file is as it was."""
        self.leads = kept.leads

    def check_leads(self, there: int) -> None:
        """Nobody imported vanishes, nobody appears (I16)."""
        assert there == self.leads, f"{self.leads} people, {there} in the program"

    def check_effects(self, invited: list[str], told: list[tuple[str, str]]) -> None:
        """Nobody is invited twice or told the same twice, but by a person's word (I1, I2, I3)."""
        twice = sum(n - 1 for n in Counter(invited).values()) + sum(n - 1 for n in Counter(told).values())
        assert twice <= self.allowed_again, f"{twice} twice: {Counter(invited)}, {Counter(told)}"

    def check_pause(self, posts: int) -> None:
        """Nothing has left since the pause returned (I11)."""
        assert self.posts_at_pause is None or posts == self.posts_at_pause, f"{posts} sends, paused"
