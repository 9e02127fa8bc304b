"""The four ends of paging: no list is read for ever. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

PAGE_CAP = 200
"""Pages of one pass. Source: docs/sending.md, evidence rules."""
BYTE_CAP = 20 * 1024 * 1024
PASS_DEADLINE_S = 120.0


class Ended(StrEnum):
    """Why a pass over a list ended. Only END and KNOWN are complete."""

    END = "end"  # the provider said that there is no more
    KNOWN = "known"  # an item known before came by
    REPEATED = "repeated"  # a cursor or a first item came a second time
    CAP = "cap"  # too many pages or bytes
    DEADLINE = "deadline"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass
class PageWalk:
    """Judges page after page of one pass."""

    page_cap: int = PAGE_CAP
    byte_cap: int = BYTE_CAP
    pages: int = 0
    read: int = 0
    body_bytes: int = 0
    _cursors: set[str] = field(default_factory=set)
    _firsts: set[Hashable] = field(default_factory=set)

    def observe(
        self, keys: Sequence[Hashable], cursor: str | None, *, has_known: bool, body_bytes: int = 0
    ) -> Ended | None:
        """Take a page in; return why the pass ends here, or None to go on. A key None is an item without a name."""
        self.pages += 1
        self.read += len(keys)
        self.body_bytes += body_bytes
        if cursor is None:
            return Ended.END
        if has_known:
            return Ended.KNOWN
        first = next((key for key in keys if key is not None), None)
        if cursor in self._cursors or first in self._firsts:
            return Ended.REPEATED
        if self.pages >= self.page_cap or self.body_bytes >= self.byte_cap:
            return Ended.CAP
        self._cursors.add(cursor)
        if first is not None:
            self._firsts.add(first)
        return None
