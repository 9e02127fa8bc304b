"""The engine as the window sees it: with its door for commands, and with practice time on the practice account."""

from __future__ import annotations

import asyncio
import logging
import subprocess
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from engine.clock import Clock, PracticeClock
from engine.console.door import Door
from engine.errors import Cancelled, UserError

if TYPE_CHECKING:
    from engine.app import Engine
    from engine.opening import Opening
    from engine.practice_plug import Plug
    from engine.services.practice import PracticeFiles
    from storage.paths import Paths

log = logging.getLogger(__name__)
HOUR_A_SECOND = 3_600.0
DAY_A_SECOND = 86_400.0
SAVE_EVERY_S = 1.0
PAST_DAYS = 30
"""As many as engine.practice_past lives through; it is imported in the other process only."""


class DesktopEngine:
    """Engine, door and, on the practice account, its clock and its files."""

    def __init__(
        self,
        engine: Engine,
        paths: Paths,
        clock: Clock,
        practice: PracticeFiles | None,
        *,
        plug: Plug | None = None,
        plays: bool = False,
    ) -> None:
        """`plug` breaks things in practice; `plays`: practice begins with its draft started, at a day a second."""
        self.services, self.bus, self.clock = engine.services, engine.ctx.bus, clock
        self.practice_clock = clock if isinstance(clock, PracticeClock) else None
        self._engine, self._practice, self._plays = engine, practice, plays
        self.plug = plug
        self._door = Door(engine.services, paths.door)
        self._saving: asyncio.Task[None] | None = None

    @property
    def on_second_start(self) -> Callable[[], None] | None:
        """What shows the window when the program is started a second time."""
        return self._door.on_second_start

    @on_second_start.setter
    def on_second_start(self, show: Callable[[], None] | None) -> None:
        self._door.on_second_start = show

    async def start(self) -> None:
        """Begin to work and to take commands; practice time runs once everything is there."""
        await self._engine.check_speed()
        await self._engine.claim()
        await self._engine.start()
        await self._door.open()
        if self.practice_clock is not None:
            if self._plays:
                await self._start_drafts()
            self.practice_clock.set_speed(DAY_A_SECOND if self._plays else HOUR_A_SECOND)
            self._saving = asyncio.get_running_loop().create_task(self._save_time(), name="save practice time")

    async def close(self) -> None:
        """Take no more commands, stop in order, keep practice time."""
        await self._door.close()
        if self._saving is not None:
            self._saving.cancel()
        await self._engine.close()
        if self._practice is not None:
            self._practice.save_now(self.clock.now())

    async def _start_drafts(self) -> None:
        for line in await self.services.campaigns.list():
            if line.state == "draft":
                await self.services.campaigns.start(line.name)

    async def _save_time(self) -> None:
        assert self._practice is not None
        while True:
            await self.clock.pause(SAVE_EVERY_S)
            await asyncio.to_thread(self._practice.save_now, self.clock.now())


def make_past(command: Sequence[str], opening: Opening) -> None:
    """Run the command that makes the practice account's past, and tell how far it is; blocks.

    It prints the number of each day that is over. Raises: Cancelled, UserError.
    """
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, encoding="utf-8", errors="replace") as process:
        opening.ends_by(process.kill)
        assert process.stdout is not None and process.stderr is not None
        for line in process.stdout:
            if line.strip().isdigit():
                opening.tell("Making thirty days of practice, by really running them", int(line), PAST_DAYS)
        said = process.stderr.read()
    opening.ends_by(None)
    if opening.is_cancelled:
        raise Cancelled("The practice account isn't made yet.")
    if process.returncode != 0:
        log.error("the practice account's past could not be made: %s", said[-2000:])
        raise UserError("The practice account could not be made.", "Close Leadloom and try again.")
