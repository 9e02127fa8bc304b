"""The table half of the leads page: reads the keys of a query first, rows when they are seen."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from gui.bridge import ChangeSet
from gui.models.lead_table import PAGE_ROWS, SORTS, LeadTableModel
from gui.refresh import Refresh
from gui.session import Session
from gui.state.lead_query import LeadQuery
from gui.widgets.lead_view import LeadView

FIRST_ROWS = 300
"""Shown at once; the keys of all the others follow when they are read."""
ROWS_IN_SIGHT = 60
KEYS_APART_MS = 1000
Found = tuple[LeadQuery, "array[int]", bool]


class LeadsTable(QObject):
    """Model and view of one query."""

    counted = Signal(int, bool)
    """How many rows are known, and whether they are all."""
    sort_requested = Signal(str, bool)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._query, self._shown_query = LeadQuery(), None
        self._is_behind, self._is_held = False, True
        self.model = LeadTableModel(self)
        self.view = LeadView(self.model)
        commands = session.commands
        self.refresh = Refresh(
            self._read, self._show, commands, name="read lead keys", apart_ms=KEYS_APART_MS, parent=self
        )
        self._rows = Refresh(self._see_rows, lambda _: None, commands, name="look for changed rows", parent=self)
        self.model.rows_wanted.connect(self._fetch)
        self.view.sort_requested.connect(self._on_sort)
        self.view.choice_changed.connect(self._on_choice)
        self.hold(is_held=True)

    def hold(self, *, is_held: bool) -> None:
        """Read nothing while nobody looks."""
        self._is_held = is_held
        for refresh in (self.refresh, self._rows):
            refresh.hold(is_held)
        if not is_held:
            self._look()

    def show_query(self, query: LeadQuery) -> None:
        """Show these rows."""
        self._query = query
        if not self._is_held:
            self._look()

    def _look(self) -> None:
        if self._query != self._shown_query:
            self._read_first()
        else:
            self.refresh.ask()

    def on_changed(self, changes: ChangeSet) -> None:
        """Mark what changed; rows that are seen are read again, their order at most once a second."""
        if changes.touches("enrolment", "lead", "campaign"):
            if changes.touches("lead", "campaign"):
                self.model.mark_stale()
            else:
                self.model.mark_stale(changes.ids["enrolment"])
            self._rows.ask()
            self.refresh.ask()

    def _on_sort(self, column: int, is_descending: bool) -> None:
        if SORTS[column]:
            self.sort_requested.emit(SORTS[column], is_descending)

    def _read_first(self) -> None:
        """Read the first rows of a new query beside whatever is being read: somebody waits for them."""
        wanted, engine = self._query, self._session.engine

        def show(found: tuple[array[int], Mapping[int, Any]]) -> None:
            keys, lines = found
            if wanted != self._query or wanted == self._shown_query:
                return
            self._show((wanted, keys, len(keys) < FIRST_ROWS))
            self.model.put_lines(0, lines, keys[:PAGE_ROWS], engine.clock.now(), is_part=True)
            self.refresh.ask_now()

        self._session.commands.run_command(
            engine.services.lead_pages.first(wanted.as_filter(), keys=FIRST_ROWS, rows=ROWS_IN_SIGHT),
            name="read first leads",
            on_done=show,
        )

    async def _read(self) -> Found:
        wanted = self._query
        return wanted, await self._session.engine.services.lead_pages.keys(wanted.as_filter()), True

    def _show(self, found: Found) -> None:
        query, keys, is_whole = found
        if query != self._query:
            return  # the first rows of the new query ask for the others
        is_new_query = query != self._shown_query
        if not is_new_query and self.view.chosen_count() > 1 and keys != self.model.keys:
            # Several rows are chosen: they stay where they are until something is done with them.
            self._is_behind = True
            self.model.mark_stale()
            self._rows.ask()
            return
        self._is_behind = False
        self._shown_query = query
        self.view.keep_place(lambda: self.model.set_keys(keys), to_top=is_new_query)
        self.counted.emit(len(keys), is_whole)
        self.view.set_empty("" if keys else _empty_words(query))
        self._rows.ask()

    def _on_choice(self, count: int) -> None:
        if self._is_behind and count <= 1:
            self._is_behind = False
            self.refresh.ask()

    async def _see_rows(self) -> None:
        self.model.want_rows(*self.view.visible_rows())

    def _fetch(self, first: int, number: int) -> None:
        keys = self.model.keys[first : first + number]
        engine = self._session.engine

        def put(lines: Any) -> None:
            self.model.put_lines(first, lines, keys, engine.clock.now())

        self._session.commands.run_command(
            engine.services.lead_pages.lines(keys),
            name="read lead rows",
            on_done=put,
            on_failed=lambda _: self.model.forget_asked(),
        )


def _empty_words(query: LeadQuery) -> str:
    return "Nobody matches." if query.is_filtered else "No leads yet. Drop a CSV anywhere on this window."
