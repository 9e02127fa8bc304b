"""One step as a card: what it is, when it comes, how it begins. Dragged by its handle, or moved by Alt and an arrow."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from gui import theme
from gui.state.sequence_words import CardWords
from gui.widgets.basics import column, row
from gui.widgets.words import OneLine, Words

DOT_PX, DOTS = 2, ((0, 0), (0, 4), (0, 8), (5, 0), (5, 4), (5, 8))
HANDLE = QSize(18, 20)


class Handle(QWidget):
    """Six dots to drag a card by."""

    moved = Signal(int)
    """The pointer's height on the screen."""
    dropped = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(HANDLE)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setToolTip("Drag to reorder, or press Alt and an arrow")
        self._is_dragged = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag."""
        self._is_dragged = event.button() == Qt.MouseButton.LeftButton
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell where the pointer is."""
        if self._is_dragged:
            self.moved.emit(event.globalPosition().toPoint().y())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Drop the card."""
        if self._is_dragged:
            self._is_dragged = False
            self.dropped.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the dots."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("edge"))
        for x, y in DOTS:
            painter.drawEllipse(4 + x, 5 + y, DOT_PX, DOT_PX)


class StepCard(QFrame):
    """Shows a step; wishes to be shown, moved by so many places, or removed."""

    chosen = Signal(str)
    move_wished = Signal(str, int)
    remove_wished = Signal(str)
    neighbour_wished = Signal(str, int)
    dragged = Signal(str, int)
    dropped = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "step")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.key = ""
        self.is_editable = True
        line = row(self, gap=6, margins=(8, 8, 12, 8))
        self.handle = Handle(self)
        line.addWidget(self.handle, 0, Qt.AlignmentFlag.AlignTop)
        lines, top = column(gap=3), row(gap=8)
        self.title, self.wait = Words(look="strong"), OneLine(look="small")
        self.wait.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.summary, self.trouble = OneLine(look="small"), Words(look="warning", wraps=True)
        top.addWidget(self.title)
        top.addWidget(self.wait, 1)
        lines.addLayout(top)
        lines.addWidget(self.summary)
        lines.addWidget(self.trouble)
        line.addLayout(lines, 1)
        self.handle.moved.connect(lambda y: self.dragged.emit(self.key, y))
        self.handle.dropped.connect(lambda: self.dropped.emit(self.key))

    def show_words(self, words: CardWords, *, is_chosen: bool, is_editable: bool) -> None:
        """Show a step."""
        self.key, self.is_editable = words.key, is_editable
        self.title.say(words.title)
        self.wait.say(words.wait)
        self.summary.say(words.summary)
        self.trouble.say(words.trouble)
        self.trouble.setVisible(bool(words.trouble))
        self.handle.setVisible(is_editable)
        said = (words.title, words.wait, words.summary, words.trouble, words.below)
        self.setAccessibleName(", ".join(part for part in said if part))
        self.setAccessibleDescription("Alt and an arrow moves the step, Delete removes it" if is_editable else "")
        if bool(self.property("chosen")) is not is_chosen:
            self.setProperty("chosen", is_chosen)
            self.style().unpolish(self)
            self.style().polish(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose it."""
        super().mousePressEvent(event)
        self.chosen.emit(self.key)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Choose what is reached by the keyboard."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.chosen.emit(self.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, remove, go to the neighbour."""
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        is_alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
        if by and is_alt:
            if self.is_editable:
                self.move_wished.emit(self.key, by)
        elif by and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.neighbour_wished.emit(self.key, by)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            if self.is_editable:
                self.remove_wished.emit(self.key)
        else:
            super().keyPressEvent(event)
