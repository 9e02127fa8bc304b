"""What every use case and worker needs, made once at start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from engine.bus import Bus
from engine.clock import Clock
from engine.services.present import Present
from storage.database import Database
from storage.journal import SendJournal
from storage.paths import Paths

if TYPE_CHECKING:
    from engine.services.connections import Connections


class Wakes:
    """Wakes the workers when something changed that they may wait for, always in the same order."""

    def __init__(self) -> None:
        self._events: list[asyncio.Event] = []

    def new(self) -> asyncio.Event:
        """Return an event that `all` sets; its owner clears it."""
        event = asyncio.Event()
        self._events.append(event)
        return event

    def all(self) -> None:
        """Wake everybody."""
        for event in self._events:
            event.set()


@dataclass(kw_only=True)
class Context:
    """The engine's parts. `is_stopping` is the flag that the last look before a request reads."""

    db: Database
    clock: Clock
    rng: Random
    bus: Bus
    connections: Connections
    paths: Paths
    journal: SendJournal | None = None
    boot_id: str = ""
    wakes: Wakes = field(default_factory=Wakes)
    starts: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One Start at a time."""
    imports: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One import, or one undo of it, at a time."""
    look_at_clocks: Callable[[], None] = lambda: None
    """Compares the real clocks now: the senders look before each thing that a sleep in between would make wrong."""
    waits: dict[int, str] = field(default_factory=dict)
    """Why an account sends nothing, by its id, where the database doesn't tell: its sender alone knows."""
    is_stopping: bool = False
    is_paused: bool = False
    pause_epoch: int = 0
    """In-memory twins of the stored pause, set after its commit; the last look before a request reads them."""

    def present(self) -> Present:
        """Return what an explanation that is made now begins with."""
        return Present(now=self.clock.now(), allowance=self.clock.write_allowance(), waits=dict(self.waits))
