"""Where the window was is kept; the first time it fits the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.main_window import MainWindow
from gui.window_state import keep_geometry, restore_geometry


def test_the_size_comes_back(qtbot: QtBot, tmp_path: Path) -> None:
    first, second = QWidget(), QWidget()
    qtbot.addWidget(first)
    qtbot.addWidget(second)
    first.resize(333, 222)
    keep_geometry(first, tmp_path / "window.ini")
    restore_geometry(second, tmp_path / "window.ini", QSize(500, 400))
    assert second.size() == QSize(333, 222)


def test_the_first_time_it_is_no_larger_than_the_screen(qtbot: QtBot, tmp_path: Path) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    restore_geometry(window, tmp_path / "window.ini", QSize(20_000, 10_000))
    room = window.screen().availableSize()
    assert window.width() <= room.width() and window.height() < room.height()


def test_a_spoilt_file_is_as_good_as_none(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "window.ini").write_text("[window]\ngeometry=@ByteArray(rubbish)\n", encoding="utf-8")
    window = QWidget()
    qtbot.addWidget(window)
    restore_geometry(window, tmp_path / "window.ini", QSize(300, 200))
    assert window.size() == QSize(300, 200)


@pytest.mark.qt_log_ignore("does not support raise")
def test_a_second_start_brings_a_minimised_window_back(qtbot: QtBot) -> None:
    window = MainWindow(is_practice=False)
    qtbot.addWidget(window)
    window.showMinimized()
    window.come_forward()
    assert not window.isMinimized() and window.isVisible()
