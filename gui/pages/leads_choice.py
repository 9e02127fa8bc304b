"""What is done with chosen people, and how it is taken back."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from gui import formatting as say
from gui.error_text import ErrorText
from gui.session import Session
from gui.sheets.choice_sheets import AddSheet, ExcludeSheet
from gui.sheets.merge_sheet import MergeSheet
from gui.sheets.sheet import Sheet
from gui.widgets.bulk_bar import BulkBar

if TYPE_CHECKING:
    from engine.services.lead_pages import LeadLine
    from engine.services.merging import Merged

TAKES_LEADS = ("draft", "running", "paused")


class LeadsChoice(QObject):
    """Asks, carries out with progress, and offers to take it back."""

    ended = Signal()

    def __init__(self, session: Session, bar: BulkBar, page: QWidget, chosen: Callable[[], array[int]]) -> None:
        super().__init__(page)
        self._session, self._bar, self._page, self._chosen = session, bar, page, chosen
        self._is_stopped = False
        self.sheet: Sheet | None = None
        bar.exclude_requested.connect(self.exclude_chosen)
        bar.add_requested.connect(self.add_chosen)
        bar.take_out_requested.connect(self.take_out_chosen)
        bar.merge_requested.connect(self.merge_chosen)
        bar.stop_requested.connect(self._stop)

    def exclude_chosen(self) -> None:
        """Ask why, then exclude whoever is chosen."""
        keys = self._chosen()
        self._ask_why(f"the people of {say.count(len(keys), 'row', 'rows')}", keys)

    def exclude_lead(self, lead_id: int, name: str) -> None:
        """Ask why, then exclude one person."""
        self._ask_why(name or "this person", array("q", [-lead_id]))

    def _ask_why(self, who: str, keys: array[int]) -> None:
        sheet = ExcludeSheet(who, self._page.window())
        sheet.confirmed.connect(lambda reason: self._exclude(keys, reason))
        self._open(sheet)

    def add_chosen(self) -> None:
        """Ask to which campaign, then add whoever is chosen."""
        keys, newest = self._chosen(), self._session.readings.newest
        lines = newest.campaigns if newest is not None else []
        offered = [(line.campaign_id, line.name, line.state) for line in lines if line.state in TAKES_LEADS]
        sheet = AddSheet(len(keys), offered, self._page.window())
        sheet.confirmed.connect(lambda campaign_id: self._add(keys, campaign_id))
        self._open(sheet)

    def take_out_chosen(self) -> None:
        """Take whoever is chosen out of campaigns that haven't reached them."""
        changes = self._session.engine.services.lead_changes

        def done(found: Any) -> None:
            kept = (
                f" {say.count(found.kept, 'row stays', 'rows stay')}: started, or in no campaign." if found.kept else ""
            )
            self._tell(
                f"{say.count(len(found.rows), 'row was', 'rows were')} taken out.{kept}",
                lambda: changes.put_back(found),
                has_undo=bool(found.rows),
            )

        self._run(changes.take_out(self._chosen(), go_on=self._go_on), "take out of campaigns", done)

    def merge_chosen(self) -> None:
        """Ask which of two leads goes on, then make one of them."""
        pages = self._session.engine.services.lead_pages
        self._session.commands.run_command(
            pages.lines(self._chosen()), name="look at two leads", on_done=self._ask_which
        )

    def _ask_which(self, lines: dict[int, LeadLine]) -> None:
        pair = {line.lead_id: line for line in lines.values()}
        if len(pair) != 2:
            self._session.toast.tell("These two rows are one lead already, in two campaigns.")
            return
        sheet = MergeSheet([(i, line.name, _told_apart(line)) for i, line in pair.items()], self._page.window())
        sheet.confirmed.connect(self._merge)
        self._open(sheet)

    def _merge(self, keep: int, other: int) -> None:
        merging = self._session.engine.services.merging

        def done(found: Merged) -> None:
            self._tell("The two are one lead now.", lambda: merging.take_back(found), has_undo=True)

        self._run(merging.merge(str(keep), str(other)), "merge", done)

    def _exclude(self, keys: array[int], reason: str) -> None:
        changes = self._session.engine.services.lead_changes

        def done(found: Any) -> None:
            people = say.count(found.people, "person is excluded.", "people are excluded.")
            words = people if found.people else "Nobody had anything to come: nothing was changed."
            self._tell(words, lambda: changes.take_back_exclusion(found), has_undo=bool(found.rows))

        self._run(changes.exclude(keys, reason, go_on=self._go_on), "exclude", done)

    def _add(self, keys: array[int], campaign_id: int) -> None:
        changes = self._session.engine.services.lead_changes

        def done(found: Any) -> None:
            made = len(found.enrolment_ids)
            words = [f"{say.count(made, 'person was', 'people were')} added to {found.campaign}."]
            if found.there_before:
                words.append(f"{say.count(found.there_before, 'was', 'were')} in it before.")
            if made:
                words.append("They wait for its next Start.")
            self._tell(" ".join(words), lambda: changes.take_back_addition(found), has_undo=bool(made))

        self._run(changes.add_to_campaign(keys, campaign_id, go_on=self._go_on), "add to campaign", done)

    def _run(self, work: Coroutine[Any, Any, Any], name: str, done: Callable[[Any], None]) -> None:
        self._is_stopped = False

        def on_done(found: Any) -> None:
            self._end()
            done(found)

        def on_failed(error: ErrorText) -> None:
            self._end()
            self._session.commands.failed.emit(error)

        self._session.commands.run_command(work, name=name, on_done=on_done, on_failed=on_failed)

    def _end(self) -> None:
        self._bar.end_progress()
        self.ended.emit()

    def _go_on(self, done: int, of: int) -> bool:
        """Show how far it is; runs on the window's own thread, between two parts."""
        if not self._is_stopped and done:
            self._bar.show_progress(done, of)
        return not self._is_stopped

    def _stop(self) -> None:
        self._is_stopped = True

    def _tell(self, words: str, undo: Callable[[], Coroutine[Any, Any, Any]], *, has_undo: bool) -> None:
        def take_back() -> None:
            self._session.commands.run_command(
                undo(), name="take back", on_done=lambda _: self._session.toast.tell("It was taken back.")
            )

        self._session.toast.tell(words, undo=take_back if has_undo else None)

    def _open(self, sheet: Sheet) -> None:
        self.sheet = sheet
        sheet.finished.connect(self._on_finished)
        sheet.open()

    def _on_finished(self) -> None:
        if self.sheet is not None:
            self.sheet.deleteLater()
            self.sheet = None


def _told_apart(line: LeadLine) -> str:
    """Say in a line what two people of one name differ in."""
    where = f"{line.campaign}, {say.stage(line.stage or '').lower()}" if line.campaign else "in no campaign"
    return " · ".join(" ".join(part.split()) for part in (line.title, line.company, where) if part.strip())
