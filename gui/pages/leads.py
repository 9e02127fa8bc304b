"""Leads: a table and a board over one filter, searched while typing, with one lead's story beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QMenu, QSplitter, QStackedWidget, QWidget

from gui import formatting as say
from gui.bridge import ChangeSet
from gui.pages.frame import Page
from gui.pages.leads_beside import LeadBeside
from gui.pages.leads_board import LeadsBoard
from gui.pages.leads_choice import LeadsChoice
from gui.pages.leads_table import LeadsTable
from gui.session import Session
from gui.sheets.do_not_contact_sheet import DoNotContactSheet
from gui.state.lead_query import LeadQuery
from gui.widgets.basics import Button
from gui.widgets.bulk_bar import BulkBar
from gui.widgets.filter_bar import FilterBar

if TYPE_CHECKING:
    from gui.readings import Snapshot

SEARCH_PAUSE_MS = 150
SEARCH_PX = 260
TABLE, BOARD = range(2)


class LeadsPage(Page):
    """The two views, their filter, and the panel."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Leads", parent)
        self._session = session
        self.query = LeadQuery()
        self.table, self.board = LeadsTable(session, self), LeadsBoard(session, self)
        self.beside = LeadBeside(session, self)
        self.model, self.view, self.panel = self.table.model, self.table.view, self.beside.panel
        self.filters = FilterBar(list(say.STAGE_WORDS.items()))
        self.amount = self.filters.amount
        self.bulk = BulkBar()
        self.choice = LeadsChoice(session, self.bulk, self, self.view.chosen_keys)
        self.sheet: DoNotContactSheet | None = None
        self._counts = {TABLE: (0, False), BOARD: (0, False)}
        self._build_head()
        self._build_body()
        self._connect()
        if session.readings.newest is not None:
            self.show_snapshot(session.readings.newest)

    def _build_head(self) -> None:
        self._views = QButtonGroup(self)
        self.view_chips = []
        for place, (title, says) in enumerate((("Table", "Show a table"), ("Board", "Show a board"))):
            chip = Button(title, says=says, look="soft")
            chip.setCheckable(True)
            self._views.addButton(chip, place)
            self.view_chips.append(chip)
            self.head.insertWidget(1 + place, chip)
        self.view_chips[TABLE].setChecked(True)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search  ( / )")
        self.search.setAccessibleName("Search leads")
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(SEARCH_PX)
        self._typing = QTimer(self, singleShot=True, interval=SEARCH_PAUSE_MS)
        self._typing.timeout.connect(lambda: self.ask_for(replace(self.query, search=self.search.text())))
        self.search.textChanged.connect(lambda _: self._typing.start())
        importing = Button("Import…", says="Import leads from a file")
        importing.clicked.connect(self._session.choose_file)
        self.head.addWidget(self.search)
        self.head.addWidget(importing)
        self.more = Button("More", says="More for leads")
        self.menu = QMenu(self.more)
        self.menu.addAction("Do-not-contact list…", self._show_do_not_contact)
        self.more.clicked.connect(lambda: self.menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height() + 2))))
        self.head.addWidget(self.more)

    def _build_body(self) -> None:
        self.body.setSpacing(10)
        self.body.addWidget(self.filters)
        self.body.addWidget(self.bulk)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.view)
        self.stack.addWidget(self.board.board)
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.setChildrenCollapsible(False)
        halves.addWidget(self.stack)
        halves.addWidget(self.panel)
        halves.setStretchFactor(0, 1)
        halves.setHandleWidth(14)
        self.body.addWidget(halves, 1)

    def _connect(self) -> None:
        self._views.idToggled.connect(lambda place, on: on and self._show_view(place))
        self.filters.query_requested.connect(self.ask_for)
        self.table.sort_requested.connect(
            lambda sort, is_descending: self.ask_for(replace(self.query, sort=sort, is_descending=is_descending))
        )
        self.table.counted.connect(lambda count, is_whole: self._count(TABLE, count, is_whole))
        self.board.counted.connect(lambda count, is_whole: self._count(BOARD, count, is_whole))
        self.view.lead_chosen.connect(self.show_lead)
        self.board.board.lead_chosen.connect(self.show_lead)
        self.view.choice_changed.connect(self.bulk.show_count)
        self.bulk.none_requested.connect(self._choose_none)
        self.choice.ended.connect(self._choose_none)
        self.beside.opened.connect(self._on_opened)
        self.beside.exclude_requested.connect(self.choice.exclude_lead)
        self._session.readings.read.connect(self.show_snapshot)
        for keys, work in (("/", self._focus_search), ("Escape", self._escape)):
            key = QShortcut(QKeySequence(keys), self, work)
            key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def showEvent(self, event: QShowEvent) -> None:
        """Read while shown only."""
        super().showEvent(event)
        self._hold(is_held=False)

    def hideEvent(self, event: Any) -> None:
        """Read no more."""
        super().hideEvent(event)
        self._hold(is_held=True)

    def _hold(self, *, is_held: bool) -> None:
        self.table.hold(is_held=is_held or self._views.checkedId() != TABLE)
        self.board.hold(is_held=is_held or self._views.checkedId() != BOARD)
        self.beside.hold(is_held=is_held)

    def on_changed(self, changes: ChangeSet) -> None:
        """Pass on what changed."""
        self.table.on_changed(changes)
        self.board.on_changed(changes)
        self.beside.on_changed(changes)

    async def leave(self) -> None:
        """Keep a note that is being written."""
        await self.beside.leave()

    def show_target(self, target: object) -> None:
        """Open one lead, or show those of a filter, from another screen."""
        if isinstance(target, int):
            self.show_lead(target)
        elif isinstance(target, LeadQuery):
            self.ask_for(target)

    def show_lead(self, lead_id: int) -> None:
        """Open one lead beside table or board."""
        self.view.unmark(but=lead_id)
        self.beside.show_lead(lead_id)

    def show_board(self, *, is_board: bool = True) -> None:
        """Show the board, or the table."""
        self.view_chips[BOARD if is_board else TABLE].setChecked(True)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Offer the campaigns there are."""
        self.filters.set_campaigns([(line.campaign_id, line.name) for line in snapshot.campaigns])
        self.subtitle.say(say.number(snapshot.overview.leads))
        self.beside.look_again()

    def ask_for(self, query: LeadQuery) -> None:
        """Show other leads, or the same in another order."""
        self.query = query
        if self.search.text() != query.search:
            self.search.setText(query.search)
            self._typing.stop()
        self.filters.show_query(query)
        self.table.show_query(query)
        self.board.show_query(query)

    def _show_view(self, place: int) -> None:
        self.stack.setCurrentIndex(place)
        self.bulk.setVisible(place == TABLE and self.view.chosen_count() > 1)
        if self.isVisible():
            self._hold(is_held=False)
        self._count(place, *self._counts[place])

    def _count(self, place: int, count: int, is_whole: bool) -> None:
        self._counts[place] = (count, is_whole)
        if place != self._views.checkedId():
            return
        shown = say.count(count, "lead", "leads") if self.query.campaign_id else say.count(count, "row", "rows")
        shown = shown if place == TABLE or self.query.campaign_id else say.count(count, "card", "cards")
        order = self.query.order_words() if place == TABLE else self.query.for_board().order_words()
        self.amount.say(f"{shown if is_whole else '…'} · {order}")

    def _show_do_not_contact(self) -> None:
        sheet = self.sheet = DoNotContactSheet(self._session, self.window())
        sheet.finished.connect(sheet.deleteLater)
        sheet.open()

    def _choose_none(self) -> None:
        self.view.clearSelection()
        self.bulk.show_count(self.view.chosen_count())

    def _focus_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _escape(self) -> None:
        if self.view.chosen_count() > 1 and self._views.checkedId() == TABLE:
            self._choose_none()
        elif not self.panel.isHidden():
            self.beside.close()

    def _on_opened(self, lead_id: int) -> None:
        self.board.board.show_open(lead_id)
        self.board.board.set_beside(is_beside=bool(lead_id))
        if not lead_id:
            self.view.unmark()
            if self._views.checkedId() == TABLE:
                self.view.setFocus()
            else:
                self.board.board.focus_cards()
