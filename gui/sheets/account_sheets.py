"""Two questions about an account: its new key, and whether it is to go."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from gui.error_text import ErrorText
from gui.session import Session
from gui.sheets.sheet import Sheet
from gui.widgets.basics import Button
from gui.widgets.words import Words


class KeySheet(Sheet):
    """Takes a new access token and checks it before it is kept."""

    def __init__(self, session: Session, name: str, parent: QWidget) -> None:
        super().__init__(f"Replace the key of {name}", parent)
        self._session, self._name = session, name
        self.body.addWidget(
            Words("The new access token is checked first, then kept in this computer's keyring.", "muted", wraps=True)
        )
        self.key = QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.key.setAccessibleName("Access token")
        self.body.addWidget(self.key)
        leave, self.replace = Button("Cancel"), Button("Check and replace", is_primary=True)
        leave.clicked.connect(self.reject)
        self.replace.clicked.connect(self._go)
        self.replace.setDefault(True)
        for button in (leave, self.replace):
            self.buttons.addWidget(button)
        self.key.setFocus()

    def _go(self) -> None:
        self.show_error(None)
        self.is_held = True
        work = self._session.engine.services.accounts.set_key(self._name, self.key.text())
        self._session.commands.run_command(
            work, name="replace key", busy=self.replace, on_done=self._done, on_failed=self._failed
        )

    def _failed(self, error: ErrorText) -> None:
        self.is_held = False
        self.show_error(error)

    def _done(self, warning: str) -> None:
        self.is_held = False
        self.key.clear()
        if warning:
            self._session.toast.warn(f"The new key works. {warning}")
        else:
            self._session.toast.tell("The new key works and is kept.")
        self._session.readings.refresh.ask()
        self.accept()


class RemoveSheet(Sheet):
    """Says what goes and what stays, and asks."""

    def __init__(self, session: Session, name: str, parent: QWidget) -> None:
        super().__init__(f"Remove {name}?", parent)
        self._session, self._name = session, name
        self.body.addWidget(
            Words(
                "Leadloom forgets its key and sends nothing through it any more. Leads, campaigns and the whole history"
                " stay, so that nobody is contacted twice if you connect it again. The account at Unipile stays too.",
                wraps=True,
            )
        )
        leave, self.remove = Button("Keep it"), Button("Remove", look="danger")
        leave.clicked.connect(self.reject)
        self.remove.clicked.connect(self._go)
        for button in (leave, self.remove):
            self.buttons.addWidget(button)
        leave.setFocus()

    def _go(self) -> None:
        self.show_error(None)
        self.is_held = True
        work = self._session.engine.services.accounts.remove(self._name)
        self._session.commands.run_command(
            work, name="remove account", busy=self.remove, on_done=self._done, on_failed=self._failed
        )

    def _failed(self, error: ErrorText) -> None:
        self.is_held = False
        self.show_error(error)

    def _done(self, _: object) -> None:
        self.is_held = False
        self._session.toast.tell(f"{self._name} was removed; its history stays.")
        self._session.readings.refresh.ask()
        self.accept()
