"""What is asked before something is decided for one lead: which step, which day, whom never to contact, forgetting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QButtonGroup, QDateEdit, QLineEdit, QRadioButton, QWidget

from engine.domain.step_choice import StepChoice
from gui import formatting as say
from gui.sheets.sheet import Sheet
from gui.widgets.basics import Button, column, row
from gui.widgets.words import Words

LONGEST_REASON_CHARS = 200
FIRST_DAYS = 7
DAY_PX = 190


class GoToSheet(Sheet):
    """Offers the steps that can be gone to; `confirmed` brings the chosen one's key."""

    confirmed = Signal(str)

    def __init__(self, who: str, steps: Sequence[StepChoice], parent: QWidget) -> None:
        super().__init__("Go to step", parent)
        who = say.short(who)
        words = f"{who[:1].upper()}{who[1:]} goes on with this step as soon as its turn comes."
        self.body.addWidget(Words(f"{words} Steps before it are left out.", wraps=True))
        self._group = QButtonGroup(self)
        self.choices: dict[str, QRadioButton] = {}
        for step in steps:
            self.body.addLayout(self._line(step))
        self.leave, self.go = _buttons(self, "Go on with this step")
        self.go.clicked.connect(self._confirm)
        self._group.buttonToggled.connect(lambda *_: self._match())
        first = next((s for s in steps if s.is_next and s.can_choose), None)
        first = first or next((s for s in steps if s.can_choose), None)
        if first is not None:
            self.choices[first.key].setChecked(True)
            self.choices[first.key].setFocus()
        self._match()

    def _line(self, step: StepChoice) -> QWidget:
        line = column(gap=0)
        words = f"{step.words}{' (comes next)' if step.is_next else ''}"
        button = self.choices[step.key] = QRadioButton(words.replace("&", "&&"))
        button.setEnabled(step.can_choose)
        button.setAccessibleName(words)
        self._group.addButton(button)
        line.addWidget(button)
        if step.why_not:
            why = Words(say.sentence(step.why_not), "muted", wraps=True)
            why.setContentsMargins(24, 0, 0, 0)
            button.setAccessibleDescription(step.why_not)
            line.addWidget(why)
        return line

    @property
    def _chosen(self) -> str:
        return next((key for key, button in self.choices.items() if button.isChecked()), "")

    def _match(self) -> None:
        self.go.setEnabled(bool(self._chosen))

    def _confirm(self) -> None:
        key = self._chosen
        self.accept()
        self.confirmed.emit(key)


class GoOnSheet(Sheet):
    """Asks for the day; `confirmed` brings it."""

    confirmed = Signal(object)

    def __init__(self, who: str, today: date, parent: QWidget) -> None:
        who = say.short(who)
        super().__init__("Not an answer: go on", parent)
        words = (
            f"The last message doesn't end the sequence for {who}: it goes on from the day you choose. The conversation"
            " is read again then, and if anything newer is there, nothing goes out."
        )
        self.body.addWidget(Words(words, wraps=True))
        line = row(gap=10)
        line.addWidget(Words("Go on"))
        self.day = QDateEdit(QDate(today).addDays(FIRST_DAYS))
        self.day.setMinimumDate(QDate(today))
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("d MMMM yyyy")
        self.day.setMinimumWidth(DAY_PX)
        self.day.setAccessibleName("Day to go on")
        line.addWidget(self.day)
        line.addStretch(1)
        self.body.addLayout(line)
        self.leave, self.go = _buttons(self, "Go on that day")
        self.go.clicked.connect(self._confirm)
        self.day.setFocus()

    def _confirm(self) -> None:
        day = self.day.date().toPython()
        self.accept()
        self.confirmed.emit(day)


class NeverSheet(Sheet):
    """Asks whether one person, a company or a domain is meant; `confirmed` brings kind, entry and reason.

    Of the person alone, kind is "" and entry is empty.
    """

    confirmed = Signal(str, str, str)

    def __init__(self, who: str, company: str, domain: str, parent: QWidget) -> None:
        who = say.short(who)
        super().__init__(f"Never contact {who}", parent)
        words = (
            "Nothing more is sent, in any campaign, and later imports leave them out. It goes on your do-not-contact"
            " list, under More on Leads. You can undo it right after."
        )
        self.body.addWidget(Words(words, wraps=True))
        self._group = QButtonGroup(self)
        self.choices: list[tuple[QRadioButton, str, str]] = []
        self._offer(f"Only {who}", "", "")
        if company.strip():
            self._offer(f"Everybody at {say.short(company)}", "company", company)
        if domain:
            self._offer(f"Everybody with an address at {domain}", "domain", domain)
        self.choices[0][0].setChecked(True)
        self.reason = QLineEdit()
        self.reason.setMaxLength(LONGEST_REASON_CHARS)
        self.reason.setAccessibleName("Why, if you want to note it")
        self.reason.setPlaceholderText("Why, if you want to note it")
        self.body.addWidget(self.reason)
        self.leave, self.go = _buttons(self, "Never contact")
        self.go.clicked.connect(self._confirm)
        self.reason.returnPressed.connect(self._confirm)
        self.choices[0][0].setFocus()

    def _offer(self, words: str, kind: str, entry: str) -> None:
        button = QRadioButton(words.replace("&", "&&"))
        button.setAccessibleName(words)
        self._group.addButton(button)
        self.body.addWidget(button)
        self.choices.append((button, kind, entry))

    def _confirm(self) -> None:
        kind, entry = next((kind, entry) for button, kind, entry in self.choices if button.isChecked())
        reason = self.reason.text()
        self.accept()
        self.confirmed.emit(kind, entry, reason)


class ForgetSheet(Sheet):
    """Says what goes and what stays, and that it can't be undone."""

    confirmed = Signal()

    def __init__(self, who: str, parent: QWidget) -> None:
        super().__init__(f"Forget {say.short(who)}?", parent)
        words = (
            "Their name, their texts, their conversation and your note are erased from this data folder, for good."
            " Only a mark stays by which they are recognised, so that they are never imported again. What was sent is"
            " still counted, without its text."
        )
        self.body.addWidget(Words(words, wraps=True))
        self.body.addWidget(Words("This can’t be undone. Backups made before still hold them.", "strong", wraps=True))
        self.leave, self.go = _buttons(self, "Forget", is_final=True)
        self.go.clicked.connect(self._confirm)
        self.leave.setFocus()

    def _confirm(self) -> None:
        self.accept()
        self.confirmed.emit()


def _buttons(sheet: Sheet, words: str, *, is_final: bool = False) -> tuple[Button, Button]:
    leave = Button("Cancel")
    go = Button(words, look="danger") if is_final else Button(words, is_primary=True)
    leave.clicked.connect(sheet.reject)
    for button in (leave, go):
        sheet.buttons.addWidget(button)
    return leave, go
