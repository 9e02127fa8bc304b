"""News from commits to whoever listens, on the loop's thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.domain.news import News

log = logging.getLogger(__name__)
Listener = Callable[[dict[str, frozenset[int]], "tuple[News, ...]"], None]


class Bus:
    """Tells every listener of each change set and its events, in order of the commits."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Add a listener; returns how to take it off."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, changed: dict[str, frozenset[int]], news: tuple[News, ...]) -> None:
        """Tell everybody; a listener's fault is logged and stops nobody."""
        for listener in list(self._listeners):
            try:
                listener(changed, news)
            except Exception:
                log.exception("a listener failed")
