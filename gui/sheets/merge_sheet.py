"""Asks, of two leads that are one person, which goes on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QLayout, QRadioButton, QWidget

from gui import formatting as say
from gui.sheets.sheet import Sheet
from gui.widgets.basics import Button, column
from gui.widgets.words import Words

WHAT_HAPPENS = (
    "Both histories and conversations are kept, and what this lead lacks is filled in from the other. "
    "In a campaign that both are in, the one that is further goes on; nobody gets anything twice. "
    "You can undo it right after."
)


class MergeSheet(Sheet):
    """`confirmed` brings the lead that goes on and the one that becomes part of it."""

    confirmed = Signal(int, int)

    def __init__(self, pair: Sequence[tuple[int, str, str]], parent: QWidget) -> None:
        """Offer two leads: id, name, and what tells them apart."""
        super().__init__("The same person?", parent)
        self.body.addWidget(Words("Make one lead of these two. Which name and details go on?", wraps=True))
        self._group = QButtonGroup(self)
        self.choices: dict[int, QRadioButton] = {}
        for lead_id, name, details in pair:
            self.body.addLayout(self._line(lead_id, name, details))
        self.body.addWidget(Words(WHAT_HAPPENS, "muted", wraps=True))
        self.leave, self.go = Button("Cancel"), Button("Make one lead", is_primary=True)
        self.leave.clicked.connect(self.reject)
        self.go.clicked.connect(self._confirm)
        for button in (self.leave, self.go):
            self.buttons.addWidget(button)
        first = next(iter(self.choices.values()))
        first.setChecked(True)
        first.setFocus()

    def _line(self, lead_id: int, name: str, details: str) -> QLayout:
        line = column(gap=0)
        button = self.choices[lead_id] = QRadioButton(say.short(name).replace("&", "&&"))
        button.setAccessibleName(f"{name}, {details}")
        self._group.addButton(button)
        line.addWidget(button)
        words = Words(details, "muted", wraps=True)
        words.setContentsMargins(24, 0, 0, 0)
        line.addWidget(words)
        return line

    def _confirm(self) -> None:
        keep = next(lead_id for lead_id, button in self.choices.items() if button.isChecked())
        other = next(lead_id for lead_id in self.choices if lead_id != keep)
        self.accept()
        self.confirmed.emit(keep, other)
