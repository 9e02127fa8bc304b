"""How commands speak: words or one JSON document on standard output, problems on standard error."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.errors import BadFile, UserError


@dataclass(kw_only=True)
class CommandIO:
    """Where a command reads and writes; a handed-over command's lines go back to its caller."""

    out: Callable[[str], None]
    err: Callable[[str], None]
    read_key: Callable[[], str]
    is_json: bool = False
    is_engine_alive: bool = False

    def say(self, words: str) -> None:
        """Write a line for a person; silent when JSON is wanted."""
        if not self.is_json:
            self.out(words)

    def document(self, value: Any) -> None:
        """Write the one JSON document, if JSON is wanted."""
        if self.is_json:
            self.out(json.dumps(value, ensure_ascii=False, indent=1, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def moment(at: datetime | None) -> str | None:
    """Return a moment as UTC, ISO 8601 with Z, to the second."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def complain(io: CommandIO, error: UserError) -> None:
    """Say what is wrong and what to do, in one line; a file's problems each in theirs."""
    io.err(f"{error.title} {error.advice}".strip())
    if isinstance(error, BadFile):
        for problem in error.problems:
            io.err(f"  {problem.place}: {problem.problem}")
