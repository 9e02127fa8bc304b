"""The base of every dialog: a title, a body, an error line, and buttons. Opened with open(), never exec()."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QWidget

from gui.error_text import ErrorText
from gui.widgets.basics import column, row
from gui.widgets.words import Words

DETAILS_SHOWN = 6


class Sheet(QDialog):
    """A dialog over its window; its caller deletes it when `finished` comes."""

    def __init__(self, title: str, parent: QWidget, *, width: int = 560) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setMinimumWidth(width)
        self.setMaximumWidth(max(width, 760))
        self.is_held = False
        whole = column(self, gap=12, margins=(24, 20, 24, 20))
        self.title = Words(title, "page", wraps=True)
        whole.addWidget(self.title)
        self.body = column(gap=8)
        whole.addLayout(self.body)
        whole.addStretch(1)
        self.trouble = Words(look="trouble", wraps=True)
        self.trouble.hide()
        whole.addWidget(self.trouble)
        self.buttons = row(gap=10)
        self.buttons.addStretch(1)
        whole.addLayout(self.buttons)

    def show_error(self, error: ErrorText | None) -> None:
        """Say what is wrong, or nothing."""
        lines = [error.sentence, *error.details[:DETAILS_SHOWN]] if error else []
        if error and len(error.details) > DETAILS_SHOWN:
            lines.append(f"and {len(error.details) - DETAILS_SHOWN} more")
        self.trouble.setText("\n".join(lines))
        self.trouble.setVisible(bool(lines))
        self.trouble.setAccessibleName(self.trouble.text())
        self.fit()

    def fit(self) -> None:
        """Be as large as the words need, once what was just put in has its style."""
        QTimer.singleShot(0, self, self._fit_height)

    def _fit_height(self) -> None:
        layout = self.layout()
        for inner in self.findChildren(QWidget):
            # What a part inside a part needs is kept at each level until an event has gone up all of them.
            if (held := inner.layout()) is not None:
                held.invalidate()
                inner.updateGeometry()
        layout.invalidate()
        layout.activate()
        width = min(max(self.width(), layout.totalMinimumSize().width()), self.maximumWidth())
        height = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else -1
        self.resize(width, max(height, self.minimumSizeHint().height()))

    def showEvent(self, event: QShowEvent) -> None:
        """Fit when shown."""
        super().showEvent(event)
        self.fit()

    def reject(self) -> None:
        """Close, unless something is being written."""
        if not self.is_held:
            super().reject()
