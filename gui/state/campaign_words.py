"""A campaign in words: what comes next and why, which pause holds, what its schedule is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from typing import TYPE_CHECKING

from gui import formatting as say
from gui.state.running import PLAIN_WAITS

if TYPE_CHECKING:
    from engine.domain.working_hours import WorkingHours
    from engine.services.campaign_pages import CampaignOverview
    from engine.services.explanations import Why

PAUSES = (
    ("all", "Everything", "Nothing more goes out; replies and acceptances are still read."),
    ("invitations", "New invitations only", "Follow-ups go on."),
    ("follow_ups", "Follow-ups only", "Invitations go on."),
)
"""The three pauses: what the engine calls them, their words, and what they mean."""
PAUSED_WORDS = {"invitations": "New invitations are paused", "follow_ups": "Follow-ups are paused"}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
STANDING_WORDS = {"waiting": "waiting", "sent": "sent", "accepted": "accepted", "replied": "replied"}
DONE_WORDS = {"visit": "visited", "withdraw": "withdrawn"}


def next_words(state: str, why: Why | None, now: datetime, otherwise: str = "") -> str:
    """Say what a campaign does next, when, and what it waits for."""
    if state not in ("running", "paused") or why is None:
        return say.sentence(otherwise or (why.why if why is not None else ""))
    action = say.kind(why.action).lower() if why.action else ""
    if why.at is None:
        return say.sentence(f"next: {action}; {why.why}" if action else why.why)
    moment = "now" if why.at <= now else say.when(why.at, now)
    if why.why in PLAIN_WAITS:
        return say.sentence(f"next: {action or 'a look'} {moment}")
    return say.sentence(f"next: {action or 'a look'} {moment}; {why.why}")


def state_words(found: CampaignOverview, now: datetime) -> str:
    """Say where a campaign stands, in a sentence."""
    leads = say.count(found.leads, "lead", "leads")
    if found.is_starting:
        return "It is being started."
    if found.state == "draft":
        return f"A draft with {leads}. Nothing goes out before you press Start."
    since = f" since {say.day(found.started_at, now)}" if found.started_at is not None else ""
    ended = f"{say.number(found.ended)} of {leads} have come to an end"
    if found.state == "paused":
        return f"Paused. {ended}. Replies and acceptances are still read."
    if found.state == "running":
        pause = f" {PAUSED_WORDS[found.pause]}." if found.pause in PAUSED_WORDS else ""
        return f"Running{since}.{pause} {ended}."
    return f"{say.STATE_WORDS.get(found.state, found.state)}. {ended}."


def notes_words(found: CampaignOverview) -> tuple[str, ...]:
    """Say what else a person should know: who waits for a Start, what is asked first."""
    notes = []
    if found.waiting_for_start and found.state in ("running", "paused", "finished"):
        who = say.count(found.waiting_for_start, "person hasn’t", "people haven’t")
        notes.append(f"{who} been started yet.")
    if found.ask_left:
        many = f"each of the next {say.number(found.ask_left)} sends" if found.ask_left > 1 else "the next send"
        notes.append(f"You are asked before {many}.")
    return tuple(notes)


def standing_words(kind: str, standing: str, number: int) -> str:
    """Return one count of a step: "61 accepted"."""
    words = DONE_WORDS.get(kind, "sent") if standing == "sent" else STANDING_WORDS[standing]
    return f"{say.number(number)} {words}"


def hours_words(hours: WorkingHours) -> str:
    """Return hours in a line: "Mon, Tue, Wed 09:00–17:00, Europe/Paris"."""
    return f"{days_words(hours.days)} {clock(hours.start)}–{clock(hours.end)}, {hours.time_zone}"


def days_words(days: Iterable[int]) -> str:
    """Return days in a line; three or more in a row as a span."""
    wanted = sorted(days)
    parts: list[str] = []
    while wanted:
        run = 1
        while run < len(wanted) and wanted[run] == wanted[0] + run:
            run += 1
        if run > 2:
            parts.append(f"{DAYS[wanted[0]]}–{DAYS[wanted[run - 1]]}")
        else:
            parts += [DAYS[d] for d in wanted[:run]]
        wanted = wanted[run:]
    return ", ".join(parts)


def clock(at: time) -> str:
    """Return a time of day as files write it; the end of the day is 24:00."""
    return "24:00" if at == time.max else at.strftime("%H:%M")
