"""Save a changed sequence of a started campaign: who is affected how, and for whom it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QRadioButton, QWidget

from engine.domain.sequence_change import Effect
from engine.domain.sequences import Sequence
from gui import formatting as say
from gui.error_text import ErrorText
from gui.session import Session
from gui.sheets.sheet import Sheet
from gui.widgets.basics import Button, column
from gui.widgets.words import Words

if TYPE_CHECKING:
    from engine.services.sequence_changes import ChangePreview, SavedChange

NAMED = 3
EFFECT_WORDS = {
    Effect.NEXT_CHANGED: "For {}, what comes next is different",
    Effect.NEXT_REMOVED: "For {}, the step that comes next is gone",
    Effect.SAME: "For {}, a later step is different",
    Effect.PAST: "{} are past what was changed",
}
KEPT = "What was delivered stays delivered, and no step happens to anybody twice. You can undo this right after."


class ChangeSheet(Sheet):
    """Reads who is affected, asks once, saves; `saved` brings the version that was made."""

    saved = Signal(object)

    def __init__(self, session: Session, campaign_id: int, sequence: Sequence, parent: QWidget) -> None:
        super().__init__("Save the changed sequence", parent)
        self._session, self._changes = session, session.engine.services.sequence_changes
        self._campaign_id, self._sequence = campaign_id, sequence
        self.lines: list[Words] = []
        self._said = column(gap=6)
        self.body.addLayout(self._said)
        self.for_all = QRadioButton("Use it for everybody who isn’t past it, and for new leads")
        self.for_new = QRadioButton("Use it for new leads only")
        self.for_all.setChecked(True)
        for button in (self.for_all, self.for_new):
            self.body.addWidget(button)
            button.hide()
        self.body.addWidget(Words(KEPT, "muted", wraps=True))
        self.leave, self.save = Button("Cancel"), Button("Save", is_primary=True)
        self.leave.clicked.connect(self.reject)
        self.save.clicked.connect(self._save)
        for button in (self.leave, self.save):
            self.buttons.addWidget(button)
        self.save.setEnabled(False)
        session.commands.run_command(
            self._changes.preview(campaign_id, sequence),
            name="look at a change",
            on_done=self._show,
            on_failed=self.show_error,
        )

    def _show(self, preview: ChangePreview) -> None:
        for effect, count in preview.counts.items():
            if count:
                names = [person.name for person in preview.people if person.effect is effect][:NAMED]
                self._line(effect_words(effect, count, names))
        if not self.lines:
            self._line("Nobody is in the middle of it: it is used for whoever is started from now on.")
        if preview.open_rows:
            people = say.count(preview.open_rows, "person", "people")
            self._line(f"A send to {people} is under way or not clear yet: it is finished in its old text first.")
        for button in (self.for_all, self.for_new):
            button.setVisible(any(preview.counts.values()))
        self.save.setEnabled(True)
        (self.for_all if any(preview.counts.values()) else self.leave).setFocus()
        self.fit()

    def _line(self, words: str) -> None:
        line = Words(words, wraps=True)
        self.lines.append(line)
        self._said.addWidget(line)

    def _save(self) -> None:
        self.is_held = True
        work = self._changes.save(self._campaign_id, self._sequence, for_new_only=self.for_new.isChecked())
        self._session.commands.run_command(
            work, name="save a change", busy=self.save, on_done=self._on_saved, on_failed=self._on_failed
        )

    def _on_saved(self, done: SavedChange) -> None:
        self.is_held = False
        self.accept()
        self.saved.emit(done)

    def _on_failed(self, error: ErrorText) -> None:
        self.is_held = False
        self.show_error(error)


def effect_words(effect: Effect, count: int, names: list[str]) -> str:
    """Return what a change means for so many people, some of them by name."""
    words = EFFECT_WORDS[effect].format(say.count(count, "person", "people"))
    if effect is Effect.PAST and count == 1:
        words = words.replace(" are ", " is ")
    shown = ", ".join(name for name in names if name)
    more = count - len(names)
    whom = f" ({shown}{f' and {say.number(more)} more' if more else ''})" if shown else ""
    return f"{words}{whom}."
