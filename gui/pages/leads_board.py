"""The board half of the leads page: reads the first cards of every stage, then all keys, then cards when seen."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from gui import formatting as say
from gui.bridge import ChangeSet
from gui.refresh import Refresh
from gui.session import Session
from gui.state.board_columns import PAGE_CARDS, STAGES
from gui.state.card_words import Card, card_of
from gui.state.lead_query import LeadQuery
from gui.widgets.board.board import Board

FIRST_CARDS = 30
CARDS_IN_SIGHT = 8
KEYS_APART_MS = 1000
Found = tuple[LeadQuery, "dict[str, array[int]]", bool]


class LeadsBoard(QObject):
    """The board of one query."""

    counted = Signal(int, bool)
    """How many cards are known, and whether they are all."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._query, self._shown_query = LeadQuery(), None
        self._is_held = True
        self.board = Board()
        self.refresh = Refresh(
            self._read, self._show, session.commands, name="read board", apart_ms=KEYS_APART_MS, parent=self
        )
        self.board.cards_wanted.connect(self._fetch)
        self.hold(is_held=True)

    def hold(self, *, is_held: bool) -> None:
        """Read nothing while nobody looks."""
        self._is_held = is_held
        self.refresh.hold(is_held)
        if not is_held:
            if self._query != self._shown_query:
                self.board.set_keys({stage: array("q") for stage in STAGES}, is_whole=False)
            self._look()

    def show_query(self, query: LeadQuery) -> None:
        """Show these cards."""
        self._query = query.for_board()
        if not self._is_held:
            self._look()

    def _look(self) -> None:
        if self._query != self._shown_query:
            self._read_first()
        else:
            self.refresh.ask()

    def on_changed(self, changes: ChangeSet) -> None:
        """Mark what changed; cards that are seen are read again, their order at most once a second."""
        if changes.touches("enrolment", "lead", "campaign"):
            is_any = changes.touches("lead", "campaign")
            self.board.mark_stale(None if is_any else changes.ids["enrolment"])
            self.refresh.ask()

    def _read_first(self) -> None:
        """Read the first cards of a new query beside whatever is being read: somebody waits for them."""
        wanted, engine = self._query, self._session.engine

        def show(found: tuple[dict[str, array[int]], Mapping[int, Any]]) -> None:
            keys, lines = found
            if wanted != self._query or wanted == self._shown_query:
                return
            self._show((wanted, keys, all(len(of_stage) < FIRST_CARDS for of_stage in keys.values())))
            for column in self.board.columns.values():
                own = column.list.cards.keys[:PAGE_CARDS]
                column.list.put_cards(0, self._cards({k: lines[k] for k in own if k in lines}), own, is_part=True)
            self.refresh.ask_now()

        self._session.commands.run_command(
            engine.services.lead_pages.first_cards(wanted.as_filter(), STAGES, keys=FIRST_CARDS, rows=CARDS_IN_SIGHT),
            name="read first cards",
            on_done=show,
        )

    async def _read(self) -> Found:
        wanted = self._query
        return wanted, await self._session.engine.services.lead_pages.stage_keys(wanted.as_filter(), STAGES), True

    def _show(self, found: Found) -> None:
        query, keys, is_whole = found
        if query != self._query:
            return  # the first cards of the new query ask for the others
        self._shown_query = query
        empty = "Nobody matches." if query.is_filtered else "Nobody is in a campaign yet."
        self.board.set_keys(keys, is_whole=is_whole, empty=empty)
        self.counted.emit(self.board.total(), is_whole)

    def _fetch(self, column: str, first: int, number: int) -> None:
        cards = self.board.columns[column].list
        keys = cards.cards.keys[first : first + number]

        def put(lines: Any) -> None:
            cards.put_cards(first, self._cards(lines), keys)

        self._session.commands.run_command(
            self._session.engine.services.lead_pages.lines(keys),
            name="read cards",
            on_done=put,
            on_failed=lambda _: cards.cards.forget_asked(),
        )

    def _cards(self, lines: Mapping[int, Any]) -> dict[int, Card]:
        now = self._session.engine.clock.now()
        return {key: card_of(line, now, lambda at: say.when(at, now)) for key, line in lines.items()}
