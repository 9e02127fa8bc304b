"""The table of leads: fixed rows, quick with a million of them, keeps its place when rows change under it."""

from __future__ import annotations

from array import array
from collections.abc import Callable

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from gui import theme
from gui.models.lead_table import LeadTableModel
from gui.widgets.line_cache import LineCache

SHARES = (20, 18, 0, 16, 24, 22)
"""How the columns share the width, in hundredths; the stage has a width of its own."""
STAGE_PX = 96
NARROW_PX, NARROWEST_PX = 860, 640
"""Below these widths the campaign, then the company, makes room for the others."""
BAR_PX = 3
TEXT_PX = 10
STAGE_COLUMN, COMPANY_COLUMN, CAMPAIGN_COLUMN = 2, 1, 3


class RowPainter(QStyledItemDelegate):
    """Draws a cell's text and nothing else, and the accent bar of a chosen row: it is not told by colour alone.

    Qt's own way asks the model for eight roles a cell and goes through the stylesheet: with forty rows in sight that
    takes several times as long.
    """

    def __init__(self, model: LeadTableModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._leads = model
        self._lines = LineCache(parent.font())

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the ground, the bar, the text."""
        row, column, box = index.row(), index.column(), option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.colour("accent_soft"))
            if column == 0:
                painter.fillRect(box.left(), box.top(), BAR_PX, box.height(), theme.colour("accent"))
        text, colour = self._leads.cell(row, column)
        if not text:
            return
        if self._lines.font != option.font:
            self._lines = LineCache(option.font)
        painter.setFont(self._lines.font)
        painter.setPen(theme.colour(colour))
        self._lines.draw(painter, box.left() + TEXT_PX, box.top(), box.width() - 2 * TEXT_PX, box.height(), text)


class LeadView(QTableView):
    """Shows the model; tells which lead is chosen and which order is wished for.

    A click or Enter chooses a row, also one that is marked already; so does walking over it if `chooses_on_walk`.
    """

    lead_chosen = Signal(int)
    sort_requested = Signal(int, bool)
    choice_changed = Signal(int)
    """How many rows are chosen."""

    def __init__(
        self,
        model: LeadTableModel,
        parent: QWidget | None = None,
        *,
        left_out: frozenset[int] = frozenset(),
        chooses_on_walk: bool = True,
    ) -> None:
        super().__init__(parent)
        self._leads, self._left_out = model, left_out
        self._empty = ""
        self._is_restoring = self._is_second_half = False
        self._is_sharing, self._has_own_widths = False, False
        self.setModel(model)
        self.setAccessibleName("Leads")
        self.setProperty("look", "filled")
        # Filled by itself, so that scrolling moves what is painted instead of painting every row again.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._set_up_headers()
        if chooses_on_walk:
            self.selectionModel().currentRowChanged.connect(self._choose)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)
        self.selectionModel().selectionChanged.connect(lambda *_: self.choice_changed.emit(self.chosen_count()))
        model.modelReset.connect(lambda: self.choice_changed.emit(0))

    def chosen_count(self) -> int:
        """Count the chosen rows, by their ranges: all of a million are one range."""
        return sum(chosen.height() for chosen in self.selectionModel().selection())

    def chosen_keys(self) -> array[int]:
        """Return the keys of the chosen rows, in their order."""
        found = array("q")
        for chosen in sorted(self.selectionModel().selection(), key=lambda r: r.top()):
            found.extend(self._leads.keys[chosen.top() : chosen.bottom() + 1])
        return found

    def _set_up_headers(self) -> None:
        # WORKAROUND: headers that share the view's selection ask the model about every row when all are selected:
        # 12 to 18 seconds with a million rows.
        down, across = self.verticalHeader(), self.horizontalHeader()
        for header in (down, across):
            header.setSelectionModel(QItemSelectionModel(self._leads, header))
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setDefaultSectionSize(theme.ROW_PX)
        down.hide()
        across.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        across.setHighlightSections(False)
        across.setStretchLastSection(True)
        across.setSectionsClickable(True)
        across.sectionClicked.connect(self._on_header)
        across.sectionResized.connect(self._on_resized)
        self.setItemDelegate(RowPainter(self._leads, self))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width among the columns, until a person has chosen widths."""
        super().resizeEvent(event)
        if not self._has_own_widths:
            self._share_width(self.viewport().width())

    def _share_width(self, width: int) -> None:
        self._is_sharing = True
        hidden = {CAMPAIGN_COLUMN, *self._left_out} if width < NARROW_PX else set(self._left_out)
        if width < NARROWEST_PX:
            hidden.add(COMPANY_COLUMN)
        total = sum(share for column, share in enumerate(SHARES) if column not in hidden)
        for column, share in enumerate(SHARES):
            self.setColumnHidden(column, column in hidden)
            self.setColumnWidth(column, (width - STAGE_PX) * share // total if share else STAGE_PX)
        self._is_sharing = False

    def _on_resized(self, column: int, _before: int, _after: int) -> None:
        if not self._is_sharing and self.isVisible() and column < len(SHARES) - 1:
            self._has_own_widths = True

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Choose nothing by the second half of a double click: the first has, perhaps on another screen."""
        self._is_second_half = True

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a click, unless it was the second half."""
        if not self._is_second_half:
            super().mouseReleaseEvent(event)
        self._is_second_half = False

    def unmark(self, *, but: int = 0) -> None:
        """Mark no row but this lead's; the keyboard keeps its place, and several chosen rows stay chosen."""
        if self.chosen_count() == 1 and self._leads.lead_id(self.currentIndex().row()) != but:
            self.clearSelection()

    def visible_rows(self) -> tuple[int, int]:
        """Return the first and last row that are seen."""
        first = max(0, self.rowAt(0))
        last = self.rowAt(self.viewport().height() - 1)
        return first, last if last >= 0 else min(len(self._leads.keys), first + 60) - 1

    def set_empty(self, words: str) -> None:
        """Say this where the rows would be."""
        if words != self._empty:
            self._empty = words
            self.viewport().update()

    def keep_place(self, change: Callable[[], bool], *, to_top: bool) -> None:
        """Change the model's order; the same rows stay in sight and chosen, or the top is shown."""
        top, current = self.rowAt(0), self.currentIndex().row()
        top_key = self._key(top)
        current_key, is_marked = self._key(current), self.chosen_count() > 0
        if not change():
            return
        if to_top:
            self.scrollToTop()
            top_key = None
        self._is_restoring = True
        if current_key is not None and (row := self._leads.row_of(current_key)) is not None:
            flag = QItemSelectionModel.SelectionFlag
            flags = flag.ClearAndSelect | flag.Rows if is_marked else flag.NoUpdate
            self.selectionModel().setCurrentIndex(self._leads.index(row, 0), flags)
        self._is_restoring = False
        if top_key is not None:
            self.executeDelayedItemsLayout()
            row = self._leads.row_of(top_key)
            self.verticalScrollBar().setValue(row if row is not None else min(top, len(self._leads.keys) - 1))

    def _key(self, row: int) -> int | None:
        return self._leads.keys[row] if 0 <= row < len(self._leads.keys) else None

    def _choose(self, index: QModelIndex, _before: object = None) -> None:
        lead_id = self._leads.lead_id(index.row()) if index.isValid() else None
        if lead_id is not None and not self._is_restoring:
            self.lead_chosen.emit(lead_id)

    def _on_header(self, column: int) -> None:
        header = self.horizontalHeader()
        is_same = header.isSortIndicatorShown() and header.sortIndicatorSection() == column
        is_descending = is_same and header.sortIndicatorOrder() is Qt.SortOrder.AscendingOrder
        if column == self._leads.columnCount() - 1:
            return
        header.setSortIndicatorShown(True)
        order = Qt.SortOrder.DescendingOrder if is_descending else Qt.SortOrder.AscendingOrder
        header.setSortIndicator(column, order)
        self.sort_requested.emit(column, is_descending)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows, or why there are none."""
        QPainter(self.viewport()).fillRect(event.rect(), theme.colour("panel"))
        super().paintEvent(event)
        if self._empty and not len(self._leads.keys):
            painter = QPainter(self.viewport())
            painter.setPen(theme.colour("muted"))
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self._empty)
