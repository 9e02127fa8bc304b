"""The simulated machine: it is killed, sleeps, has its clock set, fills its disk, and is started twice."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from engine.app import Engine
from engine.errors import StorageError
from storage.database import Database
from storage.journal import JournalLine
from tests.fakes.crashes import CrashAt
from tests.fakes.rig import Rig
from tests.simulation.restores import Restores

DAY_S = 86_400.0
POINTS_BEFORE_DEATH = 40
POINTS_OF_A_START = 12


class Machine:
    """Does to the program what a computer does to it."""

    def __init__(self, rig: Rig, dice: Random, adopt: Callable[[Engine], None]) -> None:
        self._rig = rig
        self._dice = dice
        self._adopt = adopt
        self.died = asyncio.Event()
        self.crash: CrashAt | None = None
        self.deaths: list[str] = []
        self.unclean_ends = 0
        self.overlap_s = 0.0
        self._dies_in_start = False

    @property
    def is_dying(self) -> bool:
        """Whether an end is set already."""
        return self.crash is not None

    def kill_soon(self, most: int = POINTS_BEFORE_DEATH) -> None:
        """End the process at one of the next points: a commit, a journal line, a request."""
        if self.crash is None:
            self.crash = CrashAt(self._rig, self._dice.randrange(1, most), on_death=self.died.set)

    def kill_in_flight(self) -> None:
        """End the process when the next request with an effect has arrived and its answer hasn't."""
        if self.crash is None:
            self.crash = CrashAt(self._rig, "after the request", on_death=self.died.set)

    def die_in_next_start(self) -> None:
        """Kill, and kill again while the next start recovers."""
        self._dies_in_start = True
        self.kill_soon()

    async def start_again(self) -> None:
        """Open the folder again after an end, perhaps to die once more on the way."""
        if self.crash is not None:
            self.deaths.append(self.crash.name)
            self.crash.heal()
            self.crash = None
        self.unclean_ends += 1
        await self._rig.drop()
        self.died.clear()
        self._rig.reopen()
        self._adopt(self._rig.engine)
        if self._dies_in_start:
            self._dies_in_start = False
            self.kill_soon(POINTS_OF_A_START)
        await self._rig.engine.start()

    async def off_and_on(self) -> None:
        """Quit in order, and start again after a while."""
        await self._rig.engine.close()
        await asyncio.sleep(self._dice.choice((60.0, 3600.0, DAY_S * self._dice.uniform(0.2, 4))))
        self._rig.reopen()
        self._adopt(self._rig.engine)
        await self._rig.engine.start()

    async def restore(self, restores: Restores, forget: Callable[[], None], *, is_elsewhere: bool) -> None:
        """Quit, put one of the backups back, and start with it after a while, here or on another machine."""
        if not restores.kept:
            return
        kept = self._dice.choice(restores.kept)
        await self._rig.engine.close()
        await asyncio.sleep(self._dice.choice((60.0, 3600.0, DAY_S)))
        restores.put_back(kept, is_elsewhere=is_elsewhere)
        forget()
        self._rig.reopen()
        self._adopt(self._rig.engine)
        await self._rig.engine.start()

    async def twice(self) -> None:
        """Start a second program on the same folder: the first may go on, but can arm nothing any more."""
        first = self._rig.engine
        self.unclean_ends += 1
        self._rig.reopen()
        self._adopt(self._rig.engine)
        await self._rig.engine.start()
        overlap_s = self._dice.uniform(60.0, 3 * 3600.0)
        self.overlap_s += overlap_s
        await asyncio.sleep(overlap_s)
        await first.break_off()
        await first.close()

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Let no file of the data folder grow, and no journal line be written."""
        engine = self._rig.engine
        db, journal = engine.ctx.db, engine.ctx.journal
        assert journal is not None
        real_append, real_room = journal.append, journal.need_room

        def no_space(*_: JournalLine) -> None:
            raise StorageError("The send journal can't be written (No space left on device).")

        journal.append = journal.need_room = no_space  # type: ignore[method-assign]
        set_pages(db, None)
        try:
            yield
        finally:
            journal.append, journal.need_room = real_append, real_room  # type: ignore[method-assign]
            if self._rig.engine is engine:
                set_pages(db, 2**30)


def set_pages(db: Database, most: int | None) -> None:
    """Limit the database's file to so many pages; None: to what it has."""

    def limit(driver: sqlite3.Connection) -> None:
        pages = most or driver.execute("PRAGMA page_count").fetchone()[0]
        driver.execute(f"PRAGMA max_page_count = {pages}")

    on_driver(db, limit)


def on_driver(db: Database, act: Callable[[sqlite3.Connection], Any]) -> None:
    """Do something to the writing connection of SQLite itself."""
    with db._writer.connect() as connection:
        act(connection.connection.dbapi_connection)  # type: ignore[arg-type]
