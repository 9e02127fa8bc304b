"""Puts pages and engine together: who hears whose wish, and what is shown of what was read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from gui import formatting as say
from gui.bridge import Bridge
from gui.commands import Commands
from gui.error_text import ErrorText
from gui.main_window import MainWindow
from gui.pages.frame import BarePage
from gui.practice_desk import PracticeDesk
from gui.readings import Readings, Snapshot
from gui.screens import SCREENS, Screen
from gui.session import Session
from gui.state.running import account_health, running_state

if TYPE_CHECKING:
    from gui.composition import OpenEngine, WindowComposition
    from gui.import_desk import ImportDesk


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
            show=self.show,
            brake=window.status_line.brake.click,
            restore=window.restore,
            is_practice=compose.is_practice,
        )
        self.pages: dict[str, BarePage] = {}
        self.importing: ImportDesk | None = None
        self._early_wishes: list[Callable[[], None]] = []
        self._is_first = True
        self.practice = PracticeDesk(window.band, self.session, compose) if window.band is not None else None

    def open(self) -> None:
        """Read for the first time and show Home; the other screens follow."""
        window = self.window
        self.readings.refresh.ask()
        self._add(SCREENS[0])
        window.status_line.pause_requested.connect(self._pause_all)
        window.status_line.resume_requested.connect(self._resume_all)
        window.files_dropped.connect(self.offer_files)
        self.commands.failed.connect(self._on_failed)
        self.readings.read.connect(self._on_read)

    def _tell_home_shown(self) -> None:
        self.home_shown.emit()
        QTimer.singleShot(0, self, self._open_next)

    def _open_next(self) -> None:
        """Put in the screens that nobody sees at first, one at a time; the window can be used before."""
        screen = next((screen for screen in SCREENS if screen.name not in self.pages), None)
        if screen is not None:
            self._add(screen)
            QTimer.singleShot(0, self, self._open_next)
            return
        from gui.import_desk import ImportDesk

        self.importing = ImportDesk(self.window, self.session, self.pages["import"])  # type: ignore[arg-type]
        wishes, self._early_wishes = self._early_wishes, []
        for wish in wishes:
            wish()
        self.first_shown.emit()

    def _add(self, screen: Screen) -> None:
        page = self.pages[screen.name] = screen.make(self.session)
        self.window.add_page(screen.name, page)
        self.bridge.changed.connect(page.on_changed)

    def show(self, screen: str, target: object = None) -> None:
        """Show a screen, and one thing on it."""
        self.window.show_screen(screen)
        if target is not None and screen in self.pages:
            self.pages[screen].show_target(target)

    def begin(self) -> None:
        """Show practice time run, once the engine works."""
        if self.practice is not None:
            self.practice.begin()
        self.readings.refresh.ask()

    async def close(self) -> None:
        """Listen and ask no more."""
        if self.practice is not None:
            self.practice.stop()
        self.bridge.close()
        for page in self.pages.values():
            await page.leave()
        await self.commands.close()

    def offer_files(self, files: list[Path]) -> None:
        """Hand files to the screens that they are for; whatever nobody takes is a lead list."""
        if self.importing is None:
            self._early_wishes.append(lambda: self.offer_files(files))
            return
        lists = []
        for path in files:
            taker = next((page for page in self.pages.values() if path.suffix.lower() in page.takes), None)
            if taker is None:
                lists.append(path)
            else:
                taker.take_file(path)
        if lists:
            self.importing.offer(lists)

    def choose_file(self) -> None:
        """Offer the ways to bring leads."""
        if self.importing is None:
            self._early_wishes.append(self.choose_file)
            return
        self.importing.ask()

    def _pause_all(self) -> None:
        self._brake(self.engine.services.pausing.pause_all(), "pause all", "Everything is paused.")

    def _resume_all(self) -> None:
        self._brake(self.engine.services.pausing.resume_all(), "resume all", "Everything goes on.")

    def _brake(self, work: object, name: str, words: str) -> None:
        def done(_: object) -> None:
            self.window.toast.tell(words)
            self.readings.refresh.ask()

        self.commands.run_command(work, name=name, busy=self.window.status_line.brake, on_done=done)  # type: ignore[arg-type]

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
        line.set_paused(overview.is_paused, has_any=bool(overview.accounts))
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
