"""A campaign in the real window: its sequence built, reordered and previewed, and started with five people."""

from __future__ import annotations

import pytest

from tests.e2e.hands import Hand
from tests.e2e.running import Running, until

NAME = "Built here"
TEXT = "Hi {{ first_name }}, how are things at {{ company }}?"
FEW = 5


@pytest.fixture
def settled(running: Running) -> Running:
    """A connected account, and people to write to."""
    running.serve()
    running.add_account()
    return running


def people(running: Running, kind: str) -> list[str]:
    """Return whom LinkedIn saw visited or invited, in that order."""
    return [str(effect["slug"]) for effect in running.effects() if effect["kind"] == kind]


def test_a_sequence_is_built_reordered_previewed_and_started_with_five(settled: Running, hand: Hand) -> None:
    window = settled.open_window()
    hand.press("Campaigns")
    hand.press("New campaign…")
    hand.type_into("Name of the campaign", NAME)
    hand.press("Invite only*")
    hand.press("Make the draft")
    hand.press("Add step")
    hand.press("Message: to those who are connected")
    hand.type_into("Text", TEXT)
    # the card follows when typing rests, and moves what stands below it
    window.until_said("Hi [first name], how are things at [company]")
    hand.press("Add step")
    hand.press("Profile visit: look at their profile")
    assert window.ask("cards") == "Invitation | Message 1 | Profile visit"
    hand.move_step("Profile visit", 0)
    until(lambda: window.ask("cards") == "Profile visit | Invitation | Message 1", "the visit first")
    assert settled.read("campaign", "list")[0]["state"] == "draft"

    hand.open_file(str(settled.csv))
    hand.press("Import 60 into the draft")
    window.until_told("Imported 60 new")
    hand.press("Message 1*")
    first = window.until_said(", how are things at ")
    hand.press("The next lead")
    until(lambda: window.ask("said", ", how are things at ") not in ("", first), "the text for the next lead")
    assert "{{" not in first

    hand.press("Start…")
    hand.press("Ask me before each of the first 10 sends")
    hand.press(f"Start with {FEW} people")
    window.until_told(f"“{NAME}” runs with {FEW} people.")
    until(lambda: len(people(settled, "visit")) == FEW, "five people visited")
    until(lambda: people(settled, "invite"), "an invitation")
    assert set(people(settled, "invite")) <= set(people(settled, "visit"))
    waiting = [x for x in settled.read("leads", "list") if "next Start" in x["next"]["why"]]
    assert len(waiting) == 60 - FEW
