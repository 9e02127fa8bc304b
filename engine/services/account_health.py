"""What a refused read says about an account as a whole."""

from __future__ import annotations

from engine.errors import Cause
from engine.services.context import Context
from engine.services.sending.recording import ACCOUNT_STATUS
from storage.queries.lane import read_account
from storage.repositories import accounts


async def note_account_trouble(ctx: Context, account_id: int, cause: Cause, why: str) -> None:
    """Stop an account whose read was refused for a reason that concerns it whole."""
    status = ACCOUNT_STATUS.get(cause)
    if status is None:
        return
    found = await ctx.db.read(lambda c: read_account(c, account_id))
    if found.status not in (status, "removed"):
        await ctx.db.write(lambda u: accounts.set_status(u, account_id, status, why, ctx.clock.now()))
