"""main.main on a data folder of the test's own: with logging put back, and an engine beside it where one is wanted."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import main
from engine.app import Engine
from engine.clock import Clock, SystemClock
from engine.console.door import Door
from engine.domain.practice_people import PracticePerson, make_people
from engine.provider.simulated.api import PracticeApi
from engine.provider.simulated.faults import Faults
from engine.provider.simulated.state import WorldSettings
from engine.provider.simulated.transport import PracticeTransport
from engine.provider.simulated.world import World
from storage.lock import ProcessLock
from storage.paths import Paths, open_paths
from tests.engine.console_scenes import Said

PEOPLE: tuple[PracticePerson, ...] = make_people(3, 1)
PATIENCE_S = 20.0


class Program:
    """Runs commands as `python main.py …` would, in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = folder
        self._capsys = capsys

    def __call__(self, *argv: str) -> Said:
        self._capsys.readouterr()
        try:
            code = main.main(["--data", str(self.data), *argv])
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = self._capsys.readouterr()
        return Said(code=code, out=said.out.rstrip("\n"), err=said.err.rstrip("\n"))

    @property
    def paths(self) -> Paths:
        return open_paths(self.data)


@contextmanager
def as_it_was() -> Iterator[None]:
    """Put logging and the mask of new files back afterwards."""
    root = logging.getLogger()
    before, level, umask = root.handlers[:], root.level, os.umask(0o022)
    yield
    for handler in root.handlers[:]:
        if handler not in before:
            root.removeHandler(handler)
            handler.close()
    for handler in before:
        root.addHandler(handler)
    root.setLevel(level)
    os.umask(umask)


def practice(clock: Clock) -> PracticeTransport:
    """Return a practice LinkedIn."""
    world = World(PEOPLE, clock.now, WorldSettings(seed=1))
    return PracticeTransport(PracticeApi(world, faults=Faults("calm", 1), wall=clock.wall))


class RunningEngine:
    """An engine that holds a data folder and takes commands, on a loop and a thread of its own."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="running engine")

    def __enter__(self) -> RunningEngine:
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        lock, clock = ProcessLock(self._paths.lock), SystemClock()
        assert lock.acquire()
        engine: Engine = main.open_engine(self._paths, clock, practice(clock))
        door = Door(engine.services, self._paths.door)
        try:
            await engine.claim()
            await engine.start()
            await door.open()
            self._ready.set()
            await self._stop.wait()
            await door.close()
        finally:
            await engine.close()
            lock.release()
