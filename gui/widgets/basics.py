"""Cards, rules, buttons and bars: the small parts that every screen is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gui import theme
from gui.widgets.words import OneLine, Words, plain_tip

BAR_PX = 6
INSET_PX = 7
L = TypeVar("L", bound=QBoxLayout)
S = TypeVar("S", bound=QAbstractSpinBox)


def column(
    parent: QWidget | None = None, *, gap: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QVBoxLayout:
    """Return a vertical layout."""
    return _laid(QVBoxLayout(parent) if parent else QVBoxLayout(), gap, margins)


def row(
    parent: QWidget | None = None, *, gap: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QHBoxLayout:
    """Return a horizontal layout."""
    return _laid(QHBoxLayout(parent) if parent else QHBoxLayout(), gap, margins)


def _laid(layout: L, gap: int, margins: tuple[int, int, int, int]) -> L:
    layout.setSpacing(gap)
    layout.setContentsMargins(*margins)
    return layout


def clear(layout: QLayout) -> None:
    """Take everything out of a layout."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)


class Card(QFrame):
    """A panel with an optional heading; `body` takes what it holds."""

    def __init__(self, title: str = "", *, note: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "plain")
        whole = column(self, gap=8, margins=(14, 12, 14, 12))
        self.heading = Words(title, "head")
        self.note = OneLine(note, "small")
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight)
        if title:
            top = row()
            top.addWidget(self.heading)
            top.addWidget(self.note, 1)
            whole.addLayout(top)
            self.setAccessibleName(title)
        self.body = column(gap=6)
        whole.addLayout(self.body)

    def set_kind(self, kind: str) -> None:
        """Make it plain, or one that asks for attention ("trouble")."""
        if self.property("card") != kind:
            self.setProperty("card", kind)
            self.style().unpolish(self)
            self.style().polish(self)


class Rule(QFrame):
    """A thin line between two things."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("rule", True)


class Button(QPushButton):
    """A button; `says` is what a screen reader says where the words alone don't tell.

    `is_decision`: a double click presses it once, for by its second half it may stand for something else.
    """

    def __init__(
        self,
        words: str,
        *,
        says: str = "",
        is_primary: bool = False,
        is_small: bool = False,
        is_decision: bool = False,
        look: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(words.replace("&", "&&"), parent)
        self._is_decision = is_decision
        self.setAccessibleName(says or words)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if is_primary:
            self.setProperty("primary", True)
        if is_small:
            self.setProperty("kind", "small")
        if look:
            self.setProperty("look", look)

    def set_primary(self, *, is_primary: bool) -> None:
        """Make it the one that is pressed next, or one of several."""
        if bool(self.property("primary")) is not is_primary:
            self.setProperty("primary", is_primary)
            self.style().unpolish(self)
            self.style().polish(self)

    def explain(self, words: str) -> None:
        """Say what pressing it does, to eyes and to screen readers."""
        self.setToolTip(plain_tip(words))
        self.setAccessibleDescription(words)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take the second half of a double click as another press only where that decides nothing."""
        if self._is_decision:
            event.accept()
        else:
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Be pressed by Enter too: the one that has the focus, never another."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def name(self, words: str, says: str = "") -> None:
        """Change the words."""
        shown = words.replace("&", "&&")
        if shown != self.text():
            self.setText(shown)
        self.setAccessibleName(says or words)


def steady_width(button: QPushButton) -> int:
    """Return the width that a button's words need when it is chosen too: choosing it moves and cuts nothing."""
    button.ensurePolished()
    plain, bold = QFontMetrics(button.font()), QFont(button.font())
    bold.setWeight(QFont.Weight.Bold)
    grown = QFontMetrics(bold).horizontalAdvance(button.text()) - plain.horizontalAdvance(button.text())
    return button.sizeHint().width() + max(0, grown)


def inset(box: S) -> S:
    """Keep a number off its field's edge: a stylesheet's padding doesn't reach into a spin box."""
    box.lineEdit().setTextMargins(INSET_PX, 0, 0, 0)
    return box


class Bar(QWidget):
    """How much of a limit is used; the number stands beside it in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._used, self._limit = 0, 0
        self.setFixedHeight(BAR_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_values(self, used: int, limit: int) -> None:
        """Show used out of limit."""
        if (used, limit) != (self._used, self._limit):
            self._used, self._limit = used, limit
            self.update()

    def sizeHint(self) -> QSize:
        """Prefer some width."""
        return QSize(120, BAR_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw ground and part."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("line"))
        painter.drawRoundedRect(self.rect(), 3, 3)
        share = min(1.0, self._used / self._limit) if self._limit else 0.0
        if share:
            painter.setBrush(theme.colour("accent"))
            painter.drawRoundedRect(0, 0, max(BAR_PX, int(self.width() * share)), self.height(), 3, 3)


class Scroll(QScrollArea):
    """A page that scrolls when there is more than fits; sideways only in a window too narrow for it."""

    def __init__(self, inner: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        inner.setProperty("ground", "clear")
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)


def widgets_of(layout: QLayout) -> Iterator[QWidget]:
    """Return the widgets of a layout in order."""
    for position in range(layout.count()):
        widget = layout.itemAt(position).widget()
        if widget is not None:
            yield widget
