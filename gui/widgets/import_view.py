"""The table of a lead list: own header over our meaning of each column, cells edited in place."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableView,
    QWidget,
)

from gui import theme
from gui.models.import_table import WHAT_HAPPENS, ImportTableModel

HEAD_PX = 50
PADDING_PX = 10
LEAST_PX, MOST_PX = 96, 280
VERDICT_PX = 220
MEASURED_ROWS = 40
FITTING_COLUMNS = 7
"""With more columns than this, what happens stands first: last it would be out of sight."""
ARROW = "▾"
RING_PX = 2
WIDE_CHAR_PX = 9
"""A shorter text than its cell holds of such characters isn't measured."""
LEAST_NUMBER_PX = 36
CELL_TEXT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
NUMBER_TEXT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def fitted(widths: list[int], room: int) -> list[int]:
    """Return widths that fit the room, the wider ones narrowed first, none below the least."""
    most = max(widths, default=0)
    while sum(widths) > room and most > LEAST_PX:
        most = max(LEAST_PX, most - 4)
        widths = [min(width, most) for width in widths]
    return widths


class MeaningHeader(QHeaderView):
    """Shows a column's own name over what it is taken for; a click opens the choice."""

    choice_requested = Signal(int, QPoint)

    def __init__(self, model: ImportTableModel, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._list = model
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(60)
        self.setAccessibleName("Columns and what they are taken for")
        self.is_dragged = False

    def sizeHint(self) -> QSize:
        """Leave room for two lines."""
        return QSize(super().sizeHint().width(), HEAD_PX)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Note whether a border is dragged."""
        self.is_dragged = True
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the choice, unless a border was dragged."""
        self.is_dragged = False
        is_click = self.cursor().shape() is not Qt.CursorShape.SplitHCursor
        super().mouseReleaseEvent(event)
        section = self.logicalIndexAt(event.position().toPoint())
        if is_click and event.button() is Qt.MouseButton.LeftButton:
            self.ask(section)

    def ask(self, section: int) -> None:
        """Wish for the choice of a column."""
        if 0 <= section < self._list.verdict_column:
            at = QPoint(self.sectionViewportPosition(section), self.height())
            self.choice_requested.emit(section, self.viewport().mapToGlobal(at))

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        """Draw both names."""
        painter.save()
        painter.fillRect(rect, theme.colour("panel"))
        painter.setPen(theme.colour("line"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        box = rect.adjusted(PADDING_PX, 5, -PADDING_PX, -6)
        metrics = painter.fontMetrics()
        painter.setPen(theme.colour("muted"))
        align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if section >= self._list.verdict_column:
            painter.drawText(box, align, WHAT_HAPPENS)
            painter.restore()
            return
        head = self._list.heads[section]
        upper, lower = QRect(box), QRect(box)
        upper.setHeight(box.height() // 2)
        lower.setTop(upper.bottom() + 1)
        painter.drawText(upper, align, metrics.elidedText(head.header, Qt.TextElideMode.ElideRight, box.width()))
        font = painter.font()
        font.setBold(not head.is_left_out)
        painter.setFont(font)
        painter.setPen(theme.colour("muted" if head.is_left_out else "text"))
        room = box.width() - painter.fontMetrics().horizontalAdvance(f" {ARROW}")
        words = painter.fontMetrics().elidedText(head.meaning, Qt.TextElideMode.ElideRight, room)
        painter.drawText(lower, align, f"{words} {ARROW}")
        painter.restore()


class RowNumbers(QHeaderView):
    """The numbers of the rows, as a spreadsheet shows them."""

    def __init__(self, model: ImportTableModel, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._list = model
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setDefaultSectionSize(theme.ROW_PX)

    def make_room(self) -> None:
        """Be as wide as the longest number."""
        widest = self.fontMetrics().horizontalAdvance("0" * (len(str(self._list.rowCount() + 1)) + 1))
        self.setFixedWidth(max(LEAST_NUMBER_PX, widest + 2 * PADDING_PX))

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        """Draw the number and the line below."""
        painter.fillRect(rect, theme.colour("panel"))
        painter.setPen(theme.colour("muted"))
        box = rect.adjusted(0, 0, -PADDING_PX, 0)
        painter.drawText(box, NUMBER_TEXT, self._list.row_number(section))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme.colour("line"))


class ImportView(QTableView):
    """Shows the list; tells which column's meaning is to be chosen."""

    def __init__(self, model: ImportTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list = model
        self.head = MeaningHeader(model, self)
        self.setHorizontalHeader(self.head)
        self.setModel(model)
        self._numbers = RowNumbers(model, self)
        self.setVerticalHeader(self._numbers)
        self.setAccessibleName("Rows of the list. F2 edits a cell, Alt+Down chooses what its column means")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._is_fitted = self._has_own_widths = False
        self.head.sectionResized.connect(self._on_resized)
        model.modelReset.connect(self._unfit)
        model.modelReset.connect(self._numbers.make_room)
        model.dataChanged.connect(lambda *_: self._fit_columns())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the cells that are seen, in few calls.

        Asking the model for each role of each cell takes three times as long alone, and 400 ms while threads work.
        """
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        if first < 0:
            return
        painter, width = QPainter(self.viewport()), self.viewport().width()
        rows = range(first, (last if last >= 0 else self._list.rowCount() - 1) + 1)
        places = [
            (place, left, size)
            for place in range(self._list.columnCount())
            if (left := self.columnViewportPosition(place)) < width and left + (size := self.columnWidth(place)) > 0
        ]
        colours = {name: theme.colour(name) for name in ("text", "muted", "warning", "warning_soft", "line")}
        for row in rows:
            top = self.rowViewportPosition(row)
            for place, left, size in places:
                self._draw(painter, row, place, QRect(left, top, size, theme.ROW_PX), colours)
            painter.fillRect(0, top + theme.ROW_PX - 1, width, 1, colours["line"])
        if self.hasFocus() and self.currentIndex().isValid():
            painter.setPen(QPen(theme.colour("accent"), RING_PX))
            painter.drawRect(self.visualRect(self.currentIndex()).adjusted(1, 1, -1, -1))
        painter.end()

    def _draw(self, painter: QPainter, row: int, place: int, rect: QRect, colours: dict[str, QColor]) -> None:
        text, look = self._list.shown(row, place)
        if look == "warning":
            painter.fillRect(rect, colours["warning_soft"])
        if not text:
            return
        box = rect.adjusted(PADDING_PX, 0, -PADDING_PX, 0)
        if len(text) * WIDE_CHAR_PX > box.width():
            text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.setPen(colours[look])
        painter.drawText(box, CELL_TEXT, text)

    def _unfit(self) -> None:
        self._is_fitted = self._is_fitted and self.head.count() == self._list.columnCount()

    def refit(self) -> None:
        """Measure the columns again: another list is shown."""
        self._is_fitted = self._has_own_widths = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns into the new width, until a person has chosen widths."""
        super().resizeEvent(event)
        if self._is_fitted and not self._has_own_widths and event.size().width() != event.oldSize().width():
            self._is_fitted = False
            self._fit_columns()

    def _on_resized(self, *_: int) -> None:
        if self.head.is_dragged:
            self._has_own_widths = True

    def _fit_columns(self) -> None:
        """Give each column what its name and first rows need, and share what is left."""
        first = self._list.row_at(0)
        if self._is_fitted or first is None or not self.isVisible():
            return
        self._is_fitted = True
        metrics = self.fontMetrics()
        rows = [row for i in range(MEASURED_ROWS) if (row := self._list.row_at(i)) is not None]
        widths = []
        for column, head in enumerate(self._list.heads):
            texts = [head.header, f"{head.meaning} {ARROW}M", *(r.cells[column] for r in rows if column < len(r.cells))]
            widest = max(metrics.horizontalAdvance(text[:60]) for text in texts)
            widths.append(max(LEAST_PX, min(MOST_PX, widest + 2 * PADDING_PX + 4)))
        is_first = len(widths) > FITTING_COLUMNS
        if not is_first:
            widths = fitted(widths, self.viewport().width() - VERDICT_PX)
        share = max(0, self.viewport().width() - sum(widths) - VERDICT_PX) // (len(widths) + 1)
        verdict = self._list.verdict_column
        for column, width in enumerate([*widths, VERDICT_PX]):
            self.head.moveSection(self.head.visualIndex(column), column)
            self.setColumnWidth(column, width + share)
        if is_first:
            self.head.moveSection(verdict, 0)
        self.head.setStretchLastSection(not is_first)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Edit with Enter too; open a column's choice with Alt+Down."""
        current = self.currentIndex()
        if event.key() == Qt.Key.Key_Down and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.head.ask(current.column() if current.isValid() else 0)
            return
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers()
        if is_enter and current.isValid() and self.state() is not QAbstractItemView.State.EditingState:
            self.edit(current)
            return
        super().keyPressEvent(event)
