"""The do-not-contact list: who is on it, one more, one less; the last change can be taken back at once."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from engine.domain.do_not_contact import LONGEST_ENTRY_CHARS, EntryKind
from gui import formatting as say
from gui.session import Session
from gui.sheets.sheet import Sheet
from gui.widgets.basics import Button, Rule, Scroll, clear, column, row
from gui.widgets.words import Chip, OneLine, Words

if TYPE_CHECKING:
    from engine.services.do_not_contact import Barred

KINDS = {
    EntryKind.PERSON: ("Person", "LinkedIn or e-mail address"),
    EntryKind.COMPANY: ("Company", "Its name, as it stands in your leads"),
    EntryKind.DOMAIN: ("Domain", "Such as acme.com; its sub-domains too"),
}
EXPLAINED = (
    "Whoever is on this list is left out of imports and gets nothing, in any campaign. Removing an entry starts nobody"
    " again by itself."
)
LIST_PX, CHIP_PX = 240, 84


class DoNotContactSheet(Sheet):
    """Shows the list."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__("Do-not-contact list", parent, width=620)
        self._session, self._listing = session, session.engine.services.do_not_contact
        self._take_back: Callable[[], Coroutine[Any, Any, Any]] | None = None
        self.removes: dict[int, Button] = {}
        self.body.addWidget(Words(EXPLAINED, "muted", wraps=True))
        self._build_adding()
        self._build_said()
        inner = QWidget()
        self._lines = column(inner, gap=6, margins=(0, 0, 6, 0))
        self._scroll = Scroll(inner)
        self._scroll.setMinimumHeight(LIST_PX)
        self.body.addWidget(Rule())
        self.body.addWidget(self._scroll, 1)
        self.leave = Button("Close")
        self.leave.clicked.connect(self.reject)
        self.buttons.addWidget(self.leave)
        self._match_kind()
        self.entry.setFocus()
        self._read()

    def _build_adding(self) -> None:
        line = row(gap=8)
        self.kind = QComboBox()
        self.kind.setAccessibleName("What to add")
        for kind, (words, _) in KINDS.items():
            self.kind.addItem(words, str(kind))
        self.kind.currentIndexChanged.connect(lambda _: self._match_kind())
        self.entry = QLineEdit()
        self.entry.setMaxLength(LONGEST_ENTRY_CHARS)
        self.entry.textChanged.connect(lambda text: self.add.setEnabled(bool(text.strip())))
        self.entry.returnPressed.connect(self._add)
        self.add = Button("Add", is_primary=True)
        self.add.setEnabled(False)
        self.add.clicked.connect(self._add)
        line.addWidget(self.kind)
        line.addWidget(self.entry, 1)
        line.addWidget(self.add)
        self.body.addLayout(line)

    def _build_said(self) -> None:
        self._said = QWidget()
        line = row(self._said, gap=10)
        self.said = Words(wraps=True)
        self.undo = Button("Undo", is_small=True, is_decision=True)
        self.undo.clicked.connect(self._undo)
        line.addWidget(self.said, 1)
        line.addWidget(self.undo)
        self._said.hide()
        self.body.addWidget(self._said)

    def _match_kind(self) -> None:
        hint = KINDS[EntryKind(self.kind.currentData())][1]
        self.entry.setPlaceholderText(hint)
        self.entry.setAccessibleName(hint)

    def _read(self) -> None:
        self._session.commands.run_command(
            self._listing.list(), name="read do-not-contact list", on_done=self._show, on_failed=self.show_error
        )

    def _show(self, entries: list[Any]) -> None:
        clear(self._lines)
        self.removes = {}
        for listed in entries:
            line = row(gap=10)
            chip = Chip(KINDS[listed.entry.kind][0])
            chip.setFixedWidth(CHIP_PX)
            line.addWidget(chip)
            line.addWidget(OneLine(listed.entry.shown), 2)
            line.addWidget(OneLine(listed.reason, "muted"), 1)
            says = f"Remove {listed.entry.shown} from the list"
            gone = Button("Remove", says=says, is_small=True, is_decision=True)
            gone.clicked.connect(lambda _=False, listed=listed: self._remove(listed))
            self.removes[listed.id] = gone
            line.addWidget(gone)
            self._lines.addLayout(line)
        if not entries:
            self._lines.addWidget(Words("Nobody is on it yet.", "muted"))
        self._lines.addStretch(1)

    def _add(self) -> None:
        text = self.entry.text()
        if not text.strip():
            return

        def done(barred: Barred) -> None:
            self.entry.clear()
            stopped = f" {say.count(barred.people, 'person was', 'people were')} stopped." if barred.people else ""
            if barred.entries:
                shown = barred.entries[0].entry.shown
                self._say(f"{shown} is on the list.{stopped}", lambda: self._listing.take_back_addition(barred))
            else:
                self._say(f"That was on the list already.{stopped}", None)

        self._run(self._listing.add(self.kind.currentData(), text), self.add, done)

    def _remove(self, listed: Any) -> None:
        words = f"{listed.entry.shown} was taken off. Whom it stopped stays stopped."

        def done(gone: Any) -> None:
            self._say(words, lambda: self._listing.take_back_removal(gone))

        self._run(self._listing.remove(str(listed.id)), None, done)

    def _undo(self) -> None:
        take_back, self._take_back = self._take_back, None
        if take_back is not None:
            self._run(take_back(), None, lambda _: self._say("It was taken back.", None))

    def _run(self, work: Coroutine[Any, Any, Any], busy: Button | None, done: Callable[[Any], None]) -> None:
        def on_done(found: Any) -> None:
            done(found)
            self._read()

        self.show_error(None)
        self._session.commands.run_command(
            work, name="do-not-contact list", busy=busy, on_done=on_done, on_failed=self.show_error
        )

    def _say(self, words: str, take_back: Callable[[], Coroutine[Any, Any, Any]] | None) -> None:
        self._take_back = take_back
        self.said.say(words)
        self.undo.setVisible(take_back is not None)
        self._said.show()
        self.fit()
