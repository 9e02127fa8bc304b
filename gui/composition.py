"""What the window is handed by the composition root: how to make its loop, and how to open the engine.

The window never learns where the data lies or which LinkedIn answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from engine.bus import Bus
    from engine.clock import Clock, PracticeClock
    from engine.services.lead_pages import LeadPages
    from engine.services.use_cases import Services


class OpenEngine(Protocol):
    """The engine behind the window."""

    services: Services
    lead_pages: LeadPages
    bus: Bus
    clock: Clock
    practice_clock: PracticeClock | None

    async def start(self) -> None:
        """Begin to work. Raises: LeadloomError."""
        ...

    async def close(self) -> None:
        """Stop in order and close the data folder."""
        ...


@dataclass(frozen=True, kw_only=True)
class WindowComposition:
    """The window's way to everything else. `open_engine` blocks: it is called in a thread, after the first paint."""

    make_loop: Callable[[QApplication], asyncio.AbstractEventLoop]
    open_engine: Callable[[], OpenEngine]
    open_practice: Callable[[], None]
    is_practice: bool
    time_zone: str = ""
    """Whose hours are shown; empty means the system's."""
