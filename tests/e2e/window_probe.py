"""Runs the real program and answers questions about its window: one JSON line in, one out, over a socket.

It looks, and it hands the window a dropped file; every press and every key comes from a real mouse and keyboard
outside. Asked to open the practice account, the program runs this file again, so that its window answers too.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QMimeData, QModelIndex, QPoint, QPointF, QRect, Qt, QUrl  # noqa: E402
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent  # noqa: E402
from PySide6.QtNetwork import QLocalServer, QLocalSocket  # noqa: E402
from PySide6.QtWidgets import (  # noqa: E402
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QTextEdit,
    QWidget,
)

import main as program  # noqa: E402
from engine import processes  # noqa: E402
from gui.main_window import MainWindow  # noqa: E402
from gui.widgets.editor.text_field import TextField  # noqa: E402

SOCKETS = "LEADLOOM_TEST_SOCKETS"
"""The folder of the sockets: "window" and "practice"."""
CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QTextEdit, QAbstractItemView)
CARD = "StepCard"


def window() -> MainWindow | None:
    return next((w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)), None)


def roots() -> list[QWidget]:
    """Return where a person can act: an open menu, else a dialog, else the window."""
    popup, modal = QApplication.activePopupWidget(), QApplication.activeModalWidget()
    return [found] if (found := popup or modal) else [w for w in QApplication.topLevelWidgets() if w.isVisible()]


def name_of(widget: QWidget | None) -> str:
    """Return what a screen reader says: the accessible name, the words on a button, or the label of a field."""
    if widget is None:
        return ""
    if words := widget.accessibleName():
        return words
    if isinstance(widget, QAbstractButton):
        return widget.text().replace("&", "")
    labels = widget.window().findChildren(QLabel)
    return next((x.text().replace("&", "").rstrip(":") for x in labels if x.buddy() is widget), "")


def controls() -> Iterator[QWidget]:
    for root in roots():
        for widget in (root, *root.findChildren(QWidget)):
            is_known = isinstance(widget, CONTROLS) or type(widget).__name__ == CARD
            if is_known and widget.isVisible() and widget.isEnabled():
                yield widget


def fits(said: str, wanted: str) -> bool:
    return said.startswith(wanted[:-1]) if wanted.endswith("*") else said == wanted


def spot(rect: QRect, widget: QWidget) -> str:
    """Return the middle of what can be seen of a part of a widget, on the screen; "" when nothing can."""
    seen = widget.visibleRegion().boundingRect().intersected(rect)
    if seen.isEmpty():
        return ""
    at = widget.mapToGlobal(seen.center())
    return f"{at.x()} {at.y()}"


def where(name: str) -> str:
    popup = QApplication.activePopupWidget()
    if isinstance(popup, QMenu):
        for action in popup.actions():
            if action.isEnabled() and fits(action.text().replace("&&", "&"), name):
                return spot(popup.actionGeometry(action), popup)
        return ""
    return next((found for w in controls() if fits(name_of(w), name) and (found := spot(w.rect(), w))), "")


def cells(text: str) -> Iterator[tuple[QAbstractItemView, QModelIndex]]:
    for widget in controls():
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            model = widget.model()
            for row in range(min(200, model.rowCount())):
                for column in range(model.columnCount()):
                    index = model.index(row, column)
                    if fits(str(index.data() or ""), text):
                        yield widget, index


def cell(text: str) -> str:
    """Return where a cell or a line of a list is, by its text."""
    return next((found for v, i in cells(text) if (found := spot(v.visualRect(i), v.viewport()))), "")


def cell_of(text: str) -> str:
    """Return the row and column of a cell, by its text."""
    return next((f"{i.row()} {i.column()}" for _, i in cells(text)), "")


def step_cards() -> list[Any]:
    """Return the cards of the steps from top to bottom."""
    return sorted((w for w in controls() if type(w).__name__ == CARD), key=lambda w: w.mapToGlobal(QPoint(0, 0)).y())


def title_of(card: QWidget) -> str:
    return name_of(card).partition(",")[0]


def handle(title: str) -> str:
    """Return where a step's card is dragged by."""
    return next((spot(c.handle.rect(), c.handle) for c in step_cards() if title_of(c) == title), "")


def card(place: str) -> str:
    """Return where the card at a place is, counted from 0."""
    found = step_cards()
    return spot(found[int(place)].rect(), found[int(place)]) if int(place) < len(found) else ""


def focus() -> str:
    """Return what a key would go to: an open menu's line, a list's line, or a control."""
    popup = QApplication.activePopupWidget()
    if isinstance(popup, QMenu):
        action = popup.activeAction()
        return action.text().replace("&&", "&") if action else "menu"
    widget = QApplication.focusWidget()
    return name_of(widget)


def beside(name: str) -> str:
    """Return the arrow that leads to a choice beside the one that has the focus, if only one of them can be taken."""
    widget = QApplication.focusWidget()
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    wanted = next((x for x in group.buttons() if fits(name_of(x), name)), None) if group and group.exclusive() else None
    if wanted is None or wanted is widget:
        return ""
    way = wanted.mapToGlobal(QPoint(0, 0)) - widget.mapToGlobal(QPoint(0, 0))
    if abs(way.x()) > abs(way.y()):
        return "Right" if way.x() > 0 else "Left"
    return "Down" if way.y() > 0 else "Up"


def popup() -> str:
    """Return what is open over the window: "menu", "list", "panel" or nothing."""
    found = QApplication.activePopupWidget()
    if found is None:
        return ""
    if isinstance(found, QMenu):
        return "menu"
    return "list" if found.findChild(QListView) is not None else "panel"


def current() -> QModelIndex:
    """Return the current cell of the list that has the focus or is open."""
    found = QApplication.activePopupWidget()
    view = found.findChild(QListView) if found is not None else QApplication.focusWidget()
    return view.currentIndex() if isinstance(view, QAbstractItemView) else QModelIndex()


def place() -> str:
    """Return the current cell's text."""
    return str(current().data() or "")


def cell_at() -> str:
    """Return the current cell's row and column."""
    return f"{current().row()} {current().column()}"


def identity() -> str:
    """Return what tells one focus from another of the same name."""
    return f"{id(QApplication.focusWidget())} {focus()} {cell_at()}"


def written() -> str:
    """Return what stands in the field that has the focus, with variables as they are stored."""
    widget = QApplication.focusWidget()
    if isinstance(widget, TextField):
        return widget.source
    if isinstance(widget, QTextEdit):
        return widget.toPlainText()
    return widget.text() if isinstance(widget, QLineEdit) else ""


def is_in_front() -> str:
    """Return whether keys go to this program."""
    return "yes" if QApplication.activeWindow() is not None else ""


def text() -> str:
    """Return all words on the screen: for the message of a test that misses some."""
    return " | ".join(x.text() for root in roots() for x in root.findChildren(QLabel) if x.isVisible())


def said(fragment: str) -> str:
    """Return the whole of the first words on the screen that hold a fragment."""
    for root in roots():
        for label in root.findChildren(QLabel):
            if label.isVisible() and fragment in label.text():
                return label.text()
        for button in root.findChildren(QAbstractButton):
            if button.isVisible() and fragment in button.text():
                return button.text()
    return ""


def cards() -> str:
    """Return the titles of the steps' cards from top to bottom."""
    return " | ".join(map(title_of, step_cards()))


def drop(path: str) -> str:
    target = window()
    assert target is not None
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


def ready(found: MainWindow) -> str:
    """Return the screen that is shown, once every screen is there."""
    from gui.screens import SCREENS

    return found.shown_screen if len(found._pages) == len(SCREENS) else ""


def names() -> str:
    """Return what can be pressed: for the message of a test that finds nothing."""
    return " | ".join(dict.fromkeys(name_of(w) for w in controls()))


def answer(words: list[str]) -> str:
    found = window()
    if found is None:
        return ""
    known: dict[str, Callable[..., str]] = {
        "screen": lambda: found.shown_screen,
        "ready": lambda: ready(found),
        "band": lambda: found.band.words if found.band is not None else "",
        "toast": lambda: found.toast.words if found.toast.isVisible() else "",
        "pid": lambda: str(os.getpid()),
    }
    others = (
        where, cell, cell_of, cell_at, handle, card, cards, focus, beside, place, identity, popup, written, is_in_front,
        said, text, drop, names,
    )  # fmt: skip
    known.update({work.__name__: work for work in others})
    return known[words[0]](*words[1:])


def listen(name: str) -> QLocalServer:
    server = QLocalServer()

    def on_line(socket: QLocalSocket) -> None:
        while socket.canReadLine():
            line = json.loads(bytes(socket.readLine().data()))
            socket.write(json.dumps(answer(line)).encode() + b"\n")

    def on_connected() -> None:
        socket = server.nextPendingConnection()
        socket.readyRead.connect(lambda: on_line(socket))

    server.newConnection.connect(on_connected)
    if not server.listen(str(Path(os.environ[SOCKETS]) / name)):
        raise OSError(server.errorString())
    return server


def run() -> int:
    from gui import app

    real_init = app.WindowLife.__init__

    def init(self: Any, *arguments: Any) -> None:
        real_init(self, *arguments)
        self.probe = listen("practice" if "--demo" in sys.argv else "window")

    app.WindowLife.__init__ = init
    processes.program = lambda: [sys.executable, str(Path(__file__).resolve())]
    return program.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run())
