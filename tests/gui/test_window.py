"""The whole window on a real engine: first run, drop, import, start, pause, decide; by keyboard too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine.domain.csv_verdicts import Happens
from gui.sheets.connect_sheet import ConnectSheet
from gui.sheets.start_sheet import StartSheet
from gui.widgets.words import Words, plain_tip
from tests.gui.conftest import CAMPAIGN, DEADLINE_MS, DRAFT_FILE, Opened

Wait = Callable[..., Any]
NAUGHTY = '<b>Bold</b> <img src="file:///etc/passwd"> & {{ first_name }}'


def drop(widget: QWidget, *files: Path) -> bool:
    """Drop files as Qt would: enter, move, drop. Returns whether they were taken."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    at, action = widget.rect().center(), Qt.DropAction.CopyAction
    rest = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entered = QDragEnterEvent(at, action, mime, *rest)
    QApplication.sendEvent(widget, entered)
    if not entered.isAccepted():
        return False
    QApplication.sendEvent(widget, QDragMoveEvent(at, action, mime, *rest))
    dropped = QDropEvent(QPointF(at), action, mime, *rest)
    QApplication.sendEvent(widget, dropped)
    return dropped.isAccepted()


def write_list(folder: Path, *rows: str, name: str = "leads.csv") -> Path:
    file = folder / name
    file.write_text("First Name,Last Name,Company,Profile URL\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return file


def sheet_of(window: QWidget, kind: type[QDialog]) -> Any:
    return next((sheet for sheet in window.findChildren(kind) if sheet.isVisible()), None)


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    qtbot.waitUntil(button.isEnabled, timeout=DEADLINE_MS)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def show_campaigns(qtbot: QtBot, opened: Opened) -> Any:
    opened.window.show_screen("campaigns")
    page = opened.desk.pages["campaigns"]
    qtbot.waitUntil(lambda: page.row_of(CAMPAIGN) is not None, timeout=DEADLINE_MS)
    return page.row_of(CAMPAIGN)


def import_by_drop(qtbot: QtBot, opened: Opened, file: Path) -> None:
    assert drop(opened.window, file)
    page = opened.desk.pages["import"]
    qtbot.waitUntil(lambda: page.head.go.isEnabled(), timeout=DEADLINE_MS)
    click(qtbot, page.head.go)
    qtbot.waitUntil(lambda: opened.window.shown_screen != "import", timeout=DEADLINE_MS)


def test_first_run_shows_three_ways_in(qtbot: QtBot, opened: Opened) -> None:
    first_run = opened.desk.pages["home"].first_run
    assert first_run.isVisible()
    click(qtbot, first_run.practice)
    assert opened.opened_practice == [True]
    assert "window of its own" in opened.window.toast.words
    click(qtbot, first_run.connect_button)
    assert sheet_of(opened.window, ConnectSheet) is not None


def test_wrong_address_is_said_in_the_sheet(qtbot: QtBot, opened: Opened) -> None:
    click(qtbot, opened.desk.pages["home"].first_run.connect_button)
    sheet = sheet_of(opened.window, ConnectSheet)
    sheet.address.setText("not an address")
    sheet.key.setText("x")
    click(qtbot, sheet.connect_button)
    assert "address" in sheet.steps.address_said.text() and sheet.steps.address_said.property("look") == "trouble"
    assert sheet.isVisible()
    sheet.reject()


def test_practice_account_can_be_connected(qtbot: QtBot, opened: Opened) -> None:
    click(qtbot, opened.desk.pages["home"].first_run.connect_button)
    sheet = sheet_of(opened.window, ConnectSheet)
    sheet.address.setText("practice")
    sheet.key.setText("practice")
    click(qtbot, sheet.connect_button)
    qtbot.waitUntil(lambda: not opened.desk.pages["home"].first_run.isVisible(), timeout=DEADLINE_MS)
    assert "Connected" in opened.window.toast.words


def test_list_is_dropped_imported_started_paused_and_resumed(
    qtbot: QtBot, prepared: Opened, tmp_path: Path, wait_for: Wait
) -> None:
    file = write_list(tmp_path, *(f"Ann{n},Lee,Acme,https://linkedin.com/in/ann{n}" for n in range(8)), "No,Address,X,")
    import_by_drop(qtbot, prepared, file)
    assert prepared.window.toast.words.startswith(f"Imported 8 new into “{CAMPAIGN}”. 1 row to fix")
    row = show_campaigns(qtbot, prepared)
    click(qtbot, row.start)
    sheet = sheet_of(prepared.window, StartSheet)
    qtbot.waitUntil(lambda: sheet.few.isVisible(), timeout=DEADLINE_MS)
    assert sheet.all.text() == "Start all 8"
    click(qtbot, sheet.few)
    qtbot.waitUntil(lambda: row.start.text() == "Start 3 more…", timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: sheet_of(prepared.window, StartSheet) is None, timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: row.pause.isVisible() and not row.resume.isVisible(), timeout=DEADLINE_MS)
    click(qtbot, row.pause)
    qtbot.waitUntil(lambda: row.resume.isVisible(), timeout=DEADLINE_MS)
    assert wait_for(prepared.engine.services.campaigns.list())[0].state == "paused"
    click(qtbot, row.resume)
    qtbot.waitUntil(lambda: not row.resume.isVisible(), timeout=DEADLINE_MS)
    assert wait_for(prepared.engine.services.campaigns.list())[0].state == "running"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "LinkedIn"),
        (b'a,b\n"unclosed,2\n', ""),
        (bytes(range(256)) * 40, ""),
        (b"PK\x03\x04" + b"\0" * 200, "Excel"),
        ("Name,Profile URL\nAna,https://linkedin.com/in/ana\n".encode("utf-16"), None),
    ],
    ids=["empty", "no addresses", "open quote", "binary", "workbook", "utf-16"],
)
def test_bad_files_get_a_sentence(
    qtbot: QtBot, prepared: Opened, tmp_path: Path, content: bytes, words: str | None
) -> None:
    file = tmp_path / ("book.xlsx" if content[:2] == b"PK" else "file.csv")
    file.write_bytes(content)
    assert drop(prepared.window, file)
    page = prepared.desk.pages["import"]
    if words is None:
        qtbot.waitUntil(page.head.go.isEnabled, timeout=DEADLINE_MS)
    elif words == "LinkedIn":
        qtbot.waitUntil(lambda: "No column holds LinkedIn addresses" in page.foot.text(), timeout=DEADLINE_MS)
        assert page.counts.buttons[Happens.TO_FIX].text() == "1 to fix"
        assert not page.head.go.isEnabled()
    else:
        qtbot.waitUntil(page.trouble.isVisible, timeout=DEADLINE_MS)
        assert words in page.trouble.text()
        assert not page.head.go.isVisible()
    page.cancel()


def test_several_files_come_one_after_the_other(qtbot: QtBot, prepared: Opened, tmp_path: Path) -> None:
    files = [write_list(tmp_path, f"A,B,C,https://linkedin.com/in/{n}", name=f"{n}.csv") for n in ("one", "two")]
    assert drop(prepared.window, *files)
    page = prepared.desk.pages["import"]
    assert page.head.title.text() == "Import one.csv"
    page.cancel()
    assert page.head.title.text() == "Import two.csv"
    page.cancel()


def test_text_that_is_dragged_is_not_taken(opened: Opened) -> None:
    mime = QMimeData()
    mime.setText("hello")
    entered = QDragEnterEvent(
        opened.window.rect().center(), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(opened.window, entered)
    assert not entered.isAccepted()


def test_bad_campaign_file_says_every_problem(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    file = tmp_path / "campaign.toml"
    file.write_text('name = ""\n[[steps]]\nkind = "shout"\n', encoding="utf-8")
    assert drop(opened.window, file)
    qtbot.waitUntil(lambda: opened.window.toast.isVisible(), timeout=DEADLINE_MS)
    assert "name" in opened.window.toast.words
    assert "shout" in opened.window.toast.words


def test_pause_all_by_keyboard_and_back(qtbot: QtBot, prepared: Opened, wait_for: Wait) -> None:
    status, brake = prepared.engine.services.status, prepared.window.status_line.brake
    qtbot.keyClick(prepared.window, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: brake.text() == "Resume" and brake.isEnabled(), timeout=DEADLINE_MS)
    assert wait_for(status.overview()).is_paused
    qtbot.keyClick(prepared.window, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: brake.text() == "Pause all" and brake.isEnabled(), timeout=DEADLINE_MS)
    assert not wait_for(status.overview()).is_paused


def test_screens_and_search_by_keyboard(qtbot: QtBot, prepared: Opened) -> None:
    window = prepared.window
    window.activateWindow()
    for key, name in ((Qt.Key.Key_2, "leads"), (Qt.Key.Key_3, "campaigns"), (Qt.Key.Key_1, "home")):
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert window.shown_screen == name
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    prepared.desk.pages["leads"].view.setFocus()
    qtbot.keyClick(prepared.desk.pages["leads"].view, Qt.Key.Key_Slash)
    qtbot.waitUntil(prepared.desk.pages["leads"].search.hasFocus)


def test_search_narrows_the_table(qtbot: QtBot, prepared: Opened, tmp_path: Path) -> None:
    rows = [f"Ann{n},Lee,Acme {n},https://linkedin.com/in/ann{n}" for n in range(30)]
    import_by_drop(qtbot, prepared, write_list(tmp_path, *rows))
    prepared.window.show_screen("leads")
    page = prepared.desk.pages["leads"]
    qtbot.waitUntil(lambda: page.model.rowCount() == 30, timeout=DEADLINE_MS)
    qtbot.keyClicks(page.search, "ann29")
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=DEADLINE_MS)
    assert page.amount.text() == "1 row · by order of import"
    page.search.setText("zzz")
    qtbot.waitUntil(lambda: page.model.rowCount() == 0, timeout=DEADLINE_MS)
    page.search.clear()
    qtbot.waitUntil(lambda: page.model.rowCount() == 30, timeout=DEADLINE_MS)


def test_names_from_outside_are_only_text(qtbot: QtBot, prepared: Opened, tmp_path: Path) -> None:
    cell = '"' + NAUGHTY.replace('"', '""') + '"'
    import_by_drop(qtbot, prepared, write_list(tmp_path, f"{cell},X,{cell},https://linkedin.com/in/naughty"))
    prepared.window.show_screen("leads")
    page = prepared.desk.pages["leads"]
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=DEADLINE_MS)
    page.view.selectRow(0)
    qtbot.waitUntil(lambda: page.model.lead_id(0) is not None, timeout=DEADLINE_MS)
    page.view.clearSelection()
    page.view.selectRow(0)
    page.show_lead(page.model.lead_id(0))
    qtbot.waitUntil(page.panel.isVisible, timeout=DEADLINE_MS)
    assert NAUGHTY in page.panel.name.text()
    for label in prepared.window.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText, label.text()
    assert "<b>" not in plain_tip(NAUGHTY).replace("<qt>", "")


def test_every_label_is_plain_and_every_control_has_a_name(qtbot: QtBot, prepared: Opened, tmp_path: Path) -> None:
    import_by_drop(qtbot, prepared, write_list(tmp_path, "A,B,C,https://linkedin.com/in/a"))
    for screen in ("home", "leads", "campaigns"):
        prepared.window.show_screen(screen)
        qtbot.wait(50)
    kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView)
    for kind in kinds:
        for control in prepared.window.findChildren(kind):
            if control.isVisibleTo(prepared.window) and not _is_inner(control):
                assert control.accessibleName(), f"{type(control).__name__} {control.objectName()}"
    for label in prepared.window.findChildren(QLabel):
        assert isinstance(label, Words)


def _is_inner(control: QWidget) -> bool:
    """Whether it is a part that Qt itself made inside another control."""
    parent = control.parentWidget()
    while parent is not None:
        if isinstance(parent, (QLineEdit, QComboBox, QAbstractItemView)):
            return True
        parent = parent.parentWidget()
    return False


def test_practice_time_obeys_its_buttons(qtbot: QtBot, opened: Opened) -> None:
    opened.desk.begin()
    band, clock = opened.window.band, opened.engine.practice_clock
    for speed in (86_400.0, 3600.0, 1.0, 0.0):
        click(qtbot, band._buttons[speed])
        assert clock.speed == speed
    before = clock.now()
    qtbot.wait(30)
    assert clock.now() == before


def test_question_is_answered_by_a_button(qtbot: QtBot, prepared: Opened, wait_for: Wait, tmp_path: Path) -> None:
    text = DRAFT_FILE.read_text(encoding="utf-8").replace(CAMPAIGN, "Strict")
    text = text.replace(' | default: "your company"', "")
    services = prepared.engine.services
    wait_for(services.campaigns.add(text))
    file = write_list(tmp_path, "A,B,,https://linkedin.com/in/a", "C,D,Acme,https://linkedin.com/in/c")
    wait_for(services.leads.import_file(file, "Strict"))
    wait_for(services.campaigns.start("Strict"))
    home = prepared.desk.pages["home"]
    qtbot.waitUntil(lambda: home._needs.heading.text() == "Needs you: 1", timeout=DEADLINE_MS)
    card = home.question_list._cards[0][1]
    assert not card._buttons["sent"].isVisible()
    click(qtbot, card._buttons["stop"])
    qtbot.waitUntil(lambda: home._needs.heading.text() == "Needs you", timeout=DEADLINE_MS)
    assert wait_for(services.attention.list()) == []


def test_closing_asks_first(qtbot: QtBot, opened: Opened) -> None:
    with qtbot.waitSignal(opened.window.closing_requested):
        opened.window.close()
    assert opened.window.isVisible()
