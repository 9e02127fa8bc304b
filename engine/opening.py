"""An opening that takes a while: how far it is, and the way to end it. Used from the thread that opens."""

from __future__ import annotations

from collections.abc import Callable


class Opening:
    """Tells whoever waits, and is told when nobody waits any more."""

    def __init__(self, tell: Callable[[str, int, int], None]) -> None:
        """`tell` hears words, how much is done, and of how much; it is called in the opening thread."""
        self.tell = tell
        self.is_cancelled = False
        self._end: Callable[[], None] | None = None

    def ends_by(self, end: Callable[[], None] | None) -> None:
        """Say what ends the part that is under way; it is called in another thread."""
        self._end = end
        if self.is_cancelled and end is not None:
            end()

    def cancel(self) -> None:
        """Nobody waits any more."""
        self.is_cancelled = True
        if self._end is not None:
            self._end()
