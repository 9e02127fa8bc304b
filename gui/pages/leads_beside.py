"""The open lead beside table or board: reads it again when it changes, keeps its note, carries decisions out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from gui import formatting as say
from gui.autosave import Autosave
from gui.bridge import ChangeSet
from gui.error_text import ErrorText
from gui.pages.lead_decisions import LeadDecisions
from gui.refresh import Refresh
from gui.session import Session
from gui.widgets.lead_panel import LeadPanel

if TYPE_CHECKING:
    from engine.services.lead_stories import LeadStory

ON_LINKEDIN = "https://www.linkedin.com/"


class LeadBeside(QObject):
    """The panel and what it shows."""

    opened = Signal(int)
    """A lead is shown now; 0: none is."""
    exclude_requested = Signal(int, str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.lead_id = 0
        self.panel = LeadPanel()
        self.panel.hide()
        self._story = Refresh(self._read, self._show, session.commands, name="read lead", parent=self)
        self._notes = Autosave(self._keep_note, session.commands, self)
        self._notes.failed.connect(self._on_not_kept)
        self._notes.kept.connect(lambda: self.panel.facts.say_state("Kept." if self._notes.is_clean else "Keeping…"))
        self.panel.close_requested.connect(self.close)
        self.panel.open_requested.connect(open_on_linkedin)
        self.panel.exclude_requested.connect(self.exclude_requested)
        self.panel.answer_requested.connect(self._answer)
        self.decisions = LeadDecisions(session, self.panel)
        self.panel.decided.connect(lambda enrolment_id, verb: self.decisions.decide(enrolment_id, verb, self._name))
        self.panel.never_requested.connect(self.decisions.never_contact)
        self.panel.forget_requested.connect(lambda story: self.decisions.forget(story, self.close))
        self.panel.facts.note_changed.connect(self._on_note)
        self._waiting_note: tuple[int, str] | None = None
        self.hold(is_held=True)

    def hold(self, *, is_held: bool) -> None:
        """Read nothing while nobody looks."""
        self._story.hold(is_held)
        if not is_held:
            self._story.ask()

    def show_lead(self, lead_id: int) -> None:
        """Open a lead."""
        if lead_id != self.lead_id:
            self._notes.begin()
        self.lead_id = lead_id
        self._story.ask_now()

    def close(self) -> None:
        """Show none."""
        self._notes.begin()
        self.lead_id = 0
        self.panel.hide()
        self.opened.emit(0)

    def on_changed(self, changes: ChangeSet) -> None:
        """Read again what is shown; the account's state and the brake are part of what it says."""
        if self.lead_id and changes.touches("lead", "enrolment", "campaign", "account", "engine"):
            self._story.ask()

    def look_again(self) -> None:
        """Time has passed: what is said about it may be another thing."""
        if self.lead_id:
            self._story.ask()

    async def leave(self) -> None:
        """Keep what was typed."""
        await self._notes.flush()

    @property
    def _name(self) -> str:
        return self.panel.name.text()

    async def _read(self) -> tuple[int, LeadStory | None]:
        of = self.lead_id
        return of, await self._session.engine.services.lead_stories.story(of) if of else None

    def _show(self, found: tuple[int, LeadStory | None]) -> None:
        of, story = found
        if story is None or of != self.lead_id:
            return
        if story.lead_id != of:  # they were merged: the one that goes on is shown
            self._notes.begin()
            self.lead_id = story.lead_id
        self.panel.show_story(story, self._session.engine.clock.now())
        if self.panel.isHidden():
            self.panel.show()
        self.opened.emit(story.lead_id)

    def _answer(self, item_id: str, choice: str) -> None:
        work = self._session.engine.services.attention.resolve(item_id, choice)
        self._session.commands.run_command(
            work,
            name="answer",
            busy=self.panel,
            on_done=lambda _: self._session.toast.tell(say.CHOICE_MEANINGS[choice]),
        )

    def _on_note(self, lead_id: int, text: str) -> None:
        if self._waiting_note is not None and self._waiting_note[0] != lead_id:
            self._notes.begin()
        self._waiting_note = (lead_id, text)
        self._notes.put(self._waiting_note)

    async def _keep_note(self, note: tuple[int, str]) -> None:
        await self._session.engine.services.lead_changes.write_note(*note)

    def _on_not_kept(self, error: ErrorText) -> None:
        self.panel.facts.say_state(f"Not kept: {error.sentence}")


def open_on_linkedin(address: str) -> None:
    """Open a person's page in the browser; no other address is ever opened."""
    if address.startswith(ON_LINKEDIN):
        QDesktopServices.openUrl(QUrl(address))
