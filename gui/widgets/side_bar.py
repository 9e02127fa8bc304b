"""The left bar: the screens that there are, each with its count."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from gui import theme
from gui.widgets.basics import Rule, column
from gui.widgets.words import OneLine, Words, plain_tip

ITEM_PX = 33


class SideItem(QAbstractButton):
    """One screen's name and count."""

    def __init__(self, words: str, shortcut: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(words)
        self.count = ""
        self.is_urgent = False
        self.setCheckable(True)
        self.setFixedHeight(ITEM_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(words)
        self.setToolTip(plain_tip(f"{words} ({shortcut})"))

    def set_count(self, count: str) -> None:
        """Show how many there are."""
        if count != self.count:
            self.count = count
            self.setAccessibleName(f"{self.text()}, {count}" if count else self.text())
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Be pressed by Enter too."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw name and count; the chosen one has a bar, a soft ground and weight."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self.rect().adjusted(1, 1, -1, -1)
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent_soft" if self.isChecked() else "line"))
            painter.drawRoundedRect(box, 7, 7)
        if self.isChecked():
            painter.setBrush(theme.colour("accent"))
            painter.drawRoundedRect(box.left(), box.top(), 3, box.height(), 1.5, 1.5)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            pen = painter.pen()
            pen.setStyle(Qt.PenStyle.SolidLine)
            pen.setColor(theme.colour("accent"))
            pen.setWidth(2)
            painter.setPen(pen)
            painter.drawRoundedRect(box, 7, 7)
        font = painter.font()
        font.setWeight(font.Weight.DemiBold if self.isChecked() else font.Weight.Normal)
        painter.setFont(font)
        painter.setPen(theme.colour("text") if self.isChecked() else theme.colour("muted"))
        inner = self.rect().adjusted(10, 0, -10, 0)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        if self.count:
            font.setPixelSize(theme.SMALL_PX)
            painter.setFont(font)
            painter.setPen(theme.colour("trouble" if self.is_urgent else "muted"))
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self.count)


class SideBar(QWidget):
    """Tells which screen is wished for."""

    screen_requested = Signal(str)

    def __init__(self, screens: dict[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(theme.SIDE_BAR_PX)
        self.setAccessibleName("Screens")
        whole = column(self, gap=2, margins=(10, 16, 10, 12))
        brand = Words("Leadloom", "brand")
        brand.setContentsMargins(10, 0, 0, 8)
        whole.addWidget(brand)
        self._group = QButtonGroup(self)
        self._items: dict[str, SideItem] = {}
        for position, (name, words) in enumerate(screens.items(), start=1):
            item = SideItem(words, f"Ctrl+{position}")
            item.clicked.connect(lambda _=False, name=name: self.screen_requested.emit(name))
            self._group.addButton(item)
            self._items[name] = item
            whole.addWidget(item)
        whole.addStretch(1)
        self._rule = Rule()
        whole.addWidget(self._rule)
        self._account, self._health = OneLine(look="small"), Words(look="small", wraps=True)
        for label in (self._account, self._health):
            label.setContentsMargins(10, 4, 4, 0)
            whole.addWidget(label)
        self.set_account("", "")

    def choose(self, name: str) -> None:
        """Mark a screen as the one that is shown."""
        self._items[name].setChecked(True)

    def set_count(self, name: str, count: str, *, is_urgent: bool = False) -> None:
        """Show a screen's count."""
        self._items[name].is_urgent = is_urgent
        self._items[name].set_count(count)

    def set_account(self, name: str, health: str) -> None:
        """Show the account and how it is, at the bottom."""
        self._rule.setVisible(bool(name))
        self._account.say(name)
        self._health.say(health)
