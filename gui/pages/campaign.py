"""A campaign: its name and state, what can be done with it, and its tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from gui import formatting as say
from gui.bridge import ChangeSet
from gui.error_text import ErrorText
from gui.pages.campaign_menu import CampaignMenu
from gui.pages.campaign_tabs import TABS, CampaignPlace, CampaignTab, first_tab
from gui.pages.frame import MARGINS, BarePage
from gui.refresh import Refresh
from gui.session import Session
from gui.sheets.start_sheet import StartSheet
from gui.widgets.basics import Button, Rule, column, row, steady_width
from gui.widgets.campaign_row import STATE_CHIPS
from gui.widgets.editable_name import EditableName
from gui.widgets.words import Chip

if TYPE_CHECKING:
    from engine.services.drafts import OpenDraft

POINTER = "\u203a"


class CampaignPage(BarePage):
    """Shows one campaign at a time; it reads while it is shown."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Campaign", parent)
        self._session, self._drafts = session, session.engine.services.drafts
        self.campaign_id = 0
        self.opened: OpenDraft | None = None
        self.tabs: dict[str, CampaignTab] = {}
        self._place: CampaignPlace | None = None
        self._build()
        self._refresh = Refresh(self._read, self._show, session.commands, name="read campaign", parent=self)
        self._refresh.hold(True)
        whole = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for keys in (Qt.Key.Key_Escape, "Alt+Left"):
            QShortcut(QKeySequence(keys), self, self.go_back, context=whole)

    def _build(self) -> None:
        whole = column(self, gap=10, margins=(MARGINS[0], 12, MARGINS[2], MARGINS[3]))
        head, names, under = row(gap=10), column(gap=0), row(gap=14)
        self.back = Button(f"Campaigns {POINTER}", look="crumb", says="Back to the campaigns")
        self.back.clicked.connect(self.go_back)
        self.name, self.chip = EditableName(), Chip()
        self.name.renamed.connect(self._rename)
        under.addWidget(self.name, 1)
        under.addWidget(self.chip)
        under.addStretch(0)
        names.addWidget(self.back)
        names.addLayout(under)
        self.more, self.start = Button("More", says="More for this campaign"), Button("Start…", is_primary=True)
        self.read = Button("Read through")
        self.menu = CampaignMenu(self, self._session, self.more)
        self.read.clicked.connect(self._read_through)
        self.start.clicked.connect(self._start)
        head.addLayout(names, 1)
        for button in (self.more, self.read, self.start):
            head.addWidget(button)
        whole.addLayout(head)
        self._tab_line, self.stack = row(gap=18), QStackedWidget()
        self.buttons: dict[str, Button] = {}
        for tab in TABS:
            button = Button(tab.title, look="tab")
            button.setCheckable(True)
            button.setMinimumWidth(steady_width(button))
            button.clicked.connect(lambda _=False, name=tab.name: self.show_tab(name))
            self.buttons[tab.name] = button
            self._tab_line.addWidget(button)
        self._tab_line.addStretch(1)
        lines = column(gap=0)
        lines.addLayout(self._tab_line)
        lines.addWidget(Rule())
        whole.addLayout(lines)
        whole.addWidget(self.stack, 1)

    # hooks

    def show_target(self, target: object) -> None:
        """Open a campaign by its id, or at a place."""
        place = CampaignPlace(campaign_id=target) if isinstance(target, int) else target
        if not isinstance(place, CampaignPlace):
            return
        self._place = place
        if place.campaign_id != self.campaign_id:
            self.campaign_id, self.opened = place.campaign_id, None
            self.stack.hide()
        elif self.opened is not None:
            self._go_to_place()
        self._refresh.ask_now()

    def _go_to_place(self) -> None:
        place, self._place = self._place, None
        if place is None or self.opened is None:
            return
        if place.tab or self.stack.isHidden():
            name = place.tab or first_tab(self.opened.state)
            self.show_tab(name)
            if place.tab:
                self.tabs[name].show_place(place)

    def on_changed(self, changes: ChangeSet) -> None:
        """Read again when the campaign or what its page says of the account changed."""
        if changes.touches("campaign", "account", "enrolment", "engine"):
            self._refresh.ask()
        for tab in self.tabs.values():
            tab.on_changed(changes)

    async def leave(self) -> None:
        """Keep what was typed in any tab."""
        for tab in self.tabs.values():
            await tab.leave()

    def showEvent(self, event: QShowEvent) -> None:
        """Read while shown only."""
        super().showEvent(event)
        self._refresh.hold(False)

    def hideEvent(self, event: QHideEvent) -> None:
        """Read no more."""
        super().hideEvent(event)
        self._refresh.hold(True)

    def show_tab(self, name: str) -> None:
        """Show a tab; it is made when it is first asked for."""
        if name not in self.tabs:
            made = next(tab for tab in TABS if tab.name == name).make(self._session)
            self.tabs[name] = made
            self.stack.addWidget(made)
        self.stack.setCurrentWidget(self.tabs[name])
        for key, button in self.buttons.items():
            button.setChecked(key == name)
        if self.opened is not None:
            self.tabs[name].show_campaign(self.opened)

    def go_back(self) -> None:
        """Return to the list."""
        self._session.show("campaigns")

    # reading

    async def _read(self) -> tuple[OpenDraft, int] | None:
        if not self.campaign_id:
            return None
        opened = await self._drafts.open(self.campaign_id)
        waiting = await self._session.engine.services.lead_pages.waiting_for_start()
        return opened, waiting.get(opened.campaign_id, 0)

    def _show(self, found: tuple[OpenDraft, int] | None) -> None:
        if found is None or found[0].campaign_id != self.campaign_id:
            return
        self.opened, waiting = found
        start = _start_words(self.opened.state, waiting)
        self.setAccessibleName(f"Campaign {self.opened.name}")
        self.name.show_name(self.opened.name)
        width = self.name.label.fontMetrics().horizontalAdvance(self.opened.name) + 6
        self.name.setMaximumSize(QSize(max(120, width), self.name.sizeHint().height()))
        self.chip.say(say.STATE_WORDS[self.opened.state])
        self.chip.set_kind(STATE_CHIPS.get(self.opened.state, "plain"))
        self.start.setVisible(bool(start))
        self.start.name(start or "Start…")
        self.read.setVisible(bool(start) and waiting > 0)
        self.read.name(f"Read through {say.number(waiting)}", f"Read what {say.number(waiting)} people would get")
        self.menu.show_state(self.opened.state)
        if self._place is not None:
            self._go_to_place()
        self.stack.show()
        shown = self.stack.currentWidget()
        if isinstance(shown, CampaignTab):
            shown.show_campaign(self.opened)

    # wishes

    def _rename(self, name: str) -> None:
        def failed(error: ErrorText) -> None:
            self._session.toast.warn(error.sentence)
            self._refresh.ask_now()

        work = self._drafts.rename(self.campaign_id, name)
        self._session.commands.run_command(
            work, name="rename", on_done=lambda _: self._refresh.ask_now(), on_failed=failed
        )

    def close_campaign(self) -> None:
        """Show the list: this campaign is gone from it."""
        self.campaign_id, self.opened = 0, None
        self.go_back()

    def _read_through(self) -> None:
        def done(_: object) -> None:
            self._session.show("read_through", self.campaign_id)

        self._session.commands.run_command(self.leave(), name="save", busy=self.read, on_done=done)

    def _start(self) -> None:
        def done(_: object) -> None:
            if self.opened is not None:
                sheet = StartSheet(self._session, self.opened.name, self.window())
                sheet.finished.connect(sheet.deleteLater)
                sheet.finished.connect(lambda _: self._refresh.ask())
                sheet.open()

        self._session.commands.run_command(self.leave(), name="save", busy=self.start, on_done=done)


def _start_words(state: str, waiting: int) -> str:
    if state == "draft":
        return "Start…"
    return f"Start the other {say.number(waiting)}…" if waiting and state in ("running", "finished") else ""
