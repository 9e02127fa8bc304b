"""Accounts: health in words, what is next and why, hours and limits, reading acceptances now, keys."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QWidget

from engine.errors import NotFound
from gui import formatting as say
from gui.bridge import ChangeSet
from gui.error_text import ErrorText
from gui.pages.frame import Page
from gui.refresh import Refresh
from gui.session import Session
from gui.sheets.account_sheets import KeySheet, RemoveSheet
from gui.sheets.connect_sheet import open_connect_sheet
from gui.state.account_settings import changed, said
from gui.state.running import account_health, account_wait
from gui.widgets.account_form import AccountForm
from gui.widgets.basics import Button, Card, Scroll, column, row
from gui.widgets.budget_card import BudgetCard
from gui.widgets.words import Words

if TYPE_CHECKING:
    from engine.services.relation_passes import Pass
    from engine.services.status import AccountStatus
    from gui.readings import Snapshot

NONE_YET = "No LinkedIn account yet. Connect one, or try the practice account on Home."
READING = "Reading relations…"
AWAKE = (
    "Leadloom sends only while this computer is awake and the program runs. What is due meanwhile goes later,"
    " never in a burst."
)
ADVICE = {
    "disconnected": "Log in to LinkedIn again: “Reconnect…” opens the page for it. Leadloom goes on by itself then.",
    "restricted": "Log in to LinkedIn in a browser and see what it asks. Leadloom sends nothing until you say so.",
    "key": "Replace the key.",
}


class AccountsPage(Page):
    """One account at a time; the box at the top chooses."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Accounts", parent)
        self._session = session
        self._name = ""
        self._settings: dict[str, str] = {}
        self._readings: dict[str, asyncio.Task[Any]] = {}
        self._turn = asyncio.Lock()
        self.choice = QComboBox()
        self.choice.setAccessibleName("Account")
        self.choice.activated.connect(lambda _: self._choose(self.choice.currentText()))
        self._connect = Button("Connect LinkedIn…", is_primary=True)
        self._connect.clicked.connect(lambda: open_connect_sheet(session, self))
        self.head.addWidget(self.choice)
        self.head.addWidget(self._connect)
        self._none = Words(NONE_YET, "muted", wraps=True)
        self.body.addWidget(self._none)
        self._inner = QWidget()
        halves = row(self._inner, gap=14)
        left, right = column(gap=14), column(gap=14)
        self._build_state(left)
        self.budget = BudgetCard()
        left.addWidget(self.budget)
        left.addWidget(Words(AWAKE, "small", wraps=True))
        left.addStretch(1)
        card = Card("Hours and limits", note="saved at once")
        self.form = AccountForm()
        self.form.changed.connect(self._change)
        card.body.addWidget(self.form)
        right.addWidget(card)
        right.addStretch(1)
        halves.addLayout(left, 45)
        halves.addLayout(right, 55)
        self.body.addWidget(Scroll(self._inner), 1)
        self._refresh = Refresh(self._read, self._show, session.commands, name="read account", parent=self)
        self._refresh.hold(True)
        session.readings.read.connect(self.show_snapshot)
        if session.readings.newest is not None:
            self.show_snapshot(session.readings.newest)

    def _build_state(self, left: Any) -> None:
        self._state = Card("Account")
        self.health, self._advice = Words(wraps=True), Words(look="muted", wraps=True)
        self._next, self._last = Words(wraps=True), Words(look="small", wraps=True)
        self.result = Words(look="muted", wraps=True)
        self.result.hide()
        for words in (self.health, self._advice, self._next, self._last):
            self._state.body.addWidget(words)
        checks = row(gap=8)
        self.check, self.full = Button("Check acceptances now"), Button("Full read", says="Read all relations now")
        self.cancel = Button("Cancel", says="Stop reading")
        self.check.clicked.connect(lambda: self._check(full=False))
        self.full.clicked.connect(lambda: self._check(full=True))
        self.cancel.clicked.connect(self._cancel)
        self.cancel.hide()
        for button in (self.check, self.full, self.cancel):
            checks.addWidget(button)
        checks.addStretch(1)
        keys = row(gap=8)
        self.reconnect = Button("Reconnect…", says="Log in to LinkedIn again", is_primary=True)
        self.key, self.remove = Button("Replace the key…"), Button("Remove…", says="Remove this account")
        self.reconnect.clicked.connect(lambda: open_connect_sheet(self._session, self, again=self._name))
        self.key.clicked.connect(lambda: self._open(KeySheet(self._session, self._name, self.window())))
        self.remove.clicked.connect(lambda: self._open(RemoveSheet(self._session, self._name, self.window())))
        for button in (self.key, self.remove):
            keys.addWidget(button)
        keys.addStretch(1)
        self._state.body.addWidget(self.reconnect)
        self._state.body.addLayout(checks)
        self._state.body.addWidget(self.result)
        self._state.body.addLayout(keys)
        left.addWidget(self._state)

    def showEvent(self, event: QShowEvent) -> None:
        """Read while shown only."""
        super().showEvent(event)
        self._refresh.hold(False)
        self._refresh.ask()

    def hideEvent(self, event: Any) -> None:
        """Read no more."""
        super().hideEvent(event)
        self._refresh.hold(True)

    def on_changed(self, changes: ChangeSet) -> None:
        """Read settings again."""
        if changes.touches("account", "reading"):
            self._refresh.ask()

    def show_target(self, target: object) -> None:
        """Show an account by its name."""
        if isinstance(target, str):
            self._choose(target)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show what was read of the accounts."""
        accounts = snapshot.overview.accounts
        self._none.setVisible(not accounts)
        self._connect.set_primary(is_primary=not accounts)
        self._inner.setVisible(bool(accounts))
        self.choice.setVisible(len(accounts) > 1)
        if not accounts:
            return
        names = [account.name for account in accounts]
        if names != [self.choice.itemText(i) for i in range(self.choice.count())]:
            self.choice.clear()
            self.choice.addItems(names)
        if self._name not in names:
            self._choose(names[0])
        shown = accounts[names.index(self._name)]
        self.choice.setCurrentText(self._name)
        self.budget.show_account(shown)
        self._show_state(shown, snapshot)

    def _show_state(self, account: AccountStatus, snapshot: Snapshot) -> None:
        now = snapshot.overview.now
        self._state.heading.say(account.name)
        self._state.set_kind("plain" if account.status == "ok" else "trouble")
        self.health.say(say.sentence(account_health(account.status, account.status_why)))
        self._advice.say(ADVICE.get(account.status, ""))
        self._advice.setVisible(bool(self._advice.text()))
        self.reconnect.setVisible(account.status == "disconnected")
        self.key.set_primary(is_primary=account.status == "key")
        at = (
            "" if account.next_at is None else f" {say.when(account.next_at, now)}" if account.next_at > now else " now"
        )
        why = account_wait(account)
        self._next.say(say.sentence(f"next{at}: {why}" if why else f"next{at}"))
        self._next.setVisible(account.status == "ok" and bool(at or why))

        def last(what: str, moment: Any) -> str:
            return f"{what} {say.short_when(moment, now)}" if moment else f"{what} not yet"

        self._last.say(
            f"{last('Acceptances read', account.relations_read_at)}, {last('replies read', account.replies_read_at)}"
        )

    def _choose(self, name: str) -> None:
        if name != self._name:
            self._name, self._settings = name, {}
            self._tell(READING if name in self._readings else "")
            self._match_reading()
            self._refresh.ask_now()

    async def _read(self) -> dict[str, str]:
        if not self._name:
            return {}
        try:
            return await self._session.engine.services.accounts.settings(self._name)
        except NotFound:  # removed a moment ago: the next snapshot is without it
            return {}

    def _show(self, settings: dict[str, str]) -> None:
        self._settings = settings
        if settings:
            self.form.show_settings(settings)

    def _change(self, wished: dict[str, str]) -> None:
        new, old = changed(self._settings, wished)
        if new:
            self._set(self._name, new, old)

    def _set(self, name: str, new: dict[str, str], old: dict[str, str] | None) -> None:
        def done(_: object) -> None:
            undo = (lambda: self._set(name, old, None)) if old else None
            words = f"{name}: {said(new)}." if old else f"Taken back for {name}: {said(new)}."
            self._session.toast.tell(words, undo=undo)
            self._refresh.ask_now()

        def failed(error: ErrorText) -> None:
            self._session.toast.warn(error.sentence)
            self.form.show_settings(self._settings)

        work = self._set_in_turn(name, new)
        self._session.commands.run_command(work, name="set account", on_done=done, on_failed=failed)

    async def _set_in_turn(self, name: str, new: dict[str, str]) -> None:
        """Change one thing after the other, so that what is said last is about the last."""
        async with self._turn:
            await self._session.engine.services.accounts.set(name, new)

    def _check(self, *, full: bool) -> None:
        name = self._name

        def ended(words: str) -> None:
            self._readings.pop(name, None)
            self._session.readings.refresh.ask()
            if name == self._name:
                self._tell(words)
                self._match_reading()

        task = self._session.commands.run_command(
            self._session.engine.services.relations.check(name, full=full),
            name="check acceptances",
            on_done=lambda found: ended(_found_words(found)),
            on_failed=lambda error: ended(error.sentence),
        )
        if task is not None:
            self._readings[name] = task
            self._tell("Reading all relations…" if full else "Reading the newest relations…")
            self._match_reading()

    def _cancel(self) -> None:
        if (task := self._readings.pop(self._name, None)) is not None:
            task.cancel()
        self._tell("Stopped. What was read is kept; a full read goes on from there.")
        self._match_reading()

    def _tell(self, words: str) -> None:
        self.result.say(words)
        self.result.setVisible(bool(words))

    def _match_reading(self) -> None:
        is_reading = self._name in self._readings
        self.check.setEnabled(not is_reading)
        self.full.setEnabled(not is_reading)
        self.cancel.setVisible(is_reading)

    def _open(self, sheet: Any) -> None:
        sheet.finished.connect(sheet.deleteLater)
        sheet.open()


def _found_words(found: Pass) -> str:
    if found.problem:
        return say.sentence(f"it could not be read: {found.problem}")
    read, pages = say.count(found.read, "relation", "relations"), say.count(found.pages, "page", "pages")
    return f"Read {read} on {pages}; {say.count(found.matched, 'acceptance', 'acceptances')} found."
