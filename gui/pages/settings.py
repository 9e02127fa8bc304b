"""Settings: backups and the way back, how well it goes, and whom nobody may write to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from gui import formatting as say
from gui.pages.frame import Page
from gui.sheets.do_not_contact_sheet import DoNotContactSheet
from gui.sheets.restore_sheet import RestoreSheet
from gui.state.health_words import health_lines
from gui.widgets.basics import Button, Card, Scroll, column, row
from gui.widgets.fact_list import FactList
from gui.widgets.words import OneLine, Words

if TYPE_CHECKING:
    from engine.services.backups import Kept
    from engine.services.restoring import RestoreLook
    from engine.services.status import Health
    from gui.session import Session

BACKUPS = "Leadloom backups (*.db)"
BACKUPS_SHOWN = 5
WHY_BACKUPS = (
    "A backup is made by itself every day; a week of them and one of each of four weeks before are kept. After a "
    "restore nothing is sent twice: what went out since is known from a record that backups leave alone."
)
WHY_LIST = "People, companies and domains that no campaign may ever contact."


class SettingsPage(Page):
    """Read anew whenever it is shown."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Settings", parent)
        self._session = session
        self._shown: list[Path] = []
        inner = QWidget()
        halves = row(inner, gap=14)
        left, right = column(gap=14), column(gap=14)
        left.addWidget(self._make_backups())
        left.addWidget(self._make_list())
        right.addWidget(self._make_health())
        for half in (left, right):
            half.addStretch(1)
            halves.addLayout(half, 1)
        self.body.addWidget(Scroll(inner), 1)

    def _make_backups(self) -> Card:
        card = Card("Backups")
        card.body.addWidget(Words(WHY_BACKUPS, "muted", wraps=True))
        self._none = Words("No backup yet. The first is made soon after the start.", wraps=True)
        card.body.addWidget(self._none)
        self._lines: list[tuple[QWidget, OneLine, Button]] = []
        for position in range(BACKUPS_SHOWN):
            whole, words, button = QWidget(), OneLine(), Button("Restore…", is_small=True)
            line = row(whole)
            line.addWidget(words, 1)
            line.addWidget(button)
            button.clicked.connect(lambda _=False, position=position: self._look(self._shown[position]))
            self._lines.append((whole, words, button))
            card.body.addWidget(whole)
        self.back_up, self.restore = Button("Back up now…"), Button("Restore from a file…")
        self.back_up.clicked.connect(self._choose_target)
        self.restore.clicked.connect(self._choose_backup)
        buttons = row()
        buttons.addWidget(self.back_up)
        buttons.addWidget(self.restore)
        buttons.addStretch(1)
        card.body.addLayout(buttons)
        return card

    def _make_list(self) -> Card:
        card = Card("Do not contact")
        card.body.addWidget(Words(WHY_LIST, "muted", wraps=True))
        opening = Button("Open the list…", says="Open the do-not-contact list")
        opening.clicked.connect(self._open_list)
        card.body.addWidget(opening)
        return card

    def _make_health(self) -> Card:
        card = Card("How well it goes")
        self.facts = FactList()
        card.body.addWidget(self.facts)
        return card

    def showEvent(self, event: QShowEvent) -> None:
        """Read anew."""
        super().showEvent(event)
        self.read()

    def read(self) -> None:
        """Read backups and health."""
        services, commands = self._session.engine.services, self._session.commands
        commands.run_command(services.backups.list(), name="list backups", on_done=self._show_backups)
        commands.run_command(services.status.health(), name="read health", on_done=self._show_health)

    def _show_backups(self, found: list[Kept]) -> None:
        now = self._session.engine.clock.wall()
        self._shown = [kept.path for kept in found[:BACKUPS_SHOWN]]
        self._none.setVisible(not found)
        for position, (whole, words, button) in enumerate(self._lines):
            whole.setVisible(position < len(self._shown))
            if position < len(self._shown):
                kept = found[position]
                taken = say.when(kept.taken_at, now) if kept.taken_at else kept.path.name
                words.say(f"{taken[:1].upper()}{taken[1:]}")
                button.setAccessibleName(f"Restore the backup of {taken}")

    def _show_health(self, health: Health) -> None:
        newest = self._session.readings.newest
        accounts = newest.overview.accounts if newest else ()
        lines = health_lines(health, accounts, self._session.engine.clock.now())
        self.facts.show_facts([(line.name, line.words, line.is_good) for line in lines])

    def _choose_target(self) -> None:
        name = f"leadloom-{say.local(self._session.engine.clock.wall()):%Y-%m-%d}.db"
        dialog = QFileDialog(self.window(), "Back up", str(Path.home() / name), BACKUPS)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("db")
        dialog.fileSelected.connect(self.make_backup)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def make_backup(self, target: str) -> None:
        """Back up to a file."""
        self._session.commands.run_command(
            self._session.engine.services.backups.make(Path(target)),
            name="back up",
            busy=self.back_up,
            on_done=lambda info: self._session.toast.tell(f"Backed up to {info.path.name}."),
        )

    def _choose_backup(self) -> None:
        dialog = QFileDialog(self.window(), "Restore a backup", str(Path.home()), BACKUPS)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda file: self._look(Path(file)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _look(self, backup: Path) -> None:
        """Say what restoring a file would mean, before anything happens."""
        self._session.commands.run_command(
            self._session.engine.services.backups.look(backup),
            name="look at a backup",
            busy=self.restore,
            on_done=self._offer,
        )

    def _offer(self, look: RestoreLook) -> None:
        sheet = RestoreSheet(self._session, look, self.window())
        sheet.finished.connect(sheet.deleteLater)
        sheet.open()

    def _open_list(self) -> None:
        sheet = DoNotContactSheet(self._session, self.window())
        sheet.finished.connect(sheet.deleteLater)
        sheet.open()
