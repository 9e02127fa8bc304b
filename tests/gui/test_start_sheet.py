"""The start sheet on a real engine: who goes, who is held, who is first; five first, then the rest; asked before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.sheets.connect_sheet import ConnectSheet
from gui.sheets.start_sheet import StartSheet
from tests.gui.conftest import DEADLINE_MS, Opened

Wait = Callable[..., Any]
TEXT = """name = "Agencies"
[[steps]]
kind = "invite"
[[steps]]
key = "hello"
kind = "message"
wait = "1d"
text = "Hi {{ first_name }}, how is {{ role }}?"
"""


def fill(opened: Opened, wait_for: Wait, folder: Path, *, people: int = 9, without_role: int = 2) -> None:
    """Add the draft with so many people, the last of them without a role."""
    wait_for(opened.engine.services.campaigns.add(TEXT))
    rows = [
        f"Ann{n},{'' if n >= people - without_role else 'cook'},https://linkedin.com/in/ann{n}" for n in range(people)
    ]
    path = folder / "people.csv"
    path.write_text("First Name,Role,Profile URL\n" + "\n".join(rows) + "\n", encoding="utf-8")
    wait_for(opened.engine.services.leads.import_file(path, "Agencies"))


@pytest.fixture
def connected(opened: Opened, wait_for: Wait) -> Opened:
    wait_for(opened.engine.services.accounts.add("practice", "practice"))
    return opened


def page_of(qtbot: QtBot, opened: Opened) -> Any:
    page = opened.desk.pages["campaign"]
    opened.desk.show("campaign", 1)
    qtbot.waitUntil(lambda: page.opened is not None and page.start.isVisible(), timeout=DEADLINE_MS)
    return page


def sheet_of(opened: Opened, kind: type[QWidget] = StartSheet) -> Any:
    return next((s for s in opened.window.findChildren(kind) if s.isVisible()), None)


def open_sheet(qtbot: QtBot, opened: Opened) -> Any:
    qtbot.mouseClick(page_of(qtbot, opened).start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sheet_of(opened) is not None, timeout=DEADLINE_MS)
    sheet = sheet_of(opened)
    qtbot.waitUntil(lambda: not sheet.progress.isVisible(), timeout=DEADLINE_MS)
    return sheet


def test_it_says_who_goes_who_is_held_who_is_first_and_the_pace(
    qtbot: QtBot, connected: Opened, wait_for: Wait, tmp_path: Path
) -> None:
    fill(connected, wait_for, tmp_path)
    sheet = open_sheet(qtbot, connected)
    assert sheet.people.text() == "7 of 9 people will be contacted."
    assert sheet.held_line.text() == "2 are held: they have no role."
    assert sheet.first.text() == "First: an invitation without a note to Ann0, Mon 5 Jan, about 10:00."
    assert sheet.pace.text() == (
        "At most 15 invitations a day, 5 on the first day because of the warm-up. Last invitation about Tue 6 Jan."
    )
    assert sheet.promise.text().startswith("Nothing goes out before Mon 10:00. Replies, acceptances")
    assert (sheet.few.text(), sheet.all.text(), sheet.ask.isChecked()) == ("Start with 5 people", "Start all 7", False)
    assert not sheet.held.isVisible()
    qtbot.mouseClick(sheet.show_held, Qt.MouseButton.LeftButton)
    assert [sheet.held.item(n).text() for n in range(sheet.held.count())] == [
        "Ann7: role is empty",
        "Ann8: role is empty",
    ]


def test_fix_opens_the_sequence_at_the_step(qtbot: QtBot, connected: Opened, wait_for: Wait, tmp_path: Path) -> None:
    fill(connected, wait_for, tmp_path)
    sheet = open_sheet(qtbot, connected)
    qtbot.mouseClick(sheet.fix, Qt.MouseButton.LeftButton)
    page = connected.desk.pages["campaign"]
    qtbot.waitUntil(lambda: page.tabs["sequence"].draft.view.key == "hello", timeout=DEADLINE_MS)
    assert page.buttons["sequence"].isChecked()


def test_five_are_started_then_the_others(qtbot: QtBot, connected: Opened, wait_for: Wait, tmp_path: Path) -> None:
    fill(connected, wait_for, tmp_path)
    sheet = open_sheet(qtbot, connected)
    qtbot.mouseClick(sheet.few, Qt.MouseButton.LeftButton)
    page = connected.desk.pages["campaign"]
    qtbot.waitUntil(lambda: page.start.text() == "Start the other 2…", timeout=DEADLINE_MS)
    sheet = open_sheet(qtbot, connected)
    assert sheet.people.text() == "2 people will be contacted."
    assert not sheet.held_line.isVisible()
    qtbot.mouseClick(sheet.all, Qt.MouseButton.LeftButton)
    toast = connected.window.toast
    qtbot.waitUntil(lambda: toast.words == "“Agencies” runs with 2 people.", timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: not page.start.isVisible(), timeout=DEADLINE_MS)


def test_asking_is_offered_and_really_asks(qtbot: QtBot, connected: Opened, wait_for: Wait, tmp_path: Path) -> None:
    fill(connected, wait_for, tmp_path)
    sheet = open_sheet(qtbot, connected)
    sheet.ask.setFocus()
    qtbot.keyClick(sheet.ask, Qt.Key.Key_Space)
    assert sheet.ask.isChecked()
    qtbot.mouseClick(sheet.all, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sheet_of(connected) is None, timeout=DEADLINE_MS)
    assert wait_for(connected.engine.services.campaigns.list())[0].ask_left == 10
    wait_for(connected.engine.start())
    qtbot.waitUntil(
        lambda: "approval" in {i.kind for i in wait_for(connected.engine.services.attention.list())},
        timeout=DEADLINE_MS,
    )


def test_without_an_account_it_offers_to_connect_one(
    qtbot: QtBot, opened: Opened, wait_for: Wait, tmp_path: Path
) -> None:
    fill(opened, wait_for, tmp_path)
    sheet = open_sheet(qtbot, opened)
    assert "There is no LinkedIn account yet." in sheet.trouble.text()
    assert not sheet.all.isVisible() and not sheet.few.isVisible()
    assert sheet.mend.text() == "Connect LinkedIn…"
    qtbot.mouseClick(sheet.mend, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sheet_of(opened, ConnectSheet) is not None, timeout=DEADLINE_MS)
    sheet_of(opened, ConnectSheet).reject()


def test_broken_texts_lead_to_the_sequence(qtbot: QtBot, connected: Opened, wait_for: Wait, tmp_path: Path) -> None:
    fill(connected, wait_for, tmp_path)
    drafts = connected.engine.services.drafts
    opened = wait_for(drafts.open(1))
    from gui.state.sequence_edits import set_text

    wait_for(drafts.save(1, set_text(opened.sequence, "hello", 0, "{{ first_name")))
    sheet = open_sheet(qtbot, connected)
    assert sheet.mend.text() == "Open the sequence" and "Sequence tab" in sheet.trouble.text()
    qtbot.mouseClick(sheet.mend, Qt.MouseButton.LeftButton)
    page = connected.desk.pages["campaign"]
    qtbot.waitUntil(lambda: page.tabs["sequence"].draft.view.key == "hello", timeout=DEADLINE_MS)


def test_stop_while_starting_leaves_a_draft(
    qtbot: QtBot, connected: Opened, wait_for: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(connected, wait_for, tmp_path)
    sheet = open_sheet(qtbot, connected)
    monkeypatch.setattr("engine.services.preflight.CHUNK", 1)
    qtbot.mouseClick(sheet.all, Qt.MouseButton.LeftButton)
    assert sheet.leave.text() == "Stop"
    qtbot.mouseClick(sheet.leave, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sheet_of(connected) is None, timeout=DEADLINE_MS)
    assert connected.window.toast.words == "Stopped. Nobody was started."
    assert wait_for(connected.engine.services.campaigns.list())[0].state == "draft"
