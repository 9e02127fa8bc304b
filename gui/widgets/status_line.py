"""The line at the bottom of every screen: state, what is next, the last checks, and the brake."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme
from gui.widgets.basics import Button, row
from gui.widgets.words import OneLine, Words

DOT_PX = 9


class Dot(QWidget):
    """A mark whose shape tells the state too: a disc runs, two bars are paused, a ring waits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = "opening"
        self.setFixedSize(DOT_PX + 2, DOT_PX + 2)

    def set_state(self, state: str) -> None:
        """Show running, paused, trouble or opening."""
        if state != self._state:
            self._state = state
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the mark."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = {"running": "good", "paused": "warning", "trouble": "trouble"}.get(self._state, "muted")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(colour))
        if self._state == "paused":
            painter.drawRect(2, 1, 3, DOT_PX)
            painter.drawRect(7, 1, 3, DOT_PX)
        elif self._state == "opening":
            pen = painter.pen()
            pen.setColor(theme.colour(colour))
            pen.setStyle(Qt.PenStyle.SolidLine)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(1, 1, DOT_PX - 1, DOT_PX - 1)
        else:
            painter.drawEllipse(1, 1, DOT_PX, DOT_PX)


class StatusLine(QWidget):
    """Shows what is true now; wishes for pause and resume."""

    pause_requested = Signal()
    resume_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(theme.STATUS_LINE_PX)
        self.setAccessibleName("Status")
        line = row(self, gap=8, margins=(14, 0, 14, 0))
        self._dot, self._state = Dot(), Words("Opening…", "small")
        self._next, self._checks = OneLine(look="small"), Words(look="small")
        self._checks.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.brake = Button("Pause all", says="Pause everything", is_small=True, is_decision=True)
        self.brake.setToolTip("Ctrl+.")
        self.brake.setEnabled(False)
        self.brake.clicked.connect(self._on_brake)
        self._is_paused = False
        line.addWidget(self._dot)
        line.addWidget(self._state)
        line.addSpacing(8)
        line.addWidget(self._next, 1)
        line.addWidget(self._checks)
        line.addWidget(self.brake)

    def set_state(self, state: str, words: str) -> None:
        """Show the state as a mark and in words."""
        self._dot.set_state(state)
        self._state.say(words)
        self._state.set_look({"running": "good", "paused": "warning", "trouble": "trouble"}.get(state, "small"))

    def set_next(self, words: str) -> None:
        """Show what comes next."""
        self._next.say(words)

    def set_checks(self, words: str) -> None:
        """Show when LinkedIn was last read."""
        self._checks.say(words)

    def set_paused(self, is_paused: bool, *, has_any: bool) -> None:
        """Name the brake after what it does; it is there while there is an account to stop."""
        self._is_paused = is_paused
        self.brake.name(
            "Resume" if is_paused else "Pause all", "Resume everything" if is_paused else "Pause everything"
        )
        self.brake.setEnabled(True)
        self.brake.setVisible(has_any or is_paused)

    def _on_brake(self) -> None:
        (self.resume_requested if self._is_paused else self.pause_requested).emit()
