"""The markup of a text: where `{{ … }}` and `{% … %}` stand, and whether they close and nest.

Linear in the text's length and free of the template library; expressions aren't read here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engine.domain.suggestions import did_you_mean

LONGEST_MARKUP_CHARS = 500
MOST_PROBLEMS = 100
BLOCKS = {"if": ("elsif", "else"), "unless": ("elsif", "else"), "case": ("when", "else")}
ENDS = {f"end{name}": name for name in BLOCKS}
INNER = frozenset(name for inner in BLOCKS.values() for name in inner)
TAGS = frozenset({*BLOCKS, *ENDS, *INNER})

_MARK = re.compile(r"\{\{|\{%|\}\}|%\}")
_TAG_NAME = re.compile(r"\{%-?\s*(#|\w*)")
_CLOSERS = {"{{": "}}", "{%": "%}"}


@dataclass(frozen=True, kw_only=True)
class Markup:
    """One `{{ … }}` (`tag` is None) or `{% tag … %}`, as [start, end) in code points."""

    start: int
    end: int
    tag: str | None


@dataclass(frozen=True, kw_only=True)
class MarkupProblem:
    """A place, in code points, and a sentence."""

    offset: int
    length: int
    message: str


@dataclass(frozen=True, kw_only=True)
class MarkupScan:
    """What was found, in the order of the text."""

    markups: tuple[Markup, ...]
    problems: tuple[MarkupProblem, ...]


def scan(text: str) -> MarkupScan:
    """Find every markup and every mark that doesn't close, open or nest. Never raises."""
    markups: list[Markup] = []
    problems: list[MarkupProblem] = []
    at = 0
    while len(problems) < MOST_PROBLEMS and (mark := _MARK.search(text, at)):
        found = _markup(text, mark)
        if isinstance(found, MarkupProblem):
            problems.append(found)
            at = found.offset + found.length
        else:
            markups.append(found)
            at = found.end
    problems.extend(_nesting_problems(markups))
    return MarkupScan(markups=tuple(markups), problems=tuple(sorted(problems, key=lambda p: p.offset)[:MOST_PROBLEMS]))


def holds_markup(text: str) -> bool:
    """Return whether a text holds any of the four marks, which nobody should ever receive."""
    return _MARK.search(text) is not None


def _markup(text: str, mark: re.Match[str]) -> Markup | MarkupProblem:
    start, opener = mark.start(), mark.group()
    if opener not in _CLOSERS:
        opened = "{{" if opener == "}}" else "{%"
        return MarkupProblem(offset=start, length=2, message=f"“{opener}” without “{opened}” before it.")
    following = _MARK.search(text, mark.end())
    if following is None or following.group() != _CLOSERS[opener]:
        return MarkupProblem(offset=start, length=2, message=f"“{opener}” isn't closed by “{_CLOSERS[opener]}”.")
    length = following.end() - start
    if length > LONGEST_MARKUP_CHARS:
        return MarkupProblem(offset=start, length=length, message="This is too long to be a variable or a condition.")
    name = _TAG_NAME.match(text, start)
    return Markup(start=start, end=following.end(), tag=name[1] if name else None)


@dataclass(kw_only=True)
class _OpenBlock:
    markup: Markup
    name: str
    had_else: bool = field(default=False)


def _nesting_problems(markups: list[Markup]) -> list[MarkupProblem]:
    open_blocks: list[_OpenBlock] = []
    problems = []
    for markup in markups:
        if markup.tag is not None:
            message = _tag_problem(markup, markup.tag, open_blocks)
            if message:
                problems.append(_at(markup, message))
    problems.extend(
        _at(block.markup, f"“{block.name}” isn't closed: add {{% end{block.name} %}}.") for block in open_blocks
    )
    return problems


def _tag_problem(markup: Markup, tag: str, open_blocks: list[_OpenBlock]) -> str:
    """Return what is wrong with a tag where it stands, and keep the list of open blocks."""
    if tag in BLOCKS:
        open_blocks.append(_OpenBlock(markup=markup, name=tag))
        return ""
    if tag not in TAGS:
        return f"There is no tag “{tag}” here.{did_you_mean(tag, TAGS)}" if tag else "The tag has no name."
    block = open_blocks[-1] if open_blocks else None
    if tag in ENDS:
        if block is None or block.name != ENDS[tag]:
            return f"“{tag}” has no open “{ENDS[tag]}”."
        open_blocks.pop()
        return ""
    if block is None or tag not in BLOCKS[block.name]:
        return f"“{tag}” doesn't belong here."
    if block.had_else:
        return f"“{tag}” can't come after “else”."
    block.had_else = tag == "else"
    return ""


def _at(markup: Markup, message: str) -> MarkupProblem:
    return MarkupProblem(offset=markup.start, length=markup.end - markup.start, message=message)
