"""Whose text the preview shows: steps through a campaign's leads, in their order or the worst first, read in pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from gui.refresh import Refresh
from gui.session import Session
from gui.state.preview import SAMPLE, Person
from gui.state.text_problems import NO_VARIABLES, Variables

if TYPE_CHECKING:
    from engine.domain.sequences import Step
    from engine.services.previews import EmptyCounts, PreviewLead

AROUND = 10
RANK_MS = 700
"""The order of trouble is worked out again when the text rests for so long."""


class PreviewLeads(QObject):
    """Knows the ids, reads the people near the one that is shown."""

    person_changed = Signal()
    variables_changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._drafts = session, session.engine.services.drafts
        self.person: Person = SAMPLE
        self.variables: Variables = NO_VARIABLES
        self._campaign_id = 0
        self._step: Step | None = None
        self._ids: tuple[int, ...] = ()
        self._order: tuple[int, ...] = ()
        self._people: dict[int, Person] = {}
        self._current = 0
        self.is_worst_first = False
        self._to_top = False
        self.refresh = Refresh(self._read, self._on_read, session.commands, name="read preview", parent=self)
        self._page = Refresh(self._read_page, self._on_page, session.commands, name="read leads", parent=self)
        self._count = Refresh(self._read_counts, self._on_counts, session.commands, name="count variables", parent=self)
        self._rank = Refresh(self._read_rank, self._on_rank, session.commands, name="rank leads", parent=self)
        self._rest = QTimer(self, singleShot=True, interval=RANK_MS)
        self._rest.timeout.connect(self._rank.ask)

    @property
    def place(self) -> tuple[int, int]:
        """Which of how many is shown, counted from 1; (0, 0) for the sample."""
        return (self._current + 1, len(self._order)) if self._order else (0, 0)

    def open(self, campaign_id: int) -> None:
        """Show a campaign's leads, from the first one."""
        if campaign_id != self._campaign_id:
            self._campaign_id, self._current = campaign_id, 0
            self._ids, self._order, self._people = (), (), {}
            self.person, self.variables = SAMPLE, NO_VARIABLES
            self.person_changed.emit()
            self.variables_changed.emit()
        self.look_again()

    def look_again(self) -> None:
        """Read again: leads changed."""
        self.refresh.ask()
        self._count.ask()

    def hold(self, is_held: bool) -> None:
        """Read nothing while nobody looks."""
        for reading in (self.refresh, self._page, self._count, self._rank):
            reading.hold(is_held)

    def step_by(self, by: int) -> None:
        """Show the next lead or the one before; after the last comes the first."""
        if self._order:
            self._current = (self._current + by) % len(self._order)
            self._show()

    def rank_by(self, step: Step | None, *, is_worst_first: bool | None = None) -> None:
        """Know the step that decides who is the worst case, and whether they come first."""
        is_other = is_worst_first is not None and is_worst_first != self.is_worst_first
        if is_other:
            self.is_worst_first = bool(is_worst_first)
            self._to_top = True
        if step == self._step and not is_other:
            return
        is_other = is_other or step is None or self._step is None or step.key != self._step.key
        self._step = step
        if not self.is_worst_first:
            self._put_order(self._ids)
        elif is_other:
            self._rank.ask_now()
        else:
            self._rest.start()

    async def _read(self) -> tuple[int, ...]:
        return await self._drafts.preview_leads(self._campaign_id)

    def _on_read(self, ids: tuple[int, ...]) -> None:
        self._ids, self._people = ids, {}
        if self.is_worst_first:
            self._rank.ask()
        else:
            self._put_order(ids)

    async def _read_page(self) -> tuple[PreviewLead, ...]:
        first = max(0, self._current - AROUND)
        return await self._drafts.preview_page(self._campaign_id, self._order[first : self._current + AROUND + 1])

    def _on_page(self, found: tuple[PreviewLead, ...]) -> None:
        for lead in found:
            self._people[lead.enrolment_id] = Person(
                name=lead.name, about=lead.about, key=lead.key, values=lead.values, own=lead.own
            )
        self._show(may_read=False)

    async def _read_counts(self) -> EmptyCounts:
        return await self._drafts.empty_counts(self._campaign_id)

    def _on_counts(self, found: EmptyCounts) -> None:
        variables = Variables(leads=found.leads, empty=dict(sorted(found.empty.items())))
        if variables != self.variables:
            self.variables = variables
            self.variables_changed.emit()

    async def _read_rank(self) -> tuple[int, ...]:
        if self._step is None:
            return self._ids
        return await self._drafts.worst_first(self._campaign_id, self._step)

    def _on_rank(self, order: tuple[int, ...]) -> None:
        if self.is_worst_first:
            self._put_order(order)

    def _put_order(self, order: tuple[int, ...]) -> None:
        shown = self._order[self._current] if self._order else 0
        if self._to_top or shown not in order:
            self._current = 0
        else:
            self._current = order.index(shown)
        self._order, self._to_top = order, False
        self._show()

    def _show(self, *, may_read: bool = True) -> None:
        if not self._order:
            self.person = SAMPLE
            self.person_changed.emit()
            return
        near = self._order[max(0, self._current - 1) : self._current + 2]
        if may_read and any(i not in self._people for i in near):
            self._page.ask_now()
        found = self._people.get(self._order[self._current])
        if found is not None:
            self.person = found
            self.person_changed.emit()
