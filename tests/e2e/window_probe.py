"""Runs the real program and answers questions about its window: one JSON line in, one out.

It looks, and it hands the window a dropped file; every press is made by a real mouse from outside.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QMimeData, QPoint, QPointF, QSocketNotifier, Qt, QUrl  # noqa: E402
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent  # noqa: E402
from PySide6.QtWidgets import QAbstractButton, QApplication  # noqa: E402

import main as program  # noqa: E402
from gui.main_window import MainWindow  # noqa: E402


def window() -> MainWindow | None:
    return next((w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)), None)


def where(name: str) -> str:
    """Return the middle of a button that can be pressed, on the screen; "" while there is none."""
    modal = QApplication.activeModalWidget()
    for root in [modal] if modal else QApplication.topLevelWidgets():
        for button in root.findChildren(QAbstractButton):
            if (button.accessibleName() or button.text()) == name and button.isVisible() and button.isEnabled():
                at = button.mapToGlobal(QPoint(button.width() // 2, button.height() // 2))
                return f"{at.x()} {at.y()}"
    return ""


def drop(path: str) -> str:
    target = window()
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path)])
    at, action = target.rect().center(), Qt.DropAction.CopyAction
    rest = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entered = QDragEnterEvent(at, action, mime, *rest)
    QApplication.sendEvent(target, entered)
    if not entered.isAccepted():
        return "False"
    QApplication.sendEvent(target, QDragMoveEvent(at, action, mime, *rest))
    dropped = QDropEvent(QPointF(at), action, mime, *rest)
    QApplication.sendEvent(target, dropped)
    return str(dropped.isAccepted())


def answer(words: list[str]) -> str:
    found = window()
    if found is None:
        return ""
    return {
        "screen": lambda: found.shown_screen,
        "band": lambda: found.band.words,
        "toast": lambda: found.toast.words,
        "where": lambda: where(words[1]),
        "drop": lambda: drop(words[1]),
    }[words[0]]()


def listen() -> QSocketNotifier:
    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)

    def on_line(*_: Any) -> None:
        line = sys.stdin.readline()
        if not line:
            notifier.setEnabled(False)
            return
        print(json.dumps(answer(json.loads(line))), flush=True)

    notifier.activated.connect(on_line)
    return notifier


def run() -> int:
    from gui import app

    real_init = app.WindowLife.__init__

    def init(self: Any, *arguments: Any) -> None:
        real_init(self, *arguments)
        self.probe = listen()

    app.WindowLife.__init__ = init
    return program.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run())
