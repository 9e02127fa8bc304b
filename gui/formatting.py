"""Times, numbers and the engine's words as a person reads them, in the system's own way of writing."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QLocale, QTime

STAGE_WORDS = {
    "needs_attention": "Needs you",
    "pending_invite": "Pending",
    "invite_sent": "Invited",
    "connected": "Connected",
    "messaged": "Messaged",
    "responded": "Replied",
    "completed": "Completed",
    "withdrawn": "Withdrawn",
    "excluded": "Excluded",
}
KIND_WORDS = {
    "invite": "Invitation",
    "message": "Message",
    "withdraw": "Withdrawal",
    "visit": "Profile visit",
    "reply": "Reply",
}
STATE_WORDS = {
    "draft": "Draft",
    "running": "Running",
    "paused": "Paused",
    "finished": "Finished",
    "archived": "Archived",
}
CHOICE_WORDS = {
    "approve": "Approve",
    "sent": "It was sent",
    "send_again": "Send again",
    "skip": "Skip this step",
    "stop": "Stop this person",
    "go_on": "Go on",
}
HELD_CHOICE_WORDS = {**CHOICE_WORDS, "send_again": "Try again"}
CHOICE_MEANINGS = {
    "approve": "It goes out in its turn, exactly as shown.",
    "sent": "It counts as sent, and the sequence goes on from there.",
    "send_again": "It is tried again, as soon as its turn comes.",
    "skip": "This step is left out; what comes after it goes on as planned.",
    "stop": "Nothing more is sent to this person in this campaign.",
    "go_on": "Sending goes on, at its usual pace.",
}
"""What each choice does: said before it is made, and after."""

LONGEST_NAME_CHARS = 60

_zone: tzinfo | None = None


def set_time_zone(name: str) -> None:
    """Show times in this zone; an empty name means the system's."""
    global _zone
    _zone = ZoneInfo(name) if name else None


def local(at: datetime) -> datetime:
    """Return a moment in the zone that is shown."""
    return at.astimezone(_zone)


def _locale() -> QLocale:
    found = QLocale.system()
    if found.language() is QLocale.Language.C:
        return QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)
    return found


def number(value: int) -> str:
    """Return a whole number with its thousands grouped."""
    return _locale().toString(value)


def count(value: int, one: str, many: str) -> str:
    """Return a number with its noun: "1 lead", "1,204 leads"."""
    return f"{number(value)} {one if value == 1 else many}"


def time_of_day(at: datetime) -> str:
    """Return the hour and minute."""
    shown = local(at)
    return _locale().toString(QTime(shown.hour, shown.minute), QLocale.FormatType.ShortFormat)


def day(at: datetime, now: datetime) -> str:
    """Return the day as a person says it: today, tomorrow, a weekday, or a date."""
    shown, today = local(at).date(), local(now).date()
    distance = (shown - today).days
    if distance in (-1, 0, 1):
        return {0: "today", 1: "tomorrow", -1: "yesterday"}[distance]
    locale = _locale()
    date = QDate(shown.year, shown.month, shown.day)
    weekday = locale.dayName(date.dayOfWeek(), QLocale.FormatType.ShortFormat)
    if 0 < distance < 7:
        return weekday
    words = f"{shown.day} {locale.monthName(shown.month, QLocale.FormatType.ShortFormat)}"
    return words if shown.year == today.year else f"{words} {shown.year}"


def when(at: datetime, now: datetime) -> str:
    """Return day and time: "today 14:32", "Fri 11:10"."""
    return f"{day(at, now)} {time_of_day(at)}"


def short_when(at: datetime, now: datetime) -> str:
    """Return the time alone today, else day and time."""
    return time_of_day(at) if local(at).date() == local(now).date() else when(at, now)


def seen(words: str, at: datetime | None, now: datetime) -> str:
    """Return what was seen, and when, as a sentence: "Yesterday 09:30: read, and it was not there."."""
    return sentence(words if at is None else f"{when(at, now)}: {words}")


def clock_words(at: datetime) -> str:
    """Return weekday, date and time, for the practice clock."""
    shown, locale = local(at), _locale()
    weekday = locale.dayName(shown.isoweekday(), QLocale.FormatType.ShortFormat)
    month = locale.monthName(shown.month, QLocale.FormatType.ShortFormat)
    return f"{weekday} {shown.day} {month} {time_of_day(at)}"


def speed_words(speed: float) -> str:
    """Return how fast time runs."""
    known = {0.0: "time is paused", 1.0: "as fast as real time", 3600.0: "an hour a second", 86400.0: "a day a second"}
    return known.get(float(speed), f"{timedelta(seconds=speed)} a second")


def stage(name: str) -> str:
    """Return a stage's word."""
    return STAGE_WORDS.get(name, name)


def kind(name: str | None) -> str:
    """Return an action's word."""
    return KIND_WORDS.get(name or "", name or "")


def short(words: str) -> str:
    """Return a name on one line, cut where it would fill a window."""
    words = " ".join(words.split())
    return words if len(words) <= LONGEST_NAME_CHARS else f"{words[: LONGEST_NAME_CHARS - 1].rstrip()}…"


def sentence(words: str) -> str:
    """Return words as a sentence: a capital first, a full stop last."""
    words = words.strip()
    if not words:
        return ""
    ended = words if words[-1] in ".?!…" else words + "."
    return ended[:1].upper() + ended[1:]
