"""Taking an import back: what it added goes, what it changed is restored, unless something has happened since.

Chunk by chunk, each a transaction of its own: enrolments first, then changed values, then the leads, so that a cut
anywhere leaves nothing that can't be taken back by beginning again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from engine.errors import NotFound, Refused
from engine.services.context import Context
from engine.services.import_applying import CUSTOM
from storage.repositories import activity, imports, leads
from storage.repositories import import_undo as undo
from storage.unit_of_work import UnitOfWork

T = TypeVar("T")
CHUNK = 1000
Progress = Callable[[int, int], None]


@dataclass(kw_only=True)
class TakenBack:
    """What an undo did. `leads_kept` and `values_kept`: something has happened to them since, so they stay."""

    leads: int = 0
    leads_kept: int = 0
    values: int = 0
    values_kept: int = 0
    enrolments: int = 0
    enrolments_kept: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the import stays."""
        return not (self.leads_kept or self.values_kept or self.enrolments_kept)


async def take_back(ctx: Context, batch_id: int, progress: Progress | None = None) -> TakenBack:
    """Take a batch back. Raises: NotFound, Refused."""
    found = await ctx.db.look(lambda u: imports.find(u, batch_id))
    if found is None:
        raise NotFound("There is no such import.")
    if found.undone_ms is not None:
        raise Refused("This import has been taken back already.")
    await ctx.db.write(lambda u: undo.begin(u, batch_id))
    parts = await ctx.db.read(lambda c: undo.parts(c, batch_id))
    done, total = 0, sum(map(len, (parts.enrolments, parts.changes, parts.leads))) or 1
    outcome = TakenBack()
    for ids, step in (
        (parts.enrolments, partial(_enrolments, now=ctx.clock.now())),
        (parts.changes, _values),
        (parts.leads, partial(_leads, batch_id=batch_id)),
    ):
        for first in range(0, len(ids), CHUNK):
            some = ids[first : first + CHUNK]
            await ctx.db.write(partial(step, ids=some, outcome=outcome))
            done += len(some)
            if progress is not None:
                progress(done, total)
    await ctx.db.write(lambda u: _end(u, batch_id, found.campaign_id, outcome, ctx.clock.now()))
    ctx.wakes.all()
    return outcome


async def take_back_unfinished(ctx: Context) -> None:
    """Take back every import that was cut short."""
    for batch_id in await ctx.db.read(undo.unfinished):
        await take_back(ctx, batch_id)


def _enrolments(uow: UnitOfWork, *, ids: Sequence[int], outcome: TakenBack, now: datetime) -> None:
    removed = undo.remove_enrolments(uow, ids, now)
    outcome.enrolments += removed
    outcome.enrolments_kept += len(ids) - removed


def _values(uow: UnitOfWork, *, ids: Sequence[int], outcome: TakenBack) -> None:
    """Restore the newest change first; a value that somebody has changed since stays."""
    for change in undo.changes(uow, ids):
        row = leads.rows(uow, [change.lead_id])[change.lead_id]
        custom = json.loads(row.custom)
        is_custom = change.field.startswith(CUSTOM)
        name = change.field.removeprefix(CUSTOM)
        if row.forgotten_ms is not None or (custom.get(name) if is_custom else getattr(row, name)) != change.new:
            outcome.values_kept += 1
            continue
        if not is_custom:
            leads.change(uow, change.lead_id, {name: change.old or ""}, None)
        else:
            rest = {key: value for key, value in custom.items() if key != name}
            leads.change(uow, change.lead_id, {}, rest if change.old is None else {**custom, name: change.old})
        outcome.values += 1
    undo.forget_changes(uow, ids)


def _leads(uow: UnitOfWork, *, ids: Sequence[int], outcome: TakenBack, batch_id: int) -> None:
    removed = undo.remove_leads(uow, ids, batch_id)
    outcome.leads += removed
    outcome.leads_kept += len(ids) - removed


def _end(uow: UnitOfWork, batch_id: int, campaign_id: int | None, outcome: TakenBack, now: datetime) -> None:
    undo.end(uow, batch_id, now)
    if campaign_id is not None:
        undo.settle_campaign(uow, campaign_id, now)
        words = f"An import was taken back: {outcome.leads} leads removed, {outcome.leads_kept} kept."
        activity.note(uow, now, "import_undone", words, campaign_id=campaign_id)
