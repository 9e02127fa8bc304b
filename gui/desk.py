"""Puts pages and engine together: who hears whose wish, and what is shown of what was read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog

from gui import formatting as say
from gui.bridge import Bridge
from gui.commands import Commands
from gui.error_text import ErrorText
from gui.main_window import MainWindow
from gui.pages.home import HomePage
from gui.readings import Readings, Snapshot
from gui.session import Session
from gui.sheets.import_sheet import ImportSheet
from gui.state.running import account_health, running_state

if TYPE_CHECKING:
    from gui.composition import OpenEngine, WindowComposition

CLOCK_MS = 100
LEAD_LISTS = "Lead lists (*.csv *.tsv *.txt);;Campaign files (*.toml);;All files (*)"


class Desk(QObject):
    """The working window."""

    home_shown = Signal()
    """Home shows what was read: the window can be used."""
    first_shown = Signal()
    """Every screen is there."""

    def __init__(self, window: MainWindow, engine: OpenEngine, compose: WindowComposition) -> None:
        super().__init__(window)
        self.window, self.engine = window, engine
        self.commands = Commands(self)
        self.bridge = Bridge(engine.bus, self)
        self.readings = Readings(engine, self.bridge, self.commands, self)
        self.session = Session(
            engine=engine,
            commands=self.commands,
            bridge=self.bridge,
            readings=self.readings,
            toast=window.toast,
            open_practice=compose.open_practice,
            offer_files=self.offer_files,
            choose_file=self.choose_file,
            is_practice=compose.is_practice,
        )
        self._waiting_files: list[Path] = []
        self._sheet: ImportSheet | None = None
        self._is_first = True
        self._clock_timer = QTimer(self, interval=CLOCK_MS)

    def open(self) -> None:
        """Read for the first time and show Home; the other screens follow."""
        window = self.window
        self.readings.refresh.ask()
        self.home = HomePage(self.session)
        window.add_page("home", self.home)
        window.status_line.pause_requested.connect(self._pause_all)
        window.status_line.resume_requested.connect(self._resume_all)
        self.home.brake_requested.connect(window.status_line.brake.click)
        self.commands.failed.connect(self._on_failed)
        self.readings.read.connect(self._on_read)
        if window.band is not None:
            window.band.speed_requested.connect(self._set_speed)
            self._clock_timer.timeout.connect(self._show_clock)

    def _tell_home_shown(self) -> None:
        self.home_shown.emit()
        QTimer.singleShot(0, self, self._open_rest)

    def _open_rest(self) -> None:
        """Put in the screens that nobody sees at first; the window can be used before."""
        from gui.pages.campaigns import CampaignsPage
        from gui.pages.leads import LeadsPage

        self.leads, self.campaigns = LeadsPage(self.session), CampaignsPage(self.session)
        self.window.add_page("leads", self.leads)
        self.window.add_page("campaigns", self.campaigns)
        self.bridge.changed.connect(self.leads.on_changed)
        self.bridge.changed.connect(self.campaigns.on_changed)
        self.home.lead_requested.connect(self._show_lead)
        self.window.files_dropped.connect(self.offer_files)
        if self.readings.newest is not None:
            self.leads.show_snapshot(self.readings.newest)
        self.first_shown.emit()

    def begin(self) -> None:
        """Show practice time run, once the engine works."""
        if self.window.band is not None:
            self._show_clock()
            self._clock_timer.start()
        self.readings.refresh.ask()

    async def close(self) -> None:
        """Listen and ask no more."""
        self._clock_timer.stop()
        self.bridge.close()
        await self.commands.close()

    def offer_files(self, files: list[Path]) -> None:
        """Show what would happen to the first file; the others follow."""
        self._waiting_files += files
        if self._sheet is None and self._waiting_files:
            self._offer_next()

    def choose_file(self) -> None:
        """Ask for a file."""
        dialog = QFileDialog(self.window, "Import leads", str(Path.home()), LEAD_LISTS)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.offer_files([Path(path)]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _offer_next(self) -> None:
        path = self._waiting_files.pop(0)
        if path.suffix.lower() == ".toml":
            self.campaigns.add_from_file(path)
            if self._waiting_files:
                self._offer_next()
            return
        self._sheet = ImportSheet(self.session, path, self.window)
        self._sheet.finished.connect(self._on_sheet_finished)
        self._sheet.open()

    def _on_sheet_finished(self) -> None:
        assert self._sheet is not None
        self._sheet.deleteLater()
        self._sheet = None
        if self._waiting_files:
            self._offer_next()

    def _show_lead(self, lead_id: int) -> None:
        self.window.show_screen("leads")
        self.leads.show_lead(lead_id)

    def _pause_all(self) -> None:
        self._brake(self.engine.services.pausing.pause_all(), "pause all", "Everything is paused.")

    def _resume_all(self) -> None:
        self._brake(self.engine.services.pausing.resume_all(), "resume all", "Everything goes on.")

    def _brake(self, work: object, name: str, words: str) -> None:
        def done(_: object) -> None:
            self.window.toast.tell(words)
            self.readings.refresh.ask()

        self.commands.run_command(work, name=name, busy=self.window.status_line.brake, on_done=done)  # type: ignore[arg-type]

    def _set_speed(self, speed: float) -> None:
        clock = self.engine.practice_clock
        assert clock is not None
        clock.set_speed(speed)
        self._show_clock()
        self.readings.refresh.ask()

    def _show_clock(self) -> None:
        clock, band = self.engine.practice_clock, self.window.band
        if clock is not None and band is not None:
            band.show_time(f"{say.clock_words(clock.now())} · {say.speed_words(clock.speed)}", clock.speed)

    def _on_failed(self, error: ErrorText) -> None:
        self.window.toast.warn("\n".join((error.sentence, *error.details[:5])))
        self.readings.refresh.ask()

    def _on_read(self, snapshot: Snapshot) -> None:
        overview, bar = snapshot.overview, self.window.side_bar
        bar.set_count("home", say.number(len(snapshot.questions)) if snapshot.questions else "", is_urgent=True)
        bar.set_count("leads", say.number(overview.leads) if overview.leads else "")
        bar.set_count("campaigns", say.number(len(snapshot.campaigns)) if snapshot.campaigns else "")
        if overview.accounts:
            first = overview.accounts[0]
            more = f" and {len(overview.accounts) - 1} more" if len(overview.accounts) > 1 else ""
            bar.set_account(first.name + more, account_health(first.status, first.status_why))
        else:
            bar.set_account("", "")
        self._show_status(snapshot)
        if self._is_first:
            self._is_first = False
            self.window.open_up()
            QTimer.singleShot(0, self, self._tell_home_shown)

    def _show_status(self, snapshot: Snapshot) -> None:
        overview, line = snapshot.overview, self.window.status_line
        state = running_state(snapshot)
        line.set_state(state.mark, state.words)
        line.set_next(state.next_words)
        line.set_paused(overview.is_paused)
        line.set_checks(_checks(snapshot))


def _checks(snapshot: Snapshot) -> str:
    now = snapshot.overview.now
    read = [a.relations_read_at for a in snapshot.overview.accounts if a.relations_read_at]
    replies = [a.replies_read_at for a in snapshot.overview.accounts if a.replies_read_at]
    if not snapshot.overview.accounts:
        return ""

    def last(what: str, moments: list[datetime]) -> str:
        return f"{what} checked {say.short_when(max(moments), now)}" if moments else f"{what} not checked yet"

    return f"{last('Acceptances', read)}, {last('replies', replies)}"
