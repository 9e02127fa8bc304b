"""Settings: a backup made and restored by button, how well it goes, the list of whom nobody may write to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.pages.settings import SettingsPage
from gui.sheets.restore_sheet import RestoreSheet
from gui.widgets.words import Words
from storage.journal import SendJournal
from tests.gui.conftest import DEADLINE_MS, Opened

Wait = Callable[..., Any]


@pytest.fixture
def page(qtbot: QtBot, prepared: Opened) -> SettingsPage:
    prepared.window.show_screen("settings")
    found: SettingsPage = prepared.desk.pages["settings"]
    qtbot.waitUntil(lambda: bool(said(found, "Outages over within a minute")), timeout=DEADLINE_MS)
    return found


def said(page: Any, fragment: str) -> str:
    labels = page.findChildren(Words)
    return next((label.text() for label in labels if label.isVisible() and fragment in label.text()), "")


def test_a_backup_is_made_and_told(qtbot: QtBot, page: SettingsPage, prepared: Opened, tmp_path: Path) -> None:
    page.make_backup(str(tmp_path / "mine.db"))
    qtbot.waitUntil(lambda: "mine.db" in prepared.window.toast.words, timeout=DEADLINE_MS)
    assert (tmp_path / "mine.db").exists()


def test_restoring_says_first_what_it_means_and_then_closes_for_it(
    qtbot: QtBot, page: SettingsPage, prepared: Opened, wait_for: Wait, tmp_path: Path
) -> None:
    made = wait_for(prepared.engine.services.backups.make(tmp_path / "mine.db"))
    SendJournal(prepared.engine._engine.paths.state, made.lineage, made.data).begin()  # as a start does
    page._look(made.path)
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), RestoreSheet), timeout=DEADLINE_MS)
    sheet = QApplication.activeModalWidget()
    assert said(sheet, "1 campaign")
    assert said(sheet, "Nothing was sent since this backup.")
    with qtbot.waitSignal(prepared.window.restore_requested, timeout=DEADLINE_MS):
        qtbot.mouseClick(sheet.restore, Qt.MouseButton.LeftButton)
    assert prepared.window.backup_to_restore == made.path


def test_a_file_that_is_no_backup_is_refused_in_words(
    qtbot: QtBot, page: SettingsPage, prepared: Opened, tmp_path: Path
) -> None:
    (tmp_path / "holiday.db").write_bytes(b"not a database at all" * 100)
    page._look(tmp_path / "holiday.db")
    qtbot.waitUntil(lambda: "holiday.db is not" in prepared.window.toast.words, timeout=DEADLINE_MS)
    assert prepared.window.backup_to_restore is None


def test_backups_made_by_itself_are_listed_each_with_its_button(
    qtbot: QtBot, page: SettingsPage, prepared: Opened, wait_for: Wait
) -> None:
    assert said(page, "No backup yet")
    wait_for(prepared.engine.services.backups.make_daily())
    page.read()
    _, words, button = page._lines[0]
    qtbot.waitUntil(lambda: words.isVisible() and words.text().startswith("Today "), timeout=DEADLINE_MS)
    when = words.text().removeprefix("T")
    assert (button.isVisible(), button.accessibleName()) == (True, f"Restore the backup of t{when}")
