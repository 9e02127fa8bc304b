"""What the built-in practice account keeps in its data folder: its world and its clock."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from engine.clock import Clock
from engine.domain.practice_people import make_people

if TYPE_CHECKING:
    from engine.provider.simulated.transport import PracticeTransport
    from engine.provider.simulated.world import World

PEOPLE = 40
SEED = 7
ADDRESS = "practice"
FIRST_MORNING = datetime(2026, 1, 5, 7, 55, tzinfo=UTC)
"""A Monday, five minutes before the working hours of Europe/Paris: where practice time begins without a past."""
TIME_ZONE = "Europe/Paris"


class PracticeFiles:
    """What the practice account keeps: `world.json` and `clock.json`."""

    def __init__(self, folder: Path) -> None:
        self.world = folder / "world.json"
        self.clock = folder / "clock.json"
        self._saving = asyncio.Lock()

    def saved_now(self) -> datetime:
        """Return where practice time was, or its first morning."""
        try:
            return datetime.fromisoformat(json.loads(self.clock.read_text(encoding="utf-8"))["now"])
        except (OSError, ValueError, KeyError):
            return FIRST_MORNING

    def save_now(self, now: datetime) -> None:
        """Keep practice time for the next start."""
        _replace(self.clock, json.dumps({"now": now.isoformat()}))

    def save_world(self, world: World) -> None:
        """Keep the practice LinkedIn as it is."""
        _replace(self.world, json.dumps(world.snapshot()))

    def transport(self, clock: Clock, *, people: int = PEOPLE, seed: int = SEED) -> PracticeTransport:
        """Return the practice LinkedIn, as it was left or new; what it does is kept before it is answered."""
        from engine.provider.simulated.api import PracticeApi
        from engine.provider.simulated.state import WorldSettings
        from engine.provider.simulated.transport import PracticeTransport
        from engine.provider.simulated.world import World

        try:
            world = World.restore(json.loads(self.world.read_text(encoding="utf-8")), clock.now)
        except OSError:
            world = World(make_people(people, seed), clock.now, WorldSettings(seed=seed))

        async def keep() -> None:
            async with self._saving:
                snapshot = world.snapshot()
                await asyncio.to_thread(lambda: _replace(self.world, json.dumps(snapshot)))

        return PracticeTransport(PracticeApi(world, wall=clock.wall), on_effect=keep)


def _replace(path: Path, text: str) -> None:
    made = path.with_suffix(path.suffix + ".tmp")
    with made.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    made.replace(path)
