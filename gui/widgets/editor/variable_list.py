"""The list that opens while `{{` is typed: the variables that begin or contain what follows."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

LIST_PX, ROW_PX, MOST_ROWS = 260, 26, 8
NAME = Qt.ItemDataRole.UserRole


class VariableList(QListWidget):
    """Never takes the focus: the text field passes its keys on."""

    name_chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Variables")
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(lambda item: self.name_chosen.emit(item.data(NAME)))
        self._names: dict[str, str] = {}
        self.hide()

    def set_names(self, names: dict[str, str]) -> None:
        """Know the variables: what each is called in a line of the list."""
        self._names = names

    def open_for(self, prefix: str, caret: QRect) -> None:
        """Show what fits, below the caret; hide when nothing does."""
        wanted = prefix.strip().lower().replace(" ", "_")
        fitting = sorted((n for n in self._names if wanted in n.lower()), key=lambda n: (not n.startswith(wanted), n))
        self.clear()
        for name in fitting:
            item = QListWidgetItem(self._names[name])
            item.setData(NAME, name)
            self.addItem(item)
        if not fitting:
            self.hide()
            return
        self.setCurrentRow(0)
        self.setGeometry(self._place(caret, min(len(fitting), MOST_ROWS)))
        self.show()
        self.raise_()

    def take_key(self, key: int) -> bool:
        """Do what a key means for the list; returns whether it meant something."""
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            step = 1 if key == Qt.Key.Key_Down else -1
            self.setCurrentRow((self.currentRow() + step) % self.count())
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            self.name_chosen.emit(self.currentItem().data(NAME))
            return True
        if key == Qt.Key.Key_Escape:
            self.hide()
            return True
        return False

    def _place(self, caret: QRect, rows: int) -> QRect:
        parent = self.parentWidget().rect()
        height = rows * ROW_PX + 6
        top = caret.bottom() + 4
        if top + height > parent.height() and caret.top() - height - 4 > 0:
            top = caret.top() - height - 4
        left = max(0, min(caret.left(), parent.width() - LIST_PX - 4))
        return QRect(left, top, min(LIST_PX, parent.width()), height)
