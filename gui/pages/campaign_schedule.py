"""The Schedule and limits tab: whose account, which hours, how often in turn; each kept at once, with undo."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QSpinBox, QWidget

from engine.domain.working_hours import WorkingHours
from gui import formatting as say
from gui.bridge import ChangeSet
from gui.error_text import ErrorText
from gui.pages.campaign_tabs import CampaignTab
from gui.refresh import Refresh
from gui.screens import BY_NAME
from gui.session import Session
from gui.state.campaign_words import clock, hours_words
from gui.widgets.basics import Button, Card, Scroll, clear, column, inset, row
from gui.widgets.hours_form import HoursForm, HoursText
from gui.widgets.words import Words

if TYPE_CHECKING:
    from engine.services.campaign_pages import Schedule, ScheduleView
    from engine.services.drafts import OpenDraft

MOST_WEIGHT = 9
OFFICE_HOURS = HoursText(time_zone="Europe/Paris", days=frozenset(range(5)), start="09:00", end="17:00")


class ScheduleTab(CampaignTab):
    """Shows the schedule as it is kept; a change that can't be kept is said and taken back."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._campaign_id = 0
        self.view: ScheduleView | None = None
        self._build()
        self._refresh = Refresh(self._read, self._show, session.commands, name="read schedule", parent=self)
        self._refresh.hold(True)

    def _build(self) -> None:
        inner = QWidget()
        lines = column(inner, gap=12)
        column(self).addWidget(Scroll(inner))
        account = Card("Account")
        self.account, self.account_words = QComboBox(), Words(look="muted", wraps=True)
        self.account.setAccessibleName("Account")
        self.account.activated.connect(self._choose_account)
        line = row()
        line.addWidget(self.account)
        line.addStretch(1)
        account.body.addLayout(line)
        account.body.addWidget(self.account_words)
        hours = Card("Hours")
        self.own, self.form = QCheckBox("Own hours for this campaign"), HoursForm()
        self.hours_words = Words(look="muted", wraps=True)
        self.own.clicked.connect(self._toggle_own)
        self.form.changed.connect(self._change_hours)
        for part in (self.own, self.form, self.hours_words):
            hours.body.addWidget(part)
        share = Card("Share")
        turns = row(gap=8)
        self.weight = inset(QSpinBox())
        self.weight.setRange(1, MOST_WEIGHT)
        self.weight.setAccessibleName("Weight")
        self.weight.setKeyboardTracking(False)
        self.weight.valueChanged.connect(self._change_weight)
        self.weight_words = Words(wraps=True)
        turns.addWidget(Words("Weight"))
        turns.addWidget(self.weight)
        turns.addWidget(self.weight_words, 1)
        share.body.addLayout(turns)
        self.limits_card = Card("Limits of the account", note="Shared by all its campaigns")
        self._limits = column(gap=4)
        self.limits_card.body.addLayout(self._limits)
        if "accounts" in BY_NAME:
            opening = Button("Change them in Accounts", look="link")
            opening.clicked.connect(lambda: self.session.show("accounts"))
            self.limits_card.body.addWidget(opening)
        for card in (account, hours, share, self.limits_card):
            lines.addWidget(card)
        lines.addStretch(1)

    def show_campaign(self, opened: OpenDraft) -> None:
        """Show a campaign's schedule."""
        self._campaign_id = opened.campaign_id
        self._refresh.ask_now()

    def on_changed(self, changes: ChangeSet) -> None:
        """Read again after changes."""
        if changes.touches("campaign", "account"):
            self._refresh.ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Read while shown only."""
        super().showEvent(event)
        self._refresh.hold(False)

    def hideEvent(self, event: QHideEvent) -> None:
        """Read no more."""
        super().hideEvent(event)
        self._refresh.hold(True)

    # showing

    async def _read(self) -> tuple[int, ScheduleView] | None:
        if not self._campaign_id:
            return None
        of = self._campaign_id
        return of, await self.session.engine.services.campaign_pages.schedule(of)

    def _show(self, found: tuple[int, ScheduleView] | None) -> None:
        if found is None or found[0] != self._campaign_id:
            return
        view = self.view = found[1]
        can_change = view.state != "archived"
        self._show_account(view)
        own = view.schedule.own_hours
        self.own.setChecked(own is not None)
        self.own.setEnabled(can_change)
        self.form.setVisible(own is not None)
        self.form.setEnabled(can_change)
        if own is not None:
            self.form.show_hours(_text_of(own))
        self.hours_words.say(_hours_sentence(view))
        self.weight.blockSignals(True)
        self.weight.setValue(view.schedule.weight)
        self.weight.blockSignals(False)
        self.weight.setEnabled(can_change)
        self.weight_words.say(_weight_sentence(view))
        self._show_limits(view)

    def _show_account(self, view: ScheduleView) -> None:
        can_choose = view.state == "draft" and len(view.accounts) > 1
        self.account.setVisible(can_choose)
        self.account.clear()
        if view.schedule.account_id is None:
            self.account.addItem("Choose an account", None)
        for account_id, name in view.accounts:
            self.account.addItem(name, account_id)
        self.account.setCurrentIndex(max(0, self.account.findData(view.schedule.account_id)))
        if not view.accounts:
            words = "There is no LinkedIn account yet. Connect one on Home."
        elif view.state == "draft":
            words = "" if can_choose else f"Sends as {view.account}, the only account there is."
        else:
            words = f"Sends as {view.account}. A campaign that has begun keeps its account."
        self.account_words.say(words)
        self.account_words.setVisible(bool(words))

    def _show_limits(self, view: ScheduleView) -> None:
        clear(self._limits)
        self.limits_card.setVisible(bool(view.limits))
        for words, number in view.limits:
            line = row()
            line.addWidget(Words(words), 1)
            line.addWidget(Words(say.number(number), "strong"))
            self._limits.addLayout(line)

    # changing

    def _choose_account(self, index: int) -> None:
        if self.view is not None:
            chosen = self.account.itemData(index)
            self._keep(replace(self.view.schedule, account_id=chosen), "The account is changed.")

    def _toggle_own(self, is_own: bool) -> None:
        if self.view is None:
            return
        start = self.view.account_hours
        hours = (start or _hours_of(OFFICE_HOURS)) if is_own else None
        words = "The campaign has hours of its own." if is_own else "The campaign keeps to the account’s hours."
        self._keep(replace(self.view.schedule, own_hours=hours), words)

    def _change_hours(self, text: HoursText) -> None:
        if self.view is not None and self.view.schedule.own_hours is not None:
            self._keep(replace(self.view.schedule, own_hours=_hours_of(text)), "The hours are changed.")

    def _change_weight(self, weight: int) -> None:
        if self.view is not None and weight != self.view.schedule.weight:
            self._keep(replace(self.view.schedule, weight=weight), f"The weight is {say.number(weight)}.")

    def _keep(self, wanted: Schedule, words: str, *, can_undo: bool = True) -> None:
        of = self._campaign_id

        def done(before: Schedule) -> None:
            def take_back() -> None:
                if of == self._campaign_id:
                    self._keep(before, "It is as it was.", can_undo=False)

            self.session.toast.tell(words, undo=take_back if can_undo else None)
            self._refresh.ask_now()

        def failed(error: ErrorText) -> None:
            self.session.toast.warn(f"Not changed. {error.sentence}")
            self._refresh.ask_now()

        work = self.session.engine.services.campaign_pages.set_schedule(of, wanted)
        self.session.commands.run_command(work, name="change schedule", on_done=done, on_failed=failed)


def _hours_sentence(view: ScheduleView) -> str:
    if view.schedule.own_hours is not None:
        account = f" The account’s hours are {hours_words(view.account_hours)}." if view.account_hours else ""
        return f"This campaign sends in these hours only.{account}"
    if view.account_hours is None:
        return "It keeps to the hours of the account that it will use."
    return f"It keeps to the account’s hours: {hours_words(view.account_hours)}."


def _weight_sentence(view: ScheduleView) -> str:
    others = say.count(view.shared_with, "other running campaign", "other running campaigns")
    turns = say.count(view.schedule.weight, "turn", "turns")
    if not view.shared_with:
        return "It matters when another campaign runs on the same account: no other does now."
    return f"It takes {turns} for each turn of a campaign with weight 1; {others} on this account."


def _text_of(hours: WorkingHours) -> HoursText:
    return HoursText(time_zone=hours.time_zone, days=hours.days, start=clock(hours.start), end=clock(hours.end))


def _hours_of(text: HoursText) -> WorkingHours:
    def at(words: str) -> time:
        return time.max if words == "24:00" else time.fromisoformat(words)

    return WorkingHours(time_zone=text.time_zone, days=text.days, start=at(text.start), end=at(text.end))
