"""The Overview tab: where a campaign stands and why, its steps with their counts, who is held, pause and resume."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QWidget

from gui import formatting as say
from gui.bridge import ChangeSet
from gui.pages.campaign_tabs import CampaignPlace, CampaignTab
from gui.refresh import Refresh
from gui.session import Session
from gui.state import campaign_words
from gui.widgets.basics import Button, Card, Scroll, clear, column, row
from gui.widgets.step_picture import StepPicture, StepPictures
from gui.widgets.words import Words

if TYPE_CHECKING:
    from engine.services.campaign_pages import CampaignOverview, StepLine
    from engine.services.drafts import OpenDraft

HELD_SHOWN = 8


class OverviewTab(CampaignTab):
    """Reads while it is shown."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._campaign_id, self.name = 0, ""
        self._build()
        self._refresh = Refresh(self._read, self._show, session.commands, name="read campaign overview", parent=self)
        self._refresh.hold(True)
        session.readings.read.connect(lambda _: self._refresh.ask())

    def _build(self) -> None:
        inner = QWidget()
        lines = column(inner, gap=12)
        column(self).addWidget(Scroll(inner))
        now = Card("Now")
        head = row(gap=10)
        self.state, self.next = Words(look="strong", wraps=True), Words(wraps=True)
        self.notes, self.account = Words(look="warning", wraps=True), Words(look="small", wraps=True)
        self.pause, self.resume = Button("Pause…"), Button("Resume", is_primary=True, is_decision=True)
        self.pause.clicked.connect(lambda: self.menu.popup(self.pause.mapToGlobal(QPoint(0, self.pause.height() + 2))))
        self.resume.clicked.connect(self._resume)
        self.menu = QMenu(self.pause)
        self.pauses = {}
        for what, words, meaning in campaign_words.PAUSES:
            action = self.menu.addAction(words, lambda what=what: self._pause(what))
            action.setToolTip(meaning)
            self.pauses[what] = action
        self.menu.setToolTipsVisible(True)
        for button in (self.pause, self.resume):
            button.hide()
        head.addWidget(self.state, 1)
        head.addWidget(self.pause)
        head.addWidget(self.resume)
        now.body.addLayout(head)
        for part in (self.next, self.notes, self.account):
            now.body.addWidget(part)
        steps = Card("Steps", note="Click a number to see these leads")
        self.steps = StepPictures()
        self.steps.leads_requested.connect(self._show_leads)
        steps.body.addWidget(self.steps)
        self.held_card = Card("Held: these people wait for you")
        self._held = column(gap=4)
        self.held_card.body.addLayout(self._held)
        for card in (now, steps, self.held_card):
            lines.addWidget(card)
        lines.addStretch(1)

    def show_campaign(self, opened: OpenDraft) -> None:
        """Show a campaign, or the same one after it changed."""
        self._campaign_id, self.name = opened.campaign_id, opened.name
        self._refresh.ask_now()

    def on_changed(self, changes: ChangeSet) -> None:
        """Read again after changes."""
        if changes.touches("campaign", "enrolment", "account", "engine"):
            self._refresh.ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Read while shown only."""
        super().showEvent(event)
        self._refresh.hold(False)

    def hideEvent(self, event: QHideEvent) -> None:
        """Read no more."""
        super().hideEvent(event)
        self._refresh.hold(True)

    async def _read(self) -> CampaignOverview | None:
        if not self._campaign_id:
            return None
        return await self.session.engine.services.campaign_pages.overview(self._campaign_id)

    def _show(self, found: CampaignOverview | None) -> None:
        if found is None or found.campaign_id != self._campaign_id:
            return
        now = self.session.engine.clock.now()
        self.state.say(campaign_words.state_words(found, now))
        self.next.say(campaign_words.next_words(found.state, found.why, now))
        self.next.setVisible(found.state in ("running", "paused") and bool(self.next.text()))
        self.notes.say("\n".join(campaign_words.notes_words(found)))
        self.notes.setVisible(bool(self.notes.text()))
        self.account.say(f"Sends as {found.account}." if found.account else "")
        self.account.setVisible(bool(found.account))
        partial = found.state == "running" and found.pause != "none"
        self.pause.setVisible(found.state == "running")
        self.resume.setVisible(found.state == "paused" or partial)
        self.steps.show_steps(tuple(_picture(line, found.leads) for line in found.steps))
        self._show_held(found.held)

    def _show_held(self, held: tuple[tuple[str, int], ...]) -> None:
        self.held_card.setVisible(bool(held))
        clear(self._held)
        for why, number in held[:HELD_SHOWN]:
            who = say.count(number, "person", "people")
            self._held.addWidget(Words(f"{who}: {why or 'a send is not clear'}", wraps=True))
        if len(held) > HELD_SHOWN:
            self._held.addWidget(Words(f"and {say.number(len(held) - HELD_SHOWN)} other reasons", "small"))
        if held:
            button = Button("Show them", look="link", says="Show the people who are held")
            button.clicked.connect(lambda: self._show_leads("", "needs_attention"))
            self._held.addWidget(button)

    def _show_leads(self, step: str, standing: str) -> None:
        place = CampaignPlace(campaign_id=self._campaign_id, tab="leads", step=step, standing=standing)
        self.session.show("campaign", place)

    def _pause(self, what: str) -> None:
        work = self.session.engine.services.pausing.pause_campaign(self.name, what)
        words = {what: words for what, words, _ in campaign_words.PAUSES}[what]
        self._change(work, f"Paused: {words.lower()}.", self.pause)

    def _resume(self) -> None:
        work = self.session.engine.services.pausing.resume_campaign(self.name)
        self._change(work, f"“{self.name}” goes on.", self.resume)

    def _change(self, work: Coroutine[Any, Any, Any], words: str, button: Button) -> None:
        def done(_: object) -> None:
            self.session.toast.tell(words)
            self._refresh.ask_now()

        self.session.commands.run_command(work, name="change campaign", busy=button, on_done=done)


def _picture(line: StepLine, leads: int) -> StepPicture:
    counts, shown = line.counts, ["sent"]
    if line.kind == "invite":
        shown.append("accepted")
    if line.kind in ("invite", "message"):
        shown.append("replied")
    shown.append("waiting")
    numbers = {name: getattr(counts, name) for name in shown}
    return StepPicture(
        key=line.key,
        title=line.title,
        done=counts.sent,
        of=leads,
        counts=tuple(
            (name, campaign_words.standing_words(line.kind, name, number)) for name, number in numbers.items()
        ),
    )
