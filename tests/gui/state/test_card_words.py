"""What a card says in each stage, and what the panel says about the future."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.domain.lead_future import Future
from engine.domain.ledger import DeliveryKind
from engine.services.lead_pages import LeadLine
from engine.services.lead_stories import CampaignStory
from gui.state.card_words import LONGEST_CHARS, ago, card_of
from gui.state.lead_words import future_words

NOW = datetime(2026, 1, 6, 13, 20, tzinfo=UTC)
FRIDAY = NOW + timedelta(days=3)


def say(at: datetime) -> str:
    return f"{at:%a %H:%M}"


LINE = LeadLine(
    key=1, lead_id=7, name="Ana Pérez", company="Acme", title="Founder", campaign="A", stage="pending_invite",
    next_action="invite", next_at=FRIDAY, why="it is next in line",
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words", "tone"),
    [
        ({}, "invitation from Fri 13:20", "muted"),
        ({"next_at": NOW}, "invitation in turn", "muted"),
        ({"next_at": None}, "invitation in turn", "muted"),
        ({"is_paused": True}, "invitation from Fri 13:20, paused", "warning"),
        ({"next_action": "visit"}, "profile visit from Fri 13:20", "muted"),
        ({"next_action": "message", "messages_sent": 1}, "message 2 from Fri 13:20", "muted"),
        ({"next_action": "withdraw", "next_at": NOW + timedelta(days=4)}, "withdrawn in 4 days", "warning"),
        ({"next_action": "withdraw", "next_at": NOW + timedelta(hours=5)}, "withdrawn in 5 h", "warning"),
        ({"next_action": "withdraw", "next_at": NOW}, "withdrawal in turn", "warning"),
        ({"next_action": "withdraw", "next_at": NOW + timedelta(days=18), "invited_at": NOW - timedelta(days=3)},
         "sent 3 days ago", "muted"),
        ({"next_action": "withdraw", "next_at": NOW + timedelta(days=18)}, "withdrawn Sat 13:20", "muted"),
        ({"stage": "needs_attention", "why": "was message 1 sent?"}, "was message 1 sent?", "trouble"),
        ({"stage": "responded", "replied_at": NOW - timedelta(minutes=20), "reply": "Sounds good"},
         "20 min ago: “Sounds good”", "good"),
        ({"stage": "responded", "replied_at": NOW}, "answered just now", "good"),
        ({"stage": "completed", "next_action": None}, "completed, no reply", "muted"),
        ({"next_action": None, "why": "the campaign hasn't been started"}, "the campaign hasn't been started", "muted"),
    ],
)  # fmt: skip
def test_a_card_says_what_comes_next(changes: dict[str, object], words: str, tone: str) -> None:
    card = card_of(replace(LINE, **changes), NOW, say)  # type: ignore[arg-type]
    assert (card.next, card.tone) == (words, tone)


def test_a_card_is_spoken_whole_and_never_empty_or_endless() -> None:
    card = card_of(LINE, NOW, say)
    assert card.spoken == "Ana Pérez. Founder, Acme. invitation from Fri 13:20"
    naughty = card_of(replace(LINE, name="\n<b>\t" + "x" * 9_999, title="", company=" "), NOW, say)
    assert (naughty.name[:5], len(naughty.name), naughty.about) == ("<b> x", LONGEST_CHARS, "")
    assert card_of(replace(LINE, name="  "), NOW, say).name == "no name"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "just now"), (59, "just now"), (60, "1 min ago"), (3_600, "1 h ago"), (86_400, "1 day ago"),
     (3 * 86_400, "3 days ago")],
)  # fmt: skip
def test_how_long_ago_something_was(seconds: int, words: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == words


def story(stage: str = "messaged", **future: object) -> CampaignStory:
    return CampaignStory(
        enrolment_id=1, campaign="A", campaign_state="running", stage=stage, is_excludable=True,
        future=Future(**future),  # type: ignore[arg-type]
    )  # fmt: skip


MESSAGE = {"kind": DeliveryKind.MESSAGE, "step": "Message 2", "why": "waits 4 days after the message before"}


@pytest.mark.parametrize(
    ("found", "head", "why"),
    [
        (story(**MESSAGE, at=FRIDAY), "Message 2 goes out Fri 13:20 at the earliest.",
         "Waits 4 days after the message before. A reply before then stops it."),
        (story(**MESSAGE, at=NOW, is_in_turn=True), "Message 2 goes out as soon as its turn comes.",
         "Waits 4 days after the message before. A reply before then stops it."),
        (story(kind=DeliveryKind.INVITE, step="Invitation without a note", why="everything is paused"),
         "Invitation without a note waits.", "Everything is paused."),
        (story(kind=DeliveryKind.VISIT, step="Profile visit", at=FRIDAY),
         "Profile visit is made Fri 13:20 at the earliest.", ""),
        (story(kind=DeliveryKind.WITHDRAW, step="Withdrawal", at=FRIDAY, why="the invitation is open"),
         "The invitation is withdrawn Fri 13:20 at the earliest.", "The invitation is open."),
        (story("responded", why="they answered"), "Nothing more will be sent.", "They answered."),
        (story("needs_attention", why="was it sent?"), "You decide what happens next.", "Was it sent?"),
        (story(at=FRIDAY, why="LinkedIn is being read"),
         "Nothing goes out before Fri 13:20.", "LinkedIn is being read."),
        (story("pending_invite", why="the campaign hasn't been started"), "Nothing goes out yet.",
         "The campaign hasn't been started."),
    ],
)  # fmt: skip
def test_one_sentence_about_the_future_and_why(found: CampaignStory, head: str, why: str) -> None:
    assert future_words(found, NOW, say) == (head, why)
