"""Around the texts of a read-through: who they are for, the keys below, and the card at the end."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from gui.widgets.basics import Button, Card, column, row
from gui.widgets.words import OneLine, Words


class PersonHead(QWidget):
    """Name, what they do, and who gets the same; wishes to see another of those."""

    another_requested = Signal()

    def __init__(self, name: str, about: str, others: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = column(self, gap=2)
        for words, look in ((name, "page"), (about, "muted")):
            line = OneLine(look=look)
            line.say(words)
            lines.addWidget(line)
        if others:
            more = row(gap=8)
            more.addWidget(Words(others, "small"))
            self.another = Button("Show another of them", look="link")
            self.another.clicked.connect(self.another_requested)
            more.addWidget(self.another)
            more.addStretch(1)
            lines.addLayout(more)


class EndCard(Card):
    """What was read, and the way to Start if anybody can be contacted."""

    start_requested = Signal()
    leave_requested = Signal()

    def __init__(self, title: str, words: str, *, can_start: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setAccessibleName(title)
        self.body.addWidget(Words(title, "page", wraps=True))
        self.body.addWidget(Words(words, wraps=True))
        line = row(gap=10)
        self.start, self.leave = Button("Start…", is_primary=True), Button("Back to the campaign")
        self.start.clicked.connect(self.start_requested)
        self.leave.clicked.connect(self.leave_requested)
        self.first = self.start if can_start else self.leave
        line.addWidget(self.start)
        line.addWidget(self.leave)
        line.addStretch(1)
        self.body.addLayout(line)
        self.start.setVisible(can_start)


class ReadFoot(QWidget):
    """What can be done with the person that is shown, each with its key."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        foot = row(self, gap=10)
        self.back = Button("\u2190  Back", says="Back, left arrow")
        self.edit = Button("Change only this one  E", says="Change the text for this person only, E")
        self.out = Button("Leave out  X", says="Leave this person out of the campaign, X", is_decision=True)
        self.next = Button("Next  Space", says="Next, space", is_primary=True)
        for button in (self.back, self.next, self.edit, self.out):
            foot.addWidget(button)
        foot.addStretch(1)  # notices with Undo come up at the right

    def set_active(self, is_active: bool) -> None:
        """Offer everything, or nothing."""
        for button in (self.back, self.edit, self.out, self.next):
            button.setEnabled(is_active)
