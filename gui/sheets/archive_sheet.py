"""Archive a campaign: says what happens, and asks."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from gui.error_text import ErrorText
from gui.session import Session
from gui.sheets.sheet import Sheet
from gui.widgets.basics import Button
from gui.widgets.words import Words

WORDS = (
    "Nothing more goes out in this campaign: everybody in it comes to an end."
    " What was sent stays in the history, and a send that isn’t clear is still settled."
)
LEFT = "It leaves the list of campaigns. You can undo it right after. To go on later, pause it instead."


class ArchiveSheet(Sheet):
    """Accepted when the campaign is archived."""

    def __init__(self, session: Session, campaign: str, parent: QWidget) -> None:
        super().__init__(f"Archive “{campaign}”?", parent)
        self._session, self._campaign = session, campaign
        self.body.addWidget(Words(WORDS, wraps=True))
        self.body.addWidget(Words(LEFT, "muted", wraps=True))
        self.leave, self.archive = Button("Cancel"), Button("Archive", is_primary=True)
        self.leave.clicked.connect(self.reject)
        self.archive.clicked.connect(self._archive)
        self.buttons.addWidget(self.leave)
        self.buttons.addWidget(self.archive)
        self.leave.setFocus()

    def _archive(self) -> None:
        self.is_held = True
        work = self._session.engine.services.archiving.archive(self._campaign)
        self._session.commands.run_command(
            work, name="archive", busy=self.archive, on_done=self._on_done, on_failed=self._on_failed
        )

    def _on_done(self, done: object) -> None:
        self.is_held = False
        session = self._session

        def take_back() -> None:
            work = session.engine.services.archiving.take_back(done)  # type: ignore[arg-type]
            session.commands.run_command(
                work, name="leave the archive", on_done=lambda _: session.toast.tell("It was taken back.")
            )

        session.toast.tell(f"“{self._campaign}” is archived.", undo=take_back)
        self._session.readings.refresh.ask()
        self.accept()

    def _on_failed(self, error: ErrorText) -> None:
        self.is_held = False
        self.show_error(error)
