"""What the start sheet says: who is contacted, who is held and why, who is first and when, at which pace."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from gui import formatting as say

if TYPE_CHECKING:
    from engine.services.preflight import HeldLead
    from engine.services.start_forecasts import StartForecast

REASONS_SHOWN = 3
PROMISE = "Replies, acceptances and your own messages stop a person’s sequence. You can pause at any time."
ACTIONS = {
    "message": "a message",
    "visit": "a visit to the profile of",
    "withdraw": "taking back the invitation of",
}


def people_words(contacted: int, waiting: int) -> str:
    """Say how many of how many will be contacted."""
    if not waiting:
        return "Nobody in this campaign is waiting to be contacted. Import some leads first."
    whole = f"{say.number(contacted)} of " if contacted != waiting else ""
    return f"{whole}{say.count(waiting, 'person', 'people')} will be contacted."


def held_words(held: tuple[HeldLead, ...]) -> str:
    """Say how many are held, and why: "12 are held: they have no role."."""
    if not held:
        return ""
    causes = Counter(_cause(h) for h in held).most_common()
    many = say.count(len(held), "person is", "are").replace("person ", "")
    if len(causes) == 1:
        cause = causes[0][0]
        return f"{many} held: {say.sentence(cause)[:1].lower()}{say.sentence(cause)[1:]}"
    parts = [f"{say.number(number)}: {cause.rstrip('.')}" for cause, number in causes[:REASONS_SHOWN]]
    more = sum(number for _, number in causes[REASONS_SHOWN:])
    if more:
        parts.append(f"{say.number(more)} for other reasons")
    return f"{many} held. {'; '.join(parts)}."


def _cause(held: HeldLead) -> str:
    if held.variable and held.reason == f"{held.variable} is empty":
        return f"they have no {held.variable.replace('_', ' ')}"
    return held.reason


def first_words(forecast: StartForecast) -> str:
    """Say who gets what first, and when."""
    first = forecast.first
    if first is None:
        return ""
    if first.kind == "invite":
        what = f"{'an' if first.step[:1] in 'AEIOU' else 'a'} {first.step[:1].lower()}{first.step[1:]} to"
    elif first.kind == "message":
        what = "a message to"
    else:
        what = ACTIONS.get(first.kind, first.kind)
    if first.at is None:
        return f"First: {what} {first.name}; it waits. {say.sentence(first.why)}"
    return f"First: {what} {first.name}, {moment_words(first.at)}."


def pace_words(forecast: StartForecast) -> str:
    """Say how many a day, shared with whom, and about when the last one goes."""
    if not forecast.invitations:
        return "No invitations: only people you are connected with get messages."
    a_day = say.count(forecast.limit_per_day, "invitation a day", "invitations a day")
    parts = [f"At most {a_day}"]
    if forecast.is_warming_up:
        parts.append(f"{say.number(forecast.per_day)} on the first day because of the warm-up")
    elif forecast.is_eased:
        parts.append(f"{say.number(forecast.per_day)} on the first day because LinkedIn warned")
    if forecast.shared_with:
        parts.append(f"shared with {say.count(forecast.shared_with, 'running campaign', 'running campaigns')}")
    sentence = ", ".join(parts) + "."
    if forecast.last_invitation_at is not None:
        sentence += f" Last invitation about {day_words(forecast.last_invitation_at)}."
    return sentence


def promise_words(forecast: StartForecast) -> str:
    """Say what doesn't happen, and what stops it."""
    first = forecast.first
    if first is None or first.at is None:
        return PROMISE
    day = say.clock_words(first.at).split(" ")[0]
    return f"Nothing goes out before {day} {say.time_of_day(first.at)}. {PROMISE}"


def moment_words(at: datetime) -> str:
    """Return "Wed 7 Jan, about 9:12"."""
    return f"{day_words(at)}, about {say.time_of_day(at)}"


def day_words(at: datetime) -> str:
    """Return weekday and date: "Tue 27 Jan"."""
    return say.clock_words(at).rsplit(" ", say.time_of_day(at).count(" ") + 1)[0]
