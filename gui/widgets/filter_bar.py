"""Which leads are shown, as chips: each opens its choices and has a × while it leaves somebody out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from gui.state.lead_query import REPLIED_WORDS, LeadQuery
from gui.widgets.basics import Button, row
from gui.widgets.words import Words

LONGEST_CHARS = 40
Choices = Sequence[tuple[Any, str]]


class FilterChip(QWidget):
    """One filter: a button that opens its choices, and one that takes it away."""

    chosen = Signal(object)

    def __init__(self, title: str, choices: Choices = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._choices, self._value = title, list(choices), None
        line = row(self, gap=0)
        self.button = Button(title, look="soft")
        self.button.setCheckable(True)
        self.button.clicked.connect(self._open)
        self.remove = Button("×", look="soft")
        self.remove.clicked.connect(lambda: self.chosen.emit(None))
        line.addWidget(self.button)
        line.addWidget(self.remove)
        self.menu = QMenu(self)
        self.menu.setAccessibleName(title)
        self.show_value(None)

    def set_choices(self, choices: Choices) -> None:
        """Offer these: value and words; an open menu shows them at once."""
        if list(choices) != self._choices:
            self._choices = list(choices)
            self.show_value(self._value)
            if self.menu.isVisible():
                self._fill_menu()

    def show_value(self, value: Any) -> None:
        """Show what is chosen; None: anything."""
        self._value = value
        words = next((words for known, words in self._choices if known == value), None)
        shown = f"{self._title}: {_cut(words) if words is not None else 'any'}"
        self.button.name(shown, f"Filter. {self._title}: {words or 'any'}")
        self.button.setChecked(value is not None)
        self.remove.setVisible(value is not None)
        self.remove.setAccessibleName(f"Remove the filter {self._title}")

    def _open(self) -> None:
        self.button.setChecked(self._value is not None)
        self._fill_menu()
        self.menu.popup(self.button.mapToGlobal(QPoint(0, self.button.height() + 2)))

    def _fill_menu(self) -> None:
        self.menu.clear()
        for value, words in ((None, f"Any {self._title.lower()}"), *self._choices):
            action = QAction(_cut(words).replace("&", "&&"), self.menu)
            action.setCheckable(True)
            action.setChecked(value == self._value)
            action.triggered.connect(lambda _=False, value=value: self.chosen.emit(value))
            self.menu.addAction(action)


class FilterBar(QWidget):
    """The chips, "Clear all", and what is shown; wishes for another query."""

    query_requested = Signal(object)
    """A LeadQuery."""

    def __init__(self, stages: Choices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._query = LeadQuery()
        line = row(self, gap=8)
        self.chips = {
            "campaign_id": FilterChip("Campaign"),
            "stage": FilterChip("Stage", stages),
            "has_replied": FilterChip("Replied", [(v, w) for v, w in REPLIED_WORDS.items() if v is not None]),
        }
        for name, chip in self.chips.items():
            line.addWidget(chip)
            chip.chosen.connect(lambda value, name=name: self._choose(name, value))
        self.clear_all = Button("Clear all", says="Remove every filter and the search", look="link")
        self.clear_all.clicked.connect(lambda: self.query_requested.emit(self._query.cleared()))
        line.addWidget(self.clear_all)
        line.addStretch(1)
        self.amount = Words(look="small")
        self.amount.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self.amount)
        self.show_query(self._query)

    def set_campaigns(self, choices: Choices) -> None:
        """Offer these campaigns."""
        self.chips["campaign_id"].set_choices(choices)

    def show_query(self, query: LeadQuery) -> None:
        """Show what is chosen."""
        self._query = query
        for name, chip in self.chips.items():
            chip.show_value(getattr(query, name))
        self.clear_all.setVisible(query.is_filtered)

    def _choose(self, name: str, value: Any) -> None:
        from dataclasses import replace

        self.query_requested.emit(replace(self._query, **{name: value}))


def _cut(words: str) -> str:
    one_line = " ".join(words.split())
    return one_line if len(one_line) <= LONGEST_CHARS else one_line[: LONGEST_CHARS - 1] + "…"
