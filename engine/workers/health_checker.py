"""An account's health: whether it is connected, and when a disconnected one works again."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.errors import Cause, KeyringError, ProviderError
from engine.services.account_health import note_account_trouble
from engine.services.context import Context
from engine.workers.read_health import ACCOUNT, ReadHealth
from storage.queries.lane import read_account
from storage.repositories import accounts

WHILE_OK = timedelta(minutes=30)
WHILE_TROUBLED = timedelta(minutes=5)
SHORTEST_S = 0.5
"""Real seconds between two checks, however much practice hurries."""
COMES_BACK = ("disconnected", "connecting", "unknown", "key")
"""What ends by itself when the account is healthy and one live read works; a restriction needs the person."""


class HealthChecker:
    """Asks the provider how one account is."""

    def __init__(self, ctx: Context, account_id: int, reads: ReadHealth) -> None:
        self._ctx = ctx
        self._account_id = account_id
        self._reads = reads
        self._wake = ctx.wakes.new()
        self._next_at: datetime | None = None

    async def run(self) -> None:
        """Ask now and then; sooner while something is wrong."""
        clock = self._ctx.clock
        while not self._ctx.is_stopping:
            self._wake.clear()
            now = clock.now()
            if self._next_at is None or self._next_at <= now or not await self._is_ok_by_status():
                is_ok = await self.check()
                shortest = timedelta(seconds=SHORTEST_S * clock.speed)
                self._next_at = clock.now() + max(WHILE_OK if is_ok else WHILE_TROUBLED, shortest)
                if not is_ok:
                    await clock.pause(SHORTEST_S)
            await clock.wait(self._next_at, self._wake)

    async def _is_ok_by_status(self) -> bool:
        found = await self._ctx.db.read(lambda c: read_account(c, self._account_id))
        return found.status in ("ok", "restricted", "removed")

    async def check(self) -> bool:
        """Ask once; record what changed. Returns whether the account works."""
        ctx = self._ctx
        found = await ctx.db.read(lambda c: read_account(c, self._account_id))
        if found.status == "removed":
            return True
        try:
            with ctx.clock.held():
                provider = await ctx.connections.provider(found.address)
                info = await provider.account(found.provider_account_id)
                if info.is_healthy and found.status in COMES_BACK:
                    await provider.own_profile(found.provider_account_id)
        except (ProviderError, KeyringError) as error:
            cause = getattr(error, "cause", Cause.KEY)
            if cause is Cause.NOT_FOUND:
                await self._set("disconnected", "Unipile doesn't know this account any more")
            await note_account_trouble(ctx, self._account_id, cause, error.title)
            return False
        if not info.is_healthy:
            status = "connecting" if "CONNECTING" in info.source_statuses else "disconnected"
            await self._set(status, f"LinkedIn says {', '.join(info.source_statuses) or 'nothing'}")
            return False
        if found.status in COMES_BACK:
            await self._set("ok", "")
        await self._reads.answered(ACCOUNT)
        return found.status != "restricted"

    async def _set(self, status: str, why: str) -> None:
        now = self._ctx.clock.now()
        if await self._ctx.db.write(lambda u: accounts.set_status(u, self._account_id, status, why, now)):
            self._ctx.wakes.all()
