"""The lists of Home: replies, what comes next, what needs a decision.

Rows are kept and refilled, never rebuilt under the pointer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from gui import formatting as say
from gui.state.running import ComingLine
from gui.widgets.basics import Button, Rule, column, row
from gui.widgets.words import OneLine, Words

if TYPE_CHECKING:
    from engine.services.home import Answer
    from engine.services.questions import Item

QUESTIONS_SHOWN = 5
QUOTED_CHARS = 160
"""So much of a text is enough to recognise it; what is approved is shown whole."""
TIME_PX = 118
NOBODY = "Nobody has answered yet. When somebody does, their sequence stops at once."
ACTION_PX = 96


class _AnswerRow(QWidget):
    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = column(self, gap=2, margins=(0, 2, 0, 4))
        top, below = row(), row()
        self.name, self.about, self.time = OneLine(look="strong"), OneLine(look="small"), Words(look="small")
        self.name.keep_whole()
        self.text = OneLine()
        self.open = Button("Open", is_small=True)
        self.open.clicked.connect(self.opened)
        top.addWidget(self.name)
        top.addWidget(self.about, 1)
        top.addWidget(self.time)
        below.addWidget(self.text, 1)
        below.addWidget(self.open)
        lines.addLayout(top)
        lines.addLayout(below)


class AnswerList(QWidget):
    """Who answered, the newest first."""

    lead_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = column(self, gap=2)
        self._none = Words(NOBODY, "muted", wraps=True)
        self._lines.addWidget(self._none)
        self._rows: list[_AnswerRow] = []
        self._shown: list[Answer] = []

    def show_answers(self, answers: Sequence[Answer], now: datetime) -> None:
        """Show these replies."""
        self._none.setVisible(not answers)
        while len(self._rows) < len(answers):
            made, position = _AnswerRow(), len(self._rows)
            made.opened.connect(lambda position=position: self.lead_requested.emit(self._shown[position].lead_id))
            self._rows.append(made)
            self._lines.addWidget(made)
        self._shown = list(answers)
        for position, line in enumerate(self._rows):
            line.setVisible(position < len(answers))
            if position < len(answers):
                answer = answers[position]
                line.name.say(answer.name)
                line.about.say(answer.about)
                line.time.say(say.short_when(answer.at, now))
                line.text.say(f"“{answer.text.strip()}”" if answer.text.strip() else "(no text)")
                line.open.setAccessibleName(f"Open {answer.name}")


class _ComingRow(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        line = row(self, gap=8)
        self.time, self.action = Words(look="muted"), Words()
        self.time.setFixedWidth(TIME_PX)
        self.action.setFixedWidth(ACTION_PX)
        self.name = OneLine(look="strong")
        self.setFixedHeight(24)
        self.note = OneLine(look="small")
        for widget, share in ((self.time, 0), (self.action, 0), (self.name, 3), (self.note, 2)):
            line.addWidget(widget, share)


class ComingList(QWidget):
    """What happens next and when."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = column(self, gap=2)
        self._rows: list[_ComingRow] = []
        self._none = Words("Nothing is planned.", "muted", wraps=True)
        self._note = Words(look="small", wraps=True)
        self._note.setContentsMargins(0, 4, 0, 0)
        self._lines.addWidget(self._none)
        self._lines.addWidget(self._note)

    def show_lines(self, lines: Sequence[ComingLine], note: str) -> None:
        """Show these lines and what they all wait for."""
        self._none.setVisible(not lines)
        while len(self._rows) < len(lines):
            made = _ComingRow()
            self._rows.append(made)
            self._lines.insertWidget(self._lines.count() - 1, made)
        for position, shown in enumerate(self._rows):
            shown.setVisible(position < len(lines))
            if position < len(lines):
                line = lines[position]
                shown.time.say(line.time)
                shown.action.say(line.action)
                shown.name.say(line.name)
                shown.note.say(line.note)
        self._note.say(note)
        self._note.setVisible(bool(note))


class QuestionCard(QWidget):
    """One thing that waits for a decision, with its evidence and its choices."""

    choice_made = Signal(str, str)
    opened = Signal(int)
    """Whom it is about."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._item_id, self._lead_id = "", 0
        lines = column(self, gap=4, margins=(0, 2, 0, 6))
        self._question = Words(look="strong", wraps=True)
        self._about, self._evidence = OneLine(look="small"), Words(look="small", wraps=True)
        self._text = Words(look="quote", wraps=True)
        self.open = Button("Open", is_small=True, is_decision=True)
        self.open.clicked.connect(lambda: self.opened.emit(self._lead_id))
        whom = row(gap=8)
        whom.addWidget(self._about, 1)
        whom.addWidget(self.open)
        lines.addWidget(self._question)
        lines.addLayout(whom)
        for label in (self._text, self._evidence):
            lines.addWidget(label)
        self._buttons: dict[str, Button] = {}
        choices = row(gap=6)
        for choice, words in say.CHOICE_WORDS.items():
            button = Button(words, is_small=True, is_decision=True)
            button.clicked.connect(lambda _=False, choice=choice: self.choice_made.emit(self._item_id, choice))
            self._buttons[choice] = button
            choices.addWidget(button)
        choices.addStretch(1)
        lines.addLayout(choices)

    @property
    def last_button(self) -> Button:
        """The last that Tab comes to."""
        return list(self._buttons.values())[-1]

    def show_item(self, item: Item, now: datetime) -> None:
        """Show one item."""
        self._item_id, self._lead_id = item.id, item.lead_id
        self.open.setVisible(bool(item.lead_id))
        self.open.setAccessibleName(f"Open {item.name}")
        self._question.say(say.sentence(item.question))
        is_approval = item.kind == "approval"
        moment = f", {say.when(item.at, now)}" if item.at and not is_approval else ""
        self._about.say(f"{item.name}{moment} · {item.campaign}" if item.campaign else f"{item.name}{moment}")
        text = item.text or ("(without a note)" if is_approval else "")
        self._text.say(text if is_approval or len(text) <= QUOTED_CHARS else f"{text[: QUOTED_CHARS - 1].rstrip()}…")
        self._text.setVisible(bool(text))
        seen = [say.seen(line.words, line.at, now) for line in item.evidence]
        if item.not_before is not None:
            seen.insert(0, say.sentence(f"{item.step}, {say.when(item.not_before, now)} or later"))
        self._evidence.say(" ".join(seen))
        self._evidence.setVisible(bool(seen))
        words = say.CHOICE_WORDS if item.kind != "lead" else say.HELD_CHOICE_WORDS
        for choice, button in self._buttons.items():
            button.setVisible(choice in item.choices)
            button.name(words[choice], f"{words[choice]}: {item.name}")
            button.explain(say.CHOICE_MEANINGS[choice])


class QuestionList(QWidget):
    """The first questions, and more of them on request."""

    choice_made = Signal(str, str)
    lead_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines, self._lines = column(self, gap=4), column(gap=4)
        self._none = Words("Nothing needs you.", "muted", wraps=True)
        lines.addWidget(self._none)
        lines.addLayout(self._lines)
        self._cards: list[tuple[Rule, QuestionCard]] = []
        self._items: Sequence[Item] = ()
        self._add_cards()
        self.more = Button("", look="link")
        self.more.clicked.connect(self._show_more)
        lines.addWidget(self.more)

    def _add_cards(self) -> None:
        for _ in range(QUESTIONS_SHOWN):
            rule, card = Rule(), QuestionCard()
            card.choice_made.connect(self.choice_made)
            card.opened.connect(self.lead_requested)
            for part in (rule, card):
                self._lines.addWidget(part)
            self._cards.append((rule, card))

    def _show_more(self) -> None:
        self._add_cards()
        QWidget.setTabOrder(self._cards[-1][1].last_button, self.more)
        self.show_items(self._items, self._now)

    def show_items(self, items: Sequence[Item], now: datetime) -> None:
        """Show these items, oldest first."""
        self._items, self._now = items, now
        self._none.setVisible(not items)
        for position, (rule, card) in enumerate(self._cards):
            rule.setVisible(0 < position < len(items))
            card.setVisible(position < len(items))
            if position < len(items):
                card.show_item(items[position], now)
        left_out = len(items) - len(self._cards)
        self.more.setVisible(left_out > 0)
        self.more.name(f"Show {say.number(min(left_out, QUESTIONS_SHOWN))} more of {say.number(len(items))}")
