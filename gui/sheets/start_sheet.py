"""Start: how many will be contacted, who is held and why, and three ways to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QProgressBar, QWidget

from gui import formatting as say
from gui.error_text import ErrorText
from gui.session import Session
from gui.sheets.sheet import Sheet
from gui.widgets.basics import Button
from gui.widgets.words import Words

if TYPE_CHECKING:
    from engine.services.campaigns import Started
    from engine.services.preflight import Preflight
    from engine.services.status import Overview

FEW = 5
HELD_SHOWN = 200
LIST_PX = 120
PROMISE = "Replies, acceptances and your own messages stop a person's sequence. You can pause at any time."


class StartSheet(Sheet):
    """Nothing is started before a button is pressed."""

    def __init__(self, session: Session, campaign: str, parent: QWidget) -> None:
        super().__init__(f"Start “{campaign}”?", parent)
        self._session, self._campaign = session, campaign
        self._words = Words("Reading every text for every person…", wraps=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 0)
        self.progress.setAccessibleName("Progress")
        self._held_words = Words(look="warning", wraps=True)
        self.held = QListWidget()
        self.held.setAccessibleName("Who is held and why")
        self.held.setFixedHeight(LIST_PX)
        self.held.setWordWrap(True)
        self._budget = Words(wraps=True)
        self._promise = Words(PROMISE, "muted", wraps=True)
        for part in (self._words, self.progress, self._held_words, self.held, self._budget, self._promise):
            self.body.addWidget(part)
        for part in (self._held_words, self.held, self._budget):
            part.hide()
        self.leave = Button("Not now")
        self.few = Button(f"Start with {FEW} people")
        self.all = Button("Start", is_primary=True)
        self.leave.clicked.connect(self.reject)
        self.few.clicked.connect(lambda: self._start(FEW))
        self.all.clicked.connect(lambda: self._start(None))
        for button in (self.leave, self.few, self.all):
            self.buttons.addWidget(button)
        self.few.hide()
        self.all.setEnabled(False)
        self._check()

    def _check(self) -> None:
        async def look() -> tuple[Preflight, int, Overview]:
            engine = self._session.engine
            checked = await engine.services.campaigns.check(self._campaign, progress=self._on_progress)
            waiting = await engine.lead_pages.waiting_for_start()
            lines = await engine.services.campaigns.list()
            number = next((waiting.get(x.campaign_id, 0) for x in lines if x.name == self._campaign), 0)
            return checked, number, await engine.services.status.overview(coming=0)

        task = self._session.commands.run_command(
            look(), name="check campaign", on_done=self._on_checked, on_failed=self._on_failed
        )
        self.finished.connect(lambda _: task.cancel() if task else None)

    def _on_progress(self, done: int, total: int) -> None:
        self.progress.setRange(0, max(1, total))
        self.progress.setValue(done)

    def _on_checked(self, found: tuple[Preflight, int, Overview]) -> None:
        checked, waiting, overview = found
        self.progress.hide()
        if checked.problems:
            details = tuple(f"Step {key}: {problem}" for key, problem in checked.problems)
            advice = "Mend them in the campaign file, then add it again."
            self._on_failed(ErrorText(title="The texts have mistakes.", advice=advice, details=details))
            return
        contacted = max(0, waiting - len(checked.held))
        if not overview.accounts:
            self._on_failed(ErrorText(title="There is no LinkedIn account yet.", advice="Connect one first, on Home."))
            return
        people = say.count(waiting, "person", "people")
        self._words.say(f"{say.number(contacted)} of {people} will be contacted, in the order of the list.")
        self._show_held(checked)
        self._show_budget(contacted, overview)
        self.few.setVisible(contacted > FEW)
        self.all.name(f"Start all {say.number(contacted)}" if contacted > 1 else "Start")
        self.all.setEnabled(contacted > 0)
        if not contacted:
            self._words.say("Nobody in this campaign is waiting to be contacted. Import some leads first.")
        self.fit()
        self.all.setFocus()

    def _show_held(self, checked: Preflight) -> None:
        number = len(checked.held)
        self._held_words.setVisible(number > 0)
        self.held.setVisible(number > 0)
        self._held_words.say(
            f"{say.count(number, 'person is', 'people are')} held, because a text can't be written for them:"
        )
        for held in checked.held[:HELD_SHOWN]:
            self.held.addItem(f"{held.name} – step {held.step}: {held.reason}")

    def _show_budget(self, contacted: int, overview: Overview) -> None:
        budgets = [b for a in overview.accounts for b in a.budgets]
        invites = next((b for b in budgets if b.words == "Invitations today"), None)
        if invites is not None and contacted:
            limit = say.count(invites.limit, "invitation", "invitations")
            self._budget.say(f"At most {limit} today, inside the account's working hours.")
            self._budget.show()

    def _start(self, first: int | None) -> None:
        self.is_held = True
        self.show_error(None)
        for button in (self.leave, self.few):
            button.setEnabled(False)
        work = self._session.engine.services.campaigns.start(self._campaign, first=first, progress=self._on_progress)
        self._session.commands.run_command(
            work, name="start campaign", busy=self.all, on_done=self._on_started, on_failed=self._on_failed
        )

    def _on_failed(self, error: ErrorText) -> None:
        self.is_held = False
        self.progress.hide()
        for button in (self.leave, self.few):
            button.setEnabled(True)
        self.show_error(error)
        self.leave.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_started(self, started: Started) -> None:
        self.is_held = False
        held = f" {say.count(len(started.held), 'is', 'are')} held." if started.held else ""
        who = say.count(started.contacted, "person", "people")
        self._session.toast.tell(f"“{self._campaign}” runs with {who}.{held}")
        self._session.readings.refresh.ask()
        self.accept()
