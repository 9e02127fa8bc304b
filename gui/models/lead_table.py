"""Any number of leads as a table model: the keys of all rows, and texts for the few that were seen.

A row that isn't there yet reads as "…" and is asked for; whoever listens to `rows_wanted` brings it.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal

from gui import formatting as say
from gui import theme

if TYPE_CHECKING:
    from engine.services.lead_pages import LeadLine

COLUMNS = ("Name", "Company", "Stage", "Campaign", "Next (earliest)", "Why")
SORTS = ("name", "company", "stage", "campaign", "next", "")
"""How the engine calls the order of each column; "" can't be sorted by."""
PAGE_ROWS = 200
PAGES_KEPT = 24
MISSING = "…"
_UNREAD = (MISSING, "", "", "", "", "")
Index = QModelIndex | QPersistentModelIndex
STAGE_COLOURS = {"needs_attention": "trouble", "responded": "good"}


class LeadTableModel(QAbstractTableModel):
    """Keys in order; pages of texts, the least used forgotten."""

    rows_wanted = Signal(int, int)
    """First row and number of rows of a page that is seen and isn't there."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.keys: array[int] = array("q")
        self._pages: OrderedDict[int, dict[int, tuple[str, ...]]] = OrderedDict()
        self._lead_ids: dict[int, int] = {}
        self._stages: dict[int, str] = {}
        self._stale: set[int] = set()
        self._wanted: list[int] = []
        self._asked: set[int] = set()
        self._ask_timer = QTimer(self, singleShot=True, interval=0)
        self._ask_timer.timeout.connect(self._ask)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.keys)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's name."""
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text; asks for the page when it isn't there."""
        if role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ForegroundRole,
        ):
            return None
        row, column = index.row(), index.column()
        if not 0 <= row < len(self.keys):
            return None
        if role == Qt.ItemDataRole.ForegroundRole:
            return theme.colour(self._colour(row, column))
        return self.cell(row, column)[0]

    def cell(self, row: int, column: int) -> tuple[str, str]:
        """Return a cell's text and its colour's name; asks for the page when it isn't there."""
        if not 0 <= row < len(self.keys):
            return "", "muted"
        page = row // PAGE_ROWS
        texts = self._pages.get(page)
        if texts is None or page in self._stale:
            self._want(page)
        if texts is None:
            return (MISSING if column == 0 else ""), "muted"
        self._pages.move_to_end(page)
        return texts.get(self.keys[row], _UNREAD)[column], self._colour(row, column)

    def _colour(self, row: int, column: int) -> str:
        if column == 2:
            return STAGE_COLOURS.get(self._stages.get(self.keys[row], ""), "text")
        return "text" if column == 0 else "muted"

    def lead_id(self, row: int) -> int | None:
        """Return whose row this is, if it was read."""
        if not 0 <= row < len(self.keys):
            return None
        key = self.keys[row]
        return -key if key < 0 else self._lead_ids.get(key)

    def row_of(self, key: int) -> int | None:
        """Return where a key is."""
        try:
            return self.keys.index(key)
        except ValueError:
            return None

    def set_keys(self, keys: array[int]) -> bool:
        """Show other rows. Returns whether the order was changed, so that a place must be found again."""
        old = self.keys
        if keys == old:
            self.mark_stale()
            return False
        if len(keys) > len(old) > 0 and keys[: len(old)] == old:
            self.beginInsertRows(QModelIndex(), len(old), len(keys) - 1)
            self.keys = keys
            self.endInsertRows()
            self.mark_stale()
            return False
        self.beginResetModel()
        self.keys = keys
        self._pages.clear()
        self._stages.clear()
        self._lead_ids.clear()
        self._stale.clear()
        self._asked.clear()
        self.endResetModel()
        return True

    def put_lines(
        self,
        first: int,
        lines: Mapping[int, LeadLine],
        keys: Sequence[int],
        now: datetime,
        *,
        is_part: bool = False,
    ) -> None:
        """Take the rows of a page; `keys` says for which order they were read. `is_part`: the others still lack.

        So they do when the list has grown meanwhile.
        """
        page = first // PAGE_ROWS
        self._asked.discard(page)
        if array("q", keys) != self.keys[first : first + len(keys)]:
            return
        self._pages[page] = {key: _texts(line, now) for key, line in lines.items()}
        self._pages.move_to_end(page)
        if is_part or len(keys) < len(self.keys[first : first + PAGE_ROWS]):
            self._stale.add(page)
        else:
            self._stale.discard(page)
        for key, line in lines.items():
            self._lead_ids[key] = line.lead_id
            self._stages[key] = line.stage or ""
        while len(self._pages) > PAGES_KEPT:
            self._drop_page(next(iter(self._pages)))
        if keys:
            last = min(first + len(keys), len(self.keys)) - 1
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(COLUMNS) - 1))

    def _drop_page(self, page: int) -> None:
        for key in self._pages.pop(page, {}):
            self._lead_ids.pop(key, None)
            self._stages.pop(key, None)
        self._stale.discard(page)
        self._asked.discard(page)

    def mark_stale(self, keys: Iterable[int] | None = None) -> None:
        """Read pages again when they are next seen: those of some rows, or all."""
        if keys is None:
            self._stale.update(self._pages)
        else:
            changed = frozenset(keys)
            self._stale.update(page for page, texts in self._pages.items() if not changed.isdisjoint(texts))

    def forget_asked(self) -> None:
        """Ask again for pages whose reading came to nothing."""
        self._asked.clear()

    def want_rows(self, first: int, last: int) -> None:
        """Ask for the pages between two rows where they are missing or stale."""
        for page in range(max(0, first) // PAGE_ROWS, max(0, last) // PAGE_ROWS + 1):
            if page * PAGE_ROWS < len(self.keys) and (page not in self._pages or page in self._stale):
                self._want(page)

    def _want(self, page: int) -> None:
        if page in self._asked:
            return
        self._asked.add(page)
        self._wanted.append(page)
        if not self._ask_timer.isActive():
            self._ask_timer.start()

    def _ask(self) -> None:
        wanted, self._wanted = self._wanted, []
        for page in dict.fromkeys(wanted):
            first = page * PAGE_ROWS
            self.rows_wanted.emit(first, min(PAGE_ROWS, len(self.keys) - first))


def _texts(line: LeadLine, now: datetime) -> tuple[str, ...]:
    following = say.kind(line.next_action)
    if line.next_at is not None:
        moment = "in turn" if line.next_at <= now else say.when(line.next_at, now)
        following = f"{following} {moment}".strip()
    values = (line.name, line.company, say.stage(line.stage or ""), line.campaign or "", following, line.why)
    return tuple(" ".join(value.split()) for value in values)
