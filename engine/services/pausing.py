"""Pause and resume: committed first, then told to the last look before a request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import update

from engine.errors import StorageError
from engine.services.context import Context
from storage.repositories import activity, campaigns, enrolments, state
from storage.tables import campaign
from storage.unit_of_work import UnitOfWork


class Pausing:
    """After a pause has returned no new request starts; at most one per account is already on the wire."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def pause_all(self) -> None:
        """Pause everything."""
        await self._set_all(True)

    async def resume_all(self) -> None:
        """Go on."""
        await self._set_all(False)

    async def pause_campaign(self, name: str, what: str = "all") -> None:
        """Pause a campaign: `all`, only `invitations`, or only `follow_ups`. Raises: NotFound, Refused."""
        now = self._ctx.clock.now()
        await self._changed(lambda u: _pause_campaign(u, campaigns.find(u, name), what, now))

    async def resume_campaign(self, name: str) -> None:
        """Go on with a paused campaign. Raises: NotFound, Refused."""
        now = self._ctx.clock.now()
        await self._changed(lambda u: _resume_campaign(u, campaigns.find(u, name), now))

    async def _set_all(self, is_paused: bool) -> None:
        now = self._ctx.clock.now()

        def change(uow: UnitOfWork) -> int:
            state.set_paused(uow, is_paused)
            activity.note(
                uow,
                now,
                "paused" if is_paused else "resumed",
                "Everything was paused." if is_paused else "Everything goes on.",
            )
            return state.load(uow).pause_epoch

        was_paused, self._ctx.is_paused = self._ctx.is_paused, self._ctx.is_paused or is_paused
        try:
            self._ctx.pause_epoch = await self._ctx.db.write(change)
        except StorageError:
            self._ctx.is_paused = was_paused
            raise
        self._ctx.is_paused = is_paused
        self._ctx.wakes.all()

    async def _changed(self, change: Callable[[UnitOfWork], None]) -> None:
        def run(uow: UnitOfWork) -> int:
            change(uow)
            state.raise_pause_epoch(uow)
            return state.load(uow).pause_epoch

        self._ctx.pause_epoch = await self._ctx.db.write(run)
        self._ctx.wakes.all()


def _pause_campaign(uow: UnitOfWork, row: campaigns.CampaignRow, what: str, now: datetime) -> None:
    campaigns.need_state(row, ("running", "paused"), "paused")
    values = {"state": "paused", "pause": "all"} if what == "all" else {"state": "running", "pause": what}
    uow.connection.execute(update(campaign).where(campaign.c.id == row.campaign_id).values(**values))
    activity.note(uow, now, "campaign_paused", f"Paused: {what.replace('_', '-')}.", campaign_id=row.campaign_id)
    uow.changed("campaign", row.campaign_id)


def _resume_campaign(uow: UnitOfWork, row: campaigns.CampaignRow, now: datetime) -> None:
    campaigns.need_state(row, ("running", "paused"), "resumed")
    uow.connection.execute(
        update(campaign).where(campaign.c.id == row.campaign_id).values(state="running", pause="none")
    )
    activity.note(uow, now, "campaign_resumed", "Goes on.", campaign_id=row.campaign_id)
    uow.changed("campaign", row.campaign_id)
    enrolments.finish_if_over(uow, row.campaign_id, now)
