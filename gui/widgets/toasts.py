"""Short words over the page: what was done, or what went wrong and what to do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QApplication, QFrame, QSizePolicy, QWidget

from gui.widgets.basics import Button, row
from gui.widgets.words import Words

SHOWN_MS = 6000
UNDO_KEYS = "Ctrl+U"
WIDTH_PX = 460
MARGIN_PX = 16


class Toast(QFrame):
    """One at a time, at the bottom of its parent; trouble stays until it is closed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("card", "plain")
        self.setFixedWidth(WIDTH_PX)
        line = row(self, gap=12, margins=(14, 10, 10, 10))
        self._words = Words(wraps=True)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        line.addWidget(self._words, 1)
        self.undo = Button("Undo", is_small=True)
        self.undo.clicked.connect(self._on_undo)
        self.undo.setToolTip(UNDO_KEYS)
        self.undo.hide()
        line.addWidget(self.undo, 0, Qt.AlignmentFlag.AlignTop)
        self._take_back: Callable[[], None] | None = None
        self._close = Button("Close", says="Close this notice", is_small=True)
        self._close.clicked.connect(self.hide)
        line.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._timer.timeout.connect(self._on_time)
        parent.installEventFilter(self)
        self.hide()

    @property
    def words(self) -> str:
        """What is shown, or was last."""
        return self._words.text()

    def tell(self, words: str, *, undo: Callable[[], None] | None = None) -> None:
        """Say what was done, with a way to take it back if there is one; it goes by itself."""
        self._take_back = undo
        self._show(words, "plain")
        self._timer.start()

    def report(self, words: str) -> None:
        """Say how something went that took a while; it stays until it is closed."""
        self._timer.stop()
        self._take_back = None
        self._show(words, "plain")

    def warn(self, words: str) -> None:
        """Say what went wrong; it stays."""
        self._timer.stop()
        self._take_back = None
        self._show(words, "trouble")

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Stay at the bottom when the window changes its size."""
        if event.type() is QEvent.Type.Resize:
            self._place()
        return False

    def _on_time(self) -> None:
        """Go, unless somebody is at it: the mouse over it, or the focus in it."""
        focused = QApplication.focusWidget()
        if self.underMouse() or (focused is not None and self.isAncestorOf(focused)):
            self._timer.start()
        else:
            self.hide()

    def _on_undo(self) -> None:
        take_back, self._take_back = self._take_back, None
        self.hide()
        if take_back is not None:
            take_back()

    def _show(self, words: str, kind: str) -> None:
        self._words.setText(words)
        self.undo.setVisible(self._take_back is not None)
        self.setProperty("card", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        self.setAccessibleName(words)
        self.show()
        self._place()
        self.raise_()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _place(self) -> None:
        self.adjustSize()
        parent = self.parentWidget()
        self.move(parent.width() - self.width() - MARGIN_PX, parent.height() - self.height() - MARGIN_PX)
