"""The steps of a sequence, one below the other, with what lies between them and the way to add one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QMenu, QWidget

from gui.state.sequence_words import ADDABLE, CardWords
from gui.widgets.basics import Button, Scroll, column
from gui.widgets.editor.step_card import StepCard
from gui.widgets.words import Words

LEAST_PX = 190
HINT = "Drag to reorder, or Alt ↑ ↓"


class StepList(QWidget):
    """Shows cards; every wish is told with the step's key."""

    chosen = Signal(str)
    move_requested = Signal(str, int)
    """The key and the place to put it."""
    remove_requested = Signal(str)
    add_requested = Signal(str)
    """The kind of a step to put at the end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(LEAST_PX)
        whole = column(self, gap=8)
        inner = QWidget()
        self._lines = column(inner, gap=8, margins=(0, 0, 4, 0))
        self.cards: list[StepCard] = []
        self._belows: list[Words] = []
        self.add = Button("Add step")
        self.menu = QMenu(self.add)
        for kind, words in ADDABLE:
            self.menu.addAction(words, lambda kind=kind: self.add_requested.emit(kind))
        self.add.clicked.connect(self._open_menu)
        self._lines.addWidget(self.add)
        self._lines.addStretch(1)
        whole.addWidget(Scroll(inner), 1)
        self.hint = Words(HINT, "small")
        whole.addWidget(self.hint)
        self._line = QFrame(inner)
        self._line.setProperty("rule", "drop")
        self._line.hide()
        self._shown = 0
        self._target = -1

    def show_cards(self, found: Sequence[CardWords], chosen: str, *, is_editable: bool) -> None:
        """Show the steps; cards stay where they are while they are refilled."""
        while len(self.cards) < len(found):
            self._add_card()
        self._shown = len(found)
        for place, (card, below) in enumerate(zip(self.cards, self._belows, strict=True)):
            is_used = place < len(found)
            card.setVisible(is_used)
            below.setVisible(is_used and bool(found[place].below))
            if is_used:
                card.show_words(found[place], is_chosen=found[place].key == chosen, is_editable=is_editable)
                below.say(found[place].below)
        self.add.setVisible(is_editable)
        self.hint.setVisible(is_editable and len(found) > 1)

    def card_of(self, key: str) -> StepCard | None:
        """Return the card of a step."""
        return next((c for c in self.cards[: self._shown] if c.key == key), None)

    def focus_card(self, key: str) -> None:
        """Put the focus on a step's card."""
        card = self.card_of(key)
        (card or self.add).setFocus(Qt.FocusReason.OtherFocusReason)

    def _add_card(self) -> None:
        card, below = StepCard(), Words(look="small", wraps=True)
        below.setAlignment(Qt.AlignmentFlag.AlignCenter)
        place = self._lines.count() - 2
        self._lines.insertWidget(place, card)
        self._lines.insertWidget(place + 1, below)
        self.cards.append(card)
        self._belows.append(below)
        QWidget.setTabOrder(card, self.add)
        card.chosen.connect(self.chosen)
        card.remove_wished.connect(self.remove_requested)
        card.move_wished.connect(lambda key, by: self.move_requested.emit(key, self._place(key) + by))
        card.neighbour_wished.connect(self._on_neighbour)
        card.dragged.connect(self._on_dragged)
        card.dropped.connect(self._on_dropped)

    def _place(self, key: str) -> int:
        return next(n for n, card in enumerate(self.cards) if card.key == key)

    def _on_neighbour(self, key: str, by: int) -> None:
        place = self._place(key) + by
        if 0 <= place < self._shown:
            self.cards[place].setFocus(Qt.FocusReason.OtherFocusReason)
            self.chosen.emit(self.cards[place].key)

    def _on_dragged(self, key: str, screen_y: int) -> None:
        y = self._line.parentWidget().mapFromGlobal(QPoint(0, screen_y)).y()
        cards = self.cards[: self._shown]
        gap = sum(1 for card in cards if y > card.geometry().center().y())
        place = self._place(key)
        self._target = gap - 1 if gap > place else gap
        edge = cards[gap].geometry().top() - 5 if gap < len(cards) else cards[-1].geometry().bottom() + 3
        self._line.setGeometry(0, edge, cards[0].width(), 2)
        self._line.setVisible(self._target != place)
        self._line.raise_()

    def _on_dropped(self, key: str) -> None:
        self._line.hide()
        if self._target >= 0 and self._target != self._place(key):
            self.move_requested.emit(key, self._target)
        self._target = -1

    def _open_menu(self) -> None:
        self.menu.popup(self.add.mapToGlobal(QPoint(0, self.add.height() + 2)))
