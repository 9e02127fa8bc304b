"""What the pages work with once the engine is open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gui.bridge import Bridge
    from gui.commands import Commands
    from gui.composition import OpenEngine
    from gui.readings import Readings
    from gui.widgets.toasts import Toast


@dataclass(frozen=True, kw_only=True)
class Session:
    """The engine's use cases, the door to them, and what is read over and over."""

    engine: OpenEngine
    commands: Commands
    bridge: Bridge
    readings: Readings
    toast: Toast
    open_practice: Callable[[], None]
    offer_files: Callable[[list[Path]], None]
    """Show what would happen to these files."""
    choose_file: Callable[[], None]
    """Ask for a lead list."""
    show: Callable[..., None]
    """Show a screen by its name, and one thing on it if given: show("leads", lead_id)."""
    brake: Callable[[], None]
    """Pause everything, or go on, whichever the button in the status line says."""
    restore: Callable[[Path], None]
    """Close, put a backup in the data's place, and open the window again."""
    is_practice: bool
