"""A campaign's steps as a plain picture: a bar for how far the leads came, and counts that can be opened."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from gui.widgets.basics import Bar, Button, clear
from gui.widgets.words import OneLine

TITLE_PX = 190
STANDINGS = ("sent", "accepted", "replied", "waiting")
"""The columns: a count stands below the same one of the step before."""


@dataclass(frozen=True, kw_only=True)
class StepPicture:
    """A step in words: its counts as (standing, words), and how many of how many came through."""

    key: str
    title: str
    done: int
    of: int
    counts: tuple[tuple[str, str], ...]


class StepPictures(QWidget):
    """Shows steps; wishes to see the leads behind a count."""

    leads_requested = Signal(str, str)
    """The step's key, and which of its leads."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(10)
        self._grid.setColumnStretch(1, 1)
        self._shown: tuple[StepPicture, ...] = ()
        self.buttons: dict[tuple[str, str], Button] = {}

    def show_steps(self, steps: tuple[StepPicture, ...]) -> None:
        """Show steps; nothing is rebuilt while only numbers changed."""
        if [s.key for s in steps] != [s.key for s in self._shown] or self._standings(steps) != self._standings(
            self._shown
        ):
            self._build(steps)
        for step in steps:
            self._bars[step.key].set_values(step.done, max(1, step.of))
            for standing, words in step.counts:
                self.buttons[step.key, standing].name(words, f"{step.title}: {words}. Show these leads")
        self._shown = steps

    @staticmethod
    def _standings(steps: tuple[StepPicture, ...]) -> list[tuple[str, ...]]:
        return [tuple(standing for standing, _ in step.counts) for step in steps]

    def _build(self, steps: tuple[StepPicture, ...]) -> None:
        clear(self._grid)
        self.buttons, self._bars = {}, {}
        for place, step in enumerate(steps):
            title = OneLine(look="strong")
            title.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            title.setFixedWidth(TITLE_PX)
            title.say(step.title)
            bar = self._bars[step.key] = Bar()
            bar.setAccessibleName(f"{step.title}: how many leads came through")
            self._grid.addWidget(title, place, 0)
            self._grid.addWidget(bar, place, 1)
            for standing, words in step.counts:
                button = Button(words, look="link")
                button.clicked.connect(lambda _=False, k=step.key, s=standing: self.leads_requested.emit(k, s))
                self.buttons[step.key, standing] = button
                self._grid.addWidget(button, place, 2 + STANDINGS.index(standing), Qt.AlignmentFlag.AlignRight)
