"""A practice LinkedIn on loopback that keeps a log of every request, for judges; it changes no answer."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from engine.clock import SystemClock
from engine.domain.practice_people import make_people
from engine.provider.simulated.api import PracticeApi
from engine.provider.simulated.faults import Faults
from engine.provider.simulated.server import serve_api
from engine.provider.simulated.state import WorldSettings
from engine.provider.simulated.truth import truth_json
from engine.provider.simulated.wire import Dropped, Reply, Request
from engine.provider.simulated.world import World

READY_S = 20.0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request: when it came (real seconds, and the practice LinkedIn's time), and how it was answered."""

    mono_s: float
    at_ms: int
    method: str
    path: str
    status: int
    """0: the answer was cut off."""
    effect: int | None
    """The number of what it made happen."""

    @property
    def is_good(self) -> bool:
        """Whether the answer is one that says something."""
        return self.status in (200, 201, 404)


class WatchedApi(PracticeApi):
    """Writes down every request."""

    def __init__(self, world: World, faults: Faults, clock: SystemClock) -> None:
        super().__init__(world, faults=faults, wall=clock.wall)
        self.asked: list[Asked] = []

    def handle(self, request: Request) -> Reply | Dropped:
        """Answer, and write it down."""
        mono_s, effects = time.monotonic(), self.world.state.effects
        before = len(effects)
        answer = super().handle(request)
        self.asked.append(
            Asked(
                mono_s=mono_s,
                at_ms=self.world.advance(),
                method=request.method,
                path=unquote(request.path),
                status=0 if isinstance(answer, Dropped) else _told(answer),
                effect=effects[-1].sequence if len(effects) > before else None,
            )
        )
        return answer


def _told(answer: Reply) -> int:
    """Return the status, 0 for an answer that isn't JSON."""
    return answer.status if answer.body[:1] in (b"{", b"[") else 0


class WatchedServer:
    """Serves in a thread of its own until it is closed."""

    def __init__(self, *, people: int, seed: int, faults: str, speed: float) -> None:
        self.epoch = round(time.time(), 3)
        clock = SystemClock(speed=speed, epoch=datetime.fromtimestamp(self.epoch, UTC))
        self.people = make_people(people, seed)
        world = World(self.people, clock.now, WorldSettings(seed=seed))
        self.api = WatchedApi(world, Faults(faults, seed), clock)
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._port: int | None = None
        self._is_up = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="practice server")
        self._thread.start()
        if not self._is_up.wait(READY_S):
            raise RuntimeError("the practice server did not come up")

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._port}"

    def truth(self) -> dict[str, Any]:
        """Return what really happened."""
        return asyncio.run_coroutine_threadsafe(self._truth(), self._loop).result(READY_S)

    def close(self) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(READY_S)
        self._loop.close()

    async def _truth(self) -> dict[str, Any]:
        return truth_json(self.api)

    def _serve(self) -> None:
        def announce(port: int) -> None:
            self._port = port
            self._is_up.set()

        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(serve_api(self.api, port=0, announce=announce, stop=self._stop))
