"""What else can be done with a campaign: rename, duplicate, export to a file, archive, delete."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton

from engine.errors import UserError
from gui.session import Session
from gui.sheets.archive_sheet import ArchiveSheet

if TYPE_CHECKING:
    from engine.services.drafts import DeletedDraft
    from gui.pages.campaign import CampaignPage

CAMPAIGN_FILES = "Campaign files (*.toml)"
UNSAFE = '<>:"/\\|?*'


class CampaignMenu(QMenu):
    """Opens below its button; acts on the campaign that its page shows."""

    def __init__(self, page: CampaignPage, session: Session, button: QPushButton) -> None:
        super().__init__(button)
        self._page, self._session, self._button = page, session, button
        self._drafts = session.engine.services.drafts
        self.rename_action = self.addAction("Rename", page.name.begin)
        self.duplicate_action = self.addAction("Duplicate as a draft", self._duplicate)
        self.export_action = self.addAction("Export to file…", self._choose_file)
        self.addSeparator()
        self.archive_action = self.addAction("Archive…", self._archive)
        self.delete_action = self.addAction("Delete this draft", self._delete)
        button.clicked.connect(lambda: self.popup(button.mapToGlobal(QPoint(0, button.height() + 2))))

    def show_state(self, state: str) -> None:
        """Offer what a campaign of that state can do."""
        self.delete_action.setVisible(state == "draft")
        self.archive_action.setVisible(state not in ("archived", "draft"))

    @property
    def _name(self) -> str:
        return self._page.opened.name if self._page.opened else ""

    def _duplicate(self) -> None:
        async def work() -> tuple[int, str]:
            await self._page.leave()
            return await self._drafts.duplicate(self._page.campaign_id)

        def done(made: tuple[int, str]) -> None:
            self._session.toast.tell(f"“{made[1]}” is a draft with the same steps and no leads yet.")
            self._session.show("campaign", made[0])

        self._session.commands.run_command(work(), name="duplicate", busy=self._button, on_done=done)

    def _choose_file(self) -> None:
        name = "".join("-" if c in UNSAFE or not c.isprintable() else c for c in self._name).strip(". ") or "campaign"
        where = str(Path.home() / f"{name[:80]}.toml")
        dialog = QFileDialog(self._page.window(), "Export campaign", where, CAMPAIGN_FILES)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("toml")
        dialog.selectFile(where)
        dialog.fileSelected.connect(lambda path: self.export_to(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export_to(self, path: Path) -> None:
        """Write the campaign as a file that "New campaign from file…" reads."""

        async def work() -> None:
            await self._page.leave()
            text = await self._session.engine.services.campaigns.export(self._name)
            await asyncio.to_thread(_write, path, text)

        self._session.commands.run_command(
            work(),
            name="export campaign",
            busy=self._button,
            on_done=lambda _: self._session.toast.tell(f"“{self._name}” is in {path.name}. Leads are not in the file."),
        )

    def _archive(self) -> None:
        sheet = ArchiveSheet(self._session, self._name, self._page.window())
        sheet.finished.connect(sheet.deleteLater)
        sheet.accepted.connect(self._page.close_campaign)
        sheet.open()

    def _delete(self) -> None:
        async def work() -> DeletedDraft:
            await self._page.leave()
            return await self._drafts.delete(self._page.campaign_id)

        def done(deleted: DeletedDraft) -> None:
            name = self._name
            self._page.close_campaign()
            self._session.toast.tell(f"“{name}” is deleted. Its leads are kept.", undo=lambda: self._restore(deleted))

        self._session.commands.run_command(work(), name="delete draft", busy=self._button, on_done=done)

    def _restore(self, deleted: DeletedDraft) -> None:
        def done(campaign_id: Any) -> None:
            self._session.show("campaign", campaign_id)

        self._session.commands.run_command(self._drafts.restore(deleted), name="restore draft", on_done=done)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline=os.linesep)
    except OSError as error:
        raise UserError(f"{path.name} can't be written ({error.strerror}).", "Choose another folder.") from error
