"""Single lines of plain text, cut to a width and laid out once: painting the same line again costs next to nothing."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QStaticText, QTextOption

KEPT = 4096
LONGEST_CHARS = 400
"""More of a text is never measured for a line."""


class LineCache:
    """Lines of one font."""

    def __init__(self, font: QFont) -> None:
        self.font = QFont(font)
        self.metrics = QFontMetrics(self.font)
        self._option = QTextOption(Qt.AlignmentFlag.AlignLeft)
        self._option.setWrapMode(QTextOption.WrapMode.NoWrap)
        self._laid = lru_cache(KEPT)(self._lay)

    def draw(
        self, painter: QPainter, left: int, top: int, width: int, height: int, text: str, *, is_cut: bool = False
    ) -> None:
        """Draw a line in the middle of a height, with the painter's pen and this font set on the painter.

        `is_cut`: it is known to fit.
        """
        line = self._laid(text, 0 if is_cut else width)
        painter.drawStaticText(QPointF(left, top + (height - line.size().height()) / 2), line)

    def _lay(self, text: str, width: int) -> QStaticText:
        shown = self.metrics.elidedText(text[:LONGEST_CHARS], Qt.TextElideMode.ElideRight, width) if width else text
        line = QStaticText(shown)
        line.setTextFormat(Qt.TextFormat.PlainText)
        line.setTextOption(self._option)
        line.prepare(font=self.font)
        return line
