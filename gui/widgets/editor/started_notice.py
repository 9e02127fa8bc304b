"""Says why a sequence can't be changed here, and offers the way that there is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from gui.widgets.basics import Button, Card, row
from gui.widgets.words import Words

NOT_EDITABLE = "This campaign has been started, so its sequence is shown as it is sent. To change it, duplicate it."


class StartedNotice(Card):
    """Shown above the sequence of a campaign that was started."""

    duplicate_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setAccessibleName(NOT_EDITABLE)
        line = row(gap=12)
        line.addWidget(Words(NOT_EDITABLE, wraps=True), 1)
        self.duplicate = Button("Duplicate as a draft")
        self.duplicate.clicked.connect(self.duplicate_requested)
        line.addWidget(self.duplicate)
        self.body.addLayout(line)
