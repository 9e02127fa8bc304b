"""From the engine's bus to Qt signals: change sets and events, gathered, at most one signal in 50 ms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from engine.bus import Bus
    from engine.domain.news import News

APART_MS = 50


@dataclass(frozen=True, kw_only=True)
class ChangeSet:
    """Ids by table of everything that changed since the last one."""

    ids: dict[str, frozenset[int]] = field(default_factory=dict)

    def touches(self, *tables: str) -> bool:
        """Whether anything in one of these tables changed."""
        return not self.ids.keys().isdisjoint(tables)


class Bridge(QObject):
    """Listens on the loop's thread, which is Qt's own."""

    changed = Signal(object)
    """A ChangeSet."""
    happened = Signal(object)
    """A tuple of News, in order."""

    def __init__(self, bus: Bus, parent: QObject | None = None, *, apart_ms: int = APART_MS) -> None:
        super().__init__(parent)
        self._ids: dict[str, set[int]] = {}
        self._news: list[News] = []
        self._timer = QTimer(self, singleShot=True, interval=apart_ms)
        self._timer.timeout.connect(self._tell)
        self._unsubscribe: Callable[[], None] | None = bus.subscribe(self._gather)

    def close(self) -> None:
        """Listen no more."""
        self._timer.stop()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _gather(self, changed: dict[str, frozenset[int]], news: tuple[News, ...]) -> None:
        for table, ids in changed.items():
            self._ids.setdefault(table, set()).update(ids)
        self._news.extend(news)
        if not self._timer.isActive():
            self._timer.start()

    def _tell(self) -> None:
        ids, self._ids = self._ids, {}
        news, self._news = self._news, []
        if ids:
            self.changed.emit(ChangeSet(ids={table: frozenset(found) for table, found in ids.items()}))
        if news:
            self.happened.emit(tuple(news))
