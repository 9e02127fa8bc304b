"""Connect LinkedIn by Unipile's address and access token."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from gui.error_text import ErrorText
from gui.session import Session
from gui.sheets.sheet import Sheet
from gui.widgets.basics import Button
from gui.widgets.words import Words

EXPLAINED = (
    "Unipile is a paid service that reaches LinkedIn for you; its dashboard shows an address and makes access tokens."
    " You log in to LinkedIn there: Leadloom never sees that password. The token is kept in this computer's keyring."
)
RISK = "Automation is against LinkedIn's terms. Leadloom's limits lower the risk; they don't remove it."


class ConnectSheet(Sheet):
    """Asks for address and key, and says within ten seconds what is wrong with them."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__("Connect LinkedIn", parent)
        self._session = session
        self.body.addWidget(Words(EXPLAINED, "muted", wraps=True))
        self.address = self._field("Address", "api1.unipile.com:13111")
        self.key = self._field("Access token", "")
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.own_host = QCheckBox("This address is a server of my own")
        self.body.addWidget(self.own_host)
        self.body.addWidget(Words(RISK, "small", wraps=True))
        self._leave = Button("Cancel")
        self._leave.clicked.connect(self.reject)
        self.connect_button = Button("Connect", is_primary=True)
        self.connect_button.clicked.connect(self._connect)
        self.buttons.addWidget(self._leave)
        self.buttons.addWidget(self.connect_button)
        self.connect_button.setDefault(True)
        self.address.setFocus()

    def _field(self, name: str, example: str) -> QLineEdit:
        label, field = Words(name, "strong"), QLineEdit()
        label.setBuddy(field)
        field.setAccessibleName(name)
        field.setPlaceholderText(example)
        self.body.addWidget(label)
        self.body.addWidget(field)
        return field

    def _connect(self) -> None:
        self.show_error(None)
        self._session.commands.run_command(
            self._session.engine.services.accounts.add(
                self.address.text().strip(), self.key.text(), own_host=self.own_host.isChecked()
            ),
            name="connect LinkedIn",
            busy=self.connect_button,
            on_done=self._on_connected,
            on_failed=self._on_failed,
        )

    def _on_failed(self, error: ErrorText) -> None:
        self.show_error(error)
        self.connect_button.setFocus()

    def _on_connected(self, added: object) -> None:
        self.key.clear()
        names = ", ".join(added.names)  # type: ignore[attr-defined]
        warning = added.warning  # type: ignore[attr-defined]
        if warning:
            self._session.toast.warn(f"Connected: {names}. {warning}")
        else:
            self._session.toast.tell(f"Connected: {names}.")
        self._session.readings.refresh.ask()
        self.accept()


def open_connect_sheet(session: Session, page: QWidget) -> ConnectSheet:
    """Open the sheet over the window of a page."""
    sheet = ConnectSheet(session, page.window())
    sheet.finished.connect(sheet.deleteLater)
    sheet.open()
    return sheet
