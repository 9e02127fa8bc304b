"""The built-in practice account: its world in a file of its data folder, and a campaign to watch."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from engine.clock import Clock
from engine.domain.practice_people import csv_text, make_people

if TYPE_CHECKING:
    from engine.provider.simulated.transport import PracticeTransport
    from engine.services.use_cases import Services

PEOPLE = 40
SEED = 7
ADDRESS = "practice"
FIRST_MORNING = datetime(2026, 1, 5, 7, 55, tzinfo=UTC)
"""A Monday, five minutes before the working hours of Europe/Paris."""
TIME_ZONE = "Europe/Paris"


class PracticeFiles:
    """What the practice account keeps: `world.json` and `clock.json`."""

    def __init__(self, folder: Path) -> None:
        self._world = folder / "world.json"
        self._clock = folder / "clock.json"
        self._leads = folder / "practice-leads.csv"

    def saved_now(self) -> datetime:
        """Return where practice time was, or its first morning."""
        try:
            return datetime.fromisoformat(json.loads(self._clock.read_text(encoding="utf-8"))["now"])
        except (OSError, ValueError, KeyError):
            return FIRST_MORNING

    def save_now(self, now: datetime) -> None:
        """Keep practice time for the next start."""
        _replace(self._clock, json.dumps({"now": now.isoformat()}))

    def transport(self, clock: Clock, *, people: int = PEOPLE, seed: int = SEED) -> PracticeTransport:
        """Return the practice LinkedIn, as it was left or new."""
        from engine.provider.simulated.api import PracticeApi
        from engine.provider.simulated.state import WorldSettings
        from engine.provider.simulated.transport import PracticeTransport
        from engine.provider.simulated.world import World

        try:
            world = World.restore(json.loads(self._world.read_text(encoding="utf-8")), clock.now)
        except OSError:
            world = World(make_people(people, seed), clock.now, WorldSettings(seed=seed))
        return PracticeTransport(
            PracticeApi(world, wall=clock.wall), on_effect=lambda: _replace(self._world, json.dumps(world.snapshot()))
        )

    def lead_list(self, *, people: int = PEOPLE, seed: int = SEED) -> Path:
        """Write the practice people as a CSV and return it."""
        _replace(self._leads, csv_text(make_people(people, seed)))
        return self._leads


async def prepare_demo(services: Services, files: PracticeFiles, sequence_file: Path) -> None:
    """Make the practice account and its campaign, and start it; nothing happens when they are there."""
    if not await services.accounts.list():
        await services.accounts.add(ADDRESS, ADDRESS)
        name = (await services.accounts.list())[0].name
        await services.accounts.set(name, {"time_zone": TIME_ZONE, "warm_up": "off"})
    if await services.campaigns.list():
        return
    text = await asyncio.to_thread(sequence_file.read_text, encoding="utf-8")
    _, campaign = await services.campaigns.add(text)
    await services.leads.import_file(files.lead_list(), campaign)
    await services.campaigns.start(campaign)


def _replace(path: Path, text: str) -> None:
    made = path.with_suffix(path.suffix + ".tmp")
    with made.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    made.replace(path)
