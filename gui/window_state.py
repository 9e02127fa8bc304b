"""Where the window was and how large: kept between starts, and never larger than the screen or off it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QSize
from PySide6.QtWidgets import QWidget

GEOMETRY = "window/geometry"
FRAME_PX = QSize(4, 40)
"""What a frame takes at most in usual desktops: the first size leaves room for it."""


def restore_geometry(window: QWidget, file: Path | None, first_size: QSize) -> None:
    """Put the window where it was, or give it its first size as far as the screen has room."""
    kept = _settings(file).value(GEOMETRY) if file is not None else None
    if isinstance(kept, QByteArray) and window.restoreGeometry(kept):
        return
    screen = window.screen()
    room = screen.availableSize() - FRAME_PX if screen is not None else first_size
    window.resize(first_size.boundedTo(room).expandedTo(window.minimumSize()))


def keep_geometry(window: QWidget, file: Path | None) -> None:
    """Remember where the window is."""
    if file is None:
        return
    settings = _settings(file)
    settings.setValue(GEOMETRY, window.saveGeometry())
    settings.sync()


def _settings(file: Path) -> QSettings:
    return QSettings(str(file), QSettings.Format.IniFormat)
