"""What is wrong with a text and what to do about it, below the text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from gui.state.text_problems import Problem
from gui.widgets.basics import Button, column, row
from gui.widgets.words import Words

MOST_SHOWN = 3


class _Line(QWidget):
    def __init__(self) -> None:
        super().__init__()
        whole = column(self, gap=2)
        self.words = Words(look="warning", wraps=True)
        self.say_if_empty = Button("If empty, say…", look="amber")
        self.show_them = Button("Show them", look="amber")
        links = row(gap=4)
        links.addWidget(self.say_if_empty)
        links.addWidget(self.show_them)
        links.addStretch(1)
        whole.addWidget(self.words)
        whole.addLayout(links)
        self.problem = Problem(words="")

    def show_problem(self, problem: Problem) -> None:
        self.problem = problem
        self.words.say(problem.words)
        self.say_if_empty.setVisible(problem.can_default)
        self.say_if_empty.setAccessibleName(f"If {problem.variable} is empty, say…")
        self.show_them.setVisible(problem.can_show)
        self.show_them.setAccessibleName(f"Show the leads without {problem.variable}")


class ProblemStrip(QFrame):
    """A few lines; hidden while there is nothing to say."""

    default_requested = Signal(str)
    """The variable that gets words for when it is empty."""
    leads_requested = Signal(str)
    """The variable whose empty leads are to be shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "warning")
        self._whole = column(self, gap=6, margins=(12, 8, 12, 8))
        self.lines: list[_Line] = []
        self.more = Words(look="warning")
        self._whole.addWidget(self.more)
        self._shown: tuple[Problem, ...] | None = None
        self.hide()

    def show_problems(self, problems: Sequence[Problem], *, is_editable: bool = True) -> None:
        """Show what there is to say."""
        found = tuple(problems)
        if found == self._shown:
            return
        self._shown = found
        while len(self.lines) < min(len(found), MOST_SHOWN):
            self._add_line()
        for place, line in enumerate(self.lines):
            line.setVisible(place < len(found))
            if place < len(found):
                line.show_problem(found[place])
                line.say_if_empty.setEnabled(is_editable)
        left = len(found) - MOST_SHOWN
        self.more.say(f"and {left} more" if left > 0 else "")
        self.more.setVisible(left > 0)
        self.setVisible(bool(found))
        self.setAccessibleName(" ".join(p.words for p in found))

    def _add_line(self) -> None:
        line = _Line()
        line.say_if_empty.clicked.connect(lambda: self.default_requested.emit(line.problem.variable))
        line.show_them.clicked.connect(lambda: self.leads_requested.emit(line.problem.variable))
        self.lines.append(line)
        self._whole.insertWidget(len(self.lines) - 1, line)
