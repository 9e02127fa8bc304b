"""The end of a campaign: its plans go and its people are free, its ledger stays; open rows are still settled.

The state is the first commit: from then on nothing of it is claimed or armed. Its people follow in parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, select, update

from engine.domain.ledger import OPEN_STATES
from engine.errors import Refused
from engine.services.context import Context
from storage.column_types import to_ms
from storage.repositories import activity, campaigns, enrolments, state
from storage.repositories.campaigns import CampaignRow
from storage.tables import campaign, campaign_start, delivery, enrolment, lead_claim
from storage.unit_of_work import UnitOfWork

CHUNK = 10
"""Leads a transaction: Pause waits for the one under way, and returns within 100 ms."""
WORDS = "the campaign is archived"
ENDED = ("responded", "excluded", "withdrawn", "completed")
"""Stages that an enrolment has reached for good: leaving the archive changes nothing of them."""


@dataclass(frozen=True, kw_only=True)
class Archived:
    """A campaign that was archived, and what it was before."""

    campaign_id: int
    name: str
    state: str
    finished_ms: int | None


class Archiving:
    """Archive and leave the archive."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def archive(self, name: str) -> Archived:
        """End a campaign; its ledger stays, open rows are still settled. Raises: NotFound, Refused."""
        now = self._ctx.clock.now()
        done, self._ctx.pause_epoch = await self._ctx.db.write(lambda u: _archive(u, campaigns.find(u, name), now))
        await self.finish()
        return done

    async def take_back(self, done: Archived) -> None:
        """Let a campaign be what it was before it was archived. Raises: Refused."""
        await self._leave(done.campaign_id, done.state, done.finished_ms)

    async def unarchive(self, name: str) -> str:
        """Take a campaign out of the archive, paused; a draft is a draft again. Returns its state. Raises: NotFound."""
        row = await self._ctx.db.look(lambda u: campaigns.find(u, name))
        was_started = await self._ctx.db.read(lambda c: _was_started(c, row.campaign_id))
        new = "paused" if was_started else "draft"
        await self._leave(row.campaign_id, new, None)
        return new

    async def finish(self) -> None:
        """Free everybody of archived campaigns, and plan who came out of the archive and was not reached then.

        Who has an open row is freed when it is settled.
        """
        await self._in_parts(await self._ctx.db.read(_left_over), _free_some)
        await self._in_parts(await self._ctx.db.read(_not_back), _replan_some)

    async def _leave(self, campaign_id: int, new: str, finished_ms: int | None) -> None:
        now = self._ctx.clock.now()
        await self._ctx.db.write(lambda u: _unarchive(u, campaigns.get(u, campaign_id), new, finished_ms, now))
        await self._in_parts(await self._ctx.db.read(lambda c: _stopped(c, campaign_id)), _replan_some)

    async def _in_parts(self, ids: Sequence[int], change: Callable[..., None]) -> None:
        for start in range(0, len(ids), CHUNK):
            now = self._ctx.clock.now()
            await self._ctx.db.write(partial(change, ids=ids[start : start + CHUNK], now=now))
        self._ctx.wakes.all()


def _archive(uow: UnitOfWork, row: CampaignRow, now: datetime) -> tuple[Archived, int]:
    if row.state == "archived":
        raise Refused(f"“{row.name}” is archived already.")
    of = campaign.c.id == row.campaign_id
    finished_ms = uow.connection.execute(select(campaign.c.finished_ms).where(of)).scalar_one()
    uow.connection.execute(update(campaign).where(of).values(state="archived", finished_ms=to_ms(now)))
    uow.connection.execute(campaign_start.delete().where(campaign_start.c.campaign_id == row.campaign_id))
    uow.connection.execute(
        update(delivery)
        .where(delivery.c.campaign_id == row.campaign_id, delivery.c.state == "planned")
        .values(state="cancelled", reason="the campaign was archived")
    )
    activity.note(uow, now, "campaign_archived", "Archived.", campaign_id=row.campaign_id)
    state.raise_pause_epoch(uow)
    uow.changed("campaign", row.campaign_id)
    done = Archived(campaign_id=row.campaign_id, name=row.name, state=row.state, finished_ms=finished_ms)
    return done, state.load(uow).pause_epoch


def _unarchive(uow: UnitOfWork, row: CampaignRow, new: str, finished_ms: int | None, now: datetime) -> None:
    campaigns.need_state(row, ("archived",), "taken out of the archive")
    values = {"state": new, "finished_ms": finished_ms} | ({"pause": "all"} if new == "paused" else {})
    uow.connection.execute(update(campaign).where(campaign.c.id == row.campaign_id).values(**values))
    activity.note(uow, now, "campaign_unarchived", "Taken out of the archive.", campaign_id=row.campaign_id)
    uow.changed("campaign", row.campaign_id)


def _free_some(uow: UnitOfWork, *, ids: Sequence[int], now: datetime) -> None:
    """End enrolments of an archived campaign, in a few statements what planning each anew would do."""
    busy = select(delivery.c.enrolment_id).where(
        delivery.c.enrolment_id.in_(ids), delivery.c.state.in_(sorted(OPEN_STATES))
    )
    open_ids = set(uow.connection.execute(busy).scalars())
    free = [i for i in ids if i not in open_ids]
    ended = {"is_active": 0, "next_action": None, "next_ms": None, "next_why": WORDS, "wake_ms": None}
    uow.connection.execute(update(enrolment).where(enrolment.c.id.in_(free)).values(**ended))
    freed = lead_claim.delete().where(lead_claim.c.enrolment_id.in_(free)).returning(lead_claim.c.lead_id)
    leads = uow.connection.execute(freed).scalars().all()
    waiting = select(enrolment.c.id).where(
        enrolment.c.lead_id.in_(leads), enrolment.c.is_active == 1, enrolment.c.started_ms.is_not(None)
    )
    others = set(uow.connection.execute(waiting).scalars()) - set(ids)
    uow.changed("enrolment", *free)
    for enrolment_id in [*sorted(open_ids), *sorted(others)]:
        enrolments.replan(uow, enrolment_id, now)


def _replan_some(uow: UnitOfWork, *, ids: Sequence[int], now: datetime) -> None:
    for enrolment_id in ids:
        enrolments.replan(uow, enrolment_id, now)


def _left_over(connection: Connection) -> Sequence[int]:
    rows = (
        select(enrolment.c.id)
        .join(campaign, campaign.c.id == enrolment.c.campaign_id)
        .where(campaign.c.state == "archived", enrolment.c.is_active == 1)
        .order_by(enrolment.c.id)
    )
    return connection.execute(rows).scalars().all()


def _not_back(connection: Connection) -> Sequence[int]:
    """Return who still waits for an archive that their campaign has left: that was cut short."""
    rows = (
        select(enrolment.c.id)
        .join(campaign, campaign.c.id == enrolment.c.campaign_id)
        .where(campaign.c.state != "archived", enrolment.c.next_why == WORDS, enrolment.c.stage.not_in(ENDED))
        .order_by(enrolment.c.id)
    )
    return connection.execute(rows).scalars().all()


def _stopped(connection: Connection, campaign_id: int) -> Sequence[int]:
    rows = select(enrolment.c.id).where(enrolment.c.campaign_id == campaign_id, enrolment.c.stage.not_in(ENDED))
    return connection.execute(rows.order_by(enrolment.c.id)).scalars().all()


def _was_started(connection: Connection, campaign_id: int) -> bool:
    started = select(enrolment.c.id).where(enrolment.c.campaign_id == campaign_id, enrolment.c.started_ms.is_not(None))
    return connection.execute(started.limit(1)).first() is not None
