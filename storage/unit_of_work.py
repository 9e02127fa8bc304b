"""One transaction's door: its connection, and the news to publish after the commit."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import Connection

from engine.domain.news import News


@dataclass(frozen=True, kw_only=True)
class Committed:
    """What a commit changed: ids by table, and what happened in it."""

    changed: dict[str, frozenset[int]]
    news: tuple[News, ...]

    @property
    def has_news(self) -> bool:
        """Whether anybody needs to be told."""
        return bool(self.changed or self.news)


@dataclass
class UnitOfWork:
    """A synchronous transaction under way."""

    connection: Connection
    _changed: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _news: list[News] = field(default_factory=list)

    def changed(self, table: str, *ids: int) -> None:
        """Note rows for those who show them."""
        self._changed[table].update(ids)

    def happened(self, news: News) -> None:
        """Note an event for those who tell of it."""
        self._news.append(news)

    def committed(self) -> Committed:
        """Return the change set."""
        return Committed(changed={k: frozenset(v) for k, v in self._changed.items()}, news=tuple(self._news))
