"""The sequence editor on a real engine: by mouse and by keyboard, kept by itself, plain whatever the names are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from gui.sheets.new_campaign_sheet import NewCampaignSheet
from tests.gui.conftest import DEADLINE_MS, Opened

Wait = Callable[..., Any]
NAUGHTY = '<b>Bold</b> <img src="file:///etc/passwd"> & {{ first_name }}'
KEY, MOUSE = Qt.Key, Qt.MouseButton.LeftButton
ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
ROWS = ("Ann,Lee,Acme,cook,ann", ",Ray,Acme,,ray", "نور,你好,<b>A</b>,x,nor")


@pytest.fixture
def tab(qtbot: QtBot, opened: Opened, wait_for: Wait, tmp_path: Path) -> Any:
    """The Sequence tab of a new draft with three leads."""
    services = opened.engine.services
    wait_for(services.accounts.add("practice", "practice"))
    made = wait_for(services.drafts.create("Agencies", "invite-then-three-messages"))
    lines = (f"{row.rpartition(',')[0]},https://linkedin.com/in/{row.rpartition(',')[2]}" for row in ROWS)
    path = tmp_path / "leads.csv"
    path.write_text("First Name,Last Name,Company,Role,Profile URL\n" + "\n".join(lines) + "\n", encoding="utf-8")
    wait_for(services.leads.import_file(path, "Agencies"))
    return open_tab(qtbot, opened, made)


def open_tab(qtbot: QtBot, opened: Opened, campaign_id: int) -> Any:
    page = opened.desk.pages["campaign"]
    opened.desk.show("campaign", campaign_id)
    qtbot.waitUntil(lambda: page.opened is not None and page.opened.campaign_id == campaign_id, timeout=DEADLINE_MS)
    tab = page.tabs["sequence"]
    qtbot.waitUntil(lambda: tab.leads.place[1] == page.opened.leads and tab.isVisible(), timeout=DEADLINE_MS)
    if page.opened.leads:
        qtbot.waitUntil(lambda: tab.leads.variables.leads == page.opened.leads, timeout=DEADLINE_MS)
        qtbot.waitUntil(lambda: not tab.leads.person.is_sample, timeout=DEADLINE_MS)
    return tab


def keys(tab: Any) -> list[str]:
    return [s.key for s in tab.draft.sequence.steps]


def write(qtbot: QtBot, tab: Any, text: str) -> None:
    """Select all and type."""
    qtbot.keyClick(tab.editor.field, KEY.Key_A, CTRL)
    qtbot.keyClicks(tab.editor.field, text)


def stored(opened: Opened, wait_for: Wait, campaign_id: int = 1) -> Any:
    return wait_for(opened.engine.services.drafts.open(campaign_id)).sequence


def test_each_keystroke_is_in_the_preview_at_once(qtbot: QtBot, tab: Any) -> None:
    qtbot.mouseClick(tab.list.card_of("message_1"), MOUSE)
    write(qtbot, tab, "Dear ")
    assert tab.preview.bubble.words.text() == "Dear "
    qtbot.keyClicks(tab.editor.field, "{{fir")
    assert tab.editor.field.variables.isVisible()
    qtbot.keyClick(tab.editor.field, KEY.Key_Return)
    assert tab.draft.text == "Dear {{ first_name }}"
    assert tab.preview.bubble.words.text() == "Dear Ann"
    assert tab.editor.count.text() == "8 characters, limit 8,000"
    assert tab.preview.place.text() == "1 of 3"


def test_leads_are_stepped_through_and_the_worst_comes_first(qtbot: QtBot, tab: Any) -> None:
    qtbot.mouseClick(tab.list.card_of("message_1"), MOUSE)
    write(qtbot, tab, "{{ role }}")
    qtbot.keyClick(tab.editor.field, KEY.Key_BracketRight, CTRL)
    qtbot.waitUntil(lambda: tab.preview.held.text() == "They would be held: role is empty", timeout=DEADLINE_MS)
    qtbot.keyClick(tab.editor.field, KEY.Key_BracketLeft, CTRL)
    qtbot.waitUntil(lambda: tab.preview.bubble.words.text() == "cook", timeout=DEADLINE_MS)
    qtbot.mouseClick(tab.preview.worst, MOUSE)
    qtbot.waitUntil(lambda: tab.leads.person.name == "Ray", timeout=DEADLINE_MS)
    assert tab.preview.place.text() == "1 of 3"


def test_an_empty_variable_is_marked_and_mended_by_the_keyboard(qtbot: QtBot, tab: Any) -> None:
    qtbot.mouseClick(tab.list.card_of("message_1"), MOUSE)
    write(qtbot, tab, "Hi {{ role }}")
    qtbot.waitUntil(lambda: tab.editor.strip.isVisible(), timeout=DEADLINE_MS)
    assert tab.editor.strip.lines[0].words.text() == "role is empty for 1 of 3 leads: it would be held."
    assert tab.editor.field._chips.troubled == {"role"}
    qtbot.keyClick(tab.editor.field, KEY.Key_F2)
    popover = tab.editor.empty_popover
    assert popover.isVisible()
    qtbot.keyClicks(popover.words, "your team")
    qtbot.keyClick(popover.words, KEY.Key_Return)
    assert tab.draft.text == 'Hi {{ role | default: "your team" }}'
    qtbot.waitUntil(lambda: not tab.editor.strip.isVisible(), timeout=DEADLINE_MS)


def test_an_unknown_variable_is_marked(qtbot: QtBot, tab: Any) -> None:
    qtbot.mouseClick(tab.list.card_of("message_2"), MOUSE)
    write(qtbot, tab, "{{ rolle }} and {% if")
    qtbot.waitUntil(lambda: bool(tab.editor.field.extraSelections()), timeout=DEADLINE_MS)
    assert "isn't closed" in tab.editor.strip.accessibleName()
    write(qtbot, tab, "{{ rolle }}")
    qtbot.waitUntil(lambda: "Did you mean “role”?" in tab.editor.strip.accessibleName(), timeout=DEADLINE_MS)
    assert "rolle" in tab.editor.field._chips.troubled


def test_steps_are_moved_removed_and_brought_back_by_the_keyboard(qtbot: QtBot, opened: Opened, tab: Any) -> None:
    card = tab.list.card_of("message_1")
    qtbot.keyClick(card, KEY.Key_Down, ALT)
    assert keys(tab) == ["invite", "message_2", "message_1", "message_3"]
    card = tab.list.card_of("message_1")
    assert card is QApplication.focusWidget()
    qtbot.keyClick(card, KEY.Key_Delete)
    assert keys(tab) == ["invite", "message_2", "message_3"]
    assert opened.window.toast.words == "Message 2 is removed."
    qtbot.mouseClick(opened.window.toast.undo, MOUSE)
    assert keys(tab) == ["invite", "message_2", "message_1", "message_3"]
    qtbot.keyClick(tab.list.card_of("invite"), KEY.Key_Z, CTRL)
    assert keys(tab) == ["invite", "message_1", "message_2", "message_3"]
    qtbot.keyClick(tab.list.card_of("invite"), KEY.Key_Down)
    assert tab.draft.view.key == "message_1"


def test_a_card_is_dragged_by_its_handle(qtbot: QtBot, tab: Any) -> None:
    handle, target = tab.list.card_of("message_3").handle, tab.list.card_of("message_1")
    qtbot.mousePress(handle, MOUSE)
    top = target.mapToGlobal(QPoint(5, 2))
    qtbot.mouseMove(handle, handle.mapFromGlobal(top))
    qtbot.mouseRelease(handle, MOUSE, pos=handle.mapFromGlobal(top))
    assert keys(tab) == ["invite", "message_3", "message_1", "message_2"]


def test_undo_in_the_text_goes_back_by_words_and_into_steps(qtbot: QtBot, tab: Any) -> None:
    tab._add("message")
    field = tab.editor.field
    qtbot.keyClicks(field, "one two")
    qtbot.keyClick(field, KEY.Key_Z, CTRL)
    assert (tab.draft.text, field.source, field.caret_offset()) == ("one ", "one ", 4)
    qtbot.keyClick(field, KEY.Key_Y, CTRL)
    assert field.source == "one two"
    for _ in range(3):
        qtbot.keyClick(field, KEY.Key_Z, CTRL)
    assert len(keys(tab)) == 4


def test_what_was_typed_is_kept_when_the_page_is_left_and_after_reopening(
    qtbot: QtBot, opened: Opened, tab: Any, wait_for: Wait
) -> None:
    tab._choose("message_1")
    for number in range(5):
        write(qtbot, tab, f"Kept {number}")
    qtbot.keyClick(tab.editor.field, KEY.Key_Escape)
    assert opened.desk.pages["campaigns"].isVisible()
    qtbot.waitUntil(lambda: stored(opened, wait_for).step("message_1").texts[0].text == "Kept 4", timeout=DEADLINE_MS)
    other = wait_for(opened.engine.services.drafts.create("Other", "invite-only"))
    assert [s.key for s in open_tab(qtbot, opened, other).draft.sequence.steps] == ["invite"]
    assert open_tab(qtbot, opened, 1).draft.sequence.step("message_1").texts[0].text == "Kept 4"


def test_what_was_typed_is_kept_when_the_window_closes(qtbot: QtBot, opened: Opened, tab: Any, wait_for: Wait) -> None:
    tab._choose("message_1")
    write(qtbot, tab, "At the last moment")
    wait_for(opened.desk.pages["campaign"].leave())
    assert stored(opened, wait_for).step("message_1").texts[0].text == "At the last moment"


def test_any_script_keeps_its_place_and_copies_as_source(qtbot: QtBot, tab: Any) -> None:
    tab._choose("message_1")
    field, text = tab.editor.field, "مرحبا {{ first_name }} 你好 😀 {{ company }}!"
    field.show_text(text, 0)
    field.edited.emit(field.source)
    assert field.source == text
    field.moveCursor(QTextCursor.MoveOperation.End)
    assert field.caret_offset() == len(text)
    field.moveCursor(QTextCursor.MoveOperation.PreviousCharacter)
    field.moveCursor(QTextCursor.MoveOperation.PreviousCharacter)
    assert field.caret_offset() == text.index("{{ company")
    field.selectAll()
    field.copy()
    assert QApplication.clipboard().text() == text
    qtbot.keyClick(field, KEY.Key_Backspace)
    assert field.source == ""
    field.paste()
    assert (field.source, field.find_chip("company") > 0) == (text, True)
    tab.editor.source.setChecked(True)
    assert field.toPlainText() == text
    qtbot.keyClicks(field, "x")
    assert tab.draft.text == f"x{text}" or tab.draft.text == f"{text}x"


def test_names_and_texts_from_outside_are_plain_text(qtbot: QtBot, opened: Opened, tab: Any, wait_for: Wait) -> None:
    wait_for(opened.engine.services.drafts.rename(1, NAUGHTY[:60]))
    page = opened.desk.pages["campaign"]
    qtbot.waitUntil(lambda: page.name.label.text() == NAUGHTY[:60], timeout=DEADLINE_MS)
    tab._choose("message_1")
    write(qtbot, tab, "{{ company }}")
    tab.leads.step_by(2)
    qtbot.waitUntil(lambda: tab.preview.bubble.words.text() == "<b>A</b>", timeout=DEADLINE_MS)
    labels = page.findChildren(QLabel)
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}


def test_a_started_campaign_is_shown_read_only_and_can_be_copied(
    qtbot: QtBot, opened: Opened, tab: Any, wait_for: Wait
) -> None:
    wait_for(opened.engine.services.campaigns.start("Agencies"))
    qtbot.waitUntil(lambda: tab.notice.isVisible(), timeout=DEADLINE_MS)
    assert tab.editor.field.isReadOnly()
    qtbot.keyClick(tab.list.card_of("message_1"), KEY.Key_Delete)
    qtbot.keyClick(tab.list.card_of("message_1"), KEY.Key_Down, ALT)
    assert keys(tab) == ["invite", "message_1", "message_2", "message_3"]
    qtbot.mouseClick(tab.notice.duplicate, MOUSE)
    qtbot.waitUntil(lambda: tab.opened.name == "Agencies copy", timeout=DEADLINE_MS)
    assert tab.opened.is_editable
    assert tab.preview.place.text() == "Sample person"
    assert "Drop a CSV" in tab.preview.sentence.text()


def test_a_new_campaign_opens_in_the_editor_by_keyboard(qtbot: QtBot, opened: Opened) -> None:
    opened.window.show_screen("campaigns")
    page = opened.desk.pages["campaigns"]
    qtbot.keyClick(page.new, KEY.Key_Space)
    sheet = opened.window.findChild(NewCampaignSheet)
    qtbot.waitUntil(lambda: len(sheet.radios) == 4, timeout=DEADLINE_MS)
    qtbot.keyClicks(sheet.name, "By keys")
    qtbot.keyClick(sheet.name, KEY.Key_Return)
    editor = opened.desk.pages["campaign"]
    qtbot.waitUntil(lambda: editor.opened is not None and editor.opened.name == "By keys", timeout=DEADLINE_MS)
    assert editor.isVisible()
    qtbot.keyClick(editor.back, KEY.Key_Space)
    qtbot.waitUntil(lambda: page.row_of("By keys") is not None, timeout=DEADLINE_MS)
    qtbot.keyClick(page.row_of("By keys"), KEY.Key_Return)
    assert editor.isVisible()
