"""Facts in two columns: what, and how it stands; lines are kept and refilled."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from gui.widgets.words import OneLine, Words


class FactList(QWidget):
    """Shows (what, how it stands, whether that is as it should be)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(0, 1)
        self._rows: list[tuple[OneLine, Words]] = []

    def show_facts(self, facts: Sequence[tuple[str, str, bool]]) -> None:
        """Show these facts."""
        while len(self._rows) < len(facts):
            name, words = OneLine(), Words(look="strong")
            words.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(name, len(self._rows), 0)
            self._grid.addWidget(words, len(self._rows), 1)
            self._rows.append((name, words))
        for position, (name, words) in enumerate(self._rows):
            for part in (name, words):
                part.setVisible(position < len(facts))
            if position < len(facts):
                what, how, is_good = facts[position]
                name.say(what)
                words.say(how if is_good else f"! {how}")
                words.set_look("strong" if is_good else "trouble")
