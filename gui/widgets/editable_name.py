"""A name in a heading that can be changed where it stands: by a double click, F2 or its button."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QStackedWidget, QWidget

from gui.widgets.words import OneLine

LONGEST = 200


class _Field(QLineEdit):
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            event.accept()
        else:
            super().keyPressEvent(event)


class EditableName(QStackedWidget):
    """Shows a name; wishes for another one."""

    renamed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.label, self.field = OneLine(look="page"), _Field()
        self.field.setMaxLength(LONGEST)
        self.field.setAccessibleName("Name")
        self.addWidget(self.label)
        self.addWidget(self.field)
        self.field.returnPressed.connect(self._finish)
        self.field.editingFinished.connect(self._finish)
        self.field.left.connect(self._give_up)

    def show_name(self, name: str) -> None:
        """Show a name."""
        self.label.say(name)

    def begin(self) -> None:
        """Let the name be changed."""
        self.field.setText(self.label.text())
        self.setCurrentWidget(self.field)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.field.selectAll()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Begin on a double click."""
        super().mouseDoubleClickEvent(event)
        self.begin()

    def _finish(self) -> None:
        if self.currentWidget() is not self.field:
            return
        self.setCurrentWidget(self.label)
        name = self.field.text().strip()
        if name and name != self.label.text():
            self.renamed.emit(name)

    def _give_up(self) -> None:
        self.setCurrentWidget(self.label)
