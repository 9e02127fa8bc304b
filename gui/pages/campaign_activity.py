"""The Activity tab: what happened in a campaign, the newest first, more when it is scrolled to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QWidget

from gui import formatting as say
from gui.bridge import ChangeSet
from gui.pages.campaign_tabs import CampaignTab
from gui.refresh import Refresh
from gui.session import Session
from gui.widgets.basics import Button, Scroll, clear, column, row
from gui.widgets.words import Words, plain_tip

if TYPE_CHECKING:
    from engine.services.campaign_pages import ActivityLine
    from engine.services.drafts import OpenDraft

FILTERS = (
    ("", "Everything"),
    ("sent", "Sent"),
    ("theirs", "Acceptances and replies"),
    ("held", "Held and asked"),
    ("yours", "Your decisions"),
    ("campaign", "The campaign itself"),
)
WHEN_PX, NAME_PX = 130, 200
LINE_TOP_PX = 5
"""Words begin so far down to stand on one line with a name, which is a button."""


class ActivityTab(CampaignTab):
    """Reads the newest page again after changes, and the next one when the end is reached."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._campaign_id = 0
        self._found: tuple[ActivityLine, ...] = ()
        self._wanted_pages, self._is_end = 1, False
        self._build()
        self._refresh = Refresh(self._read, self._show, session.commands, name="read activity", parent=self)
        self._refresh.hold(True)

    def _build(self) -> None:
        whole, head = column(self, gap=10), row(gap=8)
        self.kinds = QComboBox()
        self.kinds.setAccessibleName("Show")
        for name, words in FILTERS:
            self.kinds.addItem(words, name)
        self.kinds.currentIndexChanged.connect(self._from_the_top)
        head.addWidget(self.kinds)
        head.addStretch(1)
        whole.addLayout(head)
        inner = QWidget()
        self.lines = column(inner, gap=6, margins=(0, 0, 8, 0))
        self._scroll = Scroll(inner)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._scroll.setAccessibleName("Activity")
        self._scroll.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        whole.addWidget(self._scroll, 1)
        self.more = Button("Show earlier ones", look="link")
        self.more.clicked.connect(self._read_more)
        self.more.hide()
        whole.addWidget(self.more)

    def show_campaign(self, opened: OpenDraft) -> None:
        """Show a campaign's activity."""
        if opened.campaign_id != self._campaign_id:
            self._campaign_id = opened.campaign_id
            self._from_the_top()
        else:
            self._refresh.ask()

    def on_changed(self, changes: ChangeSet) -> None:
        """Read again after changes."""
        if changes.touches("campaign", "enrolment", "lead"):
            self._refresh.ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Read while shown only."""
        super().showEvent(event)
        self._refresh.hold(False)

    def hideEvent(self, event: QHideEvent) -> None:
        """Read no more."""
        super().hideEvent(event)
        self._refresh.hold(True)

    def _from_the_top(self) -> None:
        self._wanted_pages = 1
        self._scroll.verticalScrollBar().setValue(0)
        self._refresh.ask_now()

    def _read_more(self) -> None:
        self._wanted_pages += 1
        self._refresh.ask_now()

    def _on_scrolled(self, value: int) -> None:
        if self.more.isVisible() and value and value >= self._scroll.verticalScrollBar().maximum():
            self._read_more()

    async def _read(self) -> tuple[int, str, tuple[ActivityLine, ...], bool] | None:
        from engine.services.campaign_pages import ACTIVITY_KINDS, PAGE_LINES

        if not self._campaign_id:
            return None
        pages, of, name = self.session.engine.services.campaign_pages, self._campaign_id, self.kinds.currentData()
        limit = PAGE_LINES * self._wanted_pages
        found = await pages.activity(of, kinds=ACTIVITY_KINDS.get(name, ()), limit=limit + 1)
        return of, name, found[:limit], len(found) > limit

    def _show(self, found: tuple[int, str, tuple[ActivityLine, ...], bool] | None) -> None:
        if found is None or found[:2] != (self._campaign_id, self.kinds.currentData()):
            return
        lines, self._found = self._found, found[2]
        self.more.setVisible(found[3])
        if lines == self._found and self.lines.count():
            return
        place = self._scroll.verticalScrollBar().value()
        clear(self.lines)
        if not self._found:
            self.lines.addWidget(Words("Nothing has happened yet.", "muted"))
        now = self.session.engine.clock.now()
        for line in self._found:
            self.lines.addLayout(self._line(line, say.when(line.at, now)))
        self.lines.addStretch(1)
        self._scroll.verticalScrollBar().setValue(place)

    def _line(self, line: ActivityLine, when: str) -> object:
        shown = row(gap=12)
        at = Words(when, "small")
        at.setFixedWidth(WHEN_PX)
        at.setContentsMargins(0, LINE_TOP_PX + 1, 0, 0)
        shown.addWidget(at, 0, Qt.AlignmentFlag.AlignTop)
        if line.lead_id is not None:
            shown.addWidget(self._name(line.lead_id, line.name), 0, Qt.AlignmentFlag.AlignTop)
        words = Words(line.words, wraps=True)
        words.setContentsMargins(0, LINE_TOP_PX, 0, 0)
        shown.addWidget(words, 1, Qt.AlignmentFlag.AlignTop)
        return shown

    def _name(self, lead_id: int, name: str) -> QWidget:
        """Return a name that opens its lead, in a column of its own."""
        whole, shown = QWidget(), " ".join(name.split()) or "Somebody"
        whole.setFixedWidth(NAME_PX)
        button = Button("", look="link")
        button.name(button.fontMetrics().elidedText(shown, Qt.TextElideMode.ElideRight, NAME_PX), f"Open {shown}")
        button.setToolTip(plain_tip(shown))
        button.clicked.connect(lambda: self.session.show("leads", lead_id))
        line = row(whole)
        line.addWidget(button)
        line.addStretch(1)
        return whole
