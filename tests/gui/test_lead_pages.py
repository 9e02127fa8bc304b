"""What the table of leads reads: keys in order, search by words' beginnings, rows, a lead's story."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.desktop import DesktopEngine
from engine.services.lead_pages import SORT_NAMES, LeadFilter, match_of
from gui.state.board_columns import STAGES
from tests.gui.conftest import CAMPAIGN, DRAFT_FILE

Wait = Callable[..., Any]
HEADER = ["First Name", "Last Name", "Company", "Profile URL"]
PEOPLE = [
    ("Ana", "Pérez", "Acme"),
    ("Bruno", "Müller", "Näköala Oy"),
    ("李", "娜", "株式会社テスト"),
    ("Siobhán", "O'Neil", '"Quoted" GmbH'),
    ("محمد", "الهاشمي", "شركة النخيل"),
]


@pytest.fixture
def filled(engine: DesktopEngine, wait_for: Wait, tmp_path: Path) -> DesktopEngine:
    file = tmp_path / "people.csv"
    rows = [
        f'{a},{b},"{c.replace(chr(34), chr(34) * 2)}",https://linkedin.com/in/p{n}'
        for n, (a, b, c) in enumerate(PEOPLE)
    ]
    file.write_text("First Name,Last Name,Company,Profile URL\n" + "\n".join(rows) + "\n", encoding="utf-8")
    wait_for(engine.services.campaigns.add(DRAFT_FILE.read_text(encoding="utf-8")))
    wait_for(engine.services.leads.import_file(file, CAMPAIGN))
    loose = tmp_path / "loose.csv"
    loose.write_text(
        "First Name,Last Name,Company,Profile URL\nZoë,Alone,Zed,https://linkedin.com/in/zoe\n", encoding="utf-8"
    )
    wait_for(engine.services.leads.import_file(loose, None))
    return engine


def names(engine: DesktopEngine, wait_for: Wait, wanted: LeadFilter) -> list[str]:
    keys = wait_for(engine.services.lead_pages.keys(wanted))
    lines = wait_for(engine.services.lead_pages.lines(keys))
    return [lines[key].name for key in keys]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("an", ["Ana Pérez"]),
        ("perez", ["Ana Pérez"]),
        ("mull nak", ["Bruno Müller"]),
        ("李", ["李 娜"]),
        ("株式", ["李 娜"]),
        ("o'neil", ["Siobhán O'Neil"]),
        ('"quoted"', ["Siobhán O'Neil"]),
        ("الهاش", ["محمد الهاشمي"]),
        ("zed", ["Zoë Alone"]),
        ("nobody", []),
        ("*", []),
        ('"', []),
        ("a OR b) NEAR(", []),
    ],
)
def test_search_takes_beginnings_of_words(filled: DesktopEngine, wait_for: Wait, typed: str, found: list[str]) -> None:
    assert names(filled, wait_for, LeadFilter(search=typed)) == found


def test_blank_search_is_no_search() -> None:
    assert match_of("   ") is None
    assert match_of("* -") == ""


def test_rows_in_no_campaign_are_there_and_say_so(filled: DesktopEngine, wait_for: Wait) -> None:
    keys = wait_for(filled.services.lead_pages.keys(LeadFilter()))
    lines = wait_for(filled.services.lead_pages.lines(keys))
    assert len(keys) == len(PEOPLE) + 1
    last = lines[keys[-1]]
    assert (keys[-1] < 0, last.stage, last.why) == (True, None, "in no campaign")
    assert lines[keys[0]].why == "the campaign hasn't been started"


def test_filters_and_limit(filled: DesktopEngine, wait_for: Wait) -> None:
    campaign = wait_for(filled.services.campaigns.list())[0]
    pages = filled.services.lead_pages
    assert len(wait_for(pages.keys(LeadFilter(campaign_id=campaign.campaign_id)))) == len(PEOPLE)
    assert len(wait_for(pages.keys(LeadFilter(stage="pending_invite"), limit=2))) == 2
    assert len(wait_for(pages.keys(LeadFilter(stage="responded")))) == 0
    assert wait_for(pages.waiting_for_start()) == {campaign.campaign_id: len(PEOPLE)}


@pytest.mark.parametrize("sort", SORT_NAMES)
@pytest.mark.parametrize("is_descending", [False, True])
def test_every_order_has_every_row(filled: DesktopEngine, wait_for: Wait, sort: str, is_descending: bool) -> None:
    wanted = LeadFilter(sort=sort, is_descending=is_descending)
    assert sorted(names(filled, wait_for, wanted)) == sorted([*(f"{a} {b}" for a, b, _ in PEOPLE), "Zoë Alone"])


def test_order_by_name(filled: DesktopEngine, wait_for: Wait) -> None:
    found = names(filled, wait_for, LeadFilter(sort="name"))
    assert found[:4] == ["Zoë Alone", "Bruno Müller", "Siobhán O'Neil", "Ana Pérez"]


def test_story_has_future_and_past(filled: DesktopEngine, wait_for: Wait) -> None:
    stories = filled.services.lead_stories
    story = wait_for(stories.story(1))
    assert (story.name, story.address, story.web_address) == (
        "Ana Pérez", "linkedin.com/in/p0", "https://www.linkedin.com/in/p0",
    )  # fmt: skip
    assert [(c.campaign, c.stage, c.is_excludable) for c in story.campaigns] == [(CAMPAIGN, "pending_invite", True)]
    assert story.campaigns[0].future.why == "the campaign hasn't been started"
    assert [(c.title, c.is_if_accepted) for c in story.coming][:2] == [
        ("Invitation without a note", False), ("Message 1 of 2", True),
    ]  # fmt: skip
    assert "Ana" in (story.coming[1].text or "")
    assert ("company", "Acme") in story.facts
    wait_for(filled.services.leads.exclude("1", "asked not to be written to"))
    story = wait_for(stories.story(1))
    assert (story.campaigns[0].future.why, story.campaigns[0].is_excludable) == ("asked not to be written to", False)
    assert (story.past[0].kind, story.coming) == ("excluded", ())
    assert wait_for(stories.story(99)) is None


def test_board_has_every_enrolment_once_by_stage(filled: DesktopEngine, wait_for: Wait) -> None:
    pages = filled.services.lead_pages
    wait_for(filled.services.leads.exclude("2", "no"))
    keys = wait_for(pages.stage_keys(LeadFilter(), STAGES))
    assert {stage: list(found) for stage, found in keys.items() if found} == {
        "pending_invite": [1, 3, 4, 5],
        "excluded": [2],
    }
    assert len(wait_for(pages.stage_keys(LeadFilter(), STAGES, limit=2))["pending_invite"]) == 2
    found = wait_for(pages.stage_keys(LeadFilter(search="ana"), STAGES))
    assert sum(len(of_stage) for of_stage in found.values()) == 1
    none = wait_for(pages.stage_keys(LeadFilter(search="*"), STAGES))
    assert not any(none.values())
    narrow = wait_for(pages.stage_keys(LeadFilter(stage="excluded"), STAGES))
    assert [stage for stage, of_stage in narrow.items() if of_stage] == ["excluded"]


def test_replied_is_a_filter(filled: DesktopEngine, wait_for: Wait) -> None:
    pages = filled.services.lead_pages
    assert len(wait_for(pages.keys(LeadFilter(has_replied=False)))) == len(PEOPLE)
    assert len(wait_for(pages.keys(LeadFilter(has_replied=True)))) == 0


def test_first_rows_come_with_their_texts(filled: DesktopEngine, wait_for: Wait) -> None:
    pages = filled.services.lead_pages
    keys, lines = wait_for(pages.first(LeadFilter(), keys=4, rows=2))
    assert (list(keys), sorted(lines)) == ([1, 2, 3, 4], [1, 2])
    found, cards = wait_for(pages.first_cards(LeadFilter(), STAGES, keys=4, rows=1))
    assert (list(found["pending_invite"]), list(cards)) == ([1, 2, 3, 4], [1])
    assert wait_for(pages.first(LeadFilter(search="*"), keys=4, rows=2))[1] == {}
    none, cards = wait_for(pages.first_cards(LeadFilter(search="*"), STAGES, keys=4, rows=1))
    assert (any(none.values()), cards) == (False, {})


def test_many_keys_are_read_whole_and_in_order(filled: DesktopEngine, wait_for: Wait, tmp_path: Path) -> None:
    rows = [f"Many,Number{n},Acme,https://linkedin.com/in/many{n}" for n in range(20_000)]
    file = tmp_path / "many.csv"
    file.write_text("First Name,Last Name,Company,Profile URL\n" + "\n".join(rows) + "\n", encoding="utf-8")
    wait_for(filled.services.leads.import_file(file, CAMPAIGN))
    pages = filled.services.lead_pages
    keys = wait_for(pages.keys(LeadFilter(search="many")))
    assert (len(keys), list(keys)) == (20_000, sorted(keys))
    backwards = wait_for(pages.keys(LeadFilter(search="many", is_descending=True)))
    assert list(backwards) == sorted(keys, reverse=True)
    assert len(wait_for(pages.keys(LeadFilter()))) == 20_000 + len(PEOPLE) + 1
