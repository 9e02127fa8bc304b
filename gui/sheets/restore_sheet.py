"""Before a backup takes the data's place: what it holds, and what has happened since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from gui import formatting as say
from gui.sheets.sheet import Sheet
from gui.widgets.basics import Button
from gui.widgets.words import Words

if TYPE_CHECKING:
    from engine.services.restoring import RestoreLook
    from gui.session import Session

AFTER = (
    "The window closes and opens again on the backup. What is there now is kept beside the backups, "
    "so this can be taken back by restoring it."
)


class RestoreSheet(Sheet):
    """Restores when that is pressed."""

    def __init__(self, session: Session, look: RestoreLook, parent: QWidget) -> None:
        super().__init__("Restore this backup?", parent)
        self._session, self._look = session, look
        info, now = look.info, session.engine.clock.wall()
        taken = f", taken {say.when(info.taken_at, now)}" if info.taken_at else ""
        holds = f"{say.count(info.leads, 'lead', 'leads')}, {say.count(info.campaigns, 'campaign', 'campaigns')}"
        self.body.addWidget(Words(f"{info.path.name}{taken}: {holds}.", "strong", wraps=True))
        self.body.addWidget(Words(look.words, wraps=True))
        self.body.addWidget(Words(AFTER, "muted", wraps=True))
        self.leave, self.restore = Button("Cancel"), Button("Restore", is_primary=True)
        self.leave.clicked.connect(self.reject)
        self.restore.clicked.connect(self._restore)
        self.buttons.addWidget(self.leave)
        self.buttons.addWidget(self.restore)
        self.leave.setFocus()

    def _restore(self) -> None:
        self.accept()
        self._session.restore(self._look.info.path)
