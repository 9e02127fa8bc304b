"""One lead beside the table or the board: who it is, what comes and why, and four tabs with everything else."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QApplication, QButtonGroup, QFrame, QMenu, QSizePolicy, QStackedWidget, QWidget

from gui.widgets.basics import Button, Rule, Scroll, clear, column, row, steady_width
from gui.widgets.lead_future_card import FutureCard, QuestionCard
from gui.widgets.lead_tabs import ComingTab, ConversationTab, FactsTab, HistoryTab
from gui.widgets.words import OneLine, Words

if TYPE_CHECKING:
    from engine.services.lead_stories import LeadStory

WIDTH_PX = 400
NARROWEST_PX = 300
MARGINS = (14, 12, 12, 10)
TAB_GAP_PX = 8
TABS = ("History", "Conversation", "Coming texts", "Facts and notes")
HISTORY, CONVERSATION, COMING, FACTS = range(4)
TABS_PX = 160
"""The tabs scroll and need no more: what comes, and what is asked, is seen whole before them."""
FUTURES_SHARE = 0.45
"""No more of the height is taken by what comes; more of it scrolls."""


class FuturesScroll(Scroll):
    """As high as what it holds, up to a share of the panel."""

    def sizeHint(self) -> QSize:
        """Return what the inner height asks for at this width, with the room that styles ask for."""
        inner = self.widget()
        for words in inner.findChildren(Words):
            words.ensurePolished()
        width = self.viewport().width()
        layout = inner.layout()
        height = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else inner.sizeHint().height()
        return QSize(super().sizeHint().width(), min(max(0, height), int(self.window().height() * FUTURES_SHARE)))

    def minimumSizeHint(self) -> QSize:
        """Be as high as that."""
        return QSize(60, self.sizeHint().height())


class LeadPanel(QFrame):
    """Shows a story; wishes for everything else."""

    close_requested = Signal()
    open_requested = Signal(str)
    """The address of the person's page on LinkedIn."""
    exclude_requested = Signal(int, str)
    """The lead's id and name."""
    answer_requested = Signal(str, str)
    """A question's id and the choice."""
    decided = Signal(int, str)
    """An enrolment and what was chosen for it."""
    never_requested = Signal(object)
    forget_requested = Signal(object)
    """The story of whom never to contact, or to forget."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "plain")
        self.setAccessibleName("Lead")
        self.setMaximumWidth(WIDTH_PX * 2)
        self._shown: LeadStory | None = None
        self._futures: tuple[object, object] = (None, None)
        self.futures: list[FutureCard] = []
        self.questions: list[QuestionCard] = []
        whole = column(self, gap=8, margins=MARGINS)
        whole.addLayout(self._head())
        inner = QWidget()
        self._future = column(inner, gap=6, margins=(0, 0, 2, 0))
        self._future_scroll = FuturesScroll(inner)
        self._future_scroll.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        whole.addWidget(self._future_scroll)
        whole.addLayout(self._tab_row())
        room = sum(tab.minimumWidth() + TAB_GAP_PX for tab in self.tabs) + MARGINS[0] + MARGINS[2]
        self.setMinimumWidth(max(NARROWEST_PX, room))
        whole.addWidget(Rule())
        self.history, self.conversation, self.coming, self.facts = (
            HistoryTab(),
            ConversationTab(),
            ComingTab(),
            FactsTab(),
        )
        self.stack = QStackedWidget()
        self.stack.setMinimumHeight(TABS_PX)
        for page in (self.history, self.conversation, self.coming, self.facts):
            self.stack.addWidget(page)
        whole.addWidget(self.stack, 1)

    def _head(self) -> QWidget:
        top = row(gap=6)
        self.name, self.about = OneLine(look="head"), Words(look="small", wraps=True)
        self.linkedin = Button("Open on LinkedIn", is_small=True)
        self.linkedin.clicked.connect(lambda: self._shown and self.open_requested.emit(self._shown.web_address))
        self.more = Button("More", says="More for this person", is_small=True)
        self.menu = QMenu(self.more)
        self.never = self.menu.addAction("Never contact…", lambda: self.never_requested.emit(self._shown))
        self.forget = self.menu.addAction("Forget this person…", lambda: self.forget_requested.emit(self._shown))
        self.more.clicked.connect(lambda: self.menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height() + 2))))
        close = Button("Close", says="Close this lead", is_small=True)
        close.clicked.connect(self.close_requested)
        for part, share in ((self.name, 1), (self.more, 0), (close, 0)):
            top.addWidget(part, share)
        below = row(gap=6)
        below.addWidget(self.about, 1)
        below.addWidget(self.linkedin, 0, Qt.AlignmentFlag.AlignTop)
        whole = column(gap=6)
        whole.addLayout(top)
        whole.addLayout(below)
        return whole

    def _tab_row(self) -> QWidget:
        line = row(gap=TAB_GAP_PX)
        self._group = QButtonGroup(self)
        self.tabs = []
        for place, title in enumerate(TABS):
            tab = Button(title, look="tab")
            tab.setCheckable(True)
            tab.setMinimumWidth(steady_width(tab))
            self._group.addButton(tab, place)
            self.tabs.append(tab)
            line.addWidget(tab)
        line.addStretch(1)
        self.tabs[HISTORY].setChecked(True)
        self._group.idToggled.connect(lambda place, on: on and self.stack.setCurrentIndex(place))
        return line

    def sizeHint(self) -> QSize:
        """Prefer the width of a letter."""
        return QSize(max(WIDTH_PX, self.minimumWidth()), 400)

    def show_tab(self, place: int) -> None:
        """Show one of the tabs."""
        self.tabs[place].setChecked(True)

    def show_story(self, story: LeadStory, now: datetime) -> None:
        """Show one lead; nothing is rebuilt while nothing changed."""
        self._show_futures(story, now)
        self.history.show_lines(story.past, now)
        self.conversation.show_lines(story.conversation, now)
        self.coming.show_lines(story.coming, now)
        self.facts.show_facts(story)
        if story == self._shown:
            return
        is_other = self._shown is None or self._shown.lead_id != story.lead_id
        self._shown = story
        self.setAccessibleName(f"Lead {story.name}")
        self.name.say(story.name or "No name")
        at_work = ", ".join(x for x in (story.title, story.company) if x.strip())
        self.about.say(" · ".join(" ".join(x.split()) for x in (at_work, story.location) if x.strip()))
        self.linkedin.setVisible(bool(story.web_address))
        self.more.setVisible(not story.is_forgotten)
        if is_other:
            self._future_scroll.verticalScrollBar().setValue(0)

    def _show_futures(self, story: LeadStory, now: datetime) -> None:
        # The moment is said in words of a minute: nothing else of `now` shows.
        minute = now.replace(second=0, microsecond=0)
        what = (story.lead_id, story.campaigns, story.questions, bool(story.coming))
        if (what, minute) == self._futures or self._must_wait(story, is_same=what == self._futures[0]):
            return
        self._futures = what, minute
        clear(self._future)
        self.futures, self.questions = [], []
        for item in story.questions:
            card = QuestionCard(item, now)
            card.answered.connect(self.answer_requested)
            self.questions.append(card)
            self._future.addWidget(card)
        asked = {item.campaign for item in story.questions}
        for campaign in story.campaigns:
            if campaign.stage == "needs_attention" and campaign.campaign in asked:
                continue  # the question says it already, with its answers
            future = FutureCard(campaign, now, has_texts=bool(story.coming))
            future.texts_requested.connect(lambda: self.show_tab(COMING))
            future.decided.connect(self.decided)
            future.exclude_requested.connect(lambda: self.exclude_requested.emit(story.lead_id, story.name))
            self.futures.append(future)
            self._future.addWidget(future)
        if not story.campaigns:
            words = "This person was forgotten." if story.is_forgotten else "In no campaign: nothing is sent."
            self._future.addWidget(Words(words, "muted", wraps=True))
        self._future_scroll.updateGeometry()

    def _must_wait(self, story: LeadStory, *, is_same: bool) -> bool:
        """Whether somebody is at a card: its menu is open, a button is down, or only the time would be another."""
        if self._shown is None or self._shown.lead_id != story.lead_id:
            return False
        cards = self._future_scroll.widget()
        is_pressed = any(button.isDown() for button in cards.findChildren(Button))
        is_open = any(card.menu.isVisible() for card in self.futures)
        focused = QApplication.focusWidget()
        return is_pressed or is_open or (is_same and focused is not None and cards.isAncestorOf(focused))

    def showEvent(self, event: object) -> None:
        """Fit what comes once the width is known."""
        super().showEvent(event)  # type: ignore[arg-type]
        self._future_scroll.updateGeometry()

    def resizeEvent(self, event: object) -> None:
        """Fit what comes to the new width."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._future_scroll.updateGeometry()
