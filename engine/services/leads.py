"""Leads: import, list, export, exclude."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from engine.domain.csv_export import csv_lines
from engine.domain.enrolment import Stage
from engine.errors import StorageError, UserError
from engine.services import import_undo, importing
from engine.services.campaigns import Campaigns
from engine.services.context import Context
from engine.services.import_applying import ImportOutcome
from engine.services.importing import Progress
from engine.services.lead_changes import exclude_leads
from engine.services.lead_rows import LeadRow, lead_row
from storage.queries import lead_lists
from storage.repositories import campaigns, leads
from storage.tables import enrolment
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
            try:
                outcome = await importing.import_csv(self._ctx, file, target, progress=progress)
            except Exception:
                with contextlib.suppress(StorageError):  # then the next start or import takes it back
                    await import_undo.take_back(self._ctx, target.batch_id)
                raise
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
    with path.open("w", encoding="utf-8", newline="") as handle:
        handle.writelines(csv_lines(rows))


def _exclude(uow: UnitOfWork, lead_id: int, reason: str, now: datetime) -> int:
    return len(exclude_leads(uow, [lead_id], reason, now))
