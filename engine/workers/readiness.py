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
        self.epoch = 0
        """A read tells which one it was begun in: one from before a jump of time opens nothing."""

    @property
    def needs_replies(self) -> bool:
        """Whether replies must be read before anything is sent, whoever awaits one."""
        return "replies" in self._missing

    def relations_read(self, epoch: int) -> None:
        """Relations are known."""
        self._done("relations", epoch)

    def replies_read(self, epoch: int) -> None:
        """Replies are known."""
        self._done("replies", epoch)

    def close(self) -> None:
        """Read everything again first."""
        self.epoch += 1
        self._missing = {"relations", "replies"}
        self._is_ready.clear()

    def _done(self, what: str, epoch: int) -> None:
        if epoch != self.epoch:
            return
        self._missing.discard(what)
        if not self._missing and not self._is_ready.is_set():
            self._is_ready.set()
            self._wake()
