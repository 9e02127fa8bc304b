"""Start: who will be contacted, who is held and why, who is first and when, at which pace; and three ways to answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QListWidget, QProgressBar, QWidget

from engine.errors import Refused, Topic
from gui import formatting as say
from gui.error_text import ErrorText, error_text
from gui.pages.campaign_tabs import CampaignPlace
from gui.session import Session
from gui.sheets.connect_sheet import open_connect_sheet
from gui.sheets.sheet import Sheet
from gui.state import start_words
from gui.widgets.basics import Button, row
from gui.widgets.words import Words

if TYPE_CHECKING:
    from engine.services.campaigns import Started
    from engine.services.preflight import Preflight
    from engine.services.start_forecasts import StartForecast

FEW = 5
ASKED = 10
HELD_SHOWN = 200
LIST_PX = 110
CHECKING = "Reading every text for every person…"


@dataclass(frozen=True, kw_only=True)
class _Found:
    campaign_id: int
    checked: Preflight
    forecast: StartForecast | None
    refused: Refused | None


class _Progress(QObject):
    """Brings progress that is told from the loop to the sheet, as long as it is there."""

    told = Signal(int, int)


class StartSheet(Sheet):
    """Nothing is started before a button is pressed."""

    def __init__(self, session: Session, campaign: str, parent: QWidget) -> None:
        super().__init__(f"Start “{campaign}”?", parent, width=600)
        self._session, self._campaign = session, campaign
        self._campaign_id, self._place = 0, CampaignPlace(campaign_id=0)
        self._is_starting = self._is_stopped = False
        self._build_body()
        self._build_buttons()
        self._told = _Progress(self)
        self._told.told.connect(self._show_progress)
        self._check()

    def _build_body(self) -> None:
        self.people, self.held_line = Words(CHECKING, "strong", wraps=True), Words(look="warning", wraps=True)
        self.first, self.pace = Words(wraps=True), Words(wraps=True)
        self.promise = Words(start_words.PROMISE, "muted", wraps=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 0)
        self.progress.setAccessibleName("Progress")
        self.fix, self.show_held = Button("Fix", look="link"), Button("Show them", look="link")
        self.fix.clicked.connect(self._go)
        self.show_held.clicked.connect(self._toggle_held)
        self.held = QListWidget()
        self.held.setAccessibleName("Who is held and why")
        self.held.setFixedHeight(LIST_PX)
        self.held.setWordWrap(True)
        self._held_row = QWidget()
        line = row(self._held_row, gap=8)
        line.addWidget(self.held_line, 1)
        line.addWidget(self.fix, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.show_held, 0, Qt.AlignmentFlag.AlignTop)
        parts = (self.people, self.progress, self._held_row, self.held, self.first, self.pace, self.promise)
        for part in parts:
            self.body.addWidget(part)
        for part in (self._held_row, self.held, self.first, self.pace):
            part.hide()
        self.ask = QCheckBox(f"Ask me before each of the first {ASKED} sends")
        self.ask.hide()
        self.body.addWidget(self.ask, 0, Qt.AlignmentFlag.AlignRight)

    def _build_buttons(self) -> None:
        self.read, self.leave = Button("Read the texts first"), Button("Cancel")
        self.mend = Button("Open the sequence", is_primary=True)
        self.few, self.all = Button(f"Start with {FEW} people"), Button("Start", is_primary=True)
        self.read.clicked.connect(self._read)
        self.leave.clicked.connect(self._cancel)
        self.mend.clicked.connect(self._go)
        self.few.clicked.connect(lambda: self._start(FEW))
        self.all.clicked.connect(lambda: self._start(None))
        self.buttons.insertWidget(0, self.read)
        for button in (self.leave, self.few, self.mend, self.all):
            self.buttons.addWidget(button)
        for button in (self.read, self.few, self.mend):
            button.hide()
        self.all.setEnabled(False)

    # looking

    def _check(self) -> None:
        task = self._session.commands.run_command(
            self._look(), name="check campaign", on_done=self._on_checked, on_failed=self._on_failed
        )
        self.finished.connect(lambda _: task.cancel() if task else None)

    async def _look(self) -> _Found:
        campaigns = self._session.engine.services.campaigns
        of = next(x.campaign_id for x in await campaigns.list() if x.name == self._campaign)
        checked = await campaigns.check(self._campaign, progress=self._told.told.emit)
        try:
            forecast = await campaigns.forecast_start(self._campaign)
        except Refused as refused:
            return _Found(campaign_id=of, checked=checked, forecast=None, refused=refused)
        return _Found(campaign_id=of, checked=checked, forecast=forecast, refused=None)

    def _show_progress(self, done: int, total: int) -> None:
        self.progress.setRange(0, max(1, total))
        self.progress.setValue(done)
        self.people.say(f"{CHECKING} {say.number(done)} of {say.number(total)}")

    def _on_checked(self, found: _Found) -> None:
        self._campaign_id = found.campaign_id
        checked, held = found.checked, found.checked.held_waiting
        contacted = checked.waiting - len(held)
        self.progress.hide()
        self.people.say(start_words.people_words(contacted, checked.waiting))
        self.read.setVisible(checked.waiting > 0)
        if checked.problems:
            return self._offer_sequence(checked)
        if found.refused is not None:
            return self._offer_account(found.refused)
        self._show_held(checked)
        self._show_forecast(found.forecast, contacted)
        self.few.setVisible(contacted > FEW)
        self.all.name(f"Start all {say.number(contacted)}" if contacted > 1 else "Start")
        self.all.setEnabled(contacted > 0)
        self.fit()
        self.leave.setFocus(Qt.FocusReason.OtherFocusReason)
        return None

    def _show_held(self, checked: Preflight) -> None:
        held = checked.held_waiting
        self._held_row.setVisible(bool(held))
        self.held_line.say(start_words.held_words(held))
        if held:
            self._place = CampaignPlace(campaign_id=self._campaign_id, tab="sequence", step=held[0].step)
            self.fix.name("Fix", f"Fix: open the sequence at step {held[0].step}")
        for one in held[:HELD_SHOWN]:
            self.held.addItem(f"{one.name}: {one.reason}")
        if len(held) > HELD_SHOWN:
            self.held.addItem(f"and {say.number(len(held) - HELD_SHOWN)} more")

    def _show_forecast(self, forecast: StartForecast | None, contacted: int) -> None:
        if forecast is None or not contacted:
            return
        self.first.say(start_words.first_words(forecast))
        self.pace.say(start_words.pace_words(forecast))
        self.promise.say(start_words.promise_words(forecast))
        self.first.setVisible(bool(self.first.text()))
        self.pace.show()
        self.ask.show()
        self.ask.setChecked(forecast.is_first_real)

    def _offer_sequence(self, checked: Preflight) -> None:
        details = tuple(dict.fromkeys(f"{problem}" for _, problem in checked.problems))
        self._place = CampaignPlace(campaign_id=self._campaign_id, tab="sequence", step=checked.problems[0][0])
        self._offer(
            "Open the sequence",
            ErrorText(title="The texts have mistakes.", advice="Mend them in the Sequence tab.", details=details),
        )

    def _offer_account(self, refused: Refused) -> None:
        words = {Topic.NO_ACCOUNT: "Connect LinkedIn…", Topic.SEVERAL_ACCOUNTS: "Choose the account"}
        self._place = CampaignPlace(campaign_id=self._campaign_id, tab="schedule")
        self.is_without_account = refused.topic is Topic.NO_ACCOUNT
        self._offer(words.get(refused.topic, "Open the campaign"), error_text(refused))

    def _offer(self, words: str, error: ErrorText) -> None:
        """Say what is in the way, with the button that does something about it in the place of Start."""
        self.all.hide()
        self.promise.hide()
        self.mend.name(words)
        self.mend.show()
        self.show_error(error)
        self.mend.setFocus(Qt.FocusReason.OtherFocusReason)

    # answering

    is_without_account = False

    def _go(self) -> None:
        self.reject()
        if self.is_without_account:
            open_connect_sheet(self._session, self.parentWidget())
        else:
            self._session.show("campaign", self._place)

    def _read(self) -> None:
        self.reject()
        self._session.show("read_through", self._campaign_id)

    def _toggle_held(self) -> None:
        self.held.setVisible(not self.held.isVisible())
        self.show_held.name("Hide them" if self.held.isVisible() else "Show them")
        self.fit()

    def _cancel(self) -> None:
        if not self._is_starting:
            self.reject()
            return
        self._is_stopped = True
        self.leave.setEnabled(False)
        self.people.say("Stopping…")

    def _start(self, first: int | None) -> None:
        self.is_held = self._is_starting = True
        self.show_error(None)
        self.leave.name("Stop")
        self.progress.setRange(0, 0)
        self.progress.show()
        for button in (self.few, self.all, self.read, self.fix, self.ask):
            button.setEnabled(False)
        work = self._session.engine.services.campaigns.start(
            self._campaign,
            first=first,
            ask=ASKED if self.ask.isChecked() else None,
            progress=self._told.told.emit,
            should_stop=lambda: self._is_stopped,
        )
        self._session.commands.run_command(
            work, name="start campaign", busy=self.all, on_done=self._on_started, on_failed=self._on_failed
        )

    def _on_failed(self, error: ErrorText) -> None:
        self._end_starting()
        self.progress.hide()
        for button in (self.few, self.read, self.fix, self.ask):
            button.setEnabled(True)
        self.show_error(error)
        self.leave.setFocus(Qt.FocusReason.OtherFocusReason)

    def _end_starting(self) -> None:
        self.is_held = self._is_starting = self._is_stopped = False
        self.leave.name("Cancel")
        self.leave.setEnabled(True)

    def _on_started(self, started: Started) -> None:
        self._end_starting()
        held = sum(1 for h in started.held if h.is_waiting)
        who = say.count(started.contacted, "person", "people")
        words = f"“{self._campaign}” runs with {who}."
        if held:
            words += f" {say.count(held, 'is', 'are')} held."
        if started.is_stopped:
            words = f"Stopped after {who}." if started.contacted else "Stopped. Nobody was started."
        self._session.toast.tell(words)
        self._session.readings.refresh.ask()
        self.accept()
