"""The four tabs of a lead: what happened, what was said, what will be said, and what is known."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QTextEdit, QVBoxLayout, QWidget

from gui import formatting as say
from gui import theme
from gui.state.lead_words import FACT_WORDS
from gui.widgets.basics import Button, Scroll, clear, column, row
from gui.widgets.words import OneLine, Words

if TYPE_CHECKING:
    from engine.services.lead_stories import ComingText, LeadStory, PastLine, Said

MARK_PX = 14
NOTE_PX = 96
BUBBLE_SHARE = 5
SENT_KINDS = ("sent", "assumed")
THEIR_KINDS = ("replied", "connected")
AUTHOR_WORDS = {"lead": "They wrote", "us": "Sent by Leadloom", "hand": "Written by hand on LinkedIn"}


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


class ListTab(QWidget):
    """Lines that scroll; nothing is rebuilt while nothing changed."""

    empty_words = ""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        inner = QWidget()
        self.lines: QVBoxLayout = column(inner, gap=6, margins=(0, 4, 8, 4))
        whole = column(self)
        self.scroll = Scroll(inner)
        self.scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        whole.addWidget(self.scroll)
        self._shown: object = None

    def show_lines(self, what: tuple[object, ...], now: datetime) -> None:
        """Show these, if they are others than before."""
        if what == self._shown:
            return
        self._shown = what
        clear(self.lines)
        for line in what:
            self.add_line(line, now)
        if not what:
            self.lines.addWidget(Words(self.empty_words, "muted", wraps=True))
        self.lines.addStretch(1)

    def add_line(self, line: object, now: datetime) -> None:
        """Add one line: each tab draws its own."""


class HistoryTab(ListTab):
    """What happened, the newest first; the text of what was sent on demand."""

    empty_words = "Nothing has happened yet."

    def add_line(self, line: PastLine, now: datetime) -> None:  # type: ignore[override]
        """Add mark, words and time."""
        across = row(gap=6)
        across.addWidget(Mark(shape_of(line.kind)), 0, Qt.AlignmentFlag.AlignTop)
        text = column(gap=0)
        text.addWidget(Words(line.words, wraps=True))
        foot = row(gap=6)
        foot.addWidget(Words(say.when(line.at, now), "small"))
        if line.text:
            sent = Words(line.text, "muted", wraps=True)
            sent.hide()
            more = Button("Show text", says="Show what was sent", look="link")
            more.clicked.connect(lambda: _toggle(sent, more))
            foot.addWidget(more)
        foot.addStretch(1)
        text.addLayout(foot)
        if line.text:
            text.addWidget(sent)
        across.addLayout(text, 1)
        self.lines.addLayout(across)


def _toggle(words: Words, button: Button) -> None:
    is_shown = words.isHidden()
    words.setVisible(is_shown)
    button.name("Hide text" if is_shown else "Show text", "Hide what was sent" if is_shown else "Show what was sent")


class ConversationTab(ListTab):
    """What was said, in order, the newest last and in sight."""

    empty_words = "Nothing has been said yet."

    def show_lines(self, what: tuple[object, ...], now: datetime) -> None:
        """Show the newest."""
        is_new = what != self._shown
        super().show_lines(what, now)
        if is_new:
            bar = self.scroll.verticalScrollBar()
            bar.rangeChanged.connect(lambda _low, high: bar.setValue(high), Qt.ConnectionType.SingleShotConnection)

    def add_line(self, line: Said, now: datetime) -> None:  # type: ignore[override]
        """Add a bubble: theirs left, ours right."""
        bubble = QFrame()
        bubble.setProperty("card", "plain" if line.author == "lead" else "bubble")
        inside = column(bubble, gap=2, margins=(12, 8, 12, 8))
        text = Words(line.text, wraps=True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        inside.addWidget(text)
        who = "Note of the invitation" if line.is_note and line.author != "lead" else AUTHOR_WORDS[line.author]
        inside.addWidget(Words(f"{who} · {say.when(line.at, now)}", "small", wraps=True))
        across = row(gap=0)
        if line.author != "lead":
            across.addStretch(1)
        across.addWidget(bubble, BUBBLE_SHARE)
        if line.author == "lead":
            across.addStretch(1)
        self.lines.addLayout(across)


class ComingTab(ListTab):
    """Each coming text exactly as sending would write it now, or why it can't be written."""

    empty_words = "No more steps will send anything."

    def add_line(self, line: ComingText, _now: datetime) -> None:  # type: ignore[override]
        """Add title and text."""
        notes = [line.campaign]
        if line.is_if_accepted:
            notes.append("if they accept")
        if line.is_approved_text:
            notes.append("the text that you are asked about")
        self.lines.addWidget(Words(line.title, "head", wraps=True))
        self.lines.addWidget(OneLine(" · ".join(notes), "small"))
        if line.held:
            self.lines.addWidget(Words(f"Held: {line.held}", "trouble", wraps=True))
        elif line.text is None:
            self.lines.addWidget(Words("Without a text.", "muted"))
        else:
            bubble = QFrame()
            bubble.setProperty("card", "bubble")
            text = Words(line.text, wraps=True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column(bubble, margins=(12, 8, 12, 8)).addWidget(text)
            self.lines.addWidget(bubble)


class FactsTab(QWidget):
    """Everything that is known, and a note that is kept while it is written."""

    note_changed = Signal(int, str)
    """The lead's id and the whole note."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        whole = column(self, gap=6, margins=(0, 4, 0, 0))
        whole.addWidget(Words("Note", "head"))
        self.note = QTextEdit()
        self.note.setAcceptRichText(False)
        self.note.setAccessibleName("Note about this lead")
        self.note.setPlaceholderText("Only you see this. It is kept while you write.")
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(NOTE_PX)
        self.note.textChanged.connect(self._on_typed)
        whole.addWidget(self.note)
        self.state = Words(look="small")
        whole.addWidget(self.state)
        inner = QWidget()
        self._grid = QGridLayout(inner)
        self._grid.setContentsMargins(0, 4, 8, 4)
        self._grid.setHorizontalSpacing(12)
        self._grid.setColumnStretch(1, 1)
        scroll = Scroll(inner)
        scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        whole.addWidget(scroll, 1)
        self._lead_id = 0
        self._is_filling = False
        self._shown: object = None

    def show_facts(self, story: LeadStory) -> None:
        """Show a lead's facts; a note that is being written stays as it is."""
        if story.lead_id != self._lead_id:
            self._lead_id = story.lead_id
            self._fill(story.note)
        elif not self.note.hasFocus() and story.note != self.note.toPlainText() and not self.state.text():
            self._fill(story.note)
        self.note.setEnabled(not story.is_forgotten)
        if (story.facts, story.address) == self._shown:
            return
        self._shown = (story.facts, story.address)
        clear(self._grid)
        lines = [*((FACT_WORDS.get(name, name), value) for name, value in story.facts), ("Address", story.address)]
        for place, (name, value) in enumerate((n, v) for n, v in lines if v):
            label, text = Words(name, "small", wraps=True), Words(value, wraps=True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(label, place, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(text, place, 1)
        self._grid.setRowStretch(len(lines), 1)

    def say_state(self, words: str) -> None:
        """Say whether the note is kept."""
        self.state.say(words)

    def _fill(self, text: str) -> None:
        self._is_filling = True
        self.note.setPlainText(text)
        self._is_filling = False
        self.state.say("")

    def _on_typed(self) -> None:
        if not self._is_filling and self._lead_id:
            self.state.say("Keeping…")
            self.note_changed.emit(self._lead_id, self.note.toPlainText())


def shape_of(kind: str) -> str:
    """Return the mark of a kind of activity."""
    if kind in THEIR_KINDS:
        return "theirs"
    return "sent" if kind in SENT_KINDS else "noted"
