"""An account's budgets: each number next to what it is out of, and a bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from gui import formatting as say
from gui.state.running import account_wait
from gui.widgets.basics import Bar, Card, row
from gui.widgets.words import Words

if TYPE_CHECKING:
    from engine.services.status import AccountStatus


class BudgetCard(Card):
    """Shows an account's budgets and what it waits for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Budget", parent=parent)
        self._lines: list[tuple[Words, Words, Bar]] = []
        self._why = Words(look="small", wraps=True)
        self.body.addWidget(self._why)

    def show_account(self, account: AccountStatus) -> None:
        """Show one account."""
        self.heading.say(f"Budget of {account.name}")
        while len(self._lines) < len(account.budgets):
            self._add_line()
        for (words, amount, bar), budget in zip(self._lines, account.budgets, strict=False):
            words.say(budget.words)
            amount.say(f"{say.number(budget.used)} of {say.number(budget.limit)}")
            bar.set_values(budget.used, budget.limit)
            bar.setAccessibleName(f"{budget.words}: {budget.used} of {budget.limit}")
        self._why.say(say.sentence(account_wait(account)))
        self._why.setVisible(bool(self._why.text()))

    def _add_line(self) -> None:
        words, amount, bar = Words(), Words(look="small"), Bar()
        top = row()
        top.addWidget(words, 1)
        top.addWidget(amount, 0, Qt.AlignmentFlag.AlignRight)
        position = self.body.count() - 1
        self.body.insertLayout(position, top)
        self.body.insertWidget(position + 1, bar)
        self._lines.append((words, amount, bar))
