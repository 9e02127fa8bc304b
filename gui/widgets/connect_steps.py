"""The four steps of connecting LinkedIn as they look: fields, hints, what is wrong. Knows no engine."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from gui.state import connect_words as words
from gui.widgets.basics import Button, column, row
from gui.widgets.numbered_step import NumberedStep
from gui.widgets.words import Words

PASTED_CHARACTERS = 6
"""So many at once aren't typed."""


class _Pastes:
    """Tells what was pasted into a field from what was typed, or put in by the program."""

    def __init__(self) -> None:
        self._length, self._is_edit = 0, False

    def note_edit(self, _text: str) -> None:
        self._is_edit = True

    def is_paste(self, text: str) -> bool:
        """Whether the change to this text was one of many characters by a person."""
        grown, is_edit = len(text) - self._length, self._is_edit
        self._length, self._is_edit = len(text), False
        return is_edit and grown >= PASTED_CHARACTERS


class ConnectSteps(QWidget):
    """Shows where a person is; wishes for others."""

    address_changed = Signal()
    key_changed = Signal()
    address_pasted = Signal()
    key_pasted = Signal()
    request_wanted = Signal()
    link_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        whole = column(self, gap=10)
        self.steps = [NumberedStep(n, title) for n, title in enumerate(words.TITLES, start=1)]
        for step in self.steps:
            whole.addWidget(step)
        for text in (words.UNIPILE, words.RISK):
            self.steps[0].body.addWidget(Words(text, "muted" if text is words.UNIPILE else "warning", wraps=True))
        self.address, self.address_said = self._field(1, "Address", "api1.unipile.com:13111")
        self.own_host = QCheckBox("This address is a server of my own")
        self.own_host.hide()
        self.steps[1].body.addWidget(self.own_host)
        self.key, self.key_said = self._field(2, "Access token", "")
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self._newer = Words(words.NEWER_API, "muted", wraps=True)
        self.copy_request = Button("Copy the request for v1 access", is_small=True)
        for part in (self._newer, self.copy_request):
            self.steps[2].body.addWidget(part)
        self.log_in_said = Words(look="muted", wraps=True)
        self.steps[3].body.addWidget(self.log_in_said)
        links = row(gap=8)
        self.copy_link = Button("Copy the link", says="Copy the link of the log-in page", is_small=True)
        links.addWidget(self.copy_link)
        links.addStretch(1)
        self.steps[3].body.addLayout(links)
        self.waiting = Words(look="strong", wraps=True)
        self.steps[3].body.addWidget(self.waiting)
        self._connect_all()

    def _field(self, step: int, name: str, example: str) -> tuple[QLineEdit, Words]:
        field, said = QLineEdit(), Words(look="muted", wraps=True)
        field.setAccessibleName(name)
        field.setPlaceholderText(example)
        self.steps[step].body.addWidget(field)
        self.steps[step].body.addWidget(said)
        return field, said

    def _connect_all(self) -> None:
        self.own_host.toggled.connect(self.address_changed)
        self.copy_request.clicked.connect(self.request_wanted)
        self.copy_link.clicked.connect(self.link_wanted)
        for field, changed, pasted in (
            (self.address, self.address_changed, self.address_pasted),
            (self.key, self.key_changed, self.key_pasted),
        ):
            watch = _Pastes()
            field.textEdited.connect(watch.note_edit)
            # Qt tells of the edit first: whoever hears of what was pasted has heard of the change before.
            field.textChanged.connect(changed)
            field.textChanged.connect(lambda text, watch=watch, pasted=pasted: watch.is_paste(text) and pasted.emit())

    def show_fields(self) -> None:
        """Show what is to be filled in."""
        for step in self.steps[:3]:
            step.show_state(is_open=True)
        self.steps[3].show_state(is_open=False, summary=words.LOG_IN_LATER)

    def show_log_in(self, *, address: str, said: str) -> None:
        """Show that all is there but LinkedIn."""
        for step, summary in zip(self.steps[:3], ("Unipile", address, "works"), strict=True):
            step.show_state(is_open=False, is_done=True, summary=summary)
        self.steps[3].show_state(is_open=True)
        self.log_in_said.say(f"{said} {words.LOG_IN}".strip())
        self.say_waiting(words.WAITING)

    def say_waiting(self, text: str, look: str = "muted") -> None:
        """Say what the log-in waits for, or what is wrong."""
        _say(self.waiting, text, look)

    def say_address(self, text: str, look: str = "muted") -> None:
        """Say something beside the address."""
        _say(self.address_said, text, look)

    def say_key(self, text: str, look: str = "muted", *, offers_request: bool = False) -> None:
        """Say something beside the token; offer the request for access to the older API where it may help."""
        _say(self.key_said, text, look)
        self._newer.setVisible(offers_request)
        self.copy_request.setVisible(offers_request)


def _say(label: Words, text: str, look: str) -> None:
    label.say(text)
    label.set_look(look)
    label.setAccessibleName(text)
    label.setVisible(bool(text))
