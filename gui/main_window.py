"""The frame of the program: band, left bar, pages, status line. Shows and passes on wishes; decides nothing."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeySequence,
    QPaintEvent,
    QShortcut,
)
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from gui.pages.opening import OpeningPage
from gui.screens import BY_NAME, IN_BAR
from gui.widgets.basics import Rule, column, row
from gui.widgets.practice_band import PracticeBand
from gui.widgets.side_bar import SideBar
from gui.widgets.status_line import StatusLine
from gui.widgets.toasts import UNDO_KEYS, Toast

FIRST_SIZE = QSize(1280, 800)
LEAST_SIZE = (900, 560)


class MainWindow(QMainWindow):
    """One window; the pages are put in when the engine is open."""

    first_painted = Signal()
    closing_requested = Signal()
    files_dropped = Signal(list)
    brake_requested = Signal()
    screen_shown = Signal(str)
    restore_requested = Signal()
    """Close, put `backup_to_restore` in the data's place, and open again."""

    def __init__(self, *, is_practice: bool) -> None:
        super().__init__()
        self.setWindowTitle("Leadloom – practice" if is_practice else "Leadloom")
        self.resize(FIRST_SIZE)
        self.setMinimumSize(*LEAST_SIZE)
        self.setAcceptDrops(True)
        self._is_painted = False
        self.may_close = False
        self.backup_to_restore: Path | None = None
        self.band = PracticeBand() if is_practice else None
        self.side_bar = SideBar(IN_BAR)
        self.status_line = StatusLine()
        self._stack = QStackedWidget()
        self.opening = OpeningPage()
        self._stack.addWidget(self.opening)
        self._pages: dict[str, QWidget] = {}
        self._build()
        self.toast = Toast(self._stack)
        self.side_bar.screen_requested.connect(self.show_screen)
        self.side_bar.setEnabled(False)
        self._bind_keys()

    def _build(self) -> None:
        whole = QWidget()
        lines = column(whole, gap=0)
        if self.band is not None:
            lines.addWidget(self.band)
        middle = row(gap=0)
        middle.addWidget(self.side_bar)
        middle.addWidget(self._stack, 1)
        lines.addLayout(middle, 1)
        lines.addWidget(Rule())
        lines.addWidget(self.status_line)
        self.setCentralWidget(whole)

    def _bind_keys(self) -> None:
        for position, name in enumerate(IN_BAR, start=1):
            QShortcut(QKeySequence(f"Ctrl+{position}"), self, lambda name=name: self.show_screen(name))
        for keys, decide in (("Ctrl+.", self.status_line.brake.click), (UNDO_KEYS, self._take_back)):
            QShortcut(QKeySequence(keys), self, decide).setAutoRepeat(False)
        QShortcut(QKeySequence("Ctrl+Q"), self, self.closing_requested.emit)

    def _take_back(self) -> None:
        if self.toast.undo.isVisible():
            self.toast.undo.click()

    def add_page(self, name: str, page: QWidget) -> None:
        """Put a screen in."""
        self._pages[name] = page
        self._stack.addWidget(page)

    def open_up(self) -> None:
        """Leave the opening page."""
        self.side_bar.setEnabled(True)
        self.show_screen("home")

    def show_opening(self) -> None:
        """Go back to the opening page, which says what is wrong."""
        self.centralWidget().setEnabled(True)
        self.side_bar.setEnabled(False)
        self._stack.setCurrentWidget(self.opening)

    def show_screen(self, name: str) -> None:
        """Show a screen, once it is there."""
        page = self._pages.get(name)
        if page is None or not self.side_bar.isEnabled():
            return
        self._stack.setCurrentWidget(page)
        self.toast.raise_()
        self.side_bar.choose(BY_NAME[name].under or name)
        self.screen_shown.emit(name)

    @property
    def shown_screen(self) -> str:
        """The screen that is shown, or "" while opening."""
        shown = self._stack.currentWidget()
        return next((name for name, page in self._pages.items() if page is shown), "")

    def restore(self, backup: Path) -> None:
        """Wish that a backup takes the data's place."""
        self.backup_to_restore = backup
        self.restore_requested.emit()

    def come_forward(self) -> None:
        """Show the window over all others: the program was started a second time."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def show_closing(self) -> None:
        """Say that the program ends."""
        self.status_line.set_state("opening", "Closing…")
        self.status_line.set_next("A send under way is recorded first.")
        self.centralWidget().setEnabled(False)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask for the ordered end; the window goes when that is done."""
        if self.may_close:
            event.accept()
            return
        event.ignore()
        self.closing_requested.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell once that something is on the screen."""
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            self.first_painted.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files only."""
        if self.side_bar.isEnabled() and dropped_files(event.mimeData()):
            event.acceptProposedAction()
            self.status_line.set_next("Drop the file to see what would happen; nothing is imported yet.")
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Take files anywhere on the window."""
        event.acceptProposedAction()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """Forget it."""
        self.status_line.set_next("")

    def dropEvent(self, event: QDropEvent) -> None:
        """Pass the files on."""
        files = dropped_files(event.mimeData())
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.files_dropped.emit(files)


def dropped_files(data: QMimeData) -> list[Path]:
    """Return the local files that are being dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()] if data.hasUrls() else []
