"""Small panels that open beside what they change: a wait, or the words for an empty variable."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QSpinBox, QWidget

from gui.state.sequence_words import DELAY_UNITS, LONGEST
from gui.widgets.basics import Button, column, inset, row
from gui.widgets.words import Words

WIDTH_PX = 300


class Popover(QFrame):
    """Closes on Escape or a click elsewhere; `body` takes what it holds."""

    closed = Signal()

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("card", "popover")
        self.setAccessibleName(title)
        self.setFixedWidth(WIDTH_PX)
        whole = column(self, gap=8, margins=(14, 12, 14, 12))
        self.title = Words(title, "head", wraps=True)
        whole.addWidget(self.title)
        self.body = column(gap=8)
        whole.addLayout(self.body)

    def open_under(self, owner: QWidget, place: QRect) -> None:
        """Open below a place of a widget, inside its screen."""
        self.adjustSize()
        at = owner.mapToGlobal(place.bottomLeft() + QPoint(0, 4))
        screen = owner.screen().availableGeometry()
        left = max(screen.left(), min(at.x(), screen.right() - self.width()))
        top = at.y()
        if top + self.height() > screen.bottom():
            top = owner.mapToGlobal(place.topLeft()).y() - self.height() - 4
        self.move(left, top)
        self.show()

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that it is closed."""
        super().hideEvent(event)
        self.closed.emit()


class DelayPopover(Popover):
    """An amount and a unit; every change is told at once."""

    changed = Signal(int, str)

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(title, parent)
        self.amount, self.unit = inset(QSpinBox()), QComboBox()
        self.amount.setAccessibleName("Amount")
        self.unit.setAccessibleName("Unit")
        for unit, words in DELAY_UNITS:
            self.unit.addItem(words, unit)
        line = row(gap=8)
        line.addWidget(self.amount)
        line.addWidget(self.unit, 1)
        self.body.addLayout(line)
        done = Button("Done", is_small=True)
        done.clicked.connect(self.close)
        self.body.addWidget(done, 0, Qt.AlignmentFlag.AlignRight)
        self._least = 0
        self.amount.valueChanged.connect(self._tell)
        self.unit.currentIndexChanged.connect(self._on_unit)
        self.amount.lineEdit().returnPressed.connect(self.close)

    def show_delay(self, amount: int, unit: str, *, least: int = 0) -> None:
        """Show a delay; nothing is told."""
        self._least = least
        for part in (self.amount, self.unit):
            part.blockSignals(True)
        self.unit.setCurrentIndex(self.unit.findData(unit))
        self.amount.setRange(least, LONGEST[unit])
        self.amount.setValue(amount)
        for part in (self.amount, self.unit):
            part.blockSignals(False)
        self.amount.setFocus(Qt.FocusReason.PopupFocusReason)
        self.amount.selectAll()

    def _on_unit(self) -> None:
        self.amount.blockSignals(True)
        self.amount.setRange(self._least, LONGEST[self.unit.currentData()])
        self.amount.blockSignals(False)
        self._tell()

    def _tell(self) -> None:
        self.changed.emit(self.amount.value(), self.unit.currentData())


class EmptyPopover(Popover):
    """What to say where a variable is empty; "Use" tells the words, "Hold those leads" tells None."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__("If empty, say…", parent)
        self.words = QLineEdit()
        self.words.setMaxLength(200)
        self.words.setAccessibleName("Words for an empty variable")
        self.body.addWidget(self.words)
        self.note = Words(look="small", wraps=True)
        self.body.addWidget(self.note)
        line = row(gap=8)
        self.use = Button("Use", is_small=True)
        self.hold = Button("Hold those leads", is_small=True)
        line.addWidget(self.use)
        line.addWidget(self.hold)
        line.addStretch(1)
        self.body.addLayout(line)
        self.use.clicked.connect(lambda: self._choose(self.words.text()))
        self.hold.clicked.connect(lambda: self._choose(None))
        self.words.returnPressed.connect(lambda: self._choose(self.words.text()))

    def show_chip(self, words: str, otherwise: str | None, note: str) -> None:
        """Show a variable's name, its words so far, and what else there is to say."""
        self.title.say(f"If {words} is empty, say…")
        self.words.setText(otherwise or "")
        self.note.say(note)
        self.note.setVisible(bool(note))
        self.hold.setVisible(otherwise is not None)
        self.words.setFocus(Qt.FocusReason.PopupFocusReason)
        self.words.selectAll()

    def _choose(self, words: str | None) -> None:
        self.close()
        self.chosen.emit(words)
