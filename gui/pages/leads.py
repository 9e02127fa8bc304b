"""Leads: a table over any number of them, searched while typing, with one lead's story beside it."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QSplitter, QWidget

from gui import formatting as say
from gui.bridge import ChangeSet
from gui.models.lead_table import SORTS, LeadTableModel
from gui.pages.frame import Page
from gui.refresh import Refresh
from gui.session import Session
from gui.widgets.basics import Button, row
from gui.widgets.lead_panel import LeadPanel
from gui.widgets.lead_view import LeadView
from gui.widgets.words import Words

if TYPE_CHECKING:
    from engine.services.lead_pages import LeadFilter, LeadStory
    from gui.readings import Snapshot

SEARCH_PAUSE_MS = 150
FIRST_ROWS = 300
"""Shown at once; the keys of all the others follow when they are read."""
KEYS_APART_MS = 1000
SEARCH_PX = 260


class LeadsPage(Page):
    """The table, its filter, and the panel."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Leads", parent)
        self._session = session
        self._sort, self._is_descending = "added", False
        self._lead_id: int | None = None
        self._shown_filter: LeadFilter | None = None
        self.model = LeadTableModel(self)
        self.view = LeadView(self.model)
        self.panel = LeadPanel()
        self._build_head()
        self._build_body()
        commands = session.commands
        self._keys = Refresh(
            self._read_keys, self._show_keys, commands, name="read lead keys", apart_ms=KEYS_APART_MS, parent=self
        )
        self._rows = Refresh(self._see_rows, lambda _: None, commands, name="look for changed rows", parent=self)
        self._story = Refresh(self._read_story, self._show_story, commands, name="read lead", parent=self)
        for refresh in (self._keys, self._rows, self._story):
            refresh.hold(True)
        self.model.rows_wanted.connect(self._fetch)
        self.view.lead_chosen.connect(self.show_lead)
        self.view.sort_requested.connect(self._on_sort)
        self.panel.close_requested.connect(self._close_panel)
        session.readings.read.connect(self.show_snapshot)

    def _build_head(self) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search  ( / )")
        self.search.setAccessibleName("Search leads")
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(SEARCH_PX)
        self._typing = QTimer(self, singleShot=True, interval=SEARCH_PAUSE_MS)
        self._typing.timeout.connect(self._filter_now)
        self.search.textChanged.connect(lambda _: self._typing.start())
        importing = Button("Import…", says="Import leads from a file")
        importing.clicked.connect(self._session.choose_file)
        self.head.addWidget(self.search)
        self.head.addWidget(importing)
        key = QShortcut(QKeySequence("/"), self, self._focus_search)
        key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _build_body(self) -> None:
        filters = row(gap=8)
        self.campaign, self.stage = QComboBox(), QComboBox()
        self.campaign.setAccessibleName("Campaign")
        self.stage.setAccessibleName("Stage")
        self.campaign.addItem("All campaigns", None)
        self.stage.addItem("All stages", None)
        for name, words in say.STAGE_WORDS.items():
            self.stage.addItem(words, name)
        for box in (self.campaign, self.stage):
            box.currentIndexChanged.connect(lambda _: self._filter_now())
            filters.addWidget(box)
        filters.addStretch(1)
        self.amount = Words(look="small")
        filters.addWidget(self.amount)
        self.body.addLayout(filters)
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.setChildrenCollapsible(False)
        halves.addWidget(self.view)
        halves.addWidget(self.panel)
        halves.setStretchFactor(0, 1)
        halves.setHandleWidth(14)
        self.panel.hide()
        self.body.addWidget(halves, 1)

    def showEvent(self, event: QShowEvent) -> None:
        """Read while shown only."""
        super().showEvent(event)
        for refresh in (self._keys, self._rows, self._story):
            refresh.hold(False)
        self._keys.ask()
        self._story.ask()

    def hideEvent(self, event: Any) -> None:
        """Read no more."""
        super().hideEvent(event)
        for refresh in (self._keys, self._rows, self._story):
            refresh.hold(True)

    def on_changed(self, changes: ChangeSet) -> None:
        """Mark what changed; rows that are seen are read again, their order at most once a second."""
        if changes.touches("enrolment", "lead", "campaign"):
            if changes.touches("lead", "campaign"):
                self.model.mark_stale()
            else:
                self.model.mark_stale(changes.ids["enrolment"])
            self._rows.ask()
            self._keys.ask()
        if self._lead_id is not None and changes.touches("lead", "enrolment"):
            self._story.ask()

    def show_lead(self, lead_id: int) -> None:
        """Open one lead beside the table."""
        self._lead_id = lead_id
        self._story.ask()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Offer the campaigns there are."""
        known = {self.campaign.itemData(i) for i in range(1, self.campaign.count())}
        for line in snapshot.campaigns:
            if line.campaign_id not in known:
                self.campaign.addItem(line.name, line.campaign_id)
        self.subtitle.say(say.number(snapshot.overview.leads))

    def _filter(self) -> LeadFilter:
        from engine.services.lead_pages import LeadFilter

        return LeadFilter(
            search=self.search.text(),
            campaign_id=self.campaign.currentData(),
            stage=self.stage.currentData(),
            sort=self._sort,
            is_descending=self._is_descending,
        )

    def _filter_now(self) -> None:
        self._keys.ask_now()

    def _focus_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _on_sort(self, column: int, is_descending: bool) -> None:
        if SORTS[column]:
            self._sort, self._is_descending = SORTS[column], is_descending
            self._filter_now()

    async def _read_keys(self) -> tuple[LeadFilter, array[int]]:
        wanted, pages = self._filter(), self._session.engine.lead_pages
        if wanted != self._shown_filter:
            first = await pages.keys(wanted, limit=FIRST_ROWS)
            self._show_keys((wanted, first))
            if len(first) < FIRST_ROWS:
                return wanted, first
        return wanted, await pages.keys(wanted)

    def _show_keys(self, found: tuple[LeadFilter, array[int]]) -> None:
        wanted, keys = found
        is_new_filter = wanted != self._shown_filter
        self._shown_filter = wanted
        self.view.keep_place(lambda: self.model.set_keys(keys), to_top=is_new_filter)
        is_filtered = bool(wanted.search.strip() or wanted.campaign_id or wanted.stage)
        self.amount.say(say.count(len(keys), "row", "rows") + (" match" if is_filtered else ""))
        self.view.set_empty(_empty_words(is_filtered) if not keys else "")
        self._rows.ask()
        if wanted != self._filter():
            self._keys.ask_now()

    async def _see_rows(self) -> None:
        self.model.want_rows(*self.view.visible_rows())

    def _fetch(self, first: int, number: int) -> None:
        keys = self.model.keys[first : first + number]
        engine = self._session.engine

        def put(lines: Any) -> None:
            self.model.put_lines(first, lines, keys, engine.clock.now())

        self._session.commands.run_command(
            engine.lead_pages.lines(keys),
            name="read lead rows",
            on_done=put,
            on_failed=lambda _: self.model.forget_asked(),
        )

    async def _read_story(self) -> LeadStory | None:
        return await self._session.engine.lead_pages.story(self._lead_id) if self._lead_id is not None else None

    def _show_story(self, story: LeadStory | None) -> None:
        if story is None or story.lead_id != self._lead_id:
            return
        self.panel.show_story(story, self._session.engine.clock.now())
        self.panel.show()

    def _close_panel(self) -> None:
        self._lead_id = None
        self.panel.hide()
        self.view.setFocus()


def _empty_words(is_filtered: bool) -> str:
    return "Nobody matches." if is_filtered else "No leads yet. Drop a CSV anywhere on this window."
