"""What is on the screen before the data folder is open, and what is said when it can't be opened."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QWidget

from gui import theme
from gui.error_text import ErrorText
from gui.widgets.basics import Button, Card, column, row
from gui.widgets.words import Words

WIDEST_PX = 560


class OpeningPage(QWidget):
    """Outlines of what comes; or one clear sentence and a way out."""

    quit_requested = Signal()
    restore_requested = Signal()
    progressed = Signal(str, int, int)
    """Words, how much is done, of how much; from any thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._has_trouble = self.is_restore_wanted = False
        self._trouble: Card | None = None
        self._has_progress = False
        self._whole = column(self, gap=14, margins=(24, 18, 24, 18))
        self._title = Words("Opening…", "page")
        self._whole.addWidget(self._title)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setMaximumWidth(WIDEST_PX)
        self._words = Words(look="muted")
        for part in (self._words, self._progress):
            self._whole.addWidget(part)
            part.hide()
        self._whole.addStretch(1)
        self.progressed.connect(self._show_progress)

    def _show_progress(self, words: str, done: int, whole: int) -> None:
        """Say how far something that takes a while is; closing the window ends it."""
        self._title.say("Preparing the practice account")
        self._words.say(f"{words}: day {done} of {whole}. Nobody real receives anything.")
        self._progress.setRange(0, whole)
        self._progress.setValue(done)
        self._progress.setAccessibleName(self._words.text())
        for part in (self._words, self._progress):
            part.show()
        self._has_progress = True
        self.update()

    def show_trouble(self, error: ErrorText, backup: str = "") -> None:
        """Say why it can't be opened; `backup` is the newest one's name, if there is one to go back to."""
        self._has_trouble, self.is_restore_wanted = True, False
        self._title.say("Leadloom can't open its data folder")
        card = Card()
        card.set_kind("trouble")
        card.setMaximumWidth(WIDEST_PX)
        card.body.addWidget(Words(error.title, "strong", wraps=True))
        if error.advice:
            card.body.addWidget(Words(error.advice, wraps=True))
        line = row()
        leave = Button("Quit", is_primary=True)
        leave.clicked.connect(self.quit_requested)
        line.addWidget(leave)
        if backup:
            restoring = Button("Restore the newest backup", says=f"Restore the backup {backup}")
            restoring.clicked.connect(self._want_restore)
            line.addWidget(restoring)
            kept = f"The newest backup is {backup}. What is there now is kept, and nothing is sent twice."
            card.body.addWidget(Words(kept, "muted", wraps=True))
        line.addStretch(1)
        card.body.addLayout(line)
        if self._trouble is not None:
            self._trouble.hide()
            self._trouble.deleteLater()
        self._trouble = card
        self._whole.insertWidget(1, card)
        leave.setFocus()
        self.update()

    def _want_restore(self) -> None:
        self.is_restore_wanted = True
        self.restore_requested.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the outlines of the cards to come."""
        if self._has_trouble or self._has_progress:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.colour("line"))
        painter.setBrush(theme.colour("panel"))
        left = int((self.width() - 62) * 0.58)
        right = self.width() - 62 - left
        for x, y, wide, high in (
            (24, 66, left, 200),
            (24, 280, left, self.height() - 298),
            (38 + left, 66, right, 150),
            (38 + left, 230, right, self.height() - 248),
        ):
            painter.drawRoundedRect(x, y, wide, high, theme.CARD_RADIUS_PX, theme.CARD_RADIUS_PX)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("side"))
            for step in range(min(5, (high - 30) // 32)):
                painter.drawRoundedRect(x + 16, y + 20 + 32 * step, int(wide * (0.7 - 0.09 * step)), 10, 5, 5)
            painter.setPen(theme.colour("line"))
            painter.setBrush(theme.colour("panel"))
