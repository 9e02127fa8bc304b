"""Campaigns: add from a file, check every text, start, export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, func, select

from engine.domain.approvals import MOST_ASKED
from engine.domain.campaign_file import CampaignDraft, HoursDraft, format_campaign, parse_campaign
from engine.domain.enrolment import Stage
from engine.domain.sequences import Sequence
from engine.errors import NotFound, Refused
from engine.services import preflight, start_forecasts, starting
from engine.services.context import Context
from engine.services.preflight import Preflight
from engine.services.start_forecasts import StartForecast
from storage.column_types import days_text, maybe_from_ms, minute_of, time_of
from storage.queries import campaign_lists
from storage.queries.campaign_lists import CampaignLine
from storage.repositories import accounts, activity, campaigns
from storage.tables import account
from storage.unit_of_work import UnitOfWork

CHUNK = 500
"""Enrolments a transaction, so that a send never waits long for a start."""


@dataclass(frozen=True, kw_only=True)
class Started:
    """What Start did: how many go, and who is held and why."""

    contacted: int
    held: tuple[preflight.HeldLead, ...]
    is_stopped: bool = False
    """Told to stop before everybody was reached."""


class Campaigns:
    """Use cases about campaigns."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def add(self, text: str) -> tuple[int, str]:
        """Add a draft from a campaign file. Returns its id and name. Raises: BadFile, Refused, NotFound."""
        draft = parse_campaign(text)
        now = self._ctx.clock.now()
        return await self._ctx.db.write(lambda u: _add(u, draft, now)), draft.name

    async def export(self, name: str, *, with_account: bool = True) -> str:
        """Return a campaign as the text of a campaign file; without its account it fits any data folder."""
        return await self._ctx.db.look(lambda u: _export(u, campaigns.find(u, name), with_account))

    async def list(self) -> list[CampaignLine]:
        """Return every campaign that isn't archived, with its counts."""
        return await self._ctx.db.read(campaign_lists.campaign_lines)

    async def show(self, name: str) -> dict[str, Any]:
        """Return a campaign's state, steps and counts by stage."""
        row = await self._ctx.db.look(lambda u: campaigns.find(u, name))
        return await self._ctx.db.read(lambda c: _shown(c, row))

    async def check(self, name: str, *, progress: Callable[[int, int], None] | None = None) -> Preflight:
        """Render every lead × step; nothing is changed."""
        row = await self._ctx.db.look(lambda u: campaigns.find(u, name))
        return await preflight.check_campaign(self._ctx, row, progress=progress)

    async def start(
        self,
        name: str,
        *,
        first: int | None = None,
        ask: int | None = None,
        progress: Callable[[int, int], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Started:
        """Start with everybody who isn't held, or with the first few; `ask`: ask before each of so many first sends.

        `should_stop` is asked between chunks: nobody is reached after it says so, and a campaign of which nobody was
        reached is what it was before. Raises: Refused.
        """
        if ask is not None and not 0 <= ask <= MOST_ASKED:
            raise Refused("That many questions can't be asked.", f"Ask before the first 1 to {MOST_ASKED} sends.")
        found = await self._ctx.db.look(lambda u: campaigns.find(u, name))
        campaigns.need_state(found, ("draft", "running", "finished"), "started")
        return await self.take_up(name, first=first, ask=ask, progress=progress, should_stop=should_stop)

    async def take_up(
        self,
        name: str,
        *,
        first: int | None = None,
        ask: int | None = None,
        progress: Callable[[int, int], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Started:
        """Plan whoever isn't planned yet; a paused campaign stays paused. Raises: Refused.

        Cut short anywhere, it is ended by `finish_starts`, or by being given again.
        """
        async with self._ctx.starts, self._ctx.imports:  # nobody is imported or taken back meanwhile
            return await self._take_up(name, first, ask, progress, should_stop)

    async def _take_up(
        self,
        name: str,
        first: int | None,
        ask: int | None,
        progress: Callable[[int, int], None] | None,
        should_stop: Callable[[], bool],
    ) -> Started:
        now = self._ctx.clock.now()
        before, row = await self._ctx.db.write(lambda u: _prepared(u, name, now, first, ask))
        try:
            checked = await preflight.check_campaign(self._ctx, row, progress=progress, should_stop=should_stop)
        except preflight.Stopped:
            await self._ctx.db.write(lambda u: starting.give_up(u, before))
            return Started(contacted=0, held=(), is_stopped=True)
        held = await self._ctx.db.write(lambda u: starting.hold(u, row, checked.held, now))
        is_stopped = False
        while await self._ctx.db.write(
            partial(starting.start_chunk, campaign_id=row.campaign_id, size=CHUNK, now=self._ctx.clock.now())
        ):
            if should_stop():
                is_stopped = True
                break
        contacted = await self._ctx.db.write(lambda u: starting.begin(u, row, len(held), self._ctx.clock.now()))
        self._ctx.wakes.all()
        return Started(contacted=contacted, held=held, is_stopped=is_stopped)

    async def finish_starts(self) -> None:
        """Go on with every Start that was cut short."""
        for name, left in await self._ctx.db.read(starting.unfinished):
            await self.take_up(name, first=left)

    async def forecast_start(self, name: str, *, people: int | None = None) -> StartForecast:
        """Return what a Start would do, for everybody who waits for one or the first few; nothing is changed.

        Raises: NotFound, Refused.
        """
        now, allowance = self._ctx.clock.now(), self._ctx.clock.write_allowance()
        return await self._ctx.db.look(lambda u: start_forecasts.forecast(u, name, people, now, allowance))


def _add(uow: UnitOfWork, draft: CampaignDraft, now: datetime) -> int:
    account_id = accounts.find(uow, draft.account).id if draft.account and _has_accounts(uow) else None
    values: dict[str, Any] = {
        "name": draft.name,
        "account_id": account_id,
        "weight": draft.weight,
        "pause": draft.pause or "none",
    }
    if draft.hours is not None:
        values |= {
            "time_zone": draft.hours.time_zone,
            "days": days_text(draft.hours.days),
            "start_minute": minute_of(draft.hours.start),
            "end_minute": minute_of(draft.hours.end),
        }
    campaign_id = campaigns.add(uow, values, Sequence(steps=draft.steps), now)
    activity.note(uow, now, "campaign_added", "Added as a draft.", campaign_id=campaign_id)
    return campaign_id


def _prepared(
    uow: UnitOfWork, name: str, now: datetime, first: int | None, ask: int | None
) -> tuple[campaigns.CampaignRow, campaigns.CampaignRow]:
    before = campaigns.find(uow, name)
    return before, starting.prepare(uow, before, now, first=first, ask=ask)


def _has_accounts(uow: UnitOfWork) -> bool:
    return bool(
        uow.connection.execute(
            select(func.count()).select_from(account).where(account.c.removed_ms.is_(None))
        ).scalar_one()
    )


def _export(uow: UnitOfWork, row: campaigns.CampaignRow, with_account: bool) -> str:
    name = None
    if with_account and row.account_id is not None:
        name = uow.connection.execute(select(account.c.name).where(account.c.id == row.account_id)).scalar_one()
    hours = None
    if row.time_zone and row.days and row.start_minute is not None and row.end_minute is not None:
        from engine.domain.working_hours import DAY_NAMES

        days = frozenset(DAY_NAMES.index(d) for d in row.days.split(","))
        hours = HoursDraft(
            time_zone=row.time_zone, days=days, start=time_of(row.start_minute), end=time_of(row.end_minute)
        )
    draft = CampaignDraft(
        name=row.name,
        account=name,
        hours=hours,
        steps=row.sequence.steps,
        weight=row.weight,
        pause=None if row.pause == "none" else row.pause,
    )
    return format_campaign(draft)


def _shown(connection: Connection, row: campaigns.CampaignRow) -> dict[str, Any]:
    line = next(
        (x for x in campaign_lists.campaign_lines(connection, with_archived=True) if x.campaign_id == row.campaign_id),
        None,
    )
    if line is None:
        raise NotFound(f"There is no campaign “{row.name}”.")
    return {
        "name": row.name,
        "state": row.state,
        "pause": row.pause,
        "account": line.account,
        "leads": line.leads,
        "stages": {s.value: line.stages.get(s.value, 0) for s in Stage},
        "steps": [
            {
                "key": s.key,
                "kind": s.kind,
                "wait": str(s.wait),
                "sent": campaign_lists.sent_of_step(connection, row.campaign_id, s.key),
            }
            for s in row.sequence.steps
        ],
        "next_at": maybe_from_ms(line.next_ms),
        "why": line.why,
    }
