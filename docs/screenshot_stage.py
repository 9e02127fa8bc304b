"""An open window for the pictures, on a data folder in one of five states."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication, QDialog, QWidget

import main as program
from bench.lead_views import build
from bench.rig import CAMPAIGN
from engine.clock import PracticeClock
from engine.desktop import DesktopEngine
from engine.opening import Opening
from engine.services.practice import ADDRESS, PracticeFiles
from gui.composition import WindowComposition
from gui.desk import Desk
from gui.formatting import set_time_zone
from gui.main_window import MainWindow
from gui.pages.campaign_tabs import CampaignPlace
from storage.paths import Paths, open_paths

EMPTY, PRACTICE, TRUST, MANY, ERRORS = "empty", "practice", "trust", "many", "errors"
RUN_DAYS = 3.25
"""So much practice time passes before the pictures: replies are in, invitations are open, messages are due."""
LEADS = 50_000
DEADLINE_S = 60.0


@dataclass(kw_only=True)
class Stage:
    """An open window on a data folder in one of the states."""

    window: MainWindow
    desk: Desk
    engine: DesktopEngine
    folder: Path
    sheets: list[QDialog] = field(default_factory=list)

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait for a state of the window."""
        for _ in range(round(DEADLINE_S / 0.02)):
            if condition():
                return
            await asyncio.sleep(0.02)
        raise AssertionError("the window doesn't come to what is to be shown")

    def sheet(self, made: QDialog) -> Any:
        """Open a dialog, closed again by `put_away`."""
        self.sheets.append(made)
        made.open()
        return made

    def overs(self) -> Iterator[QWidget]:
        """Return what is open over the window."""
        yield from (sheet for sheet in self.sheets if sheet.isVisible())
        popup = QApplication.activePopupWidget()
        if popup is not None:
            yield popup

    def put_away(self) -> None:
        """Close what is open over the window."""
        if (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
        for sheet in self.sheets:
            sheet.done(0)
        self.sheets.clear()
        self.window.toast.hide()

    async def show(self, screen: str, target: object = None) -> Any:
        """Show a screen; returns its page."""
        self.desk.show(screen, target)
        await asyncio.sleep(0.1)
        return self.desk.pages[screen]

    async def tab(self, name: str, campaign: str, step: str = "") -> Any:
        """Show a campaign's tab; returns the tab."""
        lines = await self.engine.services.campaigns.list()
        campaign_id = next(line.campaign_id for line in lines if line.name == campaign)
        page = await self.show("campaign", CampaignPlace(campaign_id=campaign_id, tab=name, step=step))
        await self.until(lambda: page.opened is not None and page.opened.campaign_id == campaign_id)
        await self.until(lambda: page.stack.currentWidget() is page.tabs.get(name) and page.stack.isVisible())
        await asyncio.sleep(0.4)
        return page.tabs[name]


async def open_stage(kind: str, folder: Path) -> Stage:
    """Open a data folder in a state."""
    is_practice, paths = kind in (PRACTICE, TRUST), open_paths(folder)
    if kind == MANY:
        engine = await _with_many(paths)
    else:
        clock = None if is_practice else program.SystemClock()
        engine = await asyncio.to_thread(program.open_for_window, paths, clock, Opening(_tell))
    set_time_zone(program.PRACTICE_ZONE)
    window = MainWindow(is_practice=is_practice)
    window.show()
    compose = WindowComposition(
        make_loop=program.make_loop,
        open_engine=lambda _: engine,
        open_practice=lambda: None,
        is_practice=is_practice,
        use_for_real=lambda _: (),
    )
    desk = Desk(window, engine, compose)
    is_open = asyncio.Event()
    desk.first_shown.connect(is_open.set)
    desk.open()
    await is_open.wait()
    if is_practice:
        await engine.start()
        desk.begin()
        await _run_days(engine, RUN_DAYS)
    return Stage(window=window, desk=desk, engine=engine, folder=folder)


async def close_stage(stage: Stage) -> None:
    """Close it in order."""
    await stage.desk.close()
    await stage.engine.close()
    stage.window.may_close = True
    stage.window.close()


def _tell(words: str, done: int, whole: int) -> None:
    print(f"{words}: day {done} of {whole}", flush=True)


async def _with_many(paths: Paths) -> DesktopEngine:
    """Return an engine with 50,000 leads in two running campaigns of one account."""
    clock, files = PracticeClock(datetime.now(UTC), speed=0.0), PracticeFiles(paths.data)
    inner = program.open_engine(paths, clock, files.transport(clock))
    await inner.services.accounts.add(ADDRESS, ADDRESS)
    names = ("Founders, all of Europe", "Agencies")
    ids = [(await inner.services.campaigns.add(CAMPAIGN.replace("Bench", name)))[0] for name in names]
    await asyncio.to_thread(build, paths.database, LEADS, (ids[0], ids[1]))
    with sqlite3.connect(paths.database) as connection:
        connection.execute("UPDATE campaign SET state = 'running', account_id = 1, started_ms = 1767000000000")
        connection.execute("UPDATE enrolment SET account_id = 1")
    return DesktopEngine(inner, paths, clock, files)


async def _run_days(engine: DesktopEngine, days: float) -> None:
    clock: Any = engine.practice_clock
    clock.set_speed(86_400.0)
    begun = clock.now()
    while clock.now() < begun + timedelta(days=days):
        await clock.pause(0.05)
    clock.set_speed(0.0)
    await asyncio.sleep(0.7)
