"""Makes the practice account's past by really running it: engine, ledger and practice LinkedIn, on time that jumps.

Runs in a process of its own, so that the window stays free and the past can be given up at any time. Everything is
made in a folder beside and put in place at the end, the database last: a past is there as a whole or not at all.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from engine.app import Engine
from engine.domain.practice_people import PracticePerson, csv_text, make_people
from engine.jumping_time import JumpingClock, JumpingLoop
from engine.provider.address import parse_address
from engine.provider.simulated.api import PracticeApi
from engine.provider.simulated.state import WorldSettings
from engine.provider.simulated.transport import PracticeTransport
from engine.provider.simulated.wire import Request
from engine.provider.simulated.world import World
from engine.provider.unipile import UnipileProvider
from engine.services.connections import Connections
from engine.services.practice import ADDRESS, SEED, TIME_ZONE, PracticeFiles
from storage.credentials import MemoryCredentials
from storage.paths import Paths

PRESENT = datetime(2026, 1, 6, 13, 20, tzinfo=UTC)
"""Where the past ends: a Tuesday, 14:20 in Paris."""
DAYS = 30
SPEED = 40_000.0
"""Engine seconds a second of the jumping clock: what is polled in real seconds is polled once an hour or so."""
KEPT_FILES = ("world.json", "clock.json", "leadloom.db")
"""The database last: where it is, the past is whole."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A campaign of the past: its file, how many people it gets, and the day it is started on, if it is."""

    file: str
    people: int
    day: int | None


PARTS = (
    Part(file="founders.toml", people=44, day=0),
    Part(file="agencies.toml", people=60, day=25),
    Part(file="agencies-second-round.toml", people=40, day=None),
)
LOSS_DAY = 28
LOSS_HOUR = 20
"""The next message after so many hours of that day is lost on its way: the question that waits for an answer."""


def make_past(paths: Paths, campaigns: Path, tell: Callable[[int], None], *, days: int = DAYS) -> None:
    """Live through the days before PRESENT; `campaigns` is the folder of campaign files, `tell` hears each day's end.

    `paths` is the practice account's folder, which must hold no database. Raises: LeadloomError, OSError.
    """
    folder = paths.data / "past"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        _live(_Past(replace(paths, data=folder), campaigns, days), tell)
        for name in KEPT_FILES:
            (folder / name).replace(paths.data / name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _live(past: _Past, tell: Callable[[int], None]) -> None:
    with asyncio.Runner(loop_factory=lambda: JumpingLoop(past.clock)) as runner:
        runner.run(past.live(tell))
    past.files.save_world(past.world)
    past.files.save_now(past.clock.now())


class _Past:
    """One run."""

    def __init__(self, paths: Paths, campaigns: Path, days: int) -> None:
        self._paths, self._campaigns, self._days = paths, campaigns, days
        self.files = PracticeFiles(paths.data)
        self.clock = JumpingClock(PRESENT - timedelta(days=days), speed=SPEED)
        self._names: dict[str, str] = {}
        self._people = make_people(sum(part.people for part in PARTS), SEED)
        self.world = World(self._people, self.clock.now, WorldSettings(seed=SEED))
        self._transport = PracticeTransport(PracticeApi(self.world, wall=self.clock.wall))

    async def live(self, tell: Callable[[int], None]) -> None:
        """Do what a person would have done on each day, and let the engine do the rest."""
        connections = Connections(
            MemoryCredentials(),
            lambda address, key: UnipileProvider(
                parse_address(address), key, clock=self.clock, transport=self._transport
            ),
        )
        engine = Engine.open(self._paths, self.clock, connections, Random(SEED))
        try:
            await self._set_up(engine)
            await engine.start()
            for day in range(self._days):
                await self._begin(engine, [part for part in PARTS if part.day == day])
                await self._pass_day(is_lossy=day == LOSS_DAY)
                tell(day + 1)
        finally:
            await engine.close()

    async def _set_up(self, engine: Engine) -> None:
        services = engine.services
        await services.accounts.add(ADDRESS, ADDRESS)
        name = (await services.accounts.list())[0].name
        await services.accounts.set(name, {"time_zone": TIME_ZONE, "warm_up": "off"})
        first = 0
        for part in PARTS:
            text = (self._campaigns / part.file).read_text(encoding="utf-8")
            _, self._names[part.file] = await services.campaigns.add(text)
            people = self._people[first : first + part.people]
            await services.leads.import_file(self._lead_list(part, people), self._names[part.file])
            first += part.people

    def _lead_list(self, part: Part, people: Sequence[PracticePerson]) -> Path:
        path = self._paths.data / f"{Path(part.file).stem}-leads.csv"
        path.write_text(csv_text(people), encoding="utf-8")
        return path

    async def _begin(self, engine: Engine, parts: Sequence[Part]) -> None:
        for part in parts:
            await engine.services.campaigns.start(self._names[part.file])

    async def _pass_day(self, *, is_lossy: bool) -> None:
        if is_lossy:
            await self._pass(hours=LOSS_HOUR)
            self._transport.loses = self._lose_once
            await self._pass(hours=24 - LOSS_HOUR)
        else:
            await self._pass(hours=24)

    async def _pass(self, *, hours: float) -> None:
        await self.clock.pause(hours * 3600 / SPEED)

    def _lose_once(self, request: Request) -> bool:
        is_message = request.method == "POST" and "/chats" in request.path
        if is_message:
            self._transport.loses = None
        return is_message
