"""Use for real: which campaigns' sequences are copied as drafts to the real data folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QWidget

from gui import formatting as say
from gui.error_text import ErrorText
from gui.session import Session
from gui.sheets.sheet import Sheet
from gui.widgets.basics import Button
from gui.widgets.words import Words

if TYPE_CHECKING:
    from engine.services.campaigns import CampaignLine

EXPLAINED = (
    "Sequences and texts are copied as drafts to your own data folder, and Leadloom opens there. Practice people and"
    " their history stay here. Nothing is started."
)


class UseForRealSheet(Sheet):
    """Checkboxes, and one button that copies."""

    def __init__(self, session: Session, copy: Callable[[Sequence[str]], tuple[str, ...]], parent: QWidget) -> None:
        super().__init__("Use for real", parent)
        self._session, self._copy = session, copy
        self.body.addWidget(Words(EXPLAINED, "muted", wraps=True))
        self.boxes: dict[str, QCheckBox] = {}
        self.leave = Button("Cancel")
        self.copy = Button("Copy as drafts", is_primary=True)
        self.leave.clicked.connect(self.reject)
        self.copy.clicked.connect(self._go)
        for button in (self.leave, self.copy):
            self.buttons.addWidget(button)
        self.copy.setEnabled(False)
        session.commands.run_command(
            session.engine.services.campaigns.list(), name="read campaigns", on_done=self._show, on_failed=self._fail
        )

    def _show(self, lines: Sequence[CampaignLine]) -> None:
        for line in lines:
            box = self.boxes[line.name] = QCheckBox(line.name.replace("&", "&&"))
            box.setAccessibleName(line.name)
            box.setChecked(line.state == "draft")
            box.toggled.connect(lambda _: self._match())
            self.body.addWidget(box)
        self._match()
        self.fit()

    def _match(self) -> None:
        number = sum(box.isChecked() for box in self.boxes.values())
        self.copy.setEnabled(number > 0)
        self.copy.name(f"Copy {say.count(number, 'draft', 'drafts')}" if number else "Copy as drafts")

    def _go(self) -> None:
        names = [name for name, box in self.boxes.items() if box.isChecked()]

        async def work() -> tuple[str, ...]:
            campaigns = self._session.engine.services.campaigns
            texts = [await campaigns.export(name, with_account=False) for name in names]
            return await asyncio.to_thread(self._copy, texts)

        def done(refused: tuple[str, ...]) -> None:
            self.is_held = False
            copied = len(names) - len(refused)
            if refused:
                self._fail(ErrorText(title=f"{copied} of {len(names)} were copied.", advice="", details=refused))
                return
            self._session.toast.tell(f"{say.count(copied, 'draft is', 'drafts are')} in your own Leadloom now.")
            self.accept()

        self.show_error(None)
        self.is_held = True
        self._session.commands.run_command(
            work(), name="use for real", busy=self.copy, on_done=done, on_failed=self._fail
        )

    def _fail(self, error: ErrorText) -> None:
        self.is_held = False
        self.show_error(error)
