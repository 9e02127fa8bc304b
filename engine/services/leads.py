"""Leads: import, list, export, exclude, forget."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, select, update

from engine.domain.csv_export import csv_lines
from engine.domain.enrolment import Stage
from engine.errors import Refused, UserError
from engine.services import import_undo, importing
from engine.services.campaigns import Campaigns
from engine.services.context import Context
from engine.services.import_applying import ImportOutcome
from engine.services.importing import Progress
from engine.services.lead_changes import exclude_leads
from engine.services.lead_rows import LeadRow, lead_row
from storage.column_types import to_ms
from storage.queries import import_lists, lead_lists
from storage.repositories import activity, campaigns, leads, own_texts
from storage.repositories.leads import TEXT_FIELDS
from storage.tables import activity as activity_table
from storage.tables import approval, delivery, enrolment, forgotten, import_change, lead_alias, message
from storage.unit_of_work import UnitOfWork

EXPORT_HEADER = (
    "lead", "public_identifier", "first_name", "last_name", "company", "title", "campaign", "account",
    "stage", "invited_at", "connected_at", "messages_sent", "replied_at", "reason",
)  # fmt: skip


class Leads:
    """Use cases about leads."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def import_file(
        self,
        path: Path,
        campaign_name: str | None,
        *,
        columns: Mapping[str, str] | None = None,
        is_dry_run: bool = False,
        progress: Progress | None = None,
    ) -> ImportOutcome:
        """Import a CSV; importing the same file again changes nothing. Raises: BadFile, UserError."""
        row = None
        if campaign_name is not None:
            row = await self._ctx.db.look(lambda u: campaigns.find(u, campaign_name))
            campaigns.need_state(row, ("draft", "running", "paused", "finished"), "filled")
        file = await asyncio.to_thread(importing.open_csv, path, dict(columns or {}))
        goes_on = row is not None and await takes_up_at_once(self._ctx, row)
        if is_dry_run:
            return await importing.import_csv(self._ctx, file, None, progress=progress)
        async with self._ctx.imports:
            await import_undo.take_back_unfinished(self._ctx)
            now = self._ctx.clock.now()
            target = await self._ctx.db.write(lambda u: importing.begin_batch(u, path.name, row, file.columns, now))
            outcome = await importing.import_csv(self._ctx, file, target, progress=progress)
        if row is not None and goes_on and outcome.new + outcome.merged:
            await Campaigns(self._ctx).take_up(row.name)
        return outcome

    async def list(self, *, campaign: str | None = None, stage: str | None = None) -> list[LeadRow]:
        """Return a row per enrolment. Raises: NotFound, UserError."""
        if stage is not None and stage not in set(Stage):
            raise UserError(f"There is no stage “{stage}”.", f"There are {', '.join(s.value for s in Stage)}.")
        campaign_id = None
        if campaign is not None:
            campaign_id = (await self._ctx.db.look(lambda u: campaigns.find(u, campaign))).campaign_id
        rows = await self._ctx.db.read(lambda c: lead_lists.enrolment_rows(c, campaign_id=campaign_id, stage=stage))
        return [lead_row(r) for r in rows]

    async def export(self, path: Path, *, campaign: str | None = None) -> int:
        """Write leads as CSV that no spreadsheet takes for formulas. Returns the number of rows."""
        rows = await self.list(campaign=campaign)
        table = [list(EXPORT_HEADER), *([_cell(getattr(r, name)) for name in EXPORT_HEADER] for r in rows)]
        try:
            await asyncio.to_thread(_write, path, table)
        except OSError as error:
            raise UserError(
                f"{path} can't be written ({error.strerror}).", "Check the path and its permissions."
            ) from error
        return len(rows)

    async def exclude(self, name: str, reason: str) -> int:
        """Stop a person in every campaign. Returns in how many. Raises: NotFound, Refused."""
        now = self._ctx.clock.now()
        count = await self._ctx.db.write(lambda u: _exclude(u, leads.find(u, name).id, reason, now))
        self._ctx.wakes.all()
        return count

    async def forget(self, name: str) -> None:
        """Erase a person's names and texts; they are never imported again. Raises: NotFound, Refused."""
        now = self._ctx.clock.now()
        await self._ctx.db.write(lambda u: _forget(u, leads.find(u, name).id, now))
        self._ctx.wakes.all()


async def takes_up_at_once(ctx: Context, row: campaigns.CampaignRow) -> bool:
    """Whether new leads of a campaign go at once: it has begun, and nobody waits for the next Start."""
    if row.state == "draft":
        return False
    waiting = select(enrolment.c.id).where(
        enrolment.c.campaign_id == row.campaign_id,
        enrolment.c.started_ms.is_(None),
        enrolment.c.is_active == 1,
        enrolment.c.attention_why == "",
    )
    return await ctx.db.read(lambda c: c.execute(waiting.limit(1)).first() is None)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        handle.writelines(csv_lines(rows))


def _exclude(uow: UnitOfWork, lead_id: int, reason: str, now: datetime) -> int:
    return len(exclude_leads(uow, [lead_id], reason, now))


def _forget(uow: UnitOfWork, lead_id: int, now: datetime) -> None:
    if leads.rows(uow, [lead_id])[lead_id].forgotten_ms is not None:
        raise Refused("This person has been forgotten already.")
    is_open = uow.connection.execute(
        select(delivery.c.id).where(
            delivery.c.lead_id == lead_id, delivery.c.state.in_(("claimed", "sending", "unknown", "human"))
        )
    ).first()
    if is_open is not None:
        raise Refused("A send to this person is still open.", "Answer it first under “Needs you”.")
    _exclude(uow, lead_id, "forgotten", now)
    salt = import_lists.forget_salt(uow.connection)
    aliases = uow.connection.execute(select(lead_alias.c.alias).where(lead_alias.c.lead_id == lead_id)).scalars().all()
    uow.connection.execute(insert(forgotten), [{"identity_hash": import_lists.identity_hash(salt, a)} for a in aliases])
    uow.connection.execute(lead_alias.delete().where(lead_alias.c.lead_id == lead_id))
    blank: dict[str, object] = dict.fromkeys(TEXT_FIELDS, "")
    gone = {
        "custom": "{}",
        "note": "",
        "public_identifier": None,
        "provider_id": None,
        "identity_key": f"forgotten:{lead_id}",
    }
    leads.write(uow, lead_id, {**blank, **gone, "forgotten_ms": to_ms(now)})
    uow.connection.execute(
        update(delivery).where(delivery.c.lead_id == lead_id).values(body=None, evidence="", reason="")
    )
    of_person = select(delivery.c.id).where(delivery.c.lead_id == lead_id)
    uow.connection.execute(
        update(approval).where(approval.c.delivery_id.in_(of_person)).values(body=None, lead_values="{}")
    )
    uow.connection.execute(message.delete().where(message.c.lead_id == lead_id))
    own_texts.forget(uow, lead_id)
    uow.connection.execute(import_change.delete().where(import_change.c.lead_id == lead_id))
    uow.connection.execute(activity_table.delete().where(activity_table.c.lead_id == lead_id))
    activity.note(uow, now, "forgotten", "This person was forgotten.", lead_id=lead_id)
    uow.changed("lead", lead_id)
