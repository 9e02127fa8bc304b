"""A text as one person will get it: title, what is to be known about it, the text; or a field to change it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from engine.domain import templates
from gui import formatting as say
from gui.state.reading import TextWords
from gui.widgets.basics import Button, column, row
from gui.widgets.words import Chip, Words

FIELD_PX = 190


class TextField(QTextEdit):
    """Plain text; Ctrl+Enter keeps, Esc leaves."""

    keep_requested = Signal()
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hear the two ways out."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (
            event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self.keep_requested.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep Esc for the field while it is written in."""
        if event.type() is QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined]
            event.accept()
            return True
        return super().event(event)


class ReadText(QWidget):
    """Wishes to keep another text for this person, or the campaign's again."""

    own_written = Signal(str, str)
    own_dropped = Signal(str)
    fix_requested = Signal(str)
    left = Signal()

    def __init__(self, words: TextWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = words
        whole, head = column(self, gap=6), row(gap=8)
        head.addWidget(Words(words.title, "strong"))
        if words.chip:
            head.addWidget(Chip(words.chip, "warning" if words.is_held else "accent"))
        head.addStretch(1)
        self.edit = Button(f"Change it for {words.who} only", look="link")
        self.edit.clicked.connect(self.begin)
        self.drop = Button("Back to the campaign’s text", look="link")
        self.drop.clicked.connect(lambda: self.own_dropped.emit(words.step))
        self.fix = Button("Mend it in the sequence", look="link")
        self.fix.clicked.connect(lambda: self.fix_requested.emit(words.step))
        for button in (self.drop, self.fix, self.edit):
            head.addWidget(button)
        whole.addLayout(head)
        self.note = Words(words.note, "warning", wraps=True)
        whole.addWidget(self.note)
        self.bubble = QFrame()
        self.bubble.setProperty("card", "bubble")
        inner = column(self.bubble, gap=0, margins=(14, 12, 14, 12))
        self.text = Words(words.text, wraps=True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        inner.addWidget(self.text)
        whole.addWidget(self.bubble)
        parts = (
            (self.edit, words.can_edit),
            (self.drop, words.is_own),
            (self.fix, words.is_held and not words.is_own),
            (self.note, words.note),
            (self.bubble, words.text),
        )
        for part, is_there in parts:
            part.setVisible(bool(is_there))
        self.field: TextField | None = None
        self._whole = whole

    @property
    def is_editing(self) -> bool:
        """Whether the field is open."""
        return self.field is not None

    def begin(self) -> None:
        """Open the field with the text as it is."""
        if self.field is not None or not self.words.can_edit:
            return
        self.field = TextField()
        self.field.setAcceptRichText(False)
        self.field.setTabChangesFocus(True)
        self.field.setPlainText(self.words.text)
        self.field.setMinimumHeight(FIELD_PX)
        self.field.setAccessibleName(f"{self.words.title} for {self.words.who} only")
        self.field.keep_requested.connect(self._keep)
        self.field.left.connect(self._leave)
        self.field.textChanged.connect(self._match)
        self._foot = QWidget()
        foot = row(self._foot, gap=8)
        self.count = Words(look="small")
        self.keep = Button(f"Keep for {self.words.who}", is_primary=True)
        leave = Button("Cancel")
        self.keep.clicked.connect(self._keep)
        leave.clicked.connect(self._leave)
        foot.addWidget(self.count, 1)
        for part in (leave, self.keep):
            foot.addWidget(part)
        self.bubble.hide()
        self.edit.hide()
        for part in (self.field, self._foot):
            self._whole.addWidget(part)
            part.show()
        self._match()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.field.moveCursor(QTextCursor.MoveOperation.End)

    def _match(self) -> None:
        assert self.field is not None
        text = self.field.toPlainText()
        checked = templates.plain(text)
        problem = checked.reason if isinstance(checked, templates.HeldText) else None
        problem = problem or templates.length_problem(text, self.words.limit)
        chars = templates.length(text).utf16_units
        count = f"{say.count(chars, 'character', 'characters')}, limit {say.number(self.words.limit)}"
        self.count.say(say.sentence(problem) if problem else count)
        self.count.set_look("warning" if problem else "small")
        self.keep.setEnabled(not problem)

    def _keep(self) -> None:
        if self.field is not None and self.keep.isEnabled():
            self.own_written.emit(self.words.step, self.field.toPlainText())

    def _leave(self) -> None:
        assert self.field is not None
        for part in (self.field, self._foot):
            self._whole.removeWidget(part)
            part.hide()
            part.deleteLater()
        self.field = None
        self.bubble.setVisible(bool(self.words.text))
        self.edit.setVisible(self.words.can_edit)
        self.left.emit()
