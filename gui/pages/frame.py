"""The outline that pages share: a heading with actions at the right, and what is below."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from gui.widgets.basics import column, row
from gui.widgets.words import OneLine, Words

MARGINS = (24, 18, 24, 18)


class Page(QWidget):
    """A screen; `head` takes what stands right of the title, `body` the rest."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        whole = column(self, gap=14, margins=MARGINS)
        self.head = row(gap=10)
        self.title, self.subtitle = Words(title, "page"), OneLine(look="muted")
        self.head.addWidget(self.title)
        self.head.addWidget(self.subtitle, 1)
        whole.addLayout(self.head)
        self.body = column(gap=14)
        whole.addLayout(self.body, 1)
