"""Texts with variables: check them, render them for a lead, or say why that lead must be held.

`check` and `render` never raise, are bounded in time and size, and treat values as data only: a
rendered text is never read as a template. The template library is imported when the first text
is read, because that takes a quarter of a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.domain.suggestions import did_you_mean
from engine.domain.template_markup import MarkupProblem, MarkupScan, holds_markup, scan

if TYPE_CHECKING:
    from liquid.template import BoundTemplate

LEAD_VARIABLES = (
    "first_name",
    "last_name",
    "full_name",
    "company",
    "title",
    "headline",
    "location",
    "industry",
    "email",
    "website",
)
SENDER_VARIABLES = ("sender_first_name",)
STANDARD_VARIABLES = frozenset(LEAD_VARIABLES + SENDER_VARIABLES)

LONGEST_TEMPLATE_CHARS = 16_000
NOTE_LIMIT_FREE = 200
"""Characters of an invitation's note from a free account. Source: Unipile's provider limits page."""
NOTE_LIMIT_PAID = 300
"""Characters of an invitation's note from a paid account. Source: Unipile's provider limits page."""
MESSAGE_LIMIT = 8_000
"""Characters of a message. Source: other vendors' documents; Unipile's own documents give no limit."""

_CACHED_TEMPLATES = 256
_SHOWN_CHARS = 60
_ODD_IN_NAME = re.compile(r"[^\w-]")
_TOO_LONG = "the text is too long"
_HELD_MARKUP = "the text still holds {{ }} or {% %}"
# What the library raises on arbitrary expressions, besides its own errors (which are Exceptions).
_ODD_FAILURES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, kw_only=True)
class TemplateProblem:
    """A problem and its place: line and column from 1, offset from 0, all in code points."""

    line: int
    column: int
    offset: int
    length: int
    message: str
    variable: str | None = None


@dataclass(frozen=True, kw_only=True)
class VariableUse:
    """A variable where it stands in a text, in code points."""

    name: str
    offset: int
    length: int


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """The text as the person would receive it."""

    text: str


@dataclass(frozen=True, kw_only=True)
class HeldText:
    """Why a lead can't be sent this text, such as “company is empty”, and which variable it is."""

    reason: str
    variable: str | None = None


@dataclass(frozen=True, kw_only=True)
class LengthCount:
    """How long a text is; an emoji is one code point or more, and two UTF-16 units or more."""

    code_points: int
    utf16_units: int


@dataclass(frozen=True, kw_only=True)
class _Parsed:
    """A text read once; `template` is None when it can't be rendered at all."""

    template: BoundTemplate | None
    problems: tuple[MarkupProblem, ...]
    uses: tuple[VariableUse, ...] = ()


def check(text: str, known: AbstractSet[str] | None) -> tuple[TemplateProblem, ...]:
    """Return every problem of a text, in order; `known` None judges all but the variables' names."""
    if len(text) > LONGEST_TEMPLATE_CHARS:
        message = f"The text is longer than {LONGEST_TEMPLATE_CHARS} characters."
        return (_problem(text, MarkupProblem(offset=LONGEST_TEMPLATE_CHARS, length=1, message=message)),)
    whole = _parsed(text)
    parts = [(0, whole)]
    if whole.template is None:
        outputs = (markup for markup in scan(text).markups if markup.tag is None)
        parts += [(markup.start, _parsed(text[markup.start : markup.end])) for markup in outputs]
    problems: dict[int, TemplateProblem] = {}
    for start, part in parts:
        for problem in part.problems:
            problems.setdefault(start + problem.offset, _problem(text, problem, start=start))
        for problem, variable in _name_problems(part.uses, known):
            problems.setdefault(start + problem.offset, _problem(text, problem, variable, start))
    return tuple(problems[offset] for offset in sorted(problems))


def variables(text: str) -> tuple[VariableUse, ...]:
    """Return every use of a variable, in order; none when the text can't be read."""
    return _parsed(text).uses if len(text) <= LONGEST_TEMPLATE_CHARS else ()


def render(text: str, values: Mapping[str, str]) -> Rendered | HeldText:
    """Render for one lead, or hold it: a missing value without `default` never becomes text."""
    if len(text) > LONGEST_TEMPLATE_CHARS:
        return HeldText(reason=_TOO_LONG)
    parsed = _parsed(text)
    if parsed.template is None:
        return HeldText(reason="the text can't be read as a template")
    outcome = _rendered(parsed.template, values)
    if isinstance(outcome, HeldText):
        return outcome
    if holds_markup(outcome):
        guilty = (use.name for use in parsed.uses if holds_markup(values.get(use.name, "")))
        return HeldText(reason=_HELD_MARKUP, variable=next(guilty, None))
    if text.strip() and not outcome.strip():
        return HeldText(reason="the text comes out empty")
    return Rendered(text=outcome)


def plain(text: str) -> Rendered | HeldText:
    """Take a text that was written for one lead as it stands: no template, and nothing that looks like one."""
    if not text.strip():
        return HeldText(reason="the text is empty")
    return HeldText(reason=_HELD_MARKUP) if holds_markup(text) else Rendered(text=text)


def length(text: str) -> LengthCount:
    """Count a text both ways: nobody says which one LinkedIn counts."""
    astral = sum(1 for character in text if ord(character) > 0xFFFF)
    return LengthCount(code_points=len(text), utf16_units=len(text) + astral)


def length_problem(text: str, limit_chars: int) -> str | None:
    """Return a sentence when the longer of the two counts is over the limit."""
    over = length(text).utf16_units - limit_chars
    if over <= 0:
        return None
    return f"The text is {over} {'character' if over == 1 else 'characters'} over the limit of {limit_chars}."


def _rendered(template: BoundTemplate, values: Mapping[str, str]) -> str | HeldText:
    from liquid.exceptions import LiquidError, ResourceLimitError

    from engine.domain import template_language

    given = {name: value for name, value in values.items() if value and not value.isspace()}
    try:
        return template_language.render(template, given)
    except template_language.EmptyOutputError as error:
        return HeldText(reason=f"{error.variable} is empty", variable=error.variable)
    except ResourceLimitError:
        return HeldText(reason=_TOO_LONG)
    except (LiquidError, *_ODD_FAILURES):
        return HeldText(reason="a filter or condition can't be used like this")


@lru_cache(maxsize=_CACHED_TEMPLATES)
def _parsed(text: str) -> _Parsed:
    """Read a text once; the answer is the same for every lead, so it is kept."""
    from liquid.exceptions import LiquidError

    from engine.domain import template_language

    found = scan(text)
    if found.problems:
        return _Parsed(template=None, problems=found.problems)
    try:
        template = template_language.parse(text)
        analysis = template.analyze(include_partials=False)
    except (LiquidError, *_ODD_FAILURES) as error:
        problem = _placed(found, error, "This can't be read as a variable or a condition.")
        return _Parsed(template=None, problems=(problem,))
    uses = [
        VariableUse(name=str(variable), offset=variable.span.index, length=len(str(variable)))
        for group in analysis.variables.values()
        for variable in group
    ]
    filters = [
        VariableUse(name=name, offset=span.index, length=len(name))
        for name, spans in analysis.filters.items()
        for span in spans
    ]
    problems = _filter_problems(filters) or _misuses(found, template, uses)
    return _Parsed(
        template=template, problems=tuple(problems), uses=tuple(sorted(uses, key=lambda use: (use.offset, -use.length)))
    )


def _filter_problems(filters: list[VariableUse]) -> list[MarkupProblem]:
    from engine.domain.template_language import FILTERS

    known = frozenset(FILTERS)
    return [
        MarkupProblem(
            offset=use.offset,
            length=use.length,
            message=f"There is no filter “{use.name[:_SHOWN_CHARS]}”.{did_you_mean(use.name, known)}",
        )
        for use in filters
        if use.name not in known
    ]


def _misuses(found: MarkupScan, template: BoundTemplate, uses: list[VariableUse]) -> list[MarkupProblem]:
    """Try the text with every variable filled, to find filters and conditions that never work."""
    from liquid.exceptions import LiquidError

    from engine.domain import template_language

    try:
        template_language.render(template, {use.name: "Sample" for use in uses})
    except template_language.EmptyOutputError:
        return []
    except (LiquidError, *_ODD_FAILURES) as error:
        return [_placed(found, error, "A filter or a condition can't be used like this.")]
    return []


def _placed(found: MarkupScan, error: Exception, message: str) -> MarkupProblem:
    """Place a failure over the markup that holds its token, or else over the first one."""
    token = getattr(error, "token", None)
    offset = token.start_index if token is not None else -1
    markup = next((m for m in found.markups if m.start <= offset < m.end), found.markups[0])
    return MarkupProblem(offset=markup.start, length=markup.end - markup.start, message=message)


def _name_problems(
    uses: tuple[VariableUse, ...], known: AbstractSet[str] | None
) -> Iterator[tuple[MarkupProblem, str]]:
    done = 0
    for use in uses:
        shown = use.name[:_SHOWN_CHARS]
        if use.offset < done:
            continue
        if _ODD_IN_NAME.search(use.name):
            done = use.offset + use.length
            message = f"“{shown}” is not a variable's name: use letters, digits and _."
        elif known is None or use.name in known:
            continue
        else:
            message = f"There is no variable “{shown}”.{did_you_mean(use.name, known)}"
        yield MarkupProblem(offset=use.offset, length=use.length, message=message), use.name


def _problem(text: str, problem: MarkupProblem, variable: str | None = None, start: int = 0) -> TemplateProblem:
    offset = start + problem.offset
    return TemplateProblem(
        line=text.count("\n", 0, offset) + 1,
        column=offset - text.rfind("\n", 0, offset),
        offset=offset,
        length=problem.length,
        message=problem.message,
        variable=variable,
    )
