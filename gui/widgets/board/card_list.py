"""One column's cards: any number of the same height, painted where they are seen and nowhere else."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from gui import theme
from gui.state.board_columns import Cards, Geometry
from gui.state.card_words import Card
from gui.widgets.board.card_paint import Fonts, paint_card
from gui.widgets.words import plain_tip

RIGHT_PX = 4
"""Between the cards and the scroll bar."""
WHEEL_CARDS = 1
EMPTY_FLAGS = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)


class CardList(QAbstractScrollArea):
    """Shows cards, wishes for those that are missing, tells which is chosen."""

    cards_wanted = Signal(int, int)
    """First card and number of cards of a page that is seen and isn't there."""
    lead_chosen = Signal(int)
    sideways_requested = Signal(int)
    """Move the focus to the column before (-1) or after (1)."""
    seen_changed = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.cards = title, Cards()
        self.current, self.open_lead_id = 0, 0
        self.empty_words = ""
        self._fonts = Fonts(self.font())
        self._geometry: Geometry = self._fonts.geometry(self.minimumWidth())
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # Filled by itself, so that scrolling moves what is painted instead of painting every card again.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._ask_timer = QTimer(self, singleShot=True, interval=0)
        self._ask_timer.timeout.connect(self._ask)
        self.verticalScrollBar().valueChanged.connect(lambda _: self.seen_changed.emit())
        self._name()

    # what is shown

    def set_keys(self, keys: array[int]) -> None:
        """Show other cards; the card under the focus and the first that is seen stay."""
        focused, top = self._key(self.current), self._geometry.visible(self._scrolled, 1, len(self.cards))
        top_key = self._key(top.start) if top else None
        offset = self._scrolled - top.start * self._geometry.pitch_px if top else 0
        is_at_top = self._scrolled == 0
        if not self.cards.set_keys(keys):
            self._again()
            return
        place = self.cards.place_of(focused) if focused is not None else None
        self.current = place if place is not None else min(self.current, max(0, len(keys) - 1))
        self._fit()
        place = self.cards.place_of(top_key) if top_key is not None and not is_at_top else None
        self.verticalScrollBar().setValue(place * self._geometry.pitch_px + offset if place is not None else 0)
        self._again()
        self._name()

    def set_empty(self, words: str) -> None:
        """Say this where the cards would be."""
        if words != self.empty_words:
            self.empty_words = words
            self.viewport().update()

    def put_cards(self, first: int, cards: Mapping[int, Card], keys: Sequence[int], *, is_part: bool = False) -> None:
        """Take the cards of a page; `keys` says for which order they were read. `is_part`: the others still lack."""
        self.cards.put(first, cards, keys, is_part=is_part)
        self._again()
        self._name()

    def show_open(self, lead_id: int) -> None:
        """Mark the card whose lead is shown beside (0: none)."""
        if lead_id != self.open_lead_id:
            self.open_lead_id = lead_id
            self._again()

    def below(self) -> int:
        """Count the cards below those that are seen whole."""
        return self._geometry.below(self._scrolled, self.viewport().height(), len(self.cards))

    def visible(self) -> range:
        """Return the places of the cards that are seen."""
        return self._geometry.visible(self._scrolled, self.viewport().height(), len(self.cards))

    def look_again(self) -> None:
        """Ask for whatever is seen and missing or old."""
        self._ask_timer.start()

    # where things are

    @property
    def _scrolled(self) -> int:
        return self.verticalScrollBar().value()

    def _key(self, place: int) -> int | None:
        return self.cards.keys[place] if 0 <= place < len(self.cards) else None

    def _box(self, place: int) -> QRect:
        geometry = self._geometry
        return QRect(0, geometry.top(place, self._scrolled), geometry.width, geometry.card_px)

    def _fit(self) -> None:
        self._geometry = self._fonts.geometry(max(60, self.viewport().width() - RIGHT_PX))
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, self._geometry.total_px(len(self.cards)) - height))
        bar.setPageStep(height)
        bar.setSingleStep(WHEEL_CARDS * self._geometry.pitch_px // 3)
        self.seen_changed.emit()

    def _again(self) -> None:
        self.viewport().update()
        self._ask_timer.start()

    def _ask(self) -> None:
        if self.isVisible():
            for first, number in self.cards.wanted(self.visible()):
                self.cards_wanted.emit(first, number)

    # what Qt asks

    def minimumSizeHint(self) -> QSize:
        """Be as narrow as the board wants."""
        return QSize(60, 60)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the cards anew; the first one that is seen stays first."""
        top, pitch = self.visible().start, self._geometry.pitch_px
        super().resizeEvent(event)
        self._fit()
        if self._geometry.pitch_px != pitch and self._scrolled:
            self.verticalScrollBar().setValue(top * self._geometry.pitch_px)
        self._ask_timer.start()

    def changeEvent(self, event: QEvent) -> None:
        """Measure again when the font changes."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_fonts"):
            self._fonts = Fonts(self.font())
            self._fit()

    def scrollContentsBy(self, _dx: int, dy: int) -> None:
        """Move what is painted and paint the rest."""
        self.viewport().scroll(0, dy)
        self._ask_timer.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the cards that are seen."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme.colour("window"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not len(self.cards):
            painter.setPen(theme.colour("muted"))
            painter.drawText(self.viewport().rect().adjusted(2, 2, -2, -2), EMPTY_FLAGS, self.empty_words)
        geometry, dirty = self._geometry, event.rect()
        for place in geometry.visible(self._scrolled + dirty.top(), dirty.height(), len(self.cards)):
            card = self.cards.card(place)
            paint_card(
                painter,
                self._box(place),
                card,
                self._fonts,
                geometry.lines,
                is_open=card is not None and card.lead_id == self.open_lead_id,
                has_focus=self.hasFocus() and place == self.current,
            )

    # hand and keyboard

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the card under the mouse."""
        place = self._geometry.place_at(int(event.position().y()), self._scrolled, len(self.cards))
        if event.button() is Qt.MouseButton.LeftButton and place is not None:
            self.go_to(place)
            self._choose()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Nothing more happens: the press has chosen."""
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell the whole card where it may be cut."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            place = self._geometry.place_at(event.pos().y(), self._scrolled, len(self.cards))
            card = self.cards.card(place) if place is not None else None
            QToolTip.showText(event.globalPos(), plain_tip(card.spoken) if card is not None else "", self)
            return True
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk through cards and columns; Enter opens the lead."""
        keys = Qt.Key
        page = max(1, self.viewport().height() // self._geometry.pitch_px)
        steps = {
            keys.Key_Up: -1,
            keys.Key_Down: 1,
            keys.Key_PageUp: -page,
            keys.Key_PageDown: page,
            keys.Key_Home: -len(self.cards),
            keys.Key_End: len(self.cards),
        }
        key = keys(event.key())
        if key in steps:
            self.go_to(self.current + steps[key])
        elif key in (keys.Key_Left, keys.Key_Right):
            self.sideways_requested.emit(-1 if key is keys.Key_Left else 1)
        elif key in (keys.Key_Return, keys.Key_Enter, keys.Key_Space):
            self._choose()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show and say which card has the focus."""
        super().focusInEvent(event)
        self.viewport().update()
        self._name()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show the focus no more."""
        super().focusOutEvent(event)
        self.viewport().update()

    def go_to(self, place: int) -> None:
        """Give a card the focus and bring it in sight."""
        self.current = max(0, min(place, len(self.cards) - 1))
        height = self.viewport().height()
        self.verticalScrollBar().setValue(self._geometry.scroll_to(self.current, self._scrolled, height))
        self._again()
        self._name()

    def _choose(self) -> None:
        card = self.cards.card(self.current)
        if card is not None:
            self.lead_chosen.emit(card.lead_id)

    def _name(self) -> None:
        """Say the card under the focus to a screen reader: the cards are no widgets of their own."""
        count, card = len(self.cards), self.cards.card(self.current)
        words = f"{self.title}, {count} leads" if count != 1 else f"{self.title}, 1 lead"
        if card is not None:
            words = f"{words}. {self.current + 1}: {card.spoken}"
        if words != self.accessibleName():
            self.setAccessibleName(words)
            if self.hasFocus():
                QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))
