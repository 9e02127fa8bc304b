"""Where lists to import come from: files dropped one after the other, the clipboard, rows kept for mending."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QCursor, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QMenu

from engine.errors import UserError
from gui import formatting as say
from gui.error_text import error_text
from gui.main_window import dropped_files

if TYPE_CHECKING:
    from engine.services.imports import OpenProblems
    from gui.main_window import MainWindow
    from gui.pages.import_page import ImportPage
    from gui.session import Session

LEAD_LISTS = "Lead lists (*.csv *.tsv *.txt);;Campaign files (*.toml);;All files (*)"
PASTED_ON = frozenset({"home", "leads", "campaigns"})
OFFERED_KEPT = 5


class ImportDesk(QObject):
    """Hands lists to the page, one at a time."""

    def __init__(self, window: MainWindow, session: Session, page: ImportPage) -> None:
        super().__init__(window)
        self._window, self._session, self._page = window, session, page
        self._waiting: list[Path] = []
        self.menu: QMenu | None = None
        page.ended.connect(self._offer_next)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), window, self.paste)

    def offer(self, files: list[Path]) -> None:
        """Show what would happen to the first file; the others follow."""
        self._waiting += files
        if not self._page.is_open:
            self._offer_next()
            return
        self._session.show("import")
        self._session.toast.tell(f"{say.count(len(self._waiting), 'file comes', 'files come')} after this one.")

    def _offer_next(self) -> None:
        if self._waiting:
            self._page.take_file(self._waiting.pop(0))

    def ask(self) -> None:
        """Offer the ways to bring leads, at the button that was pressed."""

        def show(kept: list[OpenProblems]) -> None:
            self.menu = self._made(kept)
            self.menu.popup(self._place())

        work = self._session.engine.services.imports.kept()
        self._session.commands.run_command(work, name="read kept rows", on_done=show)

    def _made(self, kept: list[OpenProblems]) -> QMenu:
        made, page = QMenu(self._window), self._page
        made.setAccessibleName("Import")
        made.addAction("From a file…", self.choose_file)
        made.addAction("Paste addresses or cells\tCtrl+V", self.paste)
        if page.is_open and page.list is not None:
            made.addAction(f"Go on with {page.list.name}", lambda: self._session.show("import"))
        elif page.done is not None and page.list is not None:
            batch_id = page.done.batch_id or 0
            made.addAction(f"Undo the import of {page.list.name}", lambda: page.undo(batch_id))
        if kept:
            made.addSeparator()
        for found in kept[:OFFERED_KEPT]:
            words = f"{say.count(found.rows, 'row', 'rows')} to fix of {found.file_name}"
            made.addAction(words.replace("&", "&&"), lambda found=found: page.take_kept(found.batch_id))
        made.aboutToHide.connect(made.deleteLater)
        return made

    def _place(self) -> QPoint:
        button = QApplication.focusWidget()
        if isinstance(button, QAbstractButton):
            return button.mapToGlobal(button.rect().bottomLeft())
        return QCursor.pos()

    def choose_file(self) -> None:
        """Ask for a file."""
        dialog = QFileDialog(self._window, "Import leads", str(Path.home()), LEAD_LISTS)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self._session.offer_files([Path(path)]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def paste(self) -> None:
        """Look at what is on the clipboard: files, addresses, or cells of a spreadsheet."""
        if self._window.shown_screen not in PASTED_ON:
            return
        data = QGuiApplication.clipboard().mimeData()
        if files := dropped_files(data):
            self._session.offer_files(files)
            return
        if self._page.is_open:
            self._session.show("import")
            self._session.toast.tell("Finish or cancel this list first, then paste.")
            return
        try:
            self._page.take_text(data.text())
        except UserError as error:
            self._session.toast.warn(error_text(error).sentence)
