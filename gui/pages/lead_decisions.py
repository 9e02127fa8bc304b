"""Carries out what is decided for one lead, tells of it, and offers to take it back."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from engine.domain.do_not_contact import domain_key
from engine.domain.step_choice import Verb
from gui import formatting as say
from gui.session import Session
from gui.sheets.lead_sheets import ForgetSheet, GoOnSheet, GoToSheet, NeverSheet
from gui.sheets.sheet import Sheet

if TYPE_CHECKING:
    from engine.services.do_not_contact import Barred
    from engine.services.lead_stories import LeadStory
    from engine.services.recovery import Decision


class LeadDecisions(QObject):
    """Asks where something must be chosen, and does it."""

    def __init__(self, session: Session, page: QWidget) -> None:
        super().__init__(page)
        self._session, self._page = session, page
        self._recovery = session.engine.services.recovery
        self.sheet: Sheet | None = None

    def decide(self, enrolment_id: int, verb: str, who: str) -> None:
        """Carry out one of `Verb` for an enrolment, asking first where something is to be chosen."""
        who = who or "this person"
        if verb == Verb.GO_TO:
            self._run(self._recovery.steps(enrolment_id), lambda steps: self._ask_step(enrolment_id, who, steps))
        elif verb == Verb.GO_ON:
            sheet = GoOnSheet(who, say.local(self._session.engine.clock.now()).date(), self._page.window())
            sheet.confirmed.connect(lambda day: self._carry_out(self._recovery.go_on(enrolment_id, day), who))
            self._open(sheet)
        else:
            work = {
                Verb.RETRY: self._recovery.retry,
                Verb.SKIP: self._recovery.skip,
                Verb.RESTART: self._recovery.restart,
            }[Verb(verb)]
            self._carry_out(work(enrolment_id), who)

    def _ask_step(self, enrolment_id: int, who: str, steps: Any) -> None:
        sheet = GoToSheet(who, steps, self._page.window())
        sheet.confirmed.connect(lambda key: self._carry_out(self._recovery.go_to(enrolment_id, key), who))
        self._open(sheet)

    def _carry_out(self, work: Coroutine[Any, Any, Decision], who: str) -> None:
        def done(decision: Decision) -> None:
            self._tell(f"For {who} you decided: {decision.words}.", lambda: self._recovery.take_back(decision))

        self._run(work, done)

    def never_contact(self, story: LeadStory) -> None:
        """Ask whom never to contact, then put them on the list."""
        known = dict(story.facts)
        domain = domain_key(known.get("email", "")) or domain_key(known.get("website", ""))
        sheet = NeverSheet(story.name or "this person", story.company, domain, self._page.window())
        sheet.confirmed.connect(lambda kind, entry, reason: self._list(story, kind, entry, reason))
        self._open(sheet)

    def _list(self, story: LeadStory, kind: str, entry: str, reason: str) -> None:
        listing = self._session.engine.services.do_not_contact
        work = listing.add(kind, entry, reason) if kind else listing.never_contact([story.lead_id], reason)
        self._run(work, lambda barred: self.tell_barred(barred, entry or story.name))

    def tell_barred(self, barred: Barred, whom: str) -> None:
        """Say who is on the list now and how many it stopped, with a way to take it back."""
        stopped = f" {say.count(barred.people, 'person was', 'people were')} stopped." if barred.people else ""
        listing = self._session.engine.services.do_not_contact
        if barred.entries:
            self._tell(f"{whom} is never contacted.{stopped}", lambda: listing.take_back_addition(barred))
        else:
            self._session.toast.tell(f"{whom} was on your do-not-contact list already.{stopped}")

    def forget(self, story: LeadStory, on_done: Callable[[], None]) -> None:
        """Ask, then forget a person."""
        sheet = ForgetSheet(story.name or "this person", self._page.window())

        def go() -> None:
            def done(_: object) -> None:
                self._session.toast.tell("This person was forgotten.")
                on_done()

            self._run(self._session.engine.services.forgetting.forget(str(story.lead_id)), done)

        sheet.confirmed.connect(go)
        self._open(sheet)

    def _run(self, work: Coroutine[Any, Any, Any], done: Callable[[Any], None]) -> None:
        self._session.commands.run_command(work, name="decide", on_done=done)

    def _tell(self, words: str, undo: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        def take_back() -> None:
            self._run(undo(), lambda _: self._session.toast.tell("It was taken back."))

        self._session.toast.tell(words, undo=take_back)

    def _open(self, sheet: Sheet) -> None:
        self.sheet = sheet
        sheet.finished.connect(sheet.deleteLater)
        sheet.finished.connect(self._on_finished)
        sheet.open()

    def _on_finished(self) -> None:
        self.sheet = None
