"""What the table of leads reads: keys in order, search by words' beginnings, rows, a lead's story."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import main as program
from engine.services.lead_pages import SORT_NAMES, LeadFilter, match_of
from tests.gui.conftest import CAMPAIGN

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
def filled(engine: program.WindowEngine, wait_for: Wait, tmp_path: Path) -> program.WindowEngine:
    file = tmp_path / "people.csv"
    rows = [
        f'{a},{b},"{c.replace(chr(34), chr(34) * 2)}",https://linkedin.com/in/p{n}'
        for n, (a, b, c) in enumerate(PEOPLE)
    ]
    file.write_text("First Name,Last Name,Company,Profile URL\n" + "\n".join(rows) + "\n", encoding="utf-8")
    wait_for(engine.services.campaigns.add(program.DEMO_SEQUENCE.read_text(encoding="utf-8")))
    wait_for(engine.services.leads.import_file(file, CAMPAIGN))
    loose = tmp_path / "loose.csv"
    loose.write_text(
        "First Name,Last Name,Company,Profile URL\nZoë,Alone,Zed,https://linkedin.com/in/zoe\n", encoding="utf-8"
    )
    wait_for(engine.services.leads.import_file(loose, None))
    return engine


def names(engine: program.WindowEngine, wait_for: Wait, wanted: LeadFilter) -> list[str]:
    keys = wait_for(engine.lead_pages.keys(wanted))
    lines = wait_for(engine.lead_pages.lines(keys))
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
def test_search_takes_beginnings_of_words(
    filled: program.WindowEngine, wait_for: Wait, typed: str, found: list[str]
) -> None:
    assert names(filled, wait_for, LeadFilter(search=typed)) == found


def test_blank_search_is_no_search() -> None:
    assert match_of("   ") is None
    assert match_of("* -") == ""


def test_rows_in_no_campaign_are_there_and_say_so(filled: program.WindowEngine, wait_for: Wait) -> None:
    keys = wait_for(filled.lead_pages.keys(LeadFilter()))
    lines = wait_for(filled.lead_pages.lines(keys))
    assert len(keys) == len(PEOPLE) + 1
    last = lines[keys[-1]]
    assert (keys[-1] < 0, last.stage, last.why) == (True, None, "in no campaign")
    assert lines[keys[0]].why == "the campaign hasn't been started"


def test_filters_and_limit(filled: program.WindowEngine, wait_for: Wait) -> None:
    campaign = wait_for(filled.services.campaigns.list())[0]
    pages = filled.lead_pages
    assert len(wait_for(pages.keys(LeadFilter(campaign_id=campaign.campaign_id)))) == len(PEOPLE)
    assert len(wait_for(pages.keys(LeadFilter(stage="pending_invite"), limit=2))) == 2
    assert len(wait_for(pages.keys(LeadFilter(stage="responded")))) == 0
    assert wait_for(pages.waiting_for_start()) == {campaign.campaign_id: len(PEOPLE)}


@pytest.mark.parametrize("sort", SORT_NAMES)
@pytest.mark.parametrize("is_descending", [False, True])
def test_every_order_has_every_row(
    filled: program.WindowEngine, wait_for: Wait, sort: str, is_descending: bool
) -> None:
    wanted = LeadFilter(sort=sort, is_descending=is_descending)
    assert sorted(names(filled, wait_for, wanted)) == sorted([*(f"{a} {b}" for a, b, _ in PEOPLE), "Zoë Alone"])


def test_order_by_name(filled: program.WindowEngine, wait_for: Wait) -> None:
    found = names(filled, wait_for, LeadFilter(sort="name"))
    assert found[:4] == ["Zoë Alone", "Bruno Müller", "Siobhán O'Neil", "Ana Pérez"]


def test_story_has_future_and_past(filled: program.WindowEngine, wait_for: Wait) -> None:
    story = wait_for(filled.lead_pages.story(1))
    assert (story.name, story.address, len(story.lines)) == ("Ana Pérez", "linkedin.com/in/p0", 1)
    wait_for(filled.services.leads.exclude("1", "asked not to be written to"))
    story = wait_for(filled.lead_pages.story(1))
    assert story.lines[0].why == "asked not to be written to"
    assert story.past[0][1] == "excluded"
    assert wait_for(filled.lead_pages.story(99)) is None
