"""Campaigns that are being written: made from a template, edited, copied, deleted; and what their preview shows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence as Listed
from dataclasses import dataclass
from functools import partial

from engine.domain.campaign_file import LONGEST_NAME_CHARS, checked_name
from engine.domain.sequence_rules import findings
from engine.domain.sequences import Sequence, Step
from engine.domain.working_hours import WorkingHours
from engine.services import previews
from engine.services.context import Context
from engine.services.previews import EmptyCounts, PreviewLead
from engine.services.sequence_changes import STARTED
from engine.services.sequence_templates import SequenceTemplate, find_template, load_templates
from storage.repositories import activity, campaigns, drafts
from storage.repositories.drafts import DeletedDraft
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class OpenDraft:
    """A campaign as its page shows it. `hours` None: no account says when yet."""

    campaign_id: int
    name: str
    state: str
    sequence: Sequence
    is_editable: bool
    can_change: bool
    """Whether a change is saved as a new version: the campaign has been started."""
    is_paid: bool
    has_account: bool
    hours: WorkingHours | None
    leads: int
    unsaved: Sequence | None
    """How the sequence, in use, was being changed when it was left."""


class Drafts:
    """Use cases about campaigns that are being written."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def templates(self) -> tuple[SequenceTemplate, ...]:
        """Return the sequences to start from, the suggested one first."""
        return await asyncio.to_thread(load_templates)

    async def create(self, name: str, template: str) -> int:
        """Add a draft with a template's sequence. Returns its id. Raises: Refused, NotFound."""
        sequence = (await asyncio.to_thread(find_template, template)).sequence
        wanted, now = checked_name(name), self._ctx.clock.now()

        def add(uow: UnitOfWork) -> int:
            campaign_id = campaigns.add(uow, {"name": wanted}, sequence, now)
            activity.note(uow, now, "campaign_added", "Added as a draft.", campaign_id=campaign_id)
            return campaign_id

        return await self._ctx.db.write(add)

    async def open(self, campaign_id: int) -> OpenDraft:
        """Return a campaign and its newest sequence. Raises: NotFound."""
        return await self._ctx.db.look(lambda u: _opened(u, campaign_id))

    async def save(self, campaign_id: int, sequence: Sequence) -> None:
        """Keep an edited sequence, finished or not. Raises: Refused once somebody was started with it, NotFound."""
        await self._ctx.db.write(lambda u: drafts.save_sequence(u, drafts.by_id(u, campaign_id), sequence))

    async def keep_change(self, campaign_id: int, sequence: Sequence | None) -> None:
        """Keep how a sequence in use is being changed until it is saved as a version; None: not any more."""
        await self._ctx.db.write(lambda u: drafts.keep_unsaved(u, drafts.by_id(u, campaign_id), sequence))

    async def rename(self, campaign_id: int, name: str) -> str:
        """Give a campaign another name. Returns the name as kept. Raises: Refused, NotFound."""
        wanted = checked_name(name)
        await self._ctx.db.write(lambda u: drafts.rename(u, drafts.by_id(u, campaign_id), wanted))
        return wanted

    async def duplicate(self, campaign_id: int) -> tuple[int, str]:
        """Copy a campaign's sequence, account and hours into a new draft without leads. Returns its id and name."""
        now = self._ctx.clock.now()

        def copy(uow: UnitOfWork) -> tuple[int, str]:
            row = drafts.by_id(uow, campaign_id)
            name = drafts.free_name(uow, f"{row.name} copy", LONGEST_NAME_CHARS)
            values = {**drafts.kept_values(uow, campaign_id), "name": name}
            made = campaigns.add(uow, values, row.sequence, now)
            activity.note(uow, now, "campaign_added", f"Copied from “{row.name}”.", campaign_id=made)
            return made, name

        return await self._ctx.db.write(copy)

    async def delete(self, campaign_id: int) -> DeletedDraft:
        """Delete a draft; its leads stay. Returns what `restore` needs. Raises: Refused, NotFound."""
        return await self._ctx.db.write(lambda u: drafts.delete_draft(u, drafts.by_id(u, campaign_id)))

    async def restore(self, deleted: DeletedDraft) -> int:
        """Put a deleted draft back. Returns its new id. Raises: Refused when its name was taken meanwhile."""
        now = self._ctx.clock.now()
        return await self._ctx.db.write(lambda u: drafts.restore_draft(u, deleted, now))

    async def preview_leads(self, campaign_id: int) -> tuple[int, ...]:
        """Return the enrolments that a text can be shown for, in the order of the list."""
        return await self._ctx.db.read(lambda c: previews.lead_ids(c, campaign_id))

    async def preview_page(self, campaign_id: int, ids: Listed[int]) -> tuple[PreviewLead, ...]:
        """Return some of them with the values that their texts are written with."""
        sender, _ = await self._sender(campaign_id)
        return await self._ctx.db.read(lambda c: previews.page(c, ids, sender))

    async def empty_counts(self, campaign_id: int) -> EmptyCounts:
        """Count, for every variable, the leads that have nothing there; in chunks off the loop."""
        ids = await self.preview_leads(campaign_id)
        sender, _ = await self._sender(campaign_id)
        counting = previews.Counting()
        for chunk in previews.chunks(ids):
            await self._ctx.db.read(partial(previews.count_chunk, ids=chunk, sender=sender, counting=counting))
        return counting.counted()

    async def worst_first(self, campaign_id: int, step: Step) -> tuple[int, ...]:
        """Return the enrolments in the order of trouble with a step's text: held, then with defaults, then longest."""
        ids = await self.preview_leads(campaign_id)
        sender, is_paid = await self._sender(campaign_id)
        ranked: list[tuple[tuple[int, int, int], int]] = []
        for chunk in previews.chunks(ids):
            rank = partial(previews.rank_chunk, ids=chunk, sender=sender, step=step, is_paid=is_paid)
            ranked += await self._ctx.db.read(rank)
        return await asyncio.to_thread(lambda: tuple(enrolment_id for _, enrolment_id in sorted(ranked)))

    async def _sender(self, campaign_id: int) -> tuple[str, bool]:
        return await self._ctx.db.read(lambda c: previews.sender(c, campaign_id))


def _opened(uow: UnitOfWork, campaign_id: int) -> OpenDraft:
    row = drafts.by_id(uow, campaign_id)
    findings(row.sequence)  # reads the texts once here: the template library takes a quarter of a second to import
    settings = previews.account_settings(uow.connection, campaign_id)
    return OpenDraft(
        campaign_id=campaign_id,
        name=row.name,
        state=row.state,
        sequence=row.sequence,
        is_editable=drafts.is_editable(uow, row),
        can_change=row.state in STARTED,
        is_paid=settings.is_paid,
        has_account=settings.has_account,
        hours=settings.hours,
        leads=len(previews.lead_ids(uow.connection, campaign_id)),
        unsaved=drafts.unsaved(uow, row) if row.state in STARTED else None,
    )
