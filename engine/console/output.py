"""How commands speak: words or one JSON document on standard output, problems on standard error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.errors import BadFile, Topic, UserError

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_WHAT_TO_TYPE = {
    Topic.NO_ACCOUNT: "Type: account add --dsn ADDRESS.",
    Topic.SEVERAL_ACCOUNTS: "In the campaign file: account = “NAME”.",
    Topic.ACCOUNTS: "“account list” shows the accounts there are.",
    Topic.CAMPAIGNS: "“campaign list” shows the campaigns there are.",
    Topic.LEADS: "“leads list” shows the leads there are.",
    Topic.QUESTIONS: "“attention list” shows it.",
    Topic.ADDRESS_COLUMN: "Type: --map “Column=profile_url”.",
    Topic.OWN_HOST: "Type: --own-host.",
    Topic.WHICH_CAMPAIGN: "Type: --campaign NAME.",
}
"""How to follow an advice here."""


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
            self.out(one_line(words))

    def complain(self, words: str) -> None:
        """Write a line about a problem."""
        self.err(one_line(words))

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


def one_line(words: str) -> str:
    """Return words from anywhere as one line that can't steer a terminal."""
    return _CONTROLS.sub(" ", words)


def complain(io: CommandIO, error: UserError) -> None:
    """Say what is wrong, what to do and what to type, in one line; a file's problems each in theirs."""
    io.complain(" ".join(part for part in (error.title, error.advice, _WHAT_TO_TYPE.get(error.topic)) if part))
    if isinstance(error, BadFile):
        for problem in error.problems:
            io.complain(f"  {problem.place}: {problem.problem}")
