"""Labels that show text as text: never markup, whatever it holds."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

LEAST_ELIDED_PX = 40


def plain_tip(text: str) -> str:
    """Return a tool tip that shows exactly this text."""
    return f"<qt>{escape(text)}</qt>" if text else ""


class Words(QLabel):
    """A label; `look` names its style in the stylesheet."""

    def __init__(self, text: str = "", look: str = "", *, wraps: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        self.setWordWrap(wraps)
        if look:
            self.setProperty("look", look)

    def set_look(self, look: str) -> None:
        """Change the style."""
        if self.property("look") != look:
            self.setProperty("look", look)
            self.style().unpolish(self)
            self.style().polish(self)

    def say(self, text: str) -> None:
        """Show text; nothing is repainted when it is the same."""
        if text != self.text():
            self.setText(text)


class Chip(Words):
    """A short word on a soft ground; `kind` is plain, accent, warning or trouble."""

    def __init__(self, text: str = "", kind: str = "plain", parent: QWidget | None = None) -> None:
        super().__init__(text, parent=parent)
        self.setProperty("chip", kind)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the room for the words in their own style, also before they are first shown."""
        self.ensurePolished()
        return super().sizeHint()

    def set_kind(self, kind: str) -> None:
        """Change the ground."""
        if self.property("chip") != kind:
            self.setProperty("chip", kind)
            self.style().unpolish(self)
            self.style().polish(self)


class OneLine(Words):
    """A line that ends in … where there is no room; its tool tip then holds the whole."""

    def __init__(self, text: str = "", look: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, look, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(self, text: str) -> None:
        """Show text on one line."""
        super().say(" ".join(text.split()))
        self._match_tip()

    def keep_whole(self) -> None:
        """Take the room that the words need, as far as there is room, and no more."""
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """Leave room for a few letters."""
        return QSize(LEAST_ELIDED_PX, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the tool tip in step with what is cut."""
        super().resizeEvent(event)
        self._match_tip()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the line, cut at the end."""
        painter = QPainter(self)
        metrics = painter.fontMetrics()
        box = self.contentsRect()
        line = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, box.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(box, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), line)

    def _match_tip(self) -> None:
        is_cut = self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()
        self.setToolTip(plain_tip(self.text()) if is_cut else "")
