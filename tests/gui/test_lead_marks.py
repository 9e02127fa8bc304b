"""The marked row of the leads table: it is the open lead's, and a click or Enter opens any row, also again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.pages.leads import LeadsPage
from tests.gui.conftest import CAMPAIGN, DEADLINE_MS, Opened
from tests.gui.test_lead_table import click_row
from tests.gui.test_leads_page import PEOPLE, is_read, open_lead, write_people

Wait = Callable[..., Any]


@pytest.fixture
def page(qtbot: QtBot, prepared: Opened, wait_for: Wait, tmp_path: Path) -> LeadsPage:
    """Twelve people in a draft, the page shown."""
    rows = [(f"Ann{n}", "Lee", f"Acme {n}", f"https://linkedin.com/in/ann{n}", "") for n in range(PEOPLE)]
    wait_for(prepared.engine.services.leads.import_file(write_people(tmp_path, rows), CAMPAIGN))
    prepared.window.activateWindow()
    prepared.window.show_screen("leads")
    found: LeadsPage = prepared.desk.pages["leads"]
    qtbot.waitUntil(lambda: is_read(found, PEOPLE), timeout=DEADLINE_MS)
    return found


def test_the_mark_follows_the_panel_and_every_row_opens_again(qtbot: QtBot, page: LeadsPage, prepared: Opened) -> None:
    def shows(lead_id: int) -> None:
        qtbot.waitUntil(lambda: page.panel.isVisible() and page.panel._shown.lead_id == lead_id, timeout=DEADLINE_MS)

    view, key = page.view, Qt.Key
    click_row(qtbot, view, 4)
    shows(5)
    assert list(view.chosen_keys()) == [page.model.keys[4]]
    page.beside.close()
    assert not view.chosen_count() and view.currentIndex().row() == 4
    click_row(qtbot, view, 4)
    shows(5)
    prepared.desk.show("leads", 5)
    assert view.chosen_count() == 1
    prepared.desk.show("leads", 9)
    shows(9)
    assert not view.chosen_count()
    click_row(qtbot, view, 4)
    shows(5)
    qtbot.keyClick(view, key.Key_Escape)
    assert not page.panel.isVisible()
    qtbot.keyClick(view, key.Key_Return)
    shows(5)
    qtbot.keyClick(view, key.Key_Escape)
    qtbot.keyClick(view, key.Key_Down)
    shows(6)
    assert list(view.chosen_keys()) == [page.model.keys[5]]


def test_a_mark_that_was_taken_away_does_not_come_back_with_other_rows(
    qtbot: QtBot, page: LeadsPage, prepared: Opened, wait_for: Wait
) -> None:
    click_row(qtbot, page.view, 4)
    open_lead(qtbot, page, 9)
    page.ask_for(replace(page.query, sort="name", is_descending=True))
    qtbot.waitUntil(lambda: page.table._shown_query == page.query and is_read(page, PEOPLE), timeout=DEADLINE_MS)
    assert not page.view.chosen_count()
