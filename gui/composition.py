"""What the window is handed by the composition root: how to make its loop, and how to open the engine.

The window never learns where the data lies or which LinkedIn answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from engine.bus import Bus
    from engine.clock import Clock, PracticeClock
    from engine.opening import Opening
    from engine.services.use_cases import Services


class PlugLike(Protocol):
    """Breaks things on the practice account."""

    async def pull(self, kind: str) -> str:
        """Break one thing, and return what became of it."""
        ...


class OpenEngine(Protocol):
    """The engine behind the window."""

    services: Services
    bus: Bus
    clock: Clock
    practice_clock: PracticeClock | None
    plug: PlugLike | None
    on_second_start: Callable[[], None] | None
    """Called when the program is started again on the same data folder."""

    async def start(self) -> None:
        """Begin to work. Raises: LeadloomError."""
        ...

    async def close(self) -> None:
        """Stop in order and close the data folder."""
        ...


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """The way back to a backup, when no engine is open."""

    backups: Callable[[], Sequence[Path]]
    """Returns the backups that there are, the newest first; blocks."""
    restore: Callable[[Path], object]
    """Puts a backup in the data's place; blocks. Raises: LeadloomError."""
    open_again: Callable[[], None]
    """Opens the window once more in a process of its own, which waits until this one has ended."""


@dataclass(frozen=True, kw_only=True)
class WindowComposition:
    """The window's way to everything else. `open_engine` blocks: it is called in a thread, after the first paint."""

    make_loop: Callable[[QApplication], asyncio.AbstractEventLoop]
    open_engine: Callable[[Opening], OpenEngine]
    open_practice: Callable[[], None]
    is_practice: bool
    time_zone: str = ""
    """Whose hours are shown; empty means the system's."""
    use_for_real: Callable[[Sequence[str]], tuple[str, ...]] | None = None
    """Adds campaign files as drafts to the real data folder and opens it; blocks. Returns what was refused and why."""
    recovery: Recovery | None = None
    window_file: Path | None = None
    """Where the window's place and size are kept."""
