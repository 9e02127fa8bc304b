"""What is asked before something is done to chosen people: why they are excluded, to which campaign they are added."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from gui import formatting as say
from gui.sheets.sheet import Sheet
from gui.widgets.basics import Button
from gui.widgets.words import Words

LONGEST_REASON_CHARS = 200


class ExcludeSheet(Sheet):
    """Asks for the reason; `confirmed` brings it."""

    confirmed = Signal(str)

    def __init__(self, who: str, parent: QWidget) -> None:
        super().__init__(f"Exclude {say.short(who)}", parent)
        words = (
            "Nothing more is sent to them in any campaign that they are in. What was sent stays sent. You can undo it "
            "right after. To keep somebody out of later lists too, open them and choose “Never contact…”."
        )
        self.body.addWidget(Words(words, wraps=True))
        self.body.addWidget(Words("Why?", "head"))
        self.reason = QLineEdit()
        self.reason.setMaxLength(LONGEST_REASON_CHARS)
        self.reason.setAccessibleName("Why they are excluded")
        self.reason.setPlaceholderText("For example: a customer already")
        self.body.addWidget(self.reason)
        self.leave, self.go = Button("Cancel"), Button("Exclude", is_primary=True)
        self.leave.clicked.connect(self.reject)
        self.go.clicked.connect(self._confirm)
        self.reason.returnPressed.connect(self._confirm)
        self.reason.textChanged.connect(lambda text: self.go.setEnabled(bool(text.strip())))
        self.go.setEnabled(False)
        for button in (self.leave, self.go):
            self.buttons.addWidget(button)
        self.reason.setFocus()

    def _confirm(self) -> None:
        if self.go.isEnabled():
            reason = self.reason.text()
            self.accept()
            self.confirmed.emit(reason)


class AddSheet(Sheet):
    """Asks for the campaign; `confirmed` brings its id."""

    confirmed = Signal(int)

    def __init__(self, count: int, campaigns: Sequence[tuple[int, str, str]], parent: QWidget) -> None:
        """Offer campaigns: id, name, state."""
        super().__init__(f"Add {say.count(count, 'row', 'rows')} to a campaign", parent)
        self.campaign = QComboBox()
        self.campaign.setAccessibleName("Campaign")
        for campaign_id, name, state in campaigns:
            self.campaign.addItem(f"{name} · {say.STATE_WORDS.get(state, state).lower()}", campaign_id)
        if campaigns:
            words = "They wait for the campaign's next Start: nothing is sent to them before. Who is in it stays in it."
            self.body.addWidget(Words(words, wraps=True))
            self.body.addWidget(self.campaign)
        else:
            self.body.addWidget(Words("There is no campaign that takes leads. Make one under Campaigns.", wraps=True))
        self.leave, self.go = Button("Cancel"), Button("Add", is_primary=True)
        self.leave.clicked.connect(self.reject)
        self.go.clicked.connect(self._confirm)
        self.go.setEnabled(bool(campaigns))
        for button in (self.leave, self.go):
            self.buttons.addWidget(button)

    def _confirm(self) -> None:
        self.accept()
        self.confirmed.emit(int(self.campaign.currentData()))
