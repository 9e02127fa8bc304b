"""The first start of a stranger, in the real window: on an empty data folder, with nothing read outside it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.provider.simulated.api import KEY
from tests.e2e.hands import Hand, Mouse
from tests.e2e.running import Running, until

PRACTICE_DEADLINE_S = 120.0
"""The practice account's thirty days are really lived through, which takes eight seconds of an idle processor."""
DRAFT = "Agencies, second round"
MOST_TO_PRACTICE, MOST_TO_STARTED = 3, 10


def enrolments(running: Running, campaign: str = DRAFT) -> list[dict[str, Any]]:
    found = running.read("leads", "list", data=running.data / "practice")
    return [lead for lead in found if lead["campaign"] == campaign]


def sent(running: Running) -> int:
    found = running.read("leads", "list", data=running.data / "practice")
    return sum(lead["messages_sent"] + bool(lead["invited_at"]) for lead in found)


def test_practice_is_tried_until_a_reply_stops_a_follow_up(running: Running, hand: Hand) -> None:
    running.open_window("--log-level", "error")
    hand.press("Open the practice account")
    window = running.practice
    until(lambda: window.ask("ready") == "home", "the practice window", PRACTICE_DEADLINE_S)
    hand.turn_to(window)
    before = sent(running)
    hand.press("A day of practice time a second")
    until(lambda: sent(running) > before, "practice that sends")
    assert hand.presses <= MOST_TO_PRACTICE

    hand.press("Campaigns, 3")
    hand.press(f"Start… {DRAFT}")
    hand.press("Start all 40")
    window.until_told(f"“{DRAFT}” runs with 40 people.")
    if isinstance(hand, Mouse):  # nothing more is pressed: what follows is the same whatever hand began it
        see_a_reply_stop_a_follow_up(running)


def see_a_reply_stop_a_follow_up(running: Running) -> None:
    def answered() -> list[dict[str, Any]]:
        return [x for x in enrolments(running) if x["stage"] == "responded" and 0 < x["messages_sent"] < 2]

    until(answered, "a reply after the first message")
    stopped = answered()[0]
    assert stopped["next"] == {"action": None, "at": None, "why": "they answered"}

    def others_went_on() -> bool:
        return any(x["messages_sent"] == 2 for x in enrolments(running) if not x["replied_at"])

    until(others_went_on, "the follow-up of somebody who didn't answer")
    later = next(x for x in enrolments(running) if x["lead"] == stopped["lead"])
    assert (later["messages_sent"], later["step"]) == (stopped["messages_sent"], stopped["step"])


@pytest.fixture
def settled(running: Running) -> Running:
    """A LinkedIn to connect to, and its people as a list."""
    running.serve(people=30)
    return running


def test_a_list_becomes_a_started_campaign_in_ten_presses(settled: Running, mouse: Mouse) -> None:
    window = settled.open_window()
    mouse.press("Connect LinkedIn…")
    mouse.type_into("Address", settled.address)
    mouse.type_into("Access token", KEY)
    mouse.press("Connect")
    window.until_told("Connected: ")
    mouse.open_file(str(settled.csv))
    mouse.choose("Into which campaign", "New campaign…")
    mouse.type_into("Name of the campaign", "Ten presses")
    mouse.press("Make the draft")
    mouse.press("Import 30 into the draft")
    mouse.press("Start…")
    mouse.press("Start all 30")
    window.until_told("“Ten presses” runs with 30 people.")
    assert mouse.presses <= MOST_TO_STARTED
    assert settled.read("campaign", "list")[0]["state"] == "running"
