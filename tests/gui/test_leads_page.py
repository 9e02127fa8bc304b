"""The leads page on a real engine: table and board over one filter, choosing many and taking it back, one lead."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from gui.pages.leads import LeadsPage
from gui.pages.leads_beside import open_on_linkedin
from gui.sheets.choice_sheets import AddSheet, ExcludeSheet
from gui.sheets.merge_sheet import MergeSheet
from gui.widgets.filter_bar import FilterChip
from gui.widgets.lead_panel import COMING, CONVERSATION, FACTS
from tests.gui.conftest import CAMPAIGN, DEADLINE_MS, DRAFT_FILE, Opened

Wait = Callable[..., Any]
NAUGHTY_FILE = Path(__file__).parents[1] / "data" / "naughty_strings.txt"
PEOPLE = 12


def naughty_strings() -> list[str]:
    """Return the big list, without its remarks."""
    lines = NAUGHTY_FILE.read_text(encoding="utf-8").split("\n")
    return [line for line in lines if line.strip() and not line.startswith("#")]


def write_people(folder: Path, rows: list[tuple[str, ...]], name: str = "people.csv") -> Path:
    file = folder / name
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["First Name", "Last Name", "Company", "Profile URL", "Icebreaker"])
        writer.writerows(rows)
    return file


@pytest.fixture
def page(qtbot: QtBot, prepared: Opened, wait_for: Wait, tmp_path: Path) -> LeadsPage:
    """Twelve people in a draft, the page shown."""
    services = prepared.engine.services
    rows = [(f"Ann{n}", "Lee", f"Acme {n}", f"https://linkedin.com/in/ann{n}", "Saw you") for n in range(PEOPLE)]
    wait_for(services.leads.import_file(write_people(tmp_path, rows), CAMPAIGN))
    prepared.window.activateWindow()
    prepared.window.show_screen("leads")
    found: LeadsPage = prepared.desk.pages["leads"]
    found.tester = QAbstractItemModelTester(found.model, QAbstractItemModelTester.FailureReportingMode.Warning)
    qtbot.waitUntil(lambda: is_read(found, PEOPLE), timeout=DEADLINE_MS)
    return found


def is_read(page: LeadsPage, rows: int) -> bool:
    return page.model.rowCount() == rows and (not rows or page.model.lead_id(rows - 1) is not None)


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    qtbot.waitUntil(lambda: button.isVisible() and button.isEnabled(), timeout=DEADLINE_MS)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def choose(page: LeadsPage, first: int, last: int) -> None:
    model = page.model
    rows = QItemSelection(model.index(first, 0), model.index(last, model.columnCount() - 1))
    page.view.selectionModel().select(rows, QItemSelectionModel.SelectionFlag.ClearAndSelect)


def stages(opened: Opened, wait_for: Wait) -> list[str]:
    return [row.stage for row in wait_for(opened.engine.services.leads.list())]


def open_lead(qtbot: QtBot, page: LeadsPage, lead_id: int) -> None:
    page.show_lead(lead_id)
    qtbot.waitUntil(
        lambda: page.panel.isVisible() and page.panel._shown is not None and page.panel._shown.lead_id == lead_id,
        timeout=DEADLINE_MS,
    )


def test_one_filter_serves_table_and_board(qtbot: QtBot, page: LeadsPage, prepared: Opened, wait_for: Wait) -> None:
    wait_for(prepared.engine.services.leads.exclude("1", "no"))
    click(qtbot, page.view_chips[1])
    pending, ended = page.board.board.columns["pending"].list, page.board.board.columns["ended"].list
    qtbot.waitUntil(lambda: (len(pending.cards), len(ended.cards)) == (PEOPLE - 1, 1), timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: page.amount.text() == "12 cards · by next action", timeout=DEADLINE_MS)
    page.filters.chips["stage"].chosen.emit("excluded")
    qtbot.waitUntil(lambda: (len(pending.cards), len(ended.cards)) == (0, 1), timeout=DEADLINE_MS)
    assert page.filters.chips["stage"].button.text() == "Stage: Excluded"
    click(qtbot, page.view_chips[0])
    qtbot.waitUntil(lambda: is_read(page, 1), timeout=DEADLINE_MS)
    click(qtbot, page.filters.chips["stage"].remove)
    qtbot.waitUntil(lambda: is_read(page, PEOPLE), timeout=DEADLINE_MS)


def test_filters_come_from_menus_and_all_are_cleared_at_once(qtbot: QtBot, page: LeadsPage) -> None:
    chip = page.filters.chips["campaign_id"]
    click(qtbot, chip.button)
    qtbot.waitUntil(chip.menu.isVisible)
    qtbot.waitUntil(
        lambda: [action.text() for action in chip.menu.actions()] == ["Any campaign", CAMPAIGN], timeout=DEADLINE_MS
    )
    chip.menu.actions()[1].trigger()
    chip.menu.close()
    page.filters.chips["has_replied"].chosen.emit(True)
    page.search.setText("ann3")
    qtbot.waitUntil(lambda: page.model.rowCount() == 0 and page.query.search == "ann3", timeout=DEADLINE_MS)
    assert page.amount.text() == "0 leads · by order of import"
    page.view.grab()
    click(qtbot, page.filters.clear_all)
    qtbot.waitUntil(lambda: is_read(page, PEOPLE), timeout=DEADLINE_MS)
    assert (page.search.text(), page.filters.clear_all.isVisible()) == ("", False)


def test_an_open_filter_menu_takes_choices_that_arrive(qtbot: QtBot) -> None:
    chip = FilterChip("Campaign")
    qtbot.addWidget(chip)
    chip.show()
    click(qtbot, chip.button)
    assert [action.text() for action in chip.menu.actions()] == ["Any campaign"]
    chip.set_choices([(1, "Spring & summer")])
    assert [action.text() for action in chip.menu.actions()] == ["Any campaign", "Spring && summer"]
    chip.menu.close()


def test_nobody_matches_and_nobody_is_there_are_told_apart(qtbot: QtBot, prepared: Opened) -> None:
    prepared.window.show_screen("leads")
    page = prepared.desk.pages["leads"]
    qtbot.waitUntil(
        lambda: page.view._empty == "No leads yet. Drop a CSV anywhere on this window.", timeout=DEADLINE_MS
    )
    page.search.setText("zzz")
    qtbot.waitUntil(lambda: page.view._empty == "Nobody matches.", timeout=DEADLINE_MS)
    page.show_board()
    pending = page.board.board.columns["pending"].list
    qtbot.waitUntil(lambda: pending.empty_words == "Nobody matches.", timeout=DEADLINE_MS)
    page.search.clear()
    qtbot.waitUntil(lambda: pending.empty_words == "Nobody is in a campaign yet.", timeout=DEADLINE_MS)


def test_many_are_excluded_with_a_reason_and_taken_back(
    qtbot: QtBot, page: LeadsPage, prepared: Opened, wait_for: Wait
) -> None:
    choose(page, 2, 6)
    qtbot.waitUntil(page.bulk.isVisible)
    assert page.bulk.words.text() == "5 chosen"
    click(qtbot, page.bulk.exclude)
    sheet = page.choice.sheet
    assert isinstance(sheet, ExcludeSheet)
    assert not sheet.go.isEnabled()
    qtbot.keyClicks(sheet.reason, "a customer already")
    qtbot.keyClick(sheet.reason, Qt.Key.Key_Return)
    toast = prepared.window.toast
    qtbot.waitUntil(lambda: toast.words == "5 people are excluded.", timeout=DEADLINE_MS)
    assert stages(prepared, wait_for).count("excluded") == 5
    assert not page.bulk.isVisible()
    click(qtbot, toast.undo)
    qtbot.waitUntil(lambda: toast.words == "It was taken back.", timeout=DEADLINE_MS)
    assert stages(prepared, wait_for) == ["pending_invite"] * PEOPLE


def test_two_leads_of_one_person_become_one_and_two_again(
    qtbot: QtBot, page: LeadsPage, prepared: Opened, wait_for: Wait
) -> None:
    choose(page, 0, 2)
    assert not page.bulk.merge.isVisible()
    choose(page, 3, 4)
    click(qtbot, page.bulk.merge)
    qtbot.waitUntil(lambda: page.choice.sheet is not None, timeout=DEADLINE_MS)
    sheet = page.choice.sheet
    assert isinstance(sheet, MergeSheet)
    words = [button.accessibleName() for button in sheet.choices.values()]
    assert words == [f"Ann{n} Lee, Acme {n} · {CAMPAIGN}, pending" for n in (3, 4)]
    click(qtbot, list(sheet.choices.values())[1])
    click(qtbot, sheet.go)
    toast = prepared.window.toast
    qtbot.waitUntil(lambda: toast.words == "The two are one lead now.", timeout=DEADLINE_MS)
    assert sorted(stages(prepared, wait_for)) == ["excluded", *["pending_invite"] * (PEOPLE - 1)]
    assert len({row.lead for row in wait_for(prepared.engine.services.leads.list())}) == PEOPLE - 1
    click(qtbot, toast.undo)
    qtbot.waitUntil(lambda: toast.words == "It was taken back.", timeout=DEADLINE_MS)
    assert stages(prepared, wait_for) == ["pending_invite"] * PEOPLE
    assert len({row.lead for row in wait_for(prepared.engine.services.leads.list())}) == PEOPLE


def test_the_panel_shows_the_lead_that_goes_on_after_a_merge(
    qtbot: QtBot, page: LeadsPage, prepared: Opened, wait_for: Wait
) -> None:
    open_lead(qtbot, page, 5)
    choose(page, 3, 4)
    click(qtbot, page.bulk.merge)
    qtbot.waitUntil(lambda: page.choice.sheet is not None, timeout=DEADLINE_MS)
    sheet = page.choice.sheet
    assert isinstance(sheet, MergeSheet) and next(iter(sheet.choices)) == 4
    click(qtbot, sheet.go)
    toast = prepared.window.toast
    qtbot.waitUntil(lambda: toast.words == "The two are one lead now.", timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: page.panel._shown.lead_id == 4, timeout=DEADLINE_MS)
    assert (page.beside.lead_id, page.panel.name.text(), page.panel.more.isVisible()) == (4, "Ann3 Lee", True)
    assert len(page.panel.futures) == 2
    click(qtbot, toast.undo)
    qtbot.waitUntil(lambda: len(page.panel.futures) == 1, timeout=DEADLINE_MS)
    assert page.panel._shown.lead_id == 4


def test_many_are_added_to_another_campaign_and_taken_out_again(
    qtbot: QtBot, page: LeadsPage, prepared: Opened, wait_for: Wait
) -> None:
    text = DRAFT_FILE.read_text(encoding="utf-8").replace(CAMPAIGN, "Other")
    wait_for(prepared.engine.services.campaigns.add(text))
    readings = prepared.desk.readings
    qtbot.waitUntil(lambda: len(readings.newest.campaigns) == 2, timeout=DEADLINE_MS)
    choose(page, 0, 2)
    click(qtbot, page.bulk.add)
    sheet = page.choice.sheet
    assert isinstance(sheet, AddSheet)
    sheet.campaign.setCurrentIndex(sheet.campaign.findText("Other", Qt.MatchFlag.MatchStartsWith))
    click(qtbot, sheet.go)
    toast = prepared.window.toast
    words = "3 people were added to Other. They wait for its next Start."
    qtbot.waitUntil(lambda: toast.words == words, timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: is_read(page, PEOPLE + 3), timeout=DEADLINE_MS)
    click(qtbot, toast.undo)
    qtbot.waitUntil(lambda: is_read(page, PEOPLE), timeout=DEADLINE_MS)
    choose(page, 0, 1)
    click(qtbot, page.bulk.take_out)
    qtbot.waitUntil(lambda: toast.words == "2 rows were taken out.", timeout=DEADLINE_MS)
    assert len(stages(prepared, wait_for)) == PEOPLE - 2
    click(qtbot, toast.undo)
    qtbot.waitUntil(lambda: toast.words == "It was taken back.", timeout=DEADLINE_MS)
    assert len(stages(prepared, wait_for)) == PEOPLE


def test_chosen_rows_stay_where_they_are_while_others_come(
    qtbot: QtBot, page: LeadsPage, prepared: Opened, wait_for: Wait, tmp_path: Path
) -> None:
    page.ask_for(replace(page.query, sort="name"))
    qtbot.waitUntil(lambda: page.table._shown_query == page.query and is_read(page, PEOPLE), timeout=DEADLINE_MS)
    choose(page, 1, 3)
    chosen, reads = page.view.chosen_keys(), page.table.refresh.count
    file = write_people(tmp_path, [("Aaron", "Aa", "Z", "https://linkedin.com/in/aaron", "")], "more.csv")
    wait_for(prepared.engine.services.leads.import_file(file, CAMPAIGN))
    qtbot.waitUntil(lambda: page.table.refresh.count > reads and page.table._is_behind, timeout=DEADLINE_MS)
    assert page.view.chosen_keys() == chosen
    page.view.setFocus()
    qtbot.keyClick(page.view, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page.model.rowCount() == PEOPLE + 1, timeout=DEADLINE_MS)
    assert not page.bulk.isVisible()


def test_all_are_chosen_by_keyboard(qtbot: QtBot, page: LeadsPage) -> None:
    page.view.setFocus()
    qtbot.keyClick(page.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert (len(page.view.chosen_keys()), page.bulk.words.text()) == (PEOPLE, f"{PEOPLE} chosen")
    page.bulk.show_progress(100, 1200)
    assert page.bulk.words.text() == "100 of 1,200 done…"
    assert page.bulk.stop.isVisible()
    assert page.choice._go_on(0, 1200)
    click(qtbot, page.bulk.stop)
    assert not page.choice._go_on(200, 1200)


def test_panel_says_the_future_the_coming_texts_and_the_facts(qtbot: QtBot, page: LeadsPage) -> None:
    open_lead(qtbot, page, 1)
    panel = page.panel
    assert [card.head.text() for card in panel.futures] == ["Nothing goes out yet."]
    assert panel.futures[0].why.text() == "The campaign hasn't been started."
    click(qtbot, panel.futures[0].show_text)
    assert panel.stack.currentIndex() == COMING
    texts = [label.text() for label in panel.coming.findChildren(QLabel)]
    assert any("Ann0" in text for text in texts)
    assert "Without a text." in texts
    panel.show_tab(FACTS)
    facts = [label.text() for label in panel.facts.findChildren(QLabel)]
    assert {"Company", "Acme 0", "icebreaker", "Saw you", "linkedin.com/in/ann0"} <= set(facts)
    panel.show_tab(CONVERSATION)
    assert [label.text() for label in panel.conversation.findChildren(QLabel)] == ["Nothing has been said yet."]
    panel.tabs[0].setFocus()
    qtbot.keyClick(panel.tabs[0], Qt.Key.Key_Escape)
    assert not panel.isVisible()


def test_an_exclusion_from_the_panel_is_said_there_and_taken_back(
    qtbot: QtBot, page: LeadsPage, prepared: Opened
) -> None:
    open_lead(qtbot, page, 1)
    click(qtbot, page.panel.futures[0].exclude)
    page.choice.sheet.reason.setText("asked not to be written to")
    click(qtbot, page.choice.sheet.go)
    qtbot.waitUntil(lambda: page.panel.futures[0].head.text() == "Nothing more will be sent.", timeout=DEADLINE_MS)
    assert page.panel.futures[0].why.text() == "Asked not to be written to."
    assert not page.panel.futures[0].exclude.isVisible()
    click(qtbot, prepared.window.toast.undo)
    qtbot.waitUntil(lambda: page.panel.futures[0].head.text() == "Nothing goes out yet.", timeout=DEADLINE_MS)


def test_a_note_is_kept_while_it_is_written_and_never_of_another_lead(
    qtbot: QtBot, page: LeadsPage, prepared: Opened, wait_for: Wait
) -> None:
    stories = prepared.engine.services.lead_stories
    open_lead(qtbot, page, 1)
    page.panel.show_tab(FACTS)
    qtbot.keyClicks(page.panel.facts.note, "Met in Lyon")
    open_lead(qtbot, page, 2)
    assert page.panel.facts.note.toPlainText() == ""
    qtbot.keyClicks(page.panel.facts.note, "Call back")
    qtbot.waitUntil(lambda: page.panel.facts.state.text() == "Kept.", timeout=DEADLINE_MS)
    assert [wait_for(stories.story(n)).note for n in (1, 2)] == ["Met in Lyon", "Call back"]
    open_lead(qtbot, page, 1)
    assert page.panel.facts.note.toPlainText() == "Met in Lyon"


def test_a_held_lead_is_answered_in_the_panel(qtbot: QtBot, prepared: Opened, wait_for: Wait, tmp_path: Path) -> None:
    text = DRAFT_FILE.read_text(encoding="utf-8").replace(CAMPAIGN, "Strict")
    text = text.replace(' | default: "your company"', "")
    services = prepared.engine.services
    wait_for(services.campaigns.add(text))
    rows = [("A", "B", "", "https://linkedin.com/in/a", ""), ("C", "D", "Acme", "https://linkedin.com/in/c", "")]
    wait_for(services.leads.import_file(write_people(tmp_path, rows), "Strict"))
    wait_for(services.campaigns.start("Strict"))
    prepared.window.show_screen("leads")
    page = prepared.desk.pages["leads"]
    open_lead(qtbot, page, 1)
    qtbot.waitUntil(lambda: len(page.panel.questions) == 1, timeout=DEADLINE_MS)
    assert page.panel.futures == []
    question = page.panel.questions[0]
    assert [button.text() for button in question.buttons.values()] == [
        "Try again", "Skip this step", "Stop this person",
    ]  # fmt: skip
    click(qtbot, question.buttons["stop"])
    qtbot.waitUntil(lambda: page.panel.questions == [], timeout=DEADLINE_MS)
    assert page.panel.futures[0].head.text() == "Nothing more will be sent."


def test_only_linkedin_is_ever_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(QUrl(url).toString()) is None)
    for address in ("https://www.linkedin.com.evil.example/in/a", "file:///etc/passwd", "javascript:alert(1)", ""):
        open_on_linkedin(address)
    assert opened == []
    open_on_linkedin("https://www.linkedin.com/in/ann0")
    assert opened == ["https://www.linkedin.com/in/ann0"]


def test_the_big_list_of_naughty_strings_is_shown_as_plain_text(
    qtbot: QtBot, prepared: Opened, wait_for: Wait, tmp_path: Path
) -> None:
    strings = naughty_strings()
    assert len(strings) > 400
    rows = [(text, "", text, f"https://linkedin.com/in/n{n}", text) for n, text in enumerate(strings)]
    wait_for(prepared.engine.services.leads.import_file(write_people(tmp_path, rows), CAMPAIGN))
    prepared.window.show_screen("leads")
    page = prepared.desk.pages["leads"]
    qtbot.waitUntil(lambda: page.model.rowCount() > 400, timeout=DEADLINE_MS)
    for row in range(0, page.model.rowCount(), 25):
        page.view.scrollTo(page.model.index(row, 0))
        qtbot.waitUntil(lambda row=row: page.model.lead_id(row) is not None, timeout=DEADLINE_MS)
        page.view.grab()
        open_lead(qtbot, page, page.model.lead_id(row))
        for label in page.panel.findChildren(QLabel):
            assert label.textFormat() is Qt.TextFormat.PlainText
    page.show_board()
    pending = page.board.board.columns["pending"].list
    qtbot.waitUntil(lambda: len(pending.cards) > 400, timeout=DEADLINE_MS)
    for place in range(0, len(pending.cards), 4):
        pending.go_to(place)
        qtbot.waitUntil(lambda place=place: pending.cards.card(place) is not None, timeout=DEADLINE_MS)
        pending.grab()
