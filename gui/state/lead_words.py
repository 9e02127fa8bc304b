"""The sentence about a lead's future, from what the planner says. Qt-free; how a moment is written is given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.services.lead_stories import CampaignStory

When = Callable[[datetime], str]
ENDED = ("responded", "completed", "withdrawn", "excluded")
FACT_WORDS = {
    "first_name": "First name",
    "last_name": "Last name",
    "company": "Company",
    "title": "Title",
    "headline": "Headline",
    "location": "Location",
    "industry": "Industry",
    "email": "E-mail",
    "website": "Website",
}


def future_words(story: CampaignStory, now: datetime, when: When) -> tuple[str, str]:
    """Return one sentence about what comes and when, and what it waits for."""
    future, why = story.future, sentence(story.future.why)
    if future.step:
        reply = "A reply before then stops it." if future.kind == "message" else ""
        return _step(story, now, when), " ".join(part for part in (why, reply) if part)
    if story.stage in ENDED:
        return "Nothing more will be sent.", why
    if story.stage == "needs_attention":
        return "You decide what happens next.", why
    if future.at is not None and future.at > now:
        return f"Nothing goes out before {when(future.at)}.", why
    return "Nothing goes out yet.", why


def _step(story: CampaignStory, now: datetime, when: When) -> str:
    future = story.future
    if future.kind == "withdraw":
        what, goes = "The invitation", "is withdrawn"
    else:
        what, goes = future.step, "goes out" if future.kind != "visit" else "is made"
    if future.is_in_turn and (future.at is None or future.at <= now):
        return f"{what} {goes} as soon as its turn comes."
    if future.at is None:
        return f"{what} waits."
    return f"{what} {goes} {when(future.at)} at the earliest."


def sentence(words: str) -> str:
    """Return words as a sentence: a capital first, a full stop last."""
    words = words.strip()
    ended = words if not words or words[-1] in ".?!…" else words + "."
    return ended[:1].upper() + ended[1:]
