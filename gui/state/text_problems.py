"""What is wrong with the text that is shown: places to mark, and one strip of words with what to do. Qt-free."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.domain import templates
from engine.domain.sequence_rules import Finding, findings
from engine.domain.sequences import Sequence, Step
from engine.domain.suggestions import did_you_mean
from engine.domain.template_chips import pieces

Count = Callable[[int], str]
"""Writes a number in the locale's way."""


@dataclass(frozen=True, kw_only=True)
class Variables:
    """The variables that there are, with the number of leads that have nothing there; `leads` 0: nobody yet."""

    leads: int
    empty: Mapping[str, int]

    @property
    def names(self) -> frozenset[str]:
        """Every name."""
        return frozenset(self.empty)

    @property
    def is_known(self) -> bool:
        """Whether names can be judged: without leads nobody knows the columns that their list will have."""
        return self.leads > 0


NO_VARIABLES = Variables(leads=0, empty=dict.fromkeys(templates.STANDARD_VARIABLES, 0))


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One line of the strip. `variable` with `can_default`: "If empty, say…" helps; `can_show`: leads can be shown."""

    words: str
    variable: str = ""
    can_default: bool = False
    can_show: bool = False


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A place to underline, in code points of the source."""

    start: int
    length: int
    words: str


def known_names(variables: Variables) -> frozenset[str] | None:
    """Return the names to judge by, or None while nobody knows them."""
    return variables.names if variables.is_known else None


def troubled_names(text: str, variables: Variables) -> frozenset[str]:
    """Return the variables whose chips without words of their own hold somebody, or that don't exist."""
    used = {p.chip.name for p in pieces(text) if p.chip and p.chip.otherwise is None}
    every = {p.chip.name for p in pieces(text) if p.chip}
    unknown = every - variables.names if variables.is_known else set()
    return frozenset({name for name in used if variables.empty.get(name, 0)} | unknown)


def marks(text: str, variables: Variables) -> tuple[Mark, ...]:
    """Return the places that the rules object to."""
    return tuple(
        Mark(start=p.offset, length=p.length, words=p.message) for p in templates.check(text, known_names(variables))
    )


def problems(sequence: Sequence, step: Step, variant: int, variables: Variables, count: Count) -> tuple[Problem, ...]:
    """Return what to say about a step, the gravest first; `count` writes a number."""
    found = [
        _said(finding, variables)
        for finding in findings(sequence, known_names(variables))
        if finding.key == step.key and finding.variant in (None, variant)
    ]
    if step.texts:
        found += _empties(step.texts[variant].text, variables, count)
    return tuple(dict.fromkeys(found))


def _said(finding: Finding, variables: Variables) -> Problem:
    if finding.place is not None and finding.place.variable:
        name = finding.place.variable
        if name not in variables.names:
            hint = did_you_mean(name, variables.names) or " Choose one with “Insert variable”."
            return Problem(words=f"There is no variable “{name[:60]}” in your leads.{hint}")
    return Problem(words=finding.message)


def _empties(text: str, variables: Variables, count: Count) -> list[Problem]:
    found = []
    for piece in pieces(text):
        if piece.chip is None or piece.chip.otherwise is not None or piece.chip.name not in variables.empty:
            continue
        empty = variables.empty[piece.chip.name]
        if empty:
            they = "it would be held" if empty == 1 else "they would be held"
            words = f"{piece.chip.words} is empty for {count(empty)} of {count(variables.leads)} leads: {they}."
            found.append(Problem(words=words, variable=piece.chip.name, can_default=True, can_show=True))
    return found
