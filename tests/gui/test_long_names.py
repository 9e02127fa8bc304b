"""Whatever people and campaigns are called and whatever the account's state: nothing is pushed out of the window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot
from sqlalchemy import update

from engine.services.home import Answer
from engine.services.questions import CHOICES, EvidenceLine, Item
from gui.pages.campaign_tabs import CampaignPlace
from gui.sheets.choice_sheets import ExcludeSheet
from gui.sheets.lead_sheets import ForgetSheet, NeverSheet
from gui.sheets.sheet import Sheet
from gui.widgets.basics import Scroll
from gui.widgets.home_lists import AnswerList
from gui.widgets.lead_future_card import QuestionCard
from storage.tables import account
from tests.gui.conftest import CAMPAIGN, DEADLINE_MS, DRAFT_FILE, Opened

Wait = Callable[..., Any]
LONG = "María Fernanda Guadalupe de los Ángeles Fernández de Córdoba y Villaseñor-Castellanos 🌍 محمد الهاشمي 李娜"
NOW = datetime(2026, 1, 6, 13, 20, tzinfo=UTC)
SIZE = QSize(1280, 800)


@pytest.fixture
def long_names(qtbot: QtBot, opened: Opened, wait_for: Wait, tmp_path: Path) -> Opened:
    """A started campaign and a lead of long names, of whom a question is asked; the account is disconnected."""
    services, ctx = opened.engine.services, opened.engine._engine.ctx
    wait_for(services.accounts.add("practice", "practice"))
    text = DRAFT_FILE.read_text(encoding="utf-8").replace(CAMPAIGN, f"{LONG} campaign")
    wait_for(services.campaigns.add(text.replace(' | default: "your company"', "")))
    rows = (f"{LONG},{LONG},,linkedin.com/in/a", f"Bo,{LONG},{LONG},linkedin.com/in/b")
    (tmp_path / "list.csv").write_text("First Name,Last Name,Company,Profile URL\n" + "\n".join(rows) + "\n", "utf-8")
    wait_for(services.leads.import_file(tmp_path / "list.csv", f"{LONG} campaign"))
    wait_for(services.campaigns.start(f"{LONG} campaign"))
    gone = update(account).values(status="disconnected", status_why="LinkedIn asks to log in again")
    wait_for(ctx.db.write(lambda u: u.connection.execute(gone) and None))
    opened.window.resize(SIZE)
    opened.desk.readings.refresh.ask_now()
    home: Any = opened.desk.pages["home"]
    qtbot.waitUntil(lambda: "can't send" in home._page.title.text(), timeout=DEADLINE_MS)
    return opened


def assert_fits(qtbot: QtBot, opened: Opened) -> None:
    assert opened.window.size() == SIZE

    def is_laid_out() -> None:
        for scroll in opened.window.findChildren(Scroll):
            if scroll.isVisible():
                assert scroll.widget().width() <= scroll.viewport().width()

    qtbot.waitUntil(is_laid_out, timeout=DEADLINE_MS)


@pytest.mark.parametrize("screen", ["home", "campaigns", "accounts", "settings"])
def test_a_screen_fits(qtbot: QtBot, long_names: Opened, screen: str) -> None:
    long_names.desk.show(screen)
    qtbot.waitUntil(lambda: not long_names.desk.commands._tasks, timeout=DEADLINE_MS)
    assert_fits(qtbot, long_names)


def test_a_lead_fits_beside_the_table(qtbot: QtBot, long_names: Opened) -> None:
    long_names.desk.show("leads", 1)
    qtbot.waitUntil(long_names.desk.pages["leads"].panel.isVisible, timeout=DEADLINE_MS)
    assert_fits(qtbot, long_names)


@pytest.mark.parametrize("tab", ["overview", "schedule", "activity"])
def test_a_campaign_fits(qtbot: QtBot, long_names: Opened, tab: str) -> None:
    page: Any = long_names.desk.pages["campaign"]
    long_names.desk.show("campaign", CampaignPlace(campaign_id=1, tab=tab))
    qtbot.waitUntil(lambda: tab in page.tabs and page.tabs[tab].isVisible(), timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: not long_names.desk.commands._tasks, timeout=DEADLINE_MS)
    assert_fits(qtbot, long_names)


def test_a_reply_of_a_long_name_takes_no_more_room_than_there_is(qtbot: QtBot) -> None:
    answers = AnswerList()
    qtbot.addWidget(answers)
    answers.show_answers([Answer(lead_id=1, name=LONG, about=LONG, text=LONG, at=NOW)], NOW)
    answers.resize(500, 60)
    answers.show()
    assert answers.minimumSizeHint().width() < 300
    assert LONG in answers._rows[0].name.toolTip()


def test_a_question_about_a_lead_is_seen_whole(qtbot: QtBot, opened: Opened) -> None:
    item = Item(
        id="d1",
        kind="message",
        lead_id=1,
        name=LONG,
        campaign=CAMPAIGN,
        question="was this message sent? The connection broke while sending, and LinkedIn was read without finding it",
        evidence=(EvidenceLine(words="read, and it was not in the conversation", at=NOW),),
        text=f"Hi {LONG[:39]}, good to be in touch.\n\nHow does L'Atelier Numérique plan its work for the new year? "
        "I'm asking a dozen people and share what I learn.",
        at=NOW,
        choices=CHOICES,
    )
    panel: Any = opened.desk.pages["leads"].panel
    opened.window.resize(SIZE)
    opened.desk.show("leads")
    card = QuestionCard(item, NOW)
    panel._future.addWidget(card)
    panel.about.say(LONG)
    panel.show()
    qtbot.waitUntil(lambda: card.isVisible() and card.width() > 200, timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: not panel._future_scroll.verticalScrollBar().maximum(), timeout=DEADLINE_MS)


@pytest.mark.parametrize(
    "make",
    [
        lambda parent: ExcludeSheet(LONG, parent),
        lambda parent: ForgetSheet(LONG, parent),
        lambda parent: NeverSheet(LONG, LONG, "acme.com", parent),
    ],
    ids=["exclude", "forget", "never"],
)
def test_a_sheet_keeps_its_width(qtbot: QtBot, opened: Opened, make: Callable[[Any], Sheet]) -> None:
    sheet = make(opened.window)
    sheet.show()
    qtbot.waitUntil(lambda: sheet.layout().totalMinimumSize().width() <= sheet.width(), timeout=DEADLINE_MS)
    assert sheet.width() <= sheet.maximumWidth()
    assert sheet.height() >= sheet.layout().totalHeightForWidth(sheet.width())
    sheet.close()
    sheet.deleteLater()
