"""Says that a sequence is in use, and offers the ways to change it: here, as a new version, or in a copy."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from gui.widgets.basics import Button, Card, row
from gui.widgets.words import Words

IN_USE = "This campaign has been started, so its sequence is shown as it is sent. A change is saved as a new version."
CHANGING = "You are changing a sequence that is in use. Changes are kept, but nobody gets them before you save."
ARCHIVED = "This campaign is archived: its sequence is shown as it was sent. To use it again, duplicate it."


class StartedNotice(Card):
    """Shown above the sequence of a campaign that was started; wishes only."""

    change_requested = Signal()
    save_requested = Signal()
    discard_requested = Signal()
    duplicate_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        line = row(gap=12)
        self.words = Words(wraps=True)
        line.addWidget(self.words, 1)
        self.change = Button("Change it", says="Change the sequence of this started campaign")
        self.save = Button("Save…", says="Save the changed sequence", is_primary=True)
        self.discard = Button("Discard", says="Discard the changes")
        self.duplicate = Button("Duplicate as a draft")
        for button, wish in (
            (self.duplicate, self.duplicate_requested),
            (self.change, self.change_requested),
            (self.discard, self.discard_requested),
            (self.save, self.save_requested),
        ):
            button.clicked.connect(wish)
            line.addWidget(button)
        self.body.addLayout(line)
        self.show_state(can_change=False, is_changing=False, has_changes=False)

    def show_state(self, *, can_change: bool, is_changing: bool, has_changes: bool) -> None:
        """Show what can be done now."""
        self.words.say(CHANGING if is_changing else IN_USE if can_change else ARCHIVED)
        self.setAccessibleName(self.words.text())
        self.change.setVisible(can_change and not is_changing)
        self.duplicate.setVisible(not is_changing)
        self.save.setVisible(is_changing)
        self.discard.setVisible(is_changing)
        self.save.setEnabled(has_changes)
