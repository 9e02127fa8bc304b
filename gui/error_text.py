"""What an error is called on screen: a title and what to do. Never a traceback."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import BadFile, LeadloomError, Topic


@dataclass(frozen=True, kw_only=True)
class ErrorText:
    """An error in words."""

    title: str
    advice: str = ""
    details: tuple[str, ...] = ()
    topic: Topic = Topic.NONE
    """What the advice is about."""

    @property
    def sentence(self) -> str:
        """Return title and advice in one line."""
        return f"{self.title} {self.advice}".strip()


def error_text(error: BaseException) -> ErrorText:
    """Say what went wrong, whoever raised it."""
    if isinstance(error, BadFile):
        details = tuple(f"{p.place}: {p.problem}" for p in error.problems)
        return ErrorText(title=error.title, advice=error.advice, details=details)
    title = getattr(error, "title", "")
    if isinstance(error, LeadloomError) and title:
        topic = getattr(error, "topic", Topic.NONE)
        return ErrorText(title=title[:1].upper() + title[1:], advice=getattr(error, "advice", ""), topic=topic)
    return ErrorText(
        title="Something went wrong inside Leadloom.",
        advice="Nothing was sent because of it. The log in the data folder says more.",
    )
