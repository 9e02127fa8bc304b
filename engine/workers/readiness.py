"""The barrier at start and after a jump of time: nothing is sent before replies and relations have been read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Readiness:
    """Opens the sender when both reads are done."""

    def __init__(self, is_ready: asyncio.Event, wake: Callable[[], None]) -> None:
        self._is_ready = is_ready
        self._wake = wake
        self._missing = {"relations", "replies"}

    def relations_read(self) -> None:
        """Relations are known."""
        self._done("relations")

    def replies_read(self) -> None:
        """Replies are known."""
        self._done("replies")

    def close(self) -> None:
        """Read everything again first."""
        self._missing = {"relations", "replies"}
        self._is_ready.clear()

    def _done(self, what: str) -> None:
        self._missing.discard(what)
        if not self._missing and not self._is_ready.is_set():
            self._is_ready.set()
            self._wake()
