"""Whether an account's reads work: when one is answered again after a failure, the others are made at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from engine.errors import Cause
from engine.services.context import Context
from storage.repositories import accounts

RELATIONS, REPLIES, ACCOUNT = "relations", "replies", "account"


class ReadHealth:
    """Knows which kinds of reads fail, and writes down each outage when it is over."""

    def __init__(
        self, ctx: Context, account_id: int, hurry: Callable[[set[str]], None], *, over: Callable[[], None]
    ) -> None:
        self._ctx = ctx
        self._account_id = account_id
        self._hurry = hurry
        self._over = over
        self._failing: set[str] = set()
        self._began_at: datetime | None = None
        self._answered_s: float | None = None

    def is_failing(self, what: str) -> bool:
        """Whether reads of this kind have got no good answer lately."""
        return what in self._failing

    def failed(self, what: str, cause: Cause) -> None:
        """A read of this kind got no good answer. To be asked to slow down is none: that kind pauses by itself."""
        if cause is Cause.RATE:
            self._failing.discard(what)
            if not self._failing:
                self._began_at = self._answered_s = None
            return
        if self._began_at is None:
            self._began_at = self._ctx.clock.now()
        self._answered_s = None
        self._failing.add(what)

    def forget(self) -> None:
        """Something of this computer stood in the way, its disk for one: how long that takes is not the provider's."""
        self._failing.clear()
        self._began_at = self._answered_s = None

    async def answered(self, what: str) -> None:
        """A read of this kind was answered well; after an outage, whatever else failed is read at once.

        An outage is over when everything has been answered without a failure in between.
        """
        if self._began_at is None:
            return
        now_s, is_first = self._ctx.clock.monotonic(), self._answered_s is None
        answered_s = self._answered_s = now_s if self._answered_s is None else self._answered_s
        self._failing.discard(what)
        if self._failing:
            if is_first:
                self._hurry(set(self._failing))
            return
        began, ended = self._began_at, self._ctx.clock.now()
        self._began_at = self._answered_s = None
        self._over()
        await self._ctx.db.write(
            lambda u: accounts.note_outage(u, self._account_id, began=began, ended=ended, recovery_s=now_s - answered_s)
        )
