"""A variable inside a text, drawn as a chip: one object of the document, so that the caret can't get into it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
    QPyTextObject,
    QTextCharFormat,
    QTextDocument,
    QTextFormat,
)

from gui import theme
from gui.state.chip_text import ChipWords, chip_words

CHIP_TYPE = int(QTextFormat.ObjectTypes.UserObject) + 1
SOURCE = int(QTextFormat.Property.UserProperty) + 1
PAD_PX, GAP_PX, RISE_PX, RADIUS_PX = 6.0, 1.0, 2.0, 5.0
WAVE_PX = 2.0
LONGEST_PX = 320.0


def chip_format(source: str) -> QTextCharFormat:
    """Return the format of the object that stands for this Liquid."""
    made = QTextCharFormat()
    made.setObjectType(CHIP_TYPE)
    made.setProperty(SOURCE, source)
    made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBaseline)
    return made


def source_of(shape: QTextFormat) -> str:
    """Return the Liquid that an object stands for, or "" for anything else."""
    return str(shape.property(SOURCE)) if shape.objectType() == CHIP_TYPE else ""


class _Sizes:
    """A font, the smaller one beside it, and the measures of both."""

    def __init__(self, font: QFont) -> None:
        self.font, self.small_font = QFont(font), QFont(font)
        self.small_font.setPixelSize(theme.SMALL_PX)
        self.body, self.small = QFontMetricsF(self.font), QFontMetricsF(self.small_font)


class ChipObject(QPyTextObject):
    """Draws chips; those in `troubled` are marked with colour and a wave."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.troubled: frozenset[str] = frozenset()
        self._measured: _Sizes | None = None

    def intrinsicSize(self, doc: QTextDocument, _position: int, shape: QTextFormat) -> QSizeF:
        """Return the room that a chip takes."""
        chip = chip_words(source_of(shape))
        sizes = self._sizes(doc.defaultFont())
        width = sizes.body.horizontalAdvance(chip.words) + sizes.small.horizontalAdvance(chip.more)
        return QSizeF(min(width, LONGEST_PX) + 2 * (PAD_PX + GAP_PX), sizes.body.height())

    def _sizes(self, font: QFont) -> _Sizes:
        """Measure a font once: a chip is drawn at every keystroke."""
        if self._measured is None or self._measured.font != font:
            self._measured = _Sizes(font)
        return self._measured

    def drawObject(
        self, painter: QPainter, rect: QRectF, doc: QTextDocument, _position: int, shape: QTextFormat
    ) -> None:
        """Draw one chip."""
        chip, font = chip_words(source_of(shape)), doc.defaultFont()
        is_troubled = chip.name in self.troubled
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = rect.adjusted(GAP_PX, -RISE_PX + 0.5, -GAP_PX, 0.5)
        painter.setPen(QPen(theme.colour("warning" if is_troubled else "line"), 1))
        painter.setBrush(theme.colour("warning_soft" if is_troubled else "accent_soft"))
        painter.drawRoundedRect(ground, RADIUS_PX, RADIUS_PX)
        self._draw_words(painter, rect, font, chip, is_troubled)
        painter.restore()

    def _draw_words(self, painter: QPainter, rect: QRectF, font: QFont, chip: ChipWords, is_troubled: bool) -> None:
        sizes = self._sizes(font)
        metrics, small = sizes.body, sizes.small
        left, base = rect.left() + GAP_PX + PAD_PX, rect.bottom() - metrics.descent()
        name = metrics.elidedText(chip.words, Qt.TextElideMode.ElideRight, LONGEST_PX)
        painter.setPen(theme.colour("warning" if is_troubled else "text"))
        painter.setFont(font)
        painter.drawText(QPointF(left, base), name)
        width = metrics.horizontalAdvance(name)
        if is_troubled:
            painter.drawPath(_wave(left, left + width, base + WAVE_PX + 0.5))
        painter.setPen(theme.colour("warning" if is_troubled else "muted"))
        painter.setFont(sizes.small_font)
        room = max(0.0, LONGEST_PX - width)
        painter.drawText(QPointF(left + width, base), small.elidedText(chip.more, Qt.TextElideMode.ElideRight, room))


def _wave(left: float, right: float, y: float) -> QPainterPath:
    path = QPainterPath(QPointF(left, y))
    x, up = left, True
    while x < right:
        x += WAVE_PX
        path.lineTo(min(x, right), y + (-WAVE_PX / 2 if up else WAVE_PX / 2))
        up = not up
    return path
