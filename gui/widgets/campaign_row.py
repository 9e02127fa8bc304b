"""One campaign of the list: state, progress, what is next and why, and its buttons."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from gui.widgets.basics import Bar, Button, Card, row
from gui.widgets.words import Chip, OneLine, Words

STATE_CHIPS = {"running": "accent", "paused": "warning", "draft": "plain", "finished": "plain"}
PROGRESS_PX = 220


@dataclass(frozen=True, kw_only=True)
class CampaignWords:
    """What a row shows, all in words already."""

    campaign_id: int
    name: str
    state: str
    state_words: str
    progress: str
    ended: int
    leads: int
    stages: str
    next_words: str
    start_words: str
    can_pause: bool
    can_resume: bool


class CampaignRow(Card):
    """Shows a campaign; wishes to open it (a click, or Enter), to start, pause or resume it."""

    open_requested = Signal(int)
    start_requested = Signal(str)
    pause_requested = Signal(str)
    resume_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._name, self.campaign_id = "", 0
        self._is_pressed = False
        self.setProperty("opens", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        top, below = row(gap=10), row(gap=12)
        self.name = OneLine(look="strong")
        self.chip = Chip()
        self.start = Button("Start…", is_primary=True, is_decision=True)
        self.pause, self.resume = Button("Pause", is_decision=True), Button("Resume", is_decision=True)
        top.addWidget(self.chip)
        top.addWidget(self.name, 1)
        for button, wish in (
            (self.start, self.start_requested),
            (self.pause, self.pause_requested),
            (self.resume, self.resume_requested),
        ):
            button.clicked.connect(lambda _=False, wish=wish: wish.emit(self._name))
            top.addWidget(button)
        self.progress, self.bar = Words(look="small"), Bar()
        self.bar.setFixedWidth(PROGRESS_PX)
        self.stages = OneLine(look="small")
        below.addWidget(self.bar)
        below.addWidget(self.progress)
        below.addWidget(self.stages, 1)
        self.next = OneLine(look="muted")
        self.body.addLayout(top)
        self.body.addLayout(below)
        self.body.addWidget(self.next)

    def show_words(self, words: CampaignWords) -> None:
        """Show a campaign."""
        self._name, self.campaign_id = words.name, words.campaign_id
        self.setAccessibleName(f"{words.name}, {words.state_words}")
        self.setAccessibleDescription("Enter opens the campaign")
        self.name.say(words.name)
        self.chip.say(words.state_words)
        self.chip.set_kind(STATE_CHIPS.get(words.state, "plain"))
        self.progress.say(words.progress)
        self.bar.set_values(words.ended, words.leads)
        self.stages.say(words.stages)
        self.next.say(words.next_words)
        self.start.setVisible(bool(words.start_words))
        self.start.name(words.start_words or "Start…", f"{words.start_words} {words.name}")
        self.pause.setVisible(words.can_pause)
        self.pause.setAccessibleName(f"Pause {words.name}")
        self.resume.setVisible(words.can_resume)
        self.resume.setAccessibleName(f"Resume {words.name}")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click, unless it was meant for a button that can't be pressed now."""
        is_for_button = isinstance(self.childAt(event.position().toPoint()), Button)
        self._is_pressed = event.button() == Qt.MouseButton.LeftButton and not is_for_button

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Begin nothing: the click before has done what was wished."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open on a click."""
        is_clicked, self._is_pressed = self._is_pressed, False
        if is_clicked and self.rect().contains(event.position().toPoint()):
            self.open_requested.emit(self.campaign_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open on Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_requested.emit(self.campaign_id)
        else:
            super().keyPressEvent(event)

    def shows(self, name: str) -> bool:
        """Whether this row is that campaign's."""
        return self._name == name
