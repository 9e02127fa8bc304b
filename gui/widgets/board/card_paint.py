"""Draws one card. Texts come from outside: they are drawn as they are, never read as markup."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen, QTextLayout, QTextOption

from gui import theme
from gui.state.board_columns import PAD_PX, Geometry
from gui.state.card_words import Card
from gui.widgets.line_cache import LineCache

LAID_KEPT = 4096
BAR_PX = 3


class Fonts:
    """The three fonts of a card and their measures, from the widget's font."""

    def __init__(self, base: QFont) -> None:
        self.name, self.small = QFont(base), QFont(base)
        self.name.setWeight(QFont.Weight.DemiBold)
        self.small.setPixelSize(theme.SMALL_PX)
        self.of_name, self.of_small = QFontMetrics(self.name), QFontMetrics(self.small)
        self.name_lines, self.small_lines = LineCache(self.name), LineCache(self.small)
        self.laid = lru_cache(LAID_KEPT)(self._laid)

    def geometry(self, width: int) -> Geometry:
        """Return where cards of this width stand."""
        return Geometry(width=width, name_px=self.of_name.height() + 2, line_px=self.of_small.height() + 1)

    def _laid(self, text: str, width: int, lines: int) -> tuple[str, ...]:
        """Return a text broken into so many lines at most, the last one cut."""
        if lines == 1 or self.of_small.horizontalAdvance(text) <= width:
            return (self.of_small.elidedText(text, Qt.TextElideMode.ElideRight, width),) if text else ()
        layout = QTextLayout(text, self.small)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(width)
        end = line.textLength()
        layout.endLayout()
        # Qt counts UTF-16 units; Python counts characters.
        first = text.encode("utf-16-le")[: 2 * end].decode("utf-16-le", "ignore")
        rest = self.of_small.elidedText(text[len(first) :].strip(), Qt.TextElideMode.ElideRight, width)
        return first.rstrip(), rest


def paint_card(
    painter: QPainter, box: QRect, card: Card | None, fonts: Fonts, lines: int, *, is_open: bool, has_focus: bool
) -> None:
    """Draw a card; `is_open`: its lead is shown beside; None: it wasn't read yet."""
    _ground(painter, box, is_open=is_open, has_focus=has_focus)
    left, width = box.left() + PAD_PX, box.width() - 2 * PAD_PX
    y = box.top() + PAD_PX
    painter.setFont(fonts.name)
    painter.setPen(theme.colour("text"))
    height = fonts.of_name.height()
    name = card.name if card is not None else "…"
    fonts.name_lines.draw(painter, left, y, width, height, name)
    if card is None:
        return
    painter.setFont(fonts.small)
    height, y = fonts.of_small.height() + 1, y + height + 2
    painter.setPen(theme.colour("muted"))
    for text in fonts.laid(card.about, width, lines):
        fonts.small_lines.draw(painter, left, y, width, height, text, is_cut=True)
        y += height
    y += 4
    painter.setPen(theme.colour(card.tone))
    for text in fonts.laid(card.next, width, lines):
        fonts.small_lines.draw(painter, left, y, width, height, text, is_cut=True)
        y += height


def _ground(painter: QPainter, box: QRect, *, is_open: bool, has_focus: bool) -> None:
    inner = QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setPen(QPen(theme.colour("line"), 1))
    painter.setBrush(theme.colour("accent_soft" if is_open else "panel"))
    painter.drawRoundedRect(inner, theme.CARD_RADIUS_PX, theme.CARD_RADIUS_PX)
    if is_open:
        painter.setPen(QPen(theme.colour("accent"), BAR_PX))
        top, bottom = box.top() + theme.CARD_RADIUS_PX, box.bottom() - theme.CARD_RADIUS_PX
        painter.drawLine(QPointF(box.left() + 1.5, top), QPointF(box.left() + 1.5, bottom))
    if has_focus:
        painter.setPen(QPen(theme.colour("accent"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(box).adjusted(1, 1, -1, -1), theme.CARD_RADIUS_PX, theme.CARD_RADIUS_PX)
