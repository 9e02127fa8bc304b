"""The two signals that end the program in order."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable


def end_on_signals(end: Callable[[], None]) -> None:
    """Call `end` on the running loop at SIGINT and SIGTERM, also where a loop can't take signals itself (Windows)."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, end)
        except (NotImplementedError, ValueError):
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(end))
