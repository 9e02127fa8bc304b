"""What a card of the board says: name, what they do, and what comes next in words. Qt-free.

How a moment is written is given, because that is the locale's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.services.lead_pages import LeadLine

When = Callable[[datetime], str]
SOON = timedelta(days=7)
"""A withdrawal so near is worth a warning."""
LONGEST_CHARS = 160
"""More of a text is never laid out for a card."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """A card; `tone` is the colour's name for what the words of `next` say anyway."""

    lead_id: int
    name: str
    about: str
    next: str
    tone: str

    @property
    def spoken(self) -> str:
        """The whole card for a screen reader."""
        return ". ".join(part for part in (self.name, self.about, self.next) if part)


def card_of(line: LeadLine, now: datetime, when: When) -> Card:
    """Return a lead's card."""
    words, tone = _next(line, now, when)
    about = ", ".join(part for part in (line.title, line.company) if part.strip())
    return Card(
        lead_id=line.lead_id,
        name=_one_line(line.name) or "no name",
        about=_one_line(about),
        next=_one_line(words),
        tone=tone,
    )


def _one_line(text: str) -> str:
    return " ".join(text[: 4 * LONGEST_CHARS].split())[:LONGEST_CHARS]


def _next(line: LeadLine, now: datetime, when: When) -> tuple[str, str]:
    if line.stage == "needs_attention":
        return line.why, "trouble"
    if line.stage == "responded":
        said = ago(line.replied_at, now) if line.replied_at else "answered"
        return (f"{said}: “{line.reply}”" if line.reply else f"answered {said}"), "good"
    if line.stage == "completed":
        return "completed, no reply", "muted"
    if line.next_action is None:
        return line.why, "muted"
    words, tone = _coming(line, now, when)
    return (f"{words}, paused", "warning") if line.is_paused else (words, tone)


def _coming(line: LeadLine, now: datetime, when: When) -> tuple[str, str]:
    is_due = line.next_at is None or line.next_at <= now
    if line.next_action == "withdraw":
        if is_due or line.next_at is None:
            return "withdrawal in turn", "warning"
        if line.next_at - now <= SOON:
            return f"withdrawn {_ahead(line.next_at - now)}", "warning"
        return (f"sent {ago(line.invited_at, now)}" if line.invited_at else f"withdrawn {when(line.next_at)}"), "muted"
    words = {"invite": "invitation", "visit": "profile visit"}.get(line.next_action or "", "")
    words = words or f"message {line.messages_sent + 1}"
    return f"{words} in turn" if is_due or line.next_at is None else f"{words} from {when(line.next_at)}", "muted"


def ago(at: datetime, now: datetime) -> str:
    """Return how long ago something was: "20 min ago", "3 days ago"."""
    passed = max(now - at, timedelta(0))
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{passed // timedelta(minutes=1)} min ago"
    if passed < timedelta(days=1):
        return f"{passed // timedelta(hours=1)} h ago"
    return f"{_days(passed // timedelta(days=1))} ago"


def _ahead(left: timedelta) -> str:
    days = -(-left // timedelta(days=1))
    return f"in {_days(days)}" if left > timedelta(days=1) else f"in {max(1, -(-left // timedelta(hours=1)))} h"


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"
