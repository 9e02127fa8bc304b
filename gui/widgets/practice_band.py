"""The striped band of the practice account: nobody real receives anything, and time can be hurried."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QMenu, QWidget

from gui import theme
from gui.widgets.basics import Button, row, steady_width
from gui.widgets.words import OneLine, Words

BAND_PX = 34
STRIPE_PX = 18
SPEEDS = (
    (0.0, "Pause time", "Pause practice time"),
    (1.0, "1×", "Practice time as fast as real time"),
    (3600.0, "Hour a second", "An hour of practice time a second"),
    (86400.0, "Day a second", "A day of practice time a second"),
)
PLUGS = (
    ("kill", "Kill the engine"),
    ("network", "Drop the network for six hours"),
    ("rubbish", "Answer rubbish for six hours"),
    ("sleep", "Sleep for three days"),
)


class PracticeBand(QWidget):
    """Shows practice time; wishes for another speed."""

    speed_requested = Signal(float)
    plug_requested = Signal(str)
    """kill, network, rubbish or sleep."""
    real_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(BAND_PX)
        self.setAccessibleName("Practice")
        line = row(self, gap=8, margins=(16, 0, 16, 0))
        line.addWidget(Words("Practice. Nobody real receives anything.", "warning"))
        line.addSpacing(6)
        self._clock = OneLine(look="warning")
        line.addWidget(self._clock, 1)
        self._group = QButtonGroup(self)
        self._buttons: dict[float, Button] = {}
        for speed, words, says in SPEEDS:
            button = Button(words, says=says, is_small=True)
            button.setCheckable(True)
            button.setEnabled(False)
            button.clicked.connect(lambda _=False, speed=speed: self.speed_requested.emit(speed))
            button.setMinimumWidth(steady_width(button))
            self._group.addButton(button)
            self._buttons[speed] = button
            line.addWidget(button)
        self.plug = Button("Pull the plug", says="Pull the plug: break something on purpose", is_small=True)
        menu = QMenu(self.plug)
        for kind, words in PLUGS:
            menu.addAction(words, lambda kind=kind: self.plug_requested.emit(kind))
        self.plug.setMenu(menu)
        self.real = Button("Use for real…", says="Use a practice campaign for real", is_small=True)
        self.real.clicked.connect(self.real_requested)
        for button in (self.plug, self.real):
            button.setEnabled(False)
            line.addWidget(button)

    @property
    def words(self) -> str:
        """What is said of practice time."""
        return self._clock.text()

    def enable(self, *, has_plug: bool) -> None:
        """Let things be broken and taken over, once the engine works."""
        self.plug.setEnabled(has_plug)
        self.real.setEnabled(True)

    def show_time(self, words: str, speed: float) -> None:
        """Show the practice clock and which speed is chosen."""
        self._clock.say(words)
        for known, button in self._buttons.items():
            button.setEnabled(True)
            if known == speed:
                button.setChecked(True)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the stripes and the line below."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.colour("window"))
        pen = QPen(theme.colour("warning_soft"), STRIPE_PX / 2)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        for start in range(-self.height(), self.width() + STRIPE_PX, STRIPE_PX):
            painter.drawLine(start, self.height() + 6, start + self.height() + 12, -6)
        painter.setPen(theme.colour("line"))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
