"""The dialect of Liquid that texts are written in: three tags, a short list of filters, strict.

Imports python-liquid (a quarter of a second), so only `templates` imports this module, and only
when the first text is read. Values are data: nothing here reads a value as a template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TextIO

from liquid import Environment, RenderContext
from liquid.builtin.content import Literal
from liquid.builtin.expressions import FilteredExpression
from liquid.builtin.illegal import Illegal
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.case_tag import CaseTag
from liquid.builtin.tags.if_tag import IfTag
from liquid.builtin.tags.unless_tag import UnlessTag
from liquid.exceptions import FilterArgumentError, LiquidError
from liquid.stringify import to_liquid_string
from liquid.template import BoundTemplate
from liquid.undefined import StrictDefaultUndefined, StrictUndefined

LONGEST_OUTPUT_CHARS = 20_000
"""More than twice the longest message; a text beyond it is a mistake, not a long message."""

_UTF8_BYTES_PER_CHAR = 4
_CLOCK_NAMES = ("now", "today")  # the library's own variables, which would put today's date into a text


class Missing(StrictDefaultUndefined):
    """A variable without a value: false in a condition, replaced by `default`, never text."""

    allowed_properties = StrictUndefined.allowed_properties | {"__class__", "__liquid__"}


class EmptyOutputError(LiquidError):
    """A `{{ … }}` came out empty without a `default`; `variable` is what was empty."""

    def __init__(self, variable: str) -> None:
        super().__init__(f"{variable} is empty", token=None)
        self.variable = variable


def parse(text: str) -> BoundTemplate:
    """Parse a text whose markup was scanned. Raises: LiquidError."""
    return _ENVIRONMENT.from_string(text)


def render(template: BoundTemplate, values: Mapping[str, str]) -> str:
    """Render with values that aren't blank; every line end becomes a line feed.

    Raises: LiquidError, and on odd expressions whatever Python raises for them.
    """
    clock = {name: Missing(name, token=None) for name in _CLOCK_NAMES}
    return template.render({**clock, **values})


class _StrictOutputNode(OutputNode):
    """An output that refuses to write nothing, unless a `default` says that nothing is meant."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        value = self.expression.evaluate(context)
        if isinstance(value, Missing):
            raise EmptyOutputError(value.name)
        text = to_liquid_string(value, autoescape=False)
        if not text.strip() and not self._has_default():
            raise EmptyOutputError(str(self.expression))
        return buffer.write(text)

    def _has_default(self) -> bool:
        expression = self.expression
        filters = expression.filters if isinstance(expression, FilteredExpression) else None
        return any(used.name == "default" for used in filters or ())


class _StrictOutput(Output):
    node_class = _StrictOutputNode


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise FilterArgumentError("a filter needs text here", token=None)


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST_OUTPUT_CHARS:
        return value
    raise FilterArgumentError("a filter needs a whole number here", token=None)


def _truncate(value: object, length: object = 50, end: object = "...") -> str:
    text, keep, tail = _text(value), _whole(length), _text(end)
    return text if len(text) <= keep else text[: max(0, keep - len(tail))] + tail


def _truncate_words(value: object, count: object = 15, end: object = "...") -> str:
    text, keep = _text(value), max(1, _whole(count))
    words = text.split()
    return text if len(words) <= keep else " ".join(words[:keep]) + _text(end)


def _replace(value: object, old: object, new: object = "") -> str:
    text, out, into = _text(value), _text(old), _text(new)
    if len(text) + text.count(out) * len(into) > 2 * LONGEST_OUTPUT_CHARS:
        raise FilterArgumentError("the text becomes too long", token=None)
    return text.replace(out, into)


def _split(value: object, separator: object) -> list[str]:
    text, by = _text(value), _text(separator)
    return text.split(by if by.strip() else None) if by else list(text)


def _first(value: object) -> object:
    found = value if isinstance(value, list) else _text(value)
    return found[0] if found else ""


def _last(value: object) -> object:
    found = value if isinstance(value, list) else _text(value)
    return found[-1] if found else ""


def _default(value: object, otherwise: object) -> object:
    is_empty = (
        isinstance(value, Missing) or value in (None, False, []) or (isinstance(value, str) and not value.strip())
    )
    return otherwise if is_empty else value


def _careful(rule: Callable[..., object]) -> Callable[..., object]:
    """Let a missing value pass through to its `default`, and bound what a filter makes."""

    def filter_(value: object, *arguments: object) -> object:
        for given in (value, *arguments):
            if isinstance(given, Missing):
                return given
        result = rule(value, *arguments)
        if isinstance(result, str) and len(result) > LONGEST_OUTPUT_CHARS:
            raise FilterArgumentError("the text becomes too long", token=None)
        return result

    return filter_


FILTERS: Mapping[str, Callable[..., object]] = {
    "default": _default,
    "upcase": _careful(lambda value: _text(value).upper()),
    "downcase": _careful(lambda value: _text(value).lower()),
    "capitalize": _careful(lambda value: _text(value).capitalize()),
    "strip": _careful(lambda value: _text(value).strip()),
    "truncate": _careful(_truncate),
    "truncatewords": _careful(_truncate_words),
    "replace": _careful(_replace),
    "first": _careful(_first),
    "last": _careful(_last),
    "split": _careful(_split),
    "append": _careful(lambda value, tail: _text(value) + _text(tail)),
    "prepend": _careful(lambda value, head: _text(head) + _text(value)),
}


class _BoundedEnvironment(Environment):
    output_stream_limit = LONGEST_OUTPUT_CHARS * _UTF8_BYTES_PER_CHAR


def _dialect() -> Environment:
    environment = _BoundedEnvironment(undefined=Missing)
    environment.tags.clear()
    for tag in (Literal, _StrictOutput, Illegal, IfTag, UnlessTag, CaseTag):
        environment.add_tag(tag)
    environment.filters.clear()
    for name, rule in FILTERS.items():
        environment.add_filter(name, rule)
    return environment


_ENVIRONMENT = _dialect()
