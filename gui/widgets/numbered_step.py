"""One of several numbered steps of a sheet: a number that becomes a tick, a title, and what there is to do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from gui.widgets.basics import column, row
from gui.widgets.words import Chip, OneLine, Words

CHIP_PX = 30
DONE = "✓"


class NumberedStep(QWidget):
    """Open while it is to be done; closed it is one line that says what came of it."""

    def __init__(self, number: int, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = number
        self.setAccessibleName(f"Step {number}: {title}")
        whole = column(self, gap=4)
        head = row(gap=10)
        self.mark = Chip(str(number))
        self.mark.setFixedWidth(CHIP_PX)
        self.mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.summary = OneLine(look="muted")
        head.addWidget(self.mark)
        head.addWidget(Words(title, "strong"))
        head.addWidget(self.summary, 1)
        whole.addLayout(head)
        self._inner = QWidget()
        self.body = column(self._inner, gap=4, margins=(CHIP_PX + 10, 0, 0, 4))
        whole.addWidget(self._inner)

    def show_state(self, *, is_open: bool, is_done: bool = False, summary: str = "") -> None:
        """Open or close it, tick it, and say in a word what came of it."""
        self._inner.setVisible(is_open)
        self.mark.say(DONE if is_done else str(self._number))
        self.mark.set_kind("accent" if is_open or is_done else "plain")
        self.mark.setAccessibleName(f"Step {self._number}{', done' if is_done else ''}")
        self.summary.say("" if is_open else summary)
