"""One lead beside the table: a sentence about the future on top, the whole past below."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from gui import formatting as say
from gui import theme
from gui.widgets.basics import Button, Rule, Scroll, clear, column, row
from gui.widgets.words import Chip, OneLine, Words

if TYPE_CHECKING:
    from engine.services.lead_pages import LeadLine, LeadStory

WIDTH_PX = 360
MARK_PX = 14
SENT_KINDS = ("sent", "assumed")
THEIR_KINDS = ("replied", "connected")
STAGE_CHIPS = {"needs_attention": "trouble", "responded": "accent"}


class Mark(QWidget):
    """● we sent, ○ read or held, ◆ theirs: told apart by shape."""

    def __init__(self, shape: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shape = shape
        self.setFixedSize(QSize(MARK_PX, MARK_PX + 4))
        self.setAccessibleName({"sent": "sent", "theirs": "theirs"}.get(shape, "noted"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the mark."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.colour("muted") if self._shape == "noted" else Qt.PenStyle.NoPen)
        painter.translate(4.5, 9)
        if self._shape == "theirs":
            painter.setBrush(theme.colour("good"))
            painter.rotate(45)
            painter.drawRect(-3, -3, 7, 7)
        else:
            painter.setBrush(theme.colour("accent" if self._shape == "sent" else "panel"))
            painter.drawEllipse(-3, -3, 7, 7)


class LeadPanel(QFrame):
    """Shows a story; wishes to be closed."""

    close_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "plain")
        self.setAccessibleName("Lead")
        self.setMinimumWidth(WIDTH_PX - 80)
        self.setMaximumWidth(WIDTH_PX * 2)
        self._shown: LeadStory | None = None
        whole = column(self, gap=6, margins=(14, 12, 10, 10))
        top = row()
        self.name = OneLine(look="head")
        close = Button("Close", says="Close this lead", is_small=True)
        close.clicked.connect(self.close_requested)
        top.addWidget(self.name, 1)
        top.addWidget(close)
        whole.addLayout(top)
        self.about, self.address = Words(look="small", wraps=True), OneLine(look="small")
        whole.addWidget(self.about)
        whole.addWidget(self.address)
        self._future = column(gap=6)
        whole.addLayout(self._future)
        whole.addWidget(Rule())
        whole.addWidget(Words("History", "head"))
        inner = QWidget()
        self._past = column(inner, gap=4, margins=(0, 0, 6, 0))
        whole.addWidget(Scroll(inner), 1)

    def sizeHint(self) -> QSize:
        """Prefer the width of a note."""
        return QSize(WIDTH_PX, 400)

    def show_story(self, story: LeadStory, now: datetime) -> None:
        """Show one lead; nothing is rebuilt while nothing changed."""
        self._show_future(story, now)
        if story == self._shown:
            return
        is_same_past = self._shown is not None and (self._shown.lead_id, self._shown.past) == (
            story.lead_id,
            story.past,
        )
        self._shown = story
        self.setAccessibleName(f"Lead {story.name}")
        self.name.say(story.name)
        self.about.say(" · ".join(x for x in (story.title, story.company, story.location) if x))
        self.about.setVisible(bool(self.about.text()))
        self.address.say(story.address)
        if not is_same_past:
            self._show_past(story, now)

    def _show_future(self, story: LeadStory, now: datetime) -> None:
        wanted = [(line.campaign or "", line.stage or "", future_sentence(line, now)) for line in story.lines]
        if wanted == getattr(self, "_futures", None):
            return
        self._futures = wanted
        clear(self._future)
        for campaign, stage, sentence in wanted:
            line = row()
            if stage:
                line.addWidget(Chip(say.stage(stage), STAGE_CHIPS.get(stage, "plain")))
            line.addWidget(OneLine(campaign, "small"), 1)
            self._future.addLayout(line)
            self._future.addWidget(Words(sentence, wraps=True))

    def _show_past(self, story: LeadStory, now: datetime) -> None:
        clear(self._past)
        if not story.past:
            self._past.addWidget(Words("Nothing has happened yet.", "muted", wraps=True))
        for at, kind, words in story.past:
            line = row(gap=6)
            line.addWidget(Mark(_shape(kind)), 0, Qt.AlignmentFlag.AlignTop)
            text = column(gap=0)
            text.addWidget(Words(words, wraps=True))
            text.addWidget(Words(say.when(at, now), "small"))
            line.addLayout(text, 1)
            self._past.addLayout(line)
        self._past.addStretch(1)


def future_sentence(line: LeadLine, now: datetime) -> str:
    """Return one sentence about what comes: action, time, and what it waits for."""
    why = line.why.strip()
    if line.next_action:
        action = say.kind(line.next_action)
        if line.next_at is None or line.next_at <= now:
            return say.sentence(f"{action} as soon as it may: {why}" if why else f"{action} as soon as it may")
        return say.sentence(f"{action} not before {say.when(line.next_at, now)}" + (f": {why}" if why else ""))
    if line.next_at is not None and line.next_at > now:
        return say.sentence(f"nothing before {say.when(line.next_at, now)}: {why}")
    return say.sentence(f"nothing more will be sent: {why}" if line.stage in _ENDED else why or "nothing is planned")


_ENDED = ("responded", "completed", "withdrawn", "excluded")


def _shape(kind: str) -> str:
    if kind in THEIR_KINDS:
        return "theirs"
    return "sent" if kind in SENT_KINDS else "noted"
