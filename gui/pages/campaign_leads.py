"""The Leads tab: the leads of one campaign, or those behind a step's count; a click or Enter opens one in Leads."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from gui import formatting as say
from gui.bridge import ChangeSet
from gui.models.lead_table import SORTS, LeadTableModel
from gui.pages.campaign_tabs import CampaignPlace, CampaignTab
from gui.refresh import Refresh
from gui.session import Session
from gui.widgets.basics import Button, column, row
from gui.widgets.lead_view import LeadView
from gui.widgets.words import Words

if TYPE_CHECKING:
    from engine.services.drafts import OpenDraft
    from engine.services.lead_pages import LeadFilter

SEARCH_PX = 240
SEARCH_PAUSE_MS = 150
KEYS_APART_MS = 1000
CAMPAIGN_COLUMN = 3
STAGES = tuple(say.STAGE_WORDS)


class LeadsTab(CampaignTab):
    """Keys first, rows for what is seen; the same table as the Leads screen."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._campaign_id = 0
        self._step = CampaignPlace(campaign_id=0)
        self._titles: dict[str, str] = {}
        self._sort, self._is_descending = "added", False
        self._shown: object = None
        self.model = LeadTableModel(self)
        self.view = LeadView(self.model, left_out=frozenset({CAMPAIGN_COLUMN}), chooses_on_walk=False)
        self._build()
        commands = session.commands
        self._keys = Refresh(
            self._read, self._show, commands, name="read campaign leads", apart_ms=KEYS_APART_MS, parent=self
        )
        self._keys.hold(True)
        self.model.rows_wanted.connect(self._fetch)
        self.view.lead_chosen.connect(lambda lead_id: session.show("leads", lead_id))
        self.view.sort_requested.connect(self._on_sort)

    def _build(self) -> None:
        whole, head = column(self, gap=10), row(gap=8)
        self.search, self.stage = QLineEdit(), QComboBox()
        self.search.setPlaceholderText("Search  ( / )")
        self.search.setAccessibleName("Search this campaign's leads")
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(SEARCH_PX)
        self._typing = QTimer(self, singleShot=True, interval=SEARCH_PAUSE_MS)
        self._typing.timeout.connect(lambda: self._keys.ask_now())
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.stage.setAccessibleName("Stage")
        self.stage.addItem("All stages", None)
        for name in STAGES:
            self.stage.addItem(say.stage(name), name)
        self.stage.currentIndexChanged.connect(lambda _: self._keys.ask_now())
        self.all = Button("", look="soft")
        self.all.clicked.connect(self._show_all)
        self.amount = Words(look="small")
        for part in (self.search, self.stage, self.all):
            head.addWidget(part)
        head.addStretch(1)
        head.addWidget(self.amount)
        whole.addLayout(head)
        whole.addWidget(self.view, 1)
        self.all.hide()
        whole_tab = Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(QKeySequence("/"), self, self.search.setFocus, context=whole_tab)

    def show_campaign(self, opened: OpenDraft) -> None:
        """Show a campaign's leads, all of them when it is another one."""
        from engine.domain.sequences import step_words

        self._titles = {s.key: step_words(opened.sequence, s.key) for s in opened.sequence.steps}
        if opened.campaign_id != self._campaign_id:
            self._campaign_id = opened.campaign_id
            self.search.clear()
            self.stage.setCurrentIndex(0)
            self._step = CampaignPlace(campaign_id=opened.campaign_id)
        self._keys.ask()

    def show_place(self, place: CampaignPlace) -> None:
        """Show the leads behind a count, or those of a stage."""
        is_stage = place.standing in STAGES
        self.stage.setCurrentIndex(STAGES.index(place.standing) + 1 if is_stage else 0)
        self.search.clear()
        self._step = place if place.step else CampaignPlace(campaign_id=place.campaign_id)
        self._keys.ask_now()

    def on_changed(self, changes: ChangeSet) -> None:
        """Read again after changes; the order at most once a second."""
        if changes.touches("enrolment", "lead", "campaign"):
            self.model.mark_stale()
            self._keys.ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Read while shown only."""
        super().showEvent(event)
        self._keys.hold(False)
        self._keys.ask()

    def hideEvent(self, event: QHideEvent) -> None:
        """Read no more."""
        super().hideEvent(event)
        self._keys.hold(True)

    def _filter(self) -> LeadFilter:
        from engine.services.lead_pages import LeadFilter

        return LeadFilter(
            search=self.search.text(),
            campaign_id=self._campaign_id,
            stage=self.stage.currentData(),
            sort=self._sort,
            is_descending=self._is_descending,
        )

    async def _read(self) -> tuple[object, array[int]] | None:
        if not self._campaign_id:
            return None
        wanted, step, services = self._filter(), self._step, self.session.engine.services
        keys = await services.lead_pages.keys(wanted)
        if step.step:
            chosen = await services.campaign_pages.leads_of_step(self._campaign_id, step.step, step.standing)
            among = frozenset(chosen)
            keys = array("q", (key for key in keys if key in among))
        return (wanted, step), keys

    def _show(self, found: tuple[object, array[int]] | None) -> None:
        if found is None or found[0] != (self._filter(), self._step):
            self._keys.ask_now()
            return
        is_other, self._shown = found[0] != self._shown, found[0]
        keys = found[1]
        self.view.keep_place(lambda: self.model.set_keys(keys), to_top=is_other)
        is_filtered = bool(self.search.text().strip() or self.stage.currentData() or self._step.step)
        self.amount.say(say.count(len(keys), "lead", "leads") + (" match" if is_filtered else ""))
        empty = "Nobody matches." if is_filtered else "No leads yet. Drop a CSV anywhere on this window."
        self.view.set_empty("" if len(keys) else empty)
        self.all.setVisible(bool(self._step.step))
        if self._step.step:
            title = self._titles.get(self._step.step, self._step.step)
            self.all.name(f"{title}: {self._step.standing}  ×", "Show all leads of the campaign again")
        self.model.want_rows(*self.view.visible_rows())

    def _show_all(self) -> None:
        self._step = CampaignPlace(campaign_id=self._campaign_id)
        self._keys.ask_now()

    def _on_sort(self, at: int, is_descending: bool) -> None:
        if SORTS[at]:
            self._sort, self._is_descending = SORTS[at], is_descending
            self._keys.ask_now()

    def _fetch(self, first: int, number: int) -> None:
        keys = self.model.keys[first : first + number]
        engine = self.session.engine

        def put(lines: Any) -> None:
            self.model.put_lines(first, lines, keys, engine.clock.now())

        self.session.commands.run_command(
            engine.services.lead_pages.lines(keys),
            name="read lead rows",
            on_done=put,
            on_failed=lambda _: self.model.forget_asked(),
        )
