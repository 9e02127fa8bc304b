"""A new data folder: what Leadloom is in one sentence, and the three ways in."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.session import Session
from gui.sheets.connect_sheet import open_connect_sheet
from gui.widgets.basics import Button, Card, column, row
from gui.widgets.words import Words

WAY_PX = 300
WIDEST_PX = 960


class FirstRun(QWidget):
    """Three cards, the easiest first."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        whole = column(self, gap=14, margins=(24, 18, 24, 18))
        whole.addStretch(2)
        inner = QWidget()
        inner.setMaximumWidth(WIDEST_PX)
        lines = column(inner, gap=10)
        lines.addWidget(Words("Welcome to Leadloom", "page"))
        lines.addWidget(
            Words(
                "Choose a list of people, read exactly what each of them will get, press Start. Leadloom sends at human"
                " pace inside working hours, stops at once when somebody answers, and never sends anything twice.",
                wraps=True,
            )
        )
        ways = row(gap=14)
        self.practice = self._way(
            ways,
            "Try it",
            "A simulated LinkedIn with a month behind it. Watch a campaign in minutes. Nobody real gets anything.",
            "Open the practice account",
            is_primary=True,
        )
        self.connect_button = self._way(
            ways,
            "Connect LinkedIn",
            "Through Unipile, a paid service that reaches LinkedIn for you. You need its address and an access token.",
            "Connect LinkedIn…",
        )
        self.importing = self._way(
            ways,
            "Bring your leads",
            "Drop a CSV anywhere on this window: an export of LinkedIn, Sales Navigator, Apollo, or your own sheet.",
            "Choose a file…",
        )
        lines.addSpacing(6)
        lines.addLayout(ways)
        holder = row()
        holder.addStretch(1)
        holder.addWidget(inner, 8)
        holder.addStretch(1)
        whole.addLayout(holder)
        whole.addStretch(3)
        self.practice.clicked.connect(self._open_practice)
        self.connect_button.clicked.connect(self._connect)
        self.importing.clicked.connect(session.choose_file)

    def _way(self, ways: QHBoxLayout, title: str, words: str, button: str, *, is_primary: bool = False) -> Button:
        card = Card(title)
        card.setMinimumWidth(WAY_PX * 2 // 3)
        text = Words(words, "muted", wraps=True)
        card.body.addWidget(text)
        card.body.addSpacing(8)
        card.body.addStretch(1)
        pressed = Button(button, is_primary=is_primary)
        card.body.addWidget(pressed)
        ways.addWidget(card, 1)
        return pressed

    def _open_practice(self) -> None:
        self._session.open_practice()
        self._session.toast.tell("The practice account opens in a window of its own.")

    def _connect(self) -> None:
        open_connect_sheet(self._session, self)
