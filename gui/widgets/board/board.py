"""The board: a column for each stage, beside each other; it scrolls sideways where there is no room."""

from __future__ import annotations

from array import array
from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from gui import formatting as say
from gui.state.board_columns import COLUMNS, Column, ended_words, joined
from gui.widgets.basics import column, row
from gui.widgets.board.card_list import CardList
from gui.widgets.words import Words

LEAST_PX = 136
BESIDE_COLUMNS = 3
"""So many are seen beside an open lead."""
GAP_PX = 10
NOBODY = "Nobody"


class BoardColumn(QWidget):
    """A heading with the count, the cards, and what is below them."""

    def __init__(self, what: Column, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.what = what
        whole = column(self, gap=6)
        head = row(gap=8, margins=(2, 0, 0, 0))
        self.title, self.count = Words(what.title, "head"), Words(look="small")
        head.addWidget(self.title)
        head.addWidget(self.count, 1)
        whole.addLayout(head)
        self.list = CardList(what.title)
        whole.addWidget(self.list, 1)
        self.foot = Words(look="small", wraps=True)
        self.foot.setContentsMargins(2, 0, 0, 0)
        self.foot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        whole.addWidget(self.foot)
        self._ended: Mapping[str, int] = {}
        self._is_whole = False
        self.list.seen_changed.connect(self._show_foot)

    def set_keys(self, keys: Mapping[str, array[int]], *, is_whole: bool) -> None:
        """Show these leads; `is_whole`: they are all, else the others are still being read."""
        own = joined(self.what, keys)
        if not is_whole and self._is_whole and len(own) and self.list.cards.keys[: len(own)] == own:
            return
        self._ended = {stage: len(keys[stage]) for stage in self.what.stages} if len(self.what.stages) > 1 else {}
        self._is_whole = is_whole
        self.list.set_keys(own)
        self.count.say(say.number(len(own)) if is_whole else "…")
        self._show_foot()

    def _show_foot(self) -> None:
        below = self.list.below()
        lines = [f"{say.number(below)} more" if self._is_whole else "…"] if below else []
        if self._ended and self._is_whole:
            lines.append(ended_words(self._ended))
        self.foot.say("\n".join(filter(None, lines)))
        self.foot.setVisible(bool(self.foot.text()))


class Board(QScrollArea):
    """Shows columns; tells which lead is chosen, and which cards of which column are missing."""

    lead_chosen = Signal(int)
    cards_wanted = Signal(str, int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Board")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inner = QWidget()
        self._inner.setProperty("ground", "clear")
        line = row(self._inner, gap=GAP_PX)
        self.columns: dict[str, BoardColumn] = {}
        for what in COLUMNS:
            made = self.columns[what.name] = BoardColumn(what)
            line.addWidget(made, 1)
            made.list.lead_chosen.connect(lambda lead_id, made=made: self._on_chosen(made, lead_id))
            made.list.cards_wanted.connect(
                lambda first, number, name=what.name: self.cards_wanted.emit(name, first, number)
            )
            made.list.sideways_requested.connect(lambda by, name=what.name: self._go_sideways(name, by))
        self.columns["needs_you"].hide()
        self.setWidget(self._inner)
        self._is_beside = False
        self._last: BoardColumn | None = None

    def set_keys(self, keys: Mapping[str, array[int]], *, is_whole: bool, empty: str = NOBODY) -> None:
        """Show these leads by stage; `empty` is said where there are none at all."""
        self.columns["needs_you"].setVisible(bool(keys["needs_attention"]))
        for made in self.columns.values():
            made.set_keys(keys, is_whole=is_whole)
            made.list.set_empty(NOBODY if is_whole else "")
        if is_whole and not self.total():
            self.columns["pending"].list.set_empty(empty)
        self._share_width()

    def show_open(self, lead_id: int) -> None:
        """Mark the cards of the lead that is shown beside (0: none)."""
        for made in self.columns.values():
            made.list.show_open(lead_id)

    def set_beside(self, *, is_beside: bool) -> None:
        """Make room for an open lead: fewer columns are seen, and the one under the focus stays in sight."""
        if is_beside != self._is_beside:
            self._is_beside = is_beside
            self._share_width()
            if is_beside and self._last is not None:
                QTimer.singleShot(0, self, self._show_last)

    def _show_last(self) -> None:
        if self._last is not None:
            self.ensureWidgetVisible(self._last, GAP_PX, 0)

    def total(self) -> int:
        """Count all cards."""
        return sum(len(made.list.cards) for made in self.columns.values())

    def mark_stale(self, keys: frozenset[int] | None = None) -> None:
        """Read cards again when they are next seen."""
        for made in self.columns.values():
            made.list.cards.mark_stale(keys)
            made.list.look_again()

    def focus_cards(self) -> None:
        """Give the cards the focus where it was last, or the first card there is."""
        shown = [made for made in self._shown() if len(made.list.cards)]
        if shown:
            (self._last if self._last in shown else shown[0]).list.setFocus()

    def _shown(self) -> list[BoardColumn]:
        return [made for made in self.columns.values() if not made.isHidden()]

    def _on_chosen(self, made: BoardColumn, lead_id: int) -> None:
        self._last = made
        self.lead_chosen.emit(lead_id)

    def _go_sideways(self, name: str, by: int) -> None:
        shown = self._shown()
        own = self.columns[name]
        index = shown.index(own) + by
        while 0 <= index < len(shown) and not len(shown[index].list.cards):
            index += by
        if 0 <= index < len(shown):
            target = shown[index]
            target.list.setFocus()
            offset = own.list.current - own.list.visible().start if own.list.visible() else 0
            target.list.go_to(target.list.visible().start + offset)
            self.ensureWidgetVisible(target, GAP_PX, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width."""
        super().resizeEvent(event)
        self._share_width()

    def _share_width(self) -> None:
        shown = self._shown()
        seen = min(BESIDE_COLUMNS, len(shown)) if self._is_beside else len(shown)
        width = max(LEAST_PX, (self.viewport().width() - GAP_PX * (seen - 1)) // seen)
        for made in shown:
            made.setFixedWidth(width)
        self._inner.setMinimumWidth(len(shown) * (width + GAP_PX) - GAP_PX)
