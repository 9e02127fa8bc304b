"""What a message in a conversation means: a reply, ours, typed by hand, or nothing. Pure.

A read receipt is not a reply; neither is an event, a deleted message or the invitation's own note.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from enum import StrEnum

INVITATION_NOTE = "INVITATION"
CLOCK_TOLERANCE = timedelta(minutes=2)
"""The provider's clock and its copy of a conversation may be this far off ours."""
ALIKE = 0.9
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff\u00ad]")
_BLANKS = re.compile(r"\s+")


class Author(StrEnum):
    """Who wrote a message."""

    LEAD = "lead"
    US = "us"
    HAND = "hand"


@dataclass(frozen=True, kw_only=True)
class SeenMessage:
    """What the rules need of a message."""

    message_id: str
    text: str
    at: datetime
    is_ours: bool
    sender_id: str
    kind: str
    is_event: bool = False
    is_deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class OurText:
    """A text that the ledger sent or may have sent, and when."""

    text: str
    armed_at: datetime
    message_id: str | None = None


def is_reply(message: SeenMessage, *, lead_provider_id: str, since: datetime) -> bool:
    """Whether a message stops the lead's sequences. `since`: enrolment or first contact, the earlier."""
    if message.is_ours or message.is_event or message.is_deleted or message.kind == INVITATION_NOTE:
        return False
    return bool(lead_provider_id) and message.sender_id == lead_provider_id and message.at > since


def author_of(message: SeenMessage, ours: Collection[OurText]) -> Author:
    """Tell the lead's messages, the ledger's and those that the user typed on LinkedIn apart."""
    if not message.is_ours:
        return Author.LEAD
    return Author.US if any(is_same(message, o) for o in ours) else Author.HAND


def is_same(message: SeenMessage, ours: OurText) -> bool:
    """Whether a message of ours is this text of the ledger. No text, as a picture has it, is nobody's in particular."""
    if ours.message_id is not None and ours.message_id == message.message_id:
        return True
    text = normalised(ours.text)
    return text != "" and message.at >= ours.armed_at - CLOCK_TOLERANCE and normalised(message.text) == text


def is_alike(message: SeenMessage, ours: OurText) -> bool:
    """Whether a message of ours is nearly this text: not proof, but a reason to ask."""
    if message.at < ours.armed_at - CLOCK_TOLERANCE:
        return False
    matcher = SequenceMatcher(None, normalised(message.text), normalised(ours.text), autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def normalised(text: str) -> str:
    """Return a text as two systems would agree on it: NFC, no invisible signs, blanks collapsed."""
    plain = unicodedata.normalize("NFC", html.unescape(text))
    return _BLANKS.sub(" ", _INVISIBLE.sub("", plain)).strip()


def first_line(text: str, limit: int = 120) -> str:
    """Return the first line of a message, cut for a list."""
    line = next((part.strip() for part in text.splitlines() if part.strip()), "")
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
