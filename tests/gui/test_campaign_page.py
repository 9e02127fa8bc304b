"""A campaign's other tabs on a real engine: overview and pauses, leads, schedule with undo, activity, the menu."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from sqlalchemy import text

from engine.errors import Refused
from gui.sheets.archive_sheet import ArchiveSheet
from tests.gui.conftest import DEADLINE_MS, Opened
from tests.gui.test_lead_table import click_row
from tests.gui.test_start_sheet import fill, page_of, sheet_of

Wait = Callable[..., Any]
MOUSE = Qt.MouseButton.LeftButton


@pytest.fixture
def draft(opened: Opened, wait_for: Wait, tmp_path: Path) -> Opened:
    wait_for(opened.engine.services.accounts.add("practice", "practice"))
    fill(opened, wait_for, tmp_path)
    return opened


@pytest.fixture
def running(draft: Opened, wait_for: Wait) -> Opened:
    wait_for(draft.engine.services.campaigns.start("Agencies", first=5))
    return draft


def show_tab(qtbot: QtBot, opened: Opened, name: str) -> Any:
    page = page_of(qtbot, opened)
    qtbot.mouseClick(page.buttons[name], MOUSE)
    return page.tabs[name]


def test_a_draft_opens_with_its_sequence_and_a_running_campaign_with_the_overview(
    qtbot: QtBot, draft: Opened, wait_for: Wait
) -> None:
    assert page_of(qtbot, draft).buttons["sequence"].isChecked()
    draft.desk.show("campaigns")
    second = wait_for(draft.engine.services.campaigns.add('name = "B"\n[[steps]]\nkind = "invite"\n'))[0]
    wait_for(draft.engine.services.campaigns.start("Agencies"))
    page = draft.desk.pages["campaign"]
    draft.desk.show("campaign", second)
    qtbot.waitUntil(lambda: page.opened is not None and page.opened.name == "B", timeout=DEADLINE_MS)
    draft.desk.show("campaign", 1)
    qtbot.waitUntil(lambda: page.opened is not None and page.opened.name == "Agencies", timeout=DEADLINE_MS)
    qtbot.waitUntil(page.buttons["overview"].isChecked, timeout=DEADLINE_MS)


def test_the_overview_says_where_it_stands_and_opens_the_leads_of_a_step(qtbot: QtBot, running: Opened) -> None:
    tab = show_tab(qtbot, running, "overview")
    qtbot.waitUntil(lambda: ("invite", "waiting") in tab.steps.buttons, timeout=DEADLINE_MS)
    assert tab.state.text() == "Running since today. 0 of 9 leads have come to an end."
    assert tab.next.text().startswith("Next: invitation")
    assert tab.notes.text() == "2 people haven’t been started yet."
    assert tab.steps.buttons["invite", "waiting"].text() == "5 waiting"
    assert tab.held_card.isVisible()
    qtbot.mouseClick(tab.steps.buttons["invite", "waiting"], MOUSE)
    leads = running.desk.pages["campaign"].tabs["leads"]
    qtbot.waitUntil(lambda: leads.amount.text() == "5 leads match", timeout=DEADLINE_MS)
    assert leads.all.isVisible()
    qtbot.mouseClick(leads.all, MOUSE)
    qtbot.waitUntil(lambda: leads.amount.text() == "9 leads", timeout=DEADLINE_MS)


def test_rows_of_the_leads_tab_are_walked_and_each_opens_again(qtbot: QtBot, running: Opened) -> None:
    tab = show_tab(qtbot, running, "leads")
    qtbot.waitUntil(lambda: tab.model.lead_id(8) is not None, timeout=DEADLINE_MS)
    for _ in range(2):
        click_row(qtbot, tab.view, 2)
        assert running.window.shown_screen == "leads"
        running.window.show_screen("campaign")
    qtbot.keyClick(tab.view, Qt.Key.Key_Down)
    assert running.window.shown_screen == "campaign" and tab.view.currentIndex().row() == 3
    qtbot.keyClick(tab.view, Qt.Key.Key_Return)
    assert running.window.shown_screen == "leads"
    assert running.desk.pages["leads"].beside.lead_id == tab.model.lead_id(3)


@pytest.mark.parametrize(
    ("what", "state", "pause"),
    [("all", "paused", "all"), ("invitations", "running", "invitations"), ("follow_ups", "running", "follow_ups")],
)
def test_each_of_the_three_pauses_holds_until_resume(
    qtbot: QtBot, running: Opened, wait_for: Wait, what: str, state: str, pause: str
) -> None:
    tab = show_tab(qtbot, running, "overview")
    qtbot.waitUntil(tab.pause.isVisible, timeout=DEADLINE_MS)
    tab.pauses[what].trigger()
    qtbot.waitUntil(tab.resume.isVisible, timeout=DEADLINE_MS)
    line = wait_for(running.engine.services.campaigns.list())[0]
    assert (line.state, line.pause) == (state, pause)
    qtbot.mouseClick(tab.resume, MOUSE)
    qtbot.waitUntil(lambda: not tab.resume.isVisible(), timeout=DEADLINE_MS)
    line = wait_for(running.engine.services.campaigns.list())[0]
    assert (line.state, line.pause) == ("running", "none")


def test_hours_and_weight_are_kept_at_once_and_can_be_taken_back(qtbot: QtBot, running: Opened, wait_for: Wait) -> None:
    tab = show_tab(qtbot, running, "schedule")
    pages = running.engine.services.campaign_pages

    def kept() -> Any:
        return wait_for(pages.schedule(1)).schedule

    qtbot.waitUntil(lambda: tab.view is not None, timeout=DEADLINE_MS)
    assert tab.hours_words.text().startswith("It keeps to the account’s hours: Mon–Fri 09:00–17:00")
    tab.own.click()
    qtbot.waitUntil(tab.form.isVisible, timeout=DEADLINE_MS)
    assert kept().own_hours is not None
    tab.form.start.setCurrentText("10:30")
    tab.form.start.activated.emit(tab.form.start.currentIndex())
    qtbot.waitUntil(lambda: kept().own_hours.start == time(10, 30), timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: tab.view.schedule.own_hours.start == time(10, 30), timeout=DEADLINE_MS)
    qtbot.mouseClick(running.window.toast.undo, MOUSE)
    qtbot.waitUntil(lambda: kept().own_hours.start == time(9), timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: tab.form.start.currentText() == "09:00", timeout=DEADLINE_MS)
    tab.weight.setValue(3)
    qtbot.waitUntil(lambda: kept().weight == 3, timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: running.window.toast.words == "The weight is 3.", timeout=DEADLINE_MS)
    qtbot.mouseClick(running.window.toast.undo, MOUSE)
    qtbot.waitUntil(lambda: kept().weight == 1 and tab.weight.value() == 1, timeout=DEADLINE_MS)


def test_hours_that_cant_be_kept_are_said_and_shown_as_they_were(qtbot: QtBot, running: Opened, wait_for: Wait) -> None:
    tab = show_tab(qtbot, running, "schedule")
    qtbot.waitUntil(lambda: tab.view is not None, timeout=DEADLINE_MS)
    tab.own.click()
    qtbot.waitUntil(tab.form.isVisible, timeout=DEADLINE_MS)
    tab.form.zone.setCurrentText("Nowhere/City")
    tab.form.zone.lineEdit().editingFinished.emit()
    qtbot.waitUntil(lambda: "There is no time zone “Nowhere/City”." in running.window.toast.words, timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: tab.form.zone.currentText() != "Nowhere/City", timeout=DEADLINE_MS)


def test_the_account_of_a_draft_is_chosen_and_a_running_campaign_keeps_its_own(
    qtbot: QtBot, draft: Opened, wait_for: Wait
) -> None:
    pages, db = draft.engine.services.campaign_pages, draft.engine._engine.ctx.db

    def twin(uow: Any) -> None:
        row = dict(uow.connection.exec_driver_sql("SELECT * FROM account").one()._mapping)
        row |= {"id": 2, "name": "Second", "provider_account_id": "second"}
        marks = ", ".join(f":{k}" for k in row)
        uow.connection.execute(text(f"INSERT INTO account ({', '.join(row)}) VALUES ({marks})"), row)
        uow.changed("account", 2)

    wait_for(db.write(twin))
    tab = show_tab(qtbot, draft, "schedule")
    qtbot.waitUntil(tab.account.isVisible, timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: tab.account.findText("Second") >= 0, timeout=DEADLINE_MS)
    tab.account.activated.emit(tab.account.findText("Second"))
    qtbot.waitUntil(lambda: wait_for(pages.schedule(1)).schedule.account_id == 2, timeout=DEADLINE_MS)
    wait_for(draft.engine.services.campaigns.start("Agencies"))
    qtbot.waitUntil(lambda: not tab.account.isVisible(), timeout=DEADLINE_MS)
    assert tab.account_words.text() == "Sends as Second. A campaign that has begun keeps its account."
    with pytest.raises(Refused, match="keeps its account"):
        wait_for(pages.set_schedule(1, dataclasses.replace(wait_for(pages.schedule(1)).schedule, account_id=1)))


def test_activity_is_newest_first_filtered_and_paged(
    qtbot: QtBot, running: Opened, wait_for: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.services.campaign_pages.PAGE_LINES", 2)
    tab = show_tab(qtbot, running, "activity")
    qtbot.waitUntil(lambda: len(tab._found) == 2, timeout=DEADLINE_MS)
    assert tab._found[0].words == "Started with 5 leads; 2 held."
    assert tab.more.isVisible()
    qtbot.mouseClick(tab.more, MOUSE)
    qtbot.waitUntil(lambda: len(tab._found) == 4, timeout=DEADLINE_MS)
    tab.kinds.setCurrentIndex(tab.kinds.findData("held"))
    qtbot.waitUntil(lambda: {line.kind for line in tab._found} == {"held"}, timeout=DEADLINE_MS)
    shown = [w.text() for w in tab.findChildren(QLabel) if w.isVisible()]
    assert any(words.startswith("Held: the text of step hello can't be written") for words in shown)


def test_a_campaign_is_exported_and_read_again(qtbot: QtBot, draft: Opened, tmp_path: Path, wait_for: Wait) -> None:
    page = page_of(qtbot, draft)
    page.menu.export_to(tmp_path / "out.toml")
    qtbot.waitUntil(lambda: draft.window.toast.words.startswith("“Agencies” is in out.toml"), timeout=DEADLINE_MS)
    written = (tmp_path / "out.toml").read_text(encoding="utf-8").replace('name = "Agencies"', 'name = "Again"')
    wait_for(draft.engine.services.campaigns.add(written))
    services = draft.engine.services.drafts
    assert wait_for(services.open(2)).sequence == wait_for(services.open(1)).sequence


def test_archive_asks_says_what_happens_and_ends_it(qtbot: QtBot, running: Opened, wait_for: Wait) -> None:
    page = page_of(qtbot, running)
    assert page.menu.archive_action.isVisible() and not page.menu.delete_action.isVisible()
    page.menu.archive_action.trigger()
    qtbot.waitUntil(lambda: sheet_of(running, ArchiveSheet) is not None, timeout=DEADLINE_MS)
    qtbot.mouseClick(sheet_of(running, ArchiveSheet).archive, MOUSE)
    qtbot.waitUntil(lambda: running.window.shown_screen == "campaigns", timeout=DEADLINE_MS)
    assert wait_for(running.engine.services.campaigns.list()) == []
    qtbot.mouseClick(running.window.toast.undo, MOUSE)
    qtbot.waitUntil(lambda: running.window.toast.words == "It was taken back.", timeout=DEADLINE_MS)
    assert [line.state for line in wait_for(running.engine.services.campaigns.list())] == ["running"]
