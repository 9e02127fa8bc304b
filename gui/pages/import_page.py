"""Import: a list with what will happen to each row and when the first person is contacted, then the import itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from gui import formatting as say
from gui.error_text import ErrorText
from gui.pages.import_looking import LookingPage
from gui.session import Session
from gui.sheets.new_campaign_sheet import NewCampaignSheet
from gui.state import import_words as words

if TYPE_CHECKING:
    from engine.services.import_applying import ImportOutcome
    from engine.services.import_undo import TakenBack


class ImportPage(LookingPage):
    """Nothing is written before the button is pressed; afterwards all of it can be taken back."""

    ended = Signal()
    """The list was imported, or is looked at no longer."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        head = self.head
        head.back_requested.connect(self.cancel)
        head.cancel_requested.connect(self.cancel)
        head.import_requested.connect(self.apply)
        head.new_campaign_requested.connect(self._new_campaign)
        self.without.clicked.connect(self._without)
        self.drop.clicked.connect(self._drop)
        whole = Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.cancel, context=whole)
        QShortcut(QKeySequence("Ctrl+Return"), self, head.go.click, context=whole)

    def cancel(self) -> None:
        """Leave the list; an import under way is stopped and taken back."""
        if self._is_applying:
            assert self.list is not None
            self.waiting.begin("Stopping; what was imported is taken back…")
            self.list.stop()
            return
        self.close_list()
        self._session.show("leads")
        self.ended.emit()

    def apply(self) -> None:
        """Import."""
        if not self.is_open or self._is_applying or not self.head.go.isEnabled():
            return
        assert self.list is not None
        campaign_id = self.head.chosen
        name, _ = self._states.get(campaign_id or 0, ("", ""))
        self._hold(True)
        self._commands.run_command(
            self._imports.apply(self.list, campaign_id, self._on_applied, self._on_planned),
            name="import leads",
            busy=self.head.go,
            on_done=lambda outcome: self._on_imported(outcome, name, campaign_id),
            on_failed=self._on_broken,
        )

    def _hold(self, is_held: bool) -> None:
        self._is_applying = is_held
        for widget in (self.head.campaign, self.head.back, self.counts, self.takes_busy, self.without, self.drop):
            widget.setEnabled(not is_held)
        self.head.cancel.name("Stop" if is_held else "Cancel")
        self.waiting.begin("Importing…")
        self.waiting.setVisible(is_held)

    def _on_applied(self, done: int, total: int) -> None:
        self.waiting.tell(f"Importing: {say.number(done)} of {say.number(total)} rows", done, total)

    def _on_planned(self, done: int, total: int) -> None:
        self.waiting.tell(f"Checking every text: {say.number(done)} of {say.number(total)} people", done, total)

    def _on_broken(self, error: ErrorText) -> None:
        """Nothing was imported; the list is judged again."""
        self._hold(False)
        self._session.toast.warn(error.sentence)
        self._judge()

    def _on_imported(self, outcome: ImportOutcome, campaign: str, campaign_id: int | None) -> None:
        self._hold(False)
        self.done = outcome
        batch_id = outcome.batch_id or 0
        self._session.toast.tell(words.done_words(outcome, campaign), undo=lambda: self.undo(batch_id))
        self._session.readings.refresh.ask()
        if campaign_id is None:
            self._session.show("leads")
        else:
            self._session.show("campaign", campaign_id)
        self.ended.emit()

    def undo(self, batch_id: int) -> None:
        """Take an import back; its list, with what was mended, is shown again while it is there."""
        is_shown = self.done is not None and self.done.batch_id == batch_id
        if is_shown:
            self._session.show("import")
            self._hold(True)
            self.head.cancel.setEnabled(False)
            self.head.go.setEnabled(False)
            self.waiting.begin("Taking the import back…")
        else:
            self._session.toast.tell("Taking the import back…")
        self._commands.run_command(
            self._imports.undo(batch_id, self._on_taken_back if is_shown else None),
            name="undo import",
            on_done=lambda taken: self._on_undone(taken, is_shown=is_shown),
            on_failed=lambda error: self._on_not_undone(error, is_shown=is_shown),
        )

    def _on_taken_back(self, done: int, total: int) -> None:
        self.waiting.tell("Taking the import back…", done, total)

    def _on_undone(self, taken: TakenBack, *, is_shown: bool) -> None:
        self._session.toast.tell(words.undone_words(taken))
        self._session.readings.refresh.ask()
        if is_shown:
            self.done = None
            self._free()
        self._judge()

    def _on_not_undone(self, error: ErrorText, *, is_shown: bool) -> None:
        self._session.toast.warn(error.sentence)
        if is_shown:
            self._free()
            self.cancel()

    def _free(self) -> None:
        self._hold(False)
        self.head.cancel.setEnabled(True)

    def _new_campaign(self) -> None:
        sheet = NewCampaignSheet(self._session, self.window())
        sheet.finished.connect(sheet.deleteLater)
        sheet.made.connect(self._on_made)
        sheet.open()

    def _on_made(self, campaign_id: int) -> None:
        async def offer() -> None:
            await self._offer_campaigns()
            self.head.choose(campaign_id)
            self._judge()

        if self.is_open:
            self._commands.run_command(offer(), name="offer campaigns")

    def _without(self) -> None:
        self.head.choose(None)
        self._judge()

    def _drop(self) -> None:
        if self.list is None or self.list.kept_batch_id is None:
            return

        def done(count: int) -> None:
            self._session.toast.tell(f"{say.count(count, 'row is', 'rows are')} left out for good.")
            self.cancel()

        work = self._imports.drop_kept(self.list.kept_batch_id)
        self._commands.run_command(work, name="leave rows out", busy=self.drop, on_done=done)
