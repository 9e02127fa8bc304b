"""Connect LinkedIn in four steps: what it takes, the address, the access token, and a log-in in the browser.

Each step is checked as it is done; nothing is kept before an account is there. It never sees LinkedIn's password.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from engine.errors import Topic, UserError
from gui.error_text import ErrorText, error_text
from gui.session import Session
from gui.sheets.sheet import Sheet
from gui.state import connect_words as words
from gui.widgets.basics import Button
from gui.widgets.connect_steps import ConnectSteps

if TYPE_CHECKING:
    from engine.services.connecting import LogIn

MAY_BE_NEWER = (Topic.KEY, Topic.NEW_API)
ABOUT_THE_KEY = (*MAY_BE_NEWER, Topic.KEY_IN_USE)


class ConnectSheet(Sheet):
    """Takes a person from nothing to a LinkedIn account; `again` names one that is to be connected again."""

    def __init__(self, session: Session, parent: QWidget, *, again: str = "") -> None:
        super().__init__(f"Connect {again} again" if again else "Connect LinkedIn", parent)
        self._session, self._again = session, again
        self._connecting = session.engine.services.connecting
        self._log_in: LogIn | None = None
        self._link, self._checking, self._waiting = "", None, None
        self.steps = ConnectSteps()
        self.address, self.key, self.own_host = self.steps.address, self.steps.key, self.steps.own_host
        self.body.addWidget(self.steps)
        self._build_buttons()
        for signal, slot in (
            (self.steps.address_changed, self._on_address_changed),
            (self.steps.key_changed, self._on_key_changed),
            (self.steps.address_pasted, self._on_address_pasted),
            (self.steps.key_pasted, self._on_key_pasted),
            (self.steps.request_wanted, self._copy_request),
            (self.steps.link_wanted, lambda: self._open_page(self._copy_link)),
        ):
            signal.connect(slot)
        self.finished.connect(lambda _: self._stop())
        self._show_fields()
        if again:
            self._run("_checking", self._connecting.again(again), self._show_log_in, self.show_error)

    def _build_buttons(self) -> None:
        self.back, self.leave = Button("Back"), Button("Cancel")
        self.connect_button = Button("Connect", is_primary=True)
        self.open_page = Button("Open the log-in page", is_primary=True)
        self.back.clicked.connect(self._show_fields)
        self.leave.clicked.connect(self.reject)
        self.connect_button.clicked.connect(self._go_on)
        self.open_page.clicked.connect(lambda: self._open_page(self._open_browser))
        self.buttons.insertWidget(0, self.back)
        for button in (self.leave, self.open_page, self.connect_button):
            self.buttons.addWidget(button)

    # the address and the key

    def _show_fields(self) -> None:
        self._stop()
        self._log_in, self._link = None, ""
        self.steps.show_fields()
        self.steps.say_key(words.KEY_HINT)
        self._address_words(is_left=False)
        self._show_buttons(is_log_in=False)
        (self.key if self.address.text() else self.address).setFocus()

    def _show_buttons(self, *, is_log_in: bool) -> None:
        self.back.setVisible(is_log_in and not self._again)
        self.open_page.setVisible(is_log_in)
        self.connect_button.setVisible(not is_log_in)
        (self.open_page if is_log_in else self.connect_button).setDefault(True)
        self.fit()

    def _address_words(self, *, is_left: bool) -> bool:
        """Say how the address reads, mildly while it is being typed. Returns whether it can be used."""
        text = self.address.text().strip()
        if not text and not is_left:
            self.steps.say_address(words.ADDRESS_HINT)
            return False
        try:
            read = self._connecting.read_address(text, own_host=self.own_host.isChecked())
        except UserError as error:
            is_new = error.topic is Topic.NEW_API
            self.own_host.setVisible(error.topic is Topic.OWN_HOST or self.own_host.isChecked())
            self.steps.say_address(error_text(error).sentence, "trouble" if is_left or is_new else "muted")
            self.steps.say_key(words.KEY_HINT, offers_request=is_new)
            return False
        self.steps.say_address(f"✓ {read}", "good")
        return True

    def _on_address_changed(self) -> None:
        self._stop()
        self.steps.say_key(words.KEY_HINT)
        self._address_words(is_left=False)
        self.fit()

    def _on_key_changed(self) -> None:
        self._stop()
        self.steps.say_key(words.KEY_HINT)
        self.fit()

    def _on_address_pasted(self) -> None:
        if self._address_words(is_left=True):
            self.key.setFocus()
        self.fit()

    def _on_key_pasted(self) -> None:
        if self._address_words(is_left=True):
            self._go_on()

    def _go_on(self) -> None:
        """Take the next step: to the field that is wanted, or to Unipile."""
        self.show_error(None)
        if not self._address_words(is_left=True):
            self.address.setFocus()
        elif not self.key.text().strip():
            self.key.setFocus()
        else:
            self.steps.say_key(words.CHECKING)
            work = self._connecting.try_key(self.address.text(), self.key.text(), own_host=self.own_host.isChecked())
            self._run("_checking", work, self._on_key_checked, self._on_key_refused, busy=self.connect_button)
        self.fit()

    def _on_key_refused(self, error: ErrorText) -> None:
        if error.topic in ABOUT_THE_KEY:
            self.steps.say_key(error.sentence, "trouble", offers_request=error.topic in MAY_BE_NEWER)
            self.key.setFocus()
        else:
            self.steps.say_key(words.KEY_HINT)
            self.steps.say_address(error.sentence, "trouble")
            self.address.setFocus()
        self.fit()

    def _on_key_checked(self, found: Any) -> None:
        if hasattr(found, "warning"):
            self._on_connected(found)
        else:
            self._show_log_in(found)

    # the log-in

    def _show_log_in(self, log_in: LogIn) -> None:
        self._log_in = log_in
        said = "" if self._again else words.also(log_in.names)
        self.steps.show_log_in(address=self.address.text().strip() or log_in.address, said=said)
        self._show_buttons(is_log_in=True)
        self.open_page.setFocus()
        self._wait()

    def _wait(self) -> None:
        if self._waiting is None and self._log_in is not None:
            work = self._connecting.wait_for_log_in(self._log_in)
            self._run("_waiting", work, self._on_connected, self._on_not_logged_in)

    def _on_not_logged_in(self, error: ErrorText) -> None:
        self._link = ""
        self.steps.say_waiting(error.sentence, "trouble")
        self.fit()

    def _open_page(self, then: Any) -> None:
        """Have a page made for logging in, unless there is one, and do something with it."""
        if self._log_in is None:
            return
        self._wait()
        if self._link:
            then(self._link)
            return

        def made(link: str) -> None:
            self._link = link
            then(link)

        work = self._connecting.log_in_page(self._log_in)
        self._run("_checking", work, made, self._on_not_logged_in, busy=self.open_page)

    def _open_browser(self, link: str) -> None:
        is_open = QDesktopServices.openUrl(QUrl(link))
        self.steps.say_waiting(words.WAITING if is_open else words.NOT_OPENED, "strong" if is_open else "trouble")
        self.open_page.name("Open it again", "Open the log-in page again")
        self.fit()

    def _copy_link(self, link: str) -> None:
        QGuiApplication.clipboard().setText(link)
        self.steps.say_waiting(words.COPIED_LINK, "strong")
        self.fit()

    def _copy_request(self) -> None:
        QGuiApplication.clipboard().setText(words.REQUEST)
        self.steps.say_key(words.COPIED_REQUEST, "good", offers_request=True)
        self.fit()

    def _on_connected(self, added: Any) -> None:
        self.key.clear()
        said = f"Connected: {', '.join(added.names)}."
        if added.warning:
            self._session.toast.warn(f"{said} {added.warning}")
        else:
            self._session.toast.tell(said)
        self._session.readings.refresh.ask()
        self.accept()

    # what runs

    def _run(self, slot: str, work: Any, on_done: Any, on_failed: Any, *, busy: QWidget | None = None) -> None:
        """Run something that ends with the sheet, and with whatever was typed."""

        def ended(then: Any) -> Any:
            def after(result: Any) -> None:
                setattr(self, slot, None)
                then(result)

            return after

        run = self._session.commands.run_command
        task = run(work, name="connect LinkedIn", busy=busy, on_done=ended(on_done), on_failed=ended(on_failed))
        setattr(self, slot, task)

    def _stop(self) -> None:
        for task in (self._checking, self._waiting):
            if isinstance(task, asyncio.Task):
                task.cancel()
        self._checking = self._waiting = None


def open_connect_sheet(session: Session, page: QWidget, *, again: str = "") -> ConnectSheet:
    """Open the sheet over the window of a page."""
    sheet = ConnectSheet(session, page.window(), again=again)
    sheet.finished.connect(sheet.deleteLater)
    sheet.open()
    return sheet
