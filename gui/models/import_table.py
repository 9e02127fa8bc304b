"""A lead list of any size as a table model: the rows that are seen are asked for, the others stay where they are."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal

from engine.domain.csv_verdicts import Happens
from gui import formatting as say
from gui import theme
from gui.state.import_words import ColumnHead
from gui.widgets.words import plain_tip

if TYPE_CHECKING:
    from engine.services.import_sessions import PreviewRow

PAGE_ROWS = 200
PAGES_KEPT = 12
MISSING = "…"
SHOWN_CHARS = 300
TIP_CHARS = 25
WHAT_HAPPENS = "What happens"
FIX_TIP = "Double click, or press F2, to mend it."
Index = QModelIndex | QPersistentModelIndex
ROLES = frozenset(
    {
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.AccessibleTextRole,
        Qt.ItemDataRole.EditRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.ForegroundRole,
    }
)


class ImportTableModel(QAbstractTableModel):
    """Numbers of rows in order; pages of rows, the least used forgotten."""

    rows_wanted = Signal(int, list)
    """A page that is seen and isn't there, and the numbers of its rows."""
    edit_requested = Signal(int, int, str)
    """Row number, column, and the new text."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.heads: list[ColumnHead] = []
        self._address: int | None = None
        self._count = 0
        self._numbers: array[int] | None = None
        self._pages: OrderedDict[int, dict[int, PreviewRow]] = OrderedDict()
        self._stale: set[int] = set()
        self._asked: set[int] = set()
        self._wanted: list[int] = []
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._ask)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        """Return the number of rows."""
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns: the file's, and what happens."""
        return 0 if parent.isValid() or not self.heads else len(self.heads) + 1

    @property
    def verdict_column(self) -> int:
        """The column that says what happens."""
        return len(self.heads)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's names, or a row's number as a spreadsheet shows it."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        if orientation is Qt.Orientation.Vertical:
            return self.row_number(section)
        if section == self.verdict_column:
            return WHAT_HAPPENS
        if not 0 <= section < len(self.heads):
            return None
        head = self.heads[section]
        return f"{head.header}: {head.meaning}" if head.header else head.meaning

    def row_number(self, position: int) -> str:
        """Return a row's number in the file, if the row was read."""
        row = self._row(position)
        return say.number(row.row) if row is not None else ""

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let every cell of the file be edited."""
        found = super().flags(index)
        is_cell = index.isValid() and index.column() < self.verdict_column and self._row(index.row()) is not None
        return found | Qt.ItemFlag.ItemIsEditable if is_cell else found

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell; asks for the page when it isn't there."""
        if role not in ROLES or not 0 <= index.row() < self._count:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.shown(index.row(), index.column())[0]
        row = self._row(index.row())
        if row is None:
            return None
        text = self._text(row, index.column())
        if role == Qt.ItemDataRole.EditRole:
            return text
        if role == Qt.ItemDataRole.ForegroundRole:
            return theme.colour(self._look(row, index.column()))
        if self._look(row, index.column()) == "warning":
            return plain_tip(f"{say.sentence(row.words)} {FIX_TIP}")
        return plain_tip(text[:2000]) if len(text) > TIP_CHARS else None

    def shown(self, position: int, column: int) -> tuple[str, str]:
        """Return a cell's text on one line, and its colour's name; a page that is missing or old is asked for."""
        page = position // PAGE_ROWS
        rows = self._pages.get(page)
        if rows is None or page in self._stale:
            self._want(page)
        row = rows.get(position) if rows is not None else None
        if row is None:
            return (MISSING if column == 0 else "", "muted")
        return " ".join(self._text(row, column)[:SHOWN_CHARS].split()), self._look(row, column)

    def _look(self, row: PreviewRow, column: int) -> str:
        is_verdict = column == len(self.heads)
        if row.kind is Happens.TO_FIX and (is_verdict or column == self._address):
            return "warning"
        return "muted" if is_verdict or self.heads[column].is_left_out else "text"

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Wish for another text in a cell; it is shown when it was judged."""
        row = self._row(index.row()) if index.isValid() else None
        if role != Qt.ItemDataRole.EditRole or row is None or index.column() >= self.verdict_column:
            return False
        if str(value) != self._text(row, index.column()):
            self.edit_requested.emit(row.n, index.column(), str(value))
        return True

    def _text(self, row: PreviewRow, column: int) -> str:
        if column == self.verdict_column:
            return row.words
        return row.cells[column] if column < len(row.cells) else ""

    def _row(self, position: int) -> PreviewRow | None:
        page = self._pages.get(position // PAGE_ROWS)
        return page.get(position) if page is not None else None

    # what the page tells

    def set_columns(self, heads: Sequence[ColumnHead], address: int | None) -> None:
        """Show columns, or what they are taken for now."""
        self._address = address
        if len(heads) == len(self.heads):
            self.heads = list(heads)
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(heads))
            self.mark_stale()
            return
        self.beginResetModel()
        self.heads = list(heads)
        self._forget()
        self.endResetModel()

    def set_rows(self, count: int, numbers: array[int] | None = None) -> None:
        """Show the rows 1 to `count`, or the given ones."""
        self.beginResetModel()
        self._count = len(numbers) if numbers is not None else count
        self._numbers = numbers
        self._forget()
        self.endResetModel()

    def mark_stale(self) -> None:
        """Read again what is seen; until then the old rows are shown."""
        self._stale.update(self._pages)
        self._asked.clear()
        if self._count and self.heads:
            self.dataChanged.emit(self.index(0, 0), self.index(self._count - 1, self.verdict_column))

    def put_rows(self, page: int, numbers: Sequence[int], rows: Sequence[PreviewRow]) -> None:
        """Take the rows of a page; `numbers` says for which order they were read."""
        self._asked.discard(page)
        first = page * PAGE_ROWS
        if list(numbers) != self._numbers_of(page):
            return
        by_number = {row.n: row for row in rows}
        self._pages[page] = {first + i: by_number[n] for i, n in enumerate(numbers) if n in by_number}
        self._pages.move_to_end(page)
        self._stale.discard(page)
        while len(self._pages) > PAGES_KEPT:
            self._stale.discard(self._pages.popitem(last=False)[0])
        last = first + len(numbers) - 1
        self.dataChanged.emit(self.index(first, 0), self.index(last, self.verdict_column))
        self.headerDataChanged.emit(Qt.Orientation.Vertical, first, last)

    def row_at(self, position: int) -> PreviewRow | None:
        """Return a row that was read."""
        return self._row(position)

    def _forget(self) -> None:
        self._pages.clear()
        self._stale.clear()
        self._asked.clear()
        self._wanted.clear()

    def _numbers_of(self, page: int) -> list[int]:
        first, last = page * PAGE_ROWS, min((page + 1) * PAGE_ROWS, self._count)
        if self._numbers is not None:
            return list(self._numbers[first:last])
        return list(range(first + 1, last + 1))

    def _want(self, page: int) -> None:
        if page not in self._asked:
            self._asked.add(page)
            self._wanted.append(page)
            self._timer.start()

    def _ask(self) -> None:
        wanted, self._wanted = self._wanted[-3:], []
        for page in wanted:
            self.rows_wanted.emit(page, self._numbers_of(page))
