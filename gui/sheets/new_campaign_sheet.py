"""New campaign: a name, and the sequence to start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QRadioButton, QWidget

from gui.error_text import ErrorText
from gui.session import Session
from gui.sheets.sheet import Sheet
from gui.widgets.basics import Button, column
from gui.widgets.words import Words

if TYPE_CHECKING:
    from engine.services.sequence_templates import SequenceTemplate

INDENT_PX = 24


class NewCampaignSheet(Sheet):
    """Nothing is made before the button is pressed; `made` brings the new campaign's id."""

    made = Signal(int)

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__("New campaign", parent)
        self._session = session
        self.body.addWidget(Words("Name", "head"))
        self.name = QLineEdit()
        self.name.setMaxLength(200)
        self.name.setAccessibleName("Name of the campaign")
        self.name.setPlaceholderText("For example: Agencies, spring")
        self.body.addWidget(self.name)
        self.body.addWidget(Words("Start from", "head"))
        self._choices = column(gap=10)
        self.body.addLayout(self._choices)
        self.group = QButtonGroup(self)
        self.radios: list[QRadioButton] = []
        self._keys: list[str] = []
        self.leave, self.make = Button("Cancel"), Button("Make the draft", is_primary=True)
        self.leave.clicked.connect(self.reject)
        self.make.clicked.connect(self._make)
        self.name.returnPressed.connect(self._make)
        self.name.textChanged.connect(self._match)
        for button in (self.leave, self.make):
            self.buttons.addWidget(button)
        self._match()
        work = session.engine.services.drafts.templates()
        session.commands.run_command(work, name="read templates", on_done=self._show, on_failed=self.show_error)

    def _show(self, found: tuple[SequenceTemplate, ...]) -> None:
        for number, template in enumerate(found):
            radio = QRadioButton(template.title)
            radio.setAccessibleName(f"{template.title}. {template.words}")
            words = Words(template.words, "small", wraps=True)
            words.setContentsMargins(INDENT_PX, 0, 0, 0)
            lines = column(gap=2)
            lines.addWidget(radio)
            lines.addWidget(words)
            self._choices.addLayout(lines)
            self.group.addButton(radio, number)
            self.radios.append(radio)
            self._keys.append(template.key)
        self.radios[0].setChecked(True)
        self._match()
        self.name.setFocus()
        self.fit()

    def _match(self) -> None:
        self.make.setEnabled(bool(self.name.text().strip()) and bool(self._keys))

    def _make(self) -> None:
        if not self.make.isEnabled():
            return
        self.show_error(None)
        self.is_held = True
        key = self._keys[self.group.checkedId()]
        work = self._session.engine.services.drafts.create(self.name.text(), key)
        self._session.commands.run_command(
            work, name="new campaign", busy=self.make, on_done=self._on_made, on_failed=self._on_failed
        )

    def _on_made(self, campaign_id: int) -> None:
        self.is_held = False
        self.accept()
        self.made.emit(campaign_id)

    def _on_failed(self, error: ErrorText) -> None:
        self.is_held = False
        self.show_error(error)
        self.name.setFocus()
