"""The read-through on a real engine: by the keyboard to Start, one text changed, one person left out and taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.sheets.start_sheet import StartSheet
from tests.gui.conftest import DEADLINE_MS, Opened
from tests.gui.test_start_sheet import fill, page_of, sheet_of

Wait = Callable[..., Any]
KEY = Qt.Key
MOUSE = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot: QtBot, opened: Opened, wait_for: Wait, tmp_path: Path) -> Any:
    """The read-through of nine people: two are held, seven get the same text."""
    wait_for(opened.engine.services.accounts.add("practice", "practice"))
    fill(opened, wait_for, tmp_path)
    with qtbot.waitActive(opened.window, timeout=DEADLINE_MS):
        opened.window.activateWindow()
    button = page_of(qtbot, opened).read
    qtbot.waitUntil(lambda: button.text() == "Read through 9", timeout=DEADLINE_MS)
    qtbot.mouseClick(button, MOUSE)
    found = opened.desk.pages["read_through"]
    shows(qtbot, found, "Ann7")
    return found


def shows(qtbot: QtBot, page: Any, name: str) -> None:
    qtbot.waitUntil(lambda: page.person is not None and page.person.name == name, timeout=DEADLINE_MS)


def press(qtbot: QtBot, key: Qt.Key) -> None:
    """Press a key wherever the focus is."""
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None, timeout=DEADLINE_MS)
    qtbot.keyClick(QApplication.focusWidget(), key)


def test_it_is_read_by_the_keyboard_from_the_worst_to_start(qtbot: QtBot, opened: Opened, page: Any) -> None:
    assert page.count.text() == "1 of 2 texts read"
    assert page.texts[1].note.text() == "Held: role is empty."
    press(qtbot, KEY.Key_Space)
    shows(qtbot, page, "Ann0")
    assert page.texts[1].text.text() == "Hi Ann0, how is cook?"
    assert page.count.text() == "2 of 2 texts read"
    press(qtbot, KEY.Key_Left)
    shows(qtbot, page, "Ann7")
    press(qtbot, KEY.Key_Right)
    shows(qtbot, page, "Ann0")
    press(qtbot, KEY.Key_Right)
    qtbot.waitUntil(lambda: page.reading.is_over, timeout=DEADLINE_MS)
    assert page.end.accessibleName() == "You have read every text."
    qtbot.waitUntil(page.end.start.hasFocus, timeout=DEADLINE_MS)
    press(qtbot, KEY.Key_Space)
    qtbot.waitUntil(lambda: sheet_of(opened, StartSheet) is not None, timeout=DEADLINE_MS)
    sheet_of(opened, StartSheet).reject()


def test_the_text_of_one_person_is_changed_by_the_keyboard_and_taken_back(
    qtbot: QtBot, opened: Opened, page: Any, wait_for: Wait
) -> None:
    press(qtbot, KEY.Key_E)
    text = page.texts[1]
    assert text.is_editing and text.field.hasFocus()
    qtbot.keyClicks(text.field, "{{ x")
    assert not text.keep.isEnabled()
    qtbot.keyClick(text.field, KEY.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(text.field, "Dear Ann, e x")
    qtbot.keyClick(text.field, KEY.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.texts[1].words.is_own, timeout=DEADLINE_MS)
    assert page.texts[1].text.text() == "Dear Ann, e x"
    assert [(len(g.people), g.is_held) for g in page.reading.groups] == [(1, False), (1, True), (7, False)]
    assert len(wait_for(opened.engine.services.campaigns.check("Agencies")).held) == 1
    qtbot.mouseClick(opened.window.toast.undo, MOUSE)
    qtbot.waitUntil(lambda: not page.texts[1].words.is_own, timeout=DEADLINE_MS)
    assert len(wait_for(opened.engine.services.campaigns.check("Agencies")).held) == 2


def test_undo_gives_the_person_the_campaigns_text_again_whoever_is_shown(
    qtbot: QtBot, opened: Opened, page: Any, wait_for: Wait
) -> None:
    press(qtbot, KEY.Key_E)
    page.texts[1].field.setPlainText("Dear Ann, e x")
    qtbot.keyClick(page.texts[1].field, KEY.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.texts[1].words.is_own, timeout=DEADLINE_MS)
    press(qtbot, KEY.Key_Space)
    shows(qtbot, page, "Ann8")
    assert page.reading.held == 1
    toast = opened.window.toast
    qtbot.mouseClick(toast.undo, MOUSE)
    qtbot.waitUntil(lambda: toast.words == "Ann7 gets the campaign’s text again.", timeout=DEADLINE_MS)
    assert len(wait_for(opened.engine.services.campaigns.check("Agencies")).held) == 2
    assert page.person.name == "Ann8" and page.reading.held == 2


def test_who_was_left_out_is_taken_from_the_list_though_another_is_shown_by_then(
    qtbot: QtBot, opened: Opened, page: Any, wait_for: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, may_end, left_out = opened.engine.services.read_through, asyncio.Event(), list[int]()
    real = engine.leave_out

    async def slow(enrolment_id: int) -> None:
        left_out.append(enrolment_id)
        await may_end.wait()
        await real(enrolment_id)

    monkeypatch.setattr(engine, "leave_out", slow)
    first = page.person.enrolment_id
    for key in (KEY.Key_X, KEY.Key_X, KEY.Key_Right):
        press(qtbot, key)
    shows(qtbot, page, "Ann0")
    press(qtbot, KEY.Key_X)
    may_end.set()
    toast = opened.window.toast
    qtbot.waitUntil(lambda: toast.words == "Ann7 is left out.", timeout=DEADLINE_MS)
    assert left_out == [first] and page.person.name == "Ann0"
    assert first not in {p for group in page.reading.groups for p in group.people} and page.reading.people == 8
    qtbot.mouseClick(toast.undo, MOUSE)
    shows(qtbot, page, "Ann7")
    assert wait_for(opened.engine.services.campaigns.check("Agencies")).waiting == 9


def test_escape_leaves_the_field_then_the_page(qtbot: QtBot, opened: Opened, page: Any) -> None:
    press(qtbot, KEY.Key_E)
    press(qtbot, KEY.Key_Escape)
    assert not page.texts[1].is_editing and opened.window.shown_screen == "read_through"
    press(qtbot, KEY.Key_Escape)
    assert opened.window.shown_screen == "campaign"


def test_a_person_is_left_out_and_taken_back(qtbot: QtBot, opened: Opened, page: Any, wait_for: Wait) -> None:
    press(qtbot, KEY.Key_X)
    shows(qtbot, page, "Ann8")
    assert opened.window.toast.words == "Ann7 is left out."
    assert wait_for(opened.engine.services.campaigns.check("Agencies")).waiting == 8
    qtbot.mouseClick(opened.window.toast.undo, MOUSE)
    shows(qtbot, page, "Ann7")
    assert wait_for(opened.engine.services.campaigns.check("Agencies")).waiting == 9


def test_another_of_those_with_the_same_text_is_shown(qtbot: QtBot, page: Any) -> None:
    press(qtbot, KEY.Key_Space)
    shows(qtbot, page, "Ann0")
    head = page._body.itemAt(0).widget()
    qtbot.mouseClick(head.another, MOUSE)
    shows(qtbot, page, "Ann1")


def test_nobody_waiting_is_said(qtbot: QtBot, opened: Opened, page: Any, wait_for: Wait) -> None:
    wait_for(opened.engine.services.campaigns.start("Agencies"))
    opened.desk.show("read_through", 1)
    qtbot.waitUntil(lambda: page.reading is not None and page.reading.is_over, timeout=DEADLINE_MS)
    assert page.end.accessibleName() == "Nobody is waiting to be started."
    assert not page.end.start.isVisible()
