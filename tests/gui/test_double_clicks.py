"""One gesture is one decision: a double click presses once, and a key that is held down decides once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QShortcut
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.sheets.do_not_contact_sheet import DoNotContactSheet
from gui.widgets.basics import Button
from tests.gui.conftest import CAMPAIGN, DEADLINE_MS, DRAFT_FILE, Opened
from tests.gui.test_window import show_campaigns, write_list

Wait = Callable[..., Any]
MOUSE, NO_MOUSE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


def click(qtbot: QtBot, button: Button) -> QPoint:
    """Press a button. Returns where that was in its window."""
    qtbot.waitUntil(lambda: button.isVisible() and button.isEnabled(), timeout=DEADLINE_MS)
    at = button.mapTo(button.window(), button.rect().center())
    qtbot.mouseClick(button, MOUSE)
    return at


def click_again_on(qtbot: QtBot, button: Button) -> None:
    """Bring the second half of a double click to a button, once it is where it will be seen."""
    window = button.window()
    middle = button.rect().center()
    qtbot.waitUntil(lambda: window.childAt(button.mapTo(window, middle)) is button, timeout=DEADLINE_MS)
    click_again(window, button.mapTo(window, middle))


def click_again(window: QWidget, at: QPoint) -> None:
    """Bring the second half of a double click to whatever stands there now, as Qt does."""
    widget = window.childAt(at) or window
    for kind, held in ((QEvent.Type.MouseButtonDblClick, MOUSE), (QEvent.Type.MouseButtonRelease, NO_MOUSE)):
        here, there = QPointF(widget.mapFrom(window, at)), QPointF(window.mapToGlobal(at))
        QApplication.sendEvent(
            widget, QMouseEvent(kind, here, there, MOUSE, held, Qt.KeyboardModifier.NoModifier)
        )  # fmt: skip


def runs(opened: Opened) -> set[str]:
    """Return the names of the commands that run now."""
    return {task.get_name() for task in opened.desk.commands._tasks}


@pytest.mark.parametrize("place", ["status line", "home"])
def test_everything_stays_paused(qtbot: QtBot, prepared: Opened, wait_for: Wait, place: str) -> None:
    home, line = prepared.desk.pages["home"], prepared.window.status_line
    brake = line.brake if place == "status line" else home._brake
    at = click(qtbot, brake)
    qtbot.waitUntil(lambda: brake.text() == "Resume" and line.brake.isEnabled(), timeout=DEADLINE_MS)
    click_again(prepared.window, at)
    assert "resume all" not in runs(prepared)
    assert wait_for(prepared.engine.services.status.overview()).is_paused


def test_a_campaign_stays_paused_and_unopened(qtbot: QtBot, prepared: Opened, wait_for: Wait, tmp_path: Path) -> None:
    services = prepared.engine.services
    wait_for(services.leads.import_file(write_list(tmp_path, "A,B,C,https://linkedin.com/in/a"), CAMPAIGN))
    wait_for(services.campaigns.start(CAMPAIGN))
    row = show_campaigns(qtbot, prepared)
    at = click(qtbot, row.pause)
    click_again(prepared.window, at)
    qtbot.waitUntil(row.resume.isVisible, timeout=DEADLINE_MS)
    click_again_on(qtbot, row.resume)
    for place in (at, row.mapTo(prepared.window, QPoint(4, 4))):
        click_again(prepared.window, place)
    assert "change campaign" not in runs(prepared) and prepared.window.shown_screen == "campaigns"
    assert wait_for(services.campaigns.list())[0].state == "paused"
    qtbot.mouseClick(row, MOUSE)
    assert prepared.window.shown_screen == "campaign"


def test_one_question_is_answered_and_the_next_is_left(
    qtbot: QtBot, prepared: Opened, wait_for: Wait, tmp_path: Path
) -> None:
    text = DRAFT_FILE.read_text(encoding="utf-8").replace(CAMPAIGN, "Strict")
    services = prepared.engine.services
    wait_for(services.campaigns.add(text.replace(' | default: "your company"', "")))
    rows = ("A,B,,https://linkedin.com/in/a", "C,D,,https://linkedin.com/in/c", "E,F,G,https://linkedin.com/in/e")
    wait_for(services.leads.import_file(write_list(tmp_path, *rows), "Strict"))
    wait_for(services.campaigns.start("Strict"))
    home = prepared.desk.pages["home"]
    qtbot.waitUntil(lambda: home._needs.heading.text() == "Needs you: 2", timeout=DEADLINE_MS)
    stop = home.question_list._cards[0][1]._buttons["stop"]
    click(qtbot, stop)
    qtbot.waitUntil(lambda: home._needs.heading.text() == "Needs you: 1", timeout=DEADLINE_MS)
    click_again_on(qtbot, stop)
    assert not any(name.startswith("resolve") for name in runs(prepared))
    page = prepared.desk.pages["leads"]
    prepared.desk.show("leads", 2)
    qtbot.waitUntil(lambda: len(page.panel.questions) == 1, timeout=DEADLINE_MS)
    click_again_on(qtbot, page.panel.questions[0].buttons["stop"])
    assert "answer" not in runs(prepared) and len(wait_for(services.attention.list())) == 1


def test_one_entry_is_taken_off_the_list(qtbot: QtBot, prepared: Opened, wait_for: Wait) -> None:
    listing = prepared.engine.services.do_not_contact
    for domain in ("one.com", "two.com", "three.com"):
        wait_for(listing.add("domain", domain))
    prepared.window.show_screen("leads")
    page = prepared.desk.pages["leads"]
    page._show_do_not_contact()
    sheet: Any = page.sheet
    assert isinstance(sheet, DoNotContactSheet)
    qtbot.waitUntil(lambda: len(sheet.removes) == 3, timeout=DEADLINE_MS)
    click(qtbot, next(iter(sheet.removes.values())))
    qtbot.waitUntil(lambda: len(sheet.removes) == 2 and sheet.undo.isVisible(), timeout=DEADLINE_MS)
    for button in (*sheet.removes.values(), sheet.undo):
        click_again_on(qtbot, button)
    assert "do-not-contact list" not in runs(prepared)
    assert len(wait_for(listing.list())) == 2
    sheet.reject()


def test_keys_that_decide_are_not_repeated_while_held(prepared: Opened) -> None:
    reading = prepared.desk.pages["read_through"]
    repeated = {
        key.key().toString() for page in (prepared.window, reading) for key in page.findChildren(QShortcut)
        if key.parent() is page and key.autoRepeat()
    }  # fmt: skip
    assert repeated.isdisjoint({"Ctrl+.", "Ctrl+U", "Space", "E", "X", "Esc"})
