"""TOML as people edit it: where its keys stand, and how values are written. Reading is tomllib's."""

from __future__ import annotations

import re
from collections.abc import Iterable

_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"""\s*["']?([\w-]+)["']?\s*=(.*)""")
_MULTI_LINE = re.compile(r'"""|\'\'\'')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\n": "\\n"}
_ESCAPED = re.compile(r'["\\\x00-\x1f\x7f]')

Path = tuple[str | int, ...]


def line_numbers(text: str) -> dict[Path, int]:
    """Return the line, from 1, of each table and key, such as ("steps", 0, "wait").

    A sketch that knows tables, arrays of tables and multi-line texts; other keys have no line.
    """
    lines: dict[Path, int] = {}
    table: Path = ()
    counts: dict[str, int] = {}
    inside = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not inside:
            if header := _HEADER.match(line):
                name = header[2]
                table = (name, counts.get(name, 0)) if header[1] == "[[" else (name,)
                counts[name] = counts.get(name, 0) + 1
                lines[table] = number
            elif key := _KEY.match(line):
                lines[(*table, key[1])] = number
        for quotes in _MULTI_LINE.findall(line):
            inside = quotes if not inside else "" if inside == quotes else inside
    return lines


def path_name(path: Path) -> str:
    """Return a key path for people, counting from 1: `steps[2].wait`."""
    name = ""
    for part in path:
        name += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if name else part
    return name


def place_name(path: Path, lines: dict[Path, int]) -> str:
    """Return the key path with the nearest line that is known."""
    for end in range(len(path), 0, -1):
        if path[:end] in lines:
            return f"{path_name(path)} (line {lines[path[:end]]})"
    return path_name(path)


def toml_string(text: str) -> str:
    """Write a text so that it reads back exactly; several lines stay several lines."""
    if "\n" not in text:
        return f'"{_ESCAPED.sub(_escape, text)}"'
    lines = (_ESCAPED.sub(_escape, line) for line in text.split("\n"))
    return '"""\n' + "\n".join(lines) + '"""'


def toml_strings(texts: Iterable[str]) -> str:
    """Write an array of texts on one line."""
    return f"[{', '.join(toml_string(text) for text in texts)}]"


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04x}"
