"""The field in which a text is written: variables are chips, the rest is plain; what it holds is always Liquid source.

Undo is the page's: the field only tells that it was wished for. Nothing here judges a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from gui import theme
from gui.state.chip_text import OBJECT, Places, normal, utf16, variable_source
from gui.widgets.editor.chip_object import CHIP_TYPE, ChipObject, chip_format, source_of
from gui.widgets.editor.variable_list import VariableList

LINE_PER_CENT = 135.0
MARGIN_PX = 9
_BEGUN = re.compile(r"\{\{[ ]?([A-Za-z_][\w ]{0,40}|)$")


class TextField(QTextEdit):
    """Shows and takes a text; `edited` brings the whole source after each change by the person."""

    edited = Signal(str)
    undo_requested = Signal()
    redo_requested = Signal()
    chip_chosen = Signal(int)
    """The document's position of a chip that was clicked, or chosen by F2."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptRichText(False)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(MARGIN_PX)
        self._chips = ChipObject(self)
        self.document().documentLayout().registerHandler(CHIP_TYPE, self._chips)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._carrier = _Carrier()
        self._is_filling = False
        self._has_chips = True
        self._source = ""
        self.variables = VariableList(self)
        self.variables.name_chosen.connect(self._complete)
        self.textChanged.connect(self._on_changed)
        self.cursorPositionChanged.connect(self._on_moved)

    # what the page says

    @property
    def source(self) -> str:
        """The text as Liquid."""
        return self._source

    def show_text(self, text: str, caret: int | None = None) -> None:
        """Show a text, with the caret after so many of its code points (None: where it was, as far as possible)."""
        text = normal(text)
        if text == self._source and caret is None:
            return
        offset = min(self.caret_offset(), len(text)) if caret is None else caret
        self._fill(text, offset)

    def show_source(self, is_source: bool) -> None:
        """Show Liquid as it is written, or chips."""
        if self._has_chips is is_source:
            offset = self.caret_offset()
            self._has_chips = not is_source
            self._fill(self._source, offset)

    def set_trouble(self, names: frozenset[str]) -> None:
        """Mark the chips of these variables."""
        if names != self._chips.troubled:
            self._chips.troubled = names
            self.viewport().update()

    def set_marks(self, stretches: Iterable[tuple[int, int]]) -> None:
        """Underline stretches of the source, (start, length) in code points."""
        places = Places(self._source, has_chips=self._has_chips)
        shape = QTextCharFormat()
        shape.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        shape.setUnderlineColor(theme.colour("warning"))
        selections = []
        for start, length in stretches:
            position, units = places.stretch(start, length)
            if units == 1 and self.chip_at(position):
                continue  # a chip shows its trouble itself
            chosen = QTextEdit.ExtraSelection()
            chosen.cursor = self._cursor(position, position + units)
            chosen.format = shape
            selections.append(chosen)
        self.setExtraSelections(selections)

    def insert_variable(self, name: str) -> None:
        """Put a variable where the caret is."""
        self._insert(variable_source(name), self.textCursor())
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def chip_at(self, position: int) -> str:
        """Return the Liquid of the chip at a position, or ""."""
        if not 0 <= position < self.document().characterCount() - 1:
            return ""
        return source_of(self._cursor(position + 1).charFormat())

    def replace_chip(self, position: int, source: str) -> None:
        """Put other Liquid in a chip's place."""
        if self.chip_at(position):
            self._insert(source, self._cursor(position, position + 1))

    def find_chip(self, name: str) -> int:
        """Return the position of the first chip of a variable without words of its own, or -1."""
        raw, wanted = self.document().toRawText(), variable_source(name).replace(" ", "")
        return next((p for p in _objects(raw) if self.chip_at(p).replace(" ", "") == wanted), -1)

    def chip_rect(self, position: int) -> QRect:
        """Return where a chip is, in the field's coordinates."""
        before, after = self.cursorRect(self._cursor(position)), self.cursorRect(self._cursor(position + 1))
        return QRect(self.viewport().mapTo(self, before.topLeft()), self.viewport().mapTo(self, after.bottomRight()))

    def caret_offset(self) -> int:
        """Return how many code points of the source stand before the caret."""
        return len(self._read(self.textCursor().position()))

    # what Qt tells

    def event(self, event: QEvent) -> bool:
        """Keep Escape from the page while the list is open."""
        if event.type() is QEvent.Type.ShortcutOverride and self.variables.isVisible():
            event.accept()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill the ground here: nothing behind the text has to be painted at each keystroke."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme.colour("panel"))
        painter.end()
        super().paintEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep undo for the page, and the list's keys for the list while it is open."""
        if self.variables.isVisible() and self.variables.take_key(event.key()):
            event.accept()
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo_requested.emit()
        elif event.matches(QKeySequence.StandardKey.Redo) or event.keyCombination() == _REDO_TOO:
            self.redo_requested.emit()
        elif event.key() == Qt.Key.Key_F2:
            self._choose_near_chip()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a chip chooses it."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            position = self._chip_under(event.position().toPoint())
            if position >= 0:
                self.chip_chosen.emit(position)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Close the list."""
        super().focusOutEvent(event)
        self.variables.hide()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what the field can do; undo is the page's."""
        menu = self.createStandardContextMenu(event.pos())
        for action in menu.actions()[:3]:
            menu.removeAction(action)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copy Liquid."""
        cursor = self.textCursor()
        return self._carrier.data_of(self._read(cursor.selectionEnd(), cursor.selectionStart()))

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Take text only."""
        return source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste plain text; variables in it become chips."""
        if not self.isReadOnly():
            self._insert(normal(source.text()), self.textCursor())

    # the document

    def _fill(self, text: str, caret: int) -> None:
        self._is_filling = True
        self.setUpdatesEnabled(False)
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.removeSelectedText()
        cursor.setBlockFormat(_line_format())
        self._write(cursor, text)
        cursor.endEditBlock()
        self._source = text
        position = Places(text, has_chips=self._has_chips).position(max(0, min(caret, len(text))))
        self.setTextCursor(self._cursor(position))
        self.setUpdatesEnabled(True)
        self._is_filling = False
        self.variables.hide()

    def _write(self, cursor: QTextCursor, text: str) -> None:
        for piece in Places(text, has_chips=self._has_chips).pieces:
            if piece.chip:
                cursor.insertText(OBJECT, chip_format(piece.source))
            else:
                cursor.insertText(piece.source, QTextCharFormat())

    def _insert(self, text: str, cursor: QTextCursor) -> None:
        cursor.beginEditBlock()
        cursor.removeSelectedText()
        self._write(cursor, text)
        cursor.endEditBlock()
        self.setTextCursor(cursor)

    def _cursor(self, position: int, end: int | None = None) -> QTextCursor:
        cursor = QTextCursor(self.document())
        last = self.document().characterCount() - 1
        cursor.setPosition(min(position, last))
        if end is not None:
            cursor.setPosition(min(end, last), QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _read(self, end: int | None = None, start: int = 0) -> str:
        """Return the source between two positions of the document."""
        raw = self.document().toRawText()
        if start or end is not None:
            raw = _between(raw, start, end)
        if OBJECT not in raw:
            return normal(raw)
        parts, done = [], 0
        for index, position in _indexed_objects(raw):
            parts += [raw[done:index], self.chip_at(start + position) or OBJECT]
            done = index + 1
        return normal("".join([*parts, raw[done:]]))

    def _on_changed(self) -> None:
        if self._is_filling:
            return
        text = self._read()
        if text == self._source:
            return
        self._source = text
        if self._has_chips and self._before_caret().endswith("}}") and self._has_written_chip(text):
            self._fill(text, self.caret_offset())
        self.edited.emit(text)
        self._offer()

    def _has_written_chip(self, text: str) -> bool:
        """Whether a variable stands there in letters, because its last brace was just typed."""
        chips = sum(1 for piece in Places(text).pieces if piece.chip)
        return chips > sum(1 for p in _objects(self.document().toRawText()) if self.chip_at(p))

    def _offer(self) -> None:
        begun = _BEGUN.search(self._before_caret())
        if begun and not self.isReadOnly():
            place = self.viewport().mapTo(self, self.cursorRect().topLeft())
            self.variables.open_for(begun[1], QRect(place, self.cursorRect().size()))
        else:
            self.variables.hide()

    def _on_moved(self) -> None:
        if self.variables.isVisible() and not _BEGUN.search(self._before_caret()):
            self.variables.hide()

    def _before_caret(self) -> str:
        cursor = self.textCursor()
        return _between(cursor.block().text(), 0, cursor.positionInBlock())

    def _complete(self, name: str) -> None:
        begun = _BEGUN.search(self._before_caret())
        self.variables.hide()
        if begun:
            end = self.textCursor().position()
            self._insert(variable_source(name), self._cursor(end - utf16(begun.group()), end))

    def _choose_near_chip(self) -> None:
        position = self.textCursor().position()
        for near in (position, position - 1):
            if self.chip_at(near):
                self.chip_chosen.emit(near)
                return

    def _chip_under(self, point: QPoint) -> int:
        near = self.cursorForPosition(point).position()
        for position in (near, near - 1):
            is_chip = bool(self.chip_at(position))
            if is_chip and self.chip_rect(position).contains(self.viewport().mapTo(self, point)):
                return position
        return -1


class _Carrier(QPlainTextEdit):
    """Makes a clipboard's data in C++: data made in Python outlives the interpreter there and crashes at the end."""

    def data_of(self, text: str) -> QMimeData:
        """Return data that holds a text."""
        self.setPlainText(text)
        self.selectAll()
        return self.createMimeDataFromSelection()


_REDO_TOO = QKeySequence("Ctrl+Shift+Z")[0]


def _line_format() -> QTextBlockFormat:
    shape = QTextBlockFormat()
    shape.setLineHeight(LINE_PER_CENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    return shape


def _between(raw: str, start: int, end: int | None) -> str:
    """Return a part of a text by UTF-16 units."""
    if raw.isascii():
        return raw[start:end]
    units = raw.encode("utf-16-le", "surrogatepass")
    return units[2 * start : None if end is None else 2 * end].decode("utf-16-le", "surrogatepass")


def _indexed_objects(raw: str) -> Iterable[tuple[int, int]]:
    """Return (index, position) of every object: in code points and in UTF-16 units."""
    index, position = raw.find(OBJECT), 0
    done = 0
    while index >= 0:
        position += utf16(raw[done:index])
        yield index, position
        done = index
        index = raw.find(OBJECT, index + 1)


def _objects(raw: str) -> list[int]:
    return [position for _, position in _indexed_objects(raw)]
