"""What can be done with the rows that are chosen, and how far it is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from gui import formatting as say
from gui.widgets.basics import Button, row
from gui.widgets.words import Words


class BulkBar(QFrame):
    """Shown while several rows are chosen; wishes only."""

    exclude_requested = Signal()
    add_requested = Signal()
    take_out_requested = Signal()
    merge_requested = Signal()
    none_requested = Signal()
    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "plain")
        self.setAccessibleName("Chosen rows")
        line = row(self, gap=8, margins=(12, 5, 8, 5))
        self.words = Words(look="strong")
        line.addWidget(self.words)
        line.addStretch(1)
        self.exclude = Button("Exclude…", says="Exclude the chosen people", is_small=True)
        self.add = Button("Add to campaign…", says="Add the chosen people to a campaign", is_small=True)
        self.take_out = Button("Take out", says="Take the chosen people out of campaigns not started", is_small=True)
        self.merge = Button("Same person…", says="Make one lead of the two chosen ones", is_small=True)
        self.none = Button("Choose none", is_small=True)
        self.stop = Button("Stop", says="Stop what is being done", is_small=True)
        for button, wish in (
            (self.exclude, self.exclude_requested),
            (self.add, self.add_requested),
            (self.take_out, self.take_out_requested),
            (self.merge, self.merge_requested),
            (self.none, self.none_requested),
            (self.stop, self.stop_requested),
        ):
            button.clicked.connect(wish)
            line.addWidget(button)
        self._is_busy, self._count = False, 0
        self.show_count(0)

    def show_count(self, count: int) -> None:
        """Show how many rows are chosen; one alone is no crowd."""
        self._count = count
        if not self._is_busy:
            self.words.say(f"{say.number(count)} chosen")
            self.setVisible(count > 1)
            self._match()

    def show_progress(self, done: int, of: int) -> None:
        """Show how far it is."""
        self._is_busy = True
        self.words.say(f"{say.number(done)} of {say.number(of)} done…")
        self.show()
        self._match()

    def end_progress(self) -> None:
        """It is over."""
        self._is_busy = False

    def _match(self) -> None:
        for button in (self.exclude, self.add, self.take_out, self.none):
            button.setVisible(not self._is_busy)
        self.merge.setVisible(not self._is_busy and self._count == 2)
        self.stop.setVisible(self._is_busy)
