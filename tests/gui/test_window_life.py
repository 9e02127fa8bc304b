"""The window's life when the engine can't start: the sentence, the way back, and the order of the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

import main as program
from engine.desktop import DesktopEngine
from engine.errors import Damaged, InUse, LeadloomError, StorageError
from gui import theme
from gui.app import FAILED, WindowLife
from gui.composition import Recovery, WindowComposition
from gui.main_window import MainWindow
from gui.start_trace import StartTrace
from storage.backup import BadBackup
from tests.gui.conftest import DEADLINE_MS

BACKUP = Path("leadloom-20260105-090000-daily.db")
IN_USE = InUse("A copy of this data is open.", "Close it.")
DAMAGED = Damaged()
FULL = StorageError("The disk is full.", "Free some space; Leadloom goes on by itself.")


@dataclass
class Life:
    """A window whose engine refuses to start, and what happened in what order."""

    window: MainWindow
    ended: asyncio.Task[int]
    events: list[str] = field(default_factory=list)

    def button(self, words: str) -> QPushButton | None:
        found = self.window.opening.findChildren(QPushButton)
        return next((b for b in found if words in b.text() and b.isVisible()), None)

    def says(self, words: str) -> bool:
        return any(words in label.text() and label.isVisible() for label in self.window.opening.findChildren(QLabel))


@pytest.fixture
def begin(
    qapp: QApplication,
    qtbot: QtBot,
    qloop: asyncio.AbstractEventLoop,
    engine: DesktopEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., Life]]:
    theme.apply(qapp, theme.LIGHT)
    monkeypatch.setattr("gui.app.end_on_signals", lambda _: None)
    monkeypatch.setattr(WindowLife, "_on_opened", lambda _: None)
    window = MainWindow(is_practice=True)

    def start(error: LeadloomError, restoring: LeadloomError | None = None) -> Life:
        events: list[str] = []
        close = engine.close

        async def refuse() -> None:
            raise error

        def restore(path: Path) -> None:
            events.append(f"restored {path}")
            if restoring is not None:
                raise restoring

        async def close_once() -> None:
            await close()
            events.append("closed")

        monkeypatch.setattr(engine, "start", refuse)
        monkeypatch.setattr(engine, "close", close_once)
        compose: Any = WindowComposition(
            make_loop=program.make_loop,
            open_engine=lambda _: engine,
            open_practice=lambda: None,
            is_practice=True,
            recovery=Recovery(
                backups=lambda: [BACKUP],
                restore=restore,
                open_again=lambda: events.append("opened again"),
            ),
        )
        window.show()
        life = WindowLife(window, compose, StartTrace())
        begun = Life(window, qloop.create_task(life.live()), events)
        qtbot.waitUntil(lambda: begun.says(error.title), timeout=DEADLINE_MS)
        return begun

    yield start
    window.may_close = True
    window.close()
    window.deleteLater()
    qapp.processEvents()


def test_a_backup_is_restored_only_once_the_engine_is_closed(qtbot: QtBot, begin: Callable[..., Life]) -> None:
    life = begin(DAMAGED)
    restore = life.button("Restore")
    assert restore is not None
    qtbot.mouseClick(restore, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(life.ended.done, timeout=DEADLINE_MS)
    assert life.ended.result() == 0
    assert life.events == ["closed", f"restored {BACKUP}", "opened again"]


def test_a_backup_that_can_not_be_restored_is_not_tried_again_at_the_end(
    qtbot: QtBot, begin: Callable[..., Life]
) -> None:
    life = begin(DAMAGED, BadBackup("The file is damaged.", "Choose another backup."))
    restore = life.button("Restore")
    assert restore is not None
    qtbot.mouseClick(restore, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: life.says("The file is damaged."), timeout=DEADLINE_MS)
    assert not life.says(DAMAGED.title)
    leave = life.button("Quit")
    assert leave is not None
    qtbot.mouseClick(leave, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(life.ended.done, timeout=DEADLINE_MS)
    assert (life.ended.result(), life.events) == (FAILED, ["closed", f"restored {BACKUP}"])


@pytest.mark.parametrize("error", [IN_USE, FULL])
def test_data_that_is_whole_needs_no_backup(qtbot: QtBot, begin: Callable[..., Life], error: LeadloomError) -> None:
    life = begin(error)
    leave = life.button("Quit")
    assert life.button("Restore") is None and leave is not None
    qtbot.mouseClick(leave, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(life.ended.done, timeout=DEADLINE_MS)
    assert (life.ended.result(), life.events) == (FAILED, ["closed"])
