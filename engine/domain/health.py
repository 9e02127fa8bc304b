"""How well it goes, as numbers that a person can check: each a share of what there was. Pure."""

from __future__ import annotations

from dataclasses import dataclass

RECOVERY_LIMIT_S = 60
"""Source: the aim of docs/sending.md: reads and planning go on within a minute of the first good answer."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One of the four targets: so many of so many went right; `value` is what is compared with the aim."""

    name: str
    numerator: int
    denominator: int
    value: float | None


def share(name: str, numerator: int, denominator: int) -> Target:
    """Return a target whose value is the share, None while there is nothing to share."""
    return Target(
        name=name, numerator=numerator, denominator=denominator, value=numerator / denominator if denominator else None
    )


@dataclass(frozen=True, kw_only=True)
class Beats:
    """The engine's heartbeats over all its runs: a second each, counted while a process was there and awake."""

    beats: int = 0
    expected: int = 0
    restarts: int = 0

    def plus(self, other: Beats) -> Beats:
        """Return both together."""
        return Beats(
            beats=self.beats + other.beats,
            expected=self.expected + other.expected,
            restarts=self.restarts + other.restarts,
        )
