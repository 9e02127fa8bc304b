"""Short words over the page: what was done, or what went wrong and what to do."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from gui.widgets.basics import Button, row
from gui.widgets.words import Words

SHOWN_MS = 6000
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
        self._close = Button("Close", says="Close this notice", is_small=True)
        self._close.clicked.connect(self.hide)
        line.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    @property
    def words(self) -> str:
        """What is shown, or was last."""
        return self._words.text()

    def tell(self, words: str) -> None:
        """Say what was done; it goes by itself."""
        self._show(words, "plain")
        self._timer.start()

    def warn(self, words: str) -> None:
        """Say what went wrong; it stays."""
        self._timer.stop()
        self._show(words, "trouble")

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Stay at the bottom when the window changes its size."""
        if event.type() is QEvent.Type.Resize:
            self._place()
        return False

    def _show(self, words: str, kind: str) -> None:
        self._words.setText(words)
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
