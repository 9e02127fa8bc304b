"""Changing the sequence of a campaign that has been started: looked at first, saved as a new version, taken back.

The version and who goes over to it are one commit. Each enrolment then follows in its own, at the latest before its
next row is claimed; a row that is open is finished in its old text first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, select

from engine.domain.campaign_file import parse_campaign
from engine.domain.sequence_change import Effect, change_of, with_own_keys
from engine.domain.sequence_rules import blocking
from engine.domain.sequences import Sequence as Steps
from engine.errors import Refused
from engine.services.context import Context
from engine.services.moving import finish_moves, parts
from storage.repositories import activity, campaigns, drafts, enrolments, leads, versions
from storage.repositories.campaigns import CampaignRow
from storage.tables import campaign_start
from storage.unit_of_work import UnitOfWork

LOOKED_AT = 500
NAMED = 200
STARTED = ("running", "paused", "finished")


@dataclass(frozen=True, kw_only=True)
class Affected:
    """One person and what the change means for them."""

    enrolment_id: int
    lead_id: int
    name: str
    effect: Effect


@dataclass(kw_only=True)
class ChangePreview:
    """Who is affected how; of each effect the first few are named."""

    counts: dict[Effect, int] = field(default_factory=lambda: dict.fromkeys(Effect, 0))
    people: list[Affected] = field(default_factory=list)
    open_rows: int = 0
    """Of whom a send is under way or unclear: it is finished in its old text first."""


@dataclass(frozen=True, kw_only=True)
class SavedChange:
    """A version that was made, and what taking it back needs."""

    campaign_id: int
    version_id: int
    n: int
    before_id: int
    moved: int
    followed: dict[int, int]
    """Which version each of them followed before."""


@dataclass(frozen=True, kw_only=True)
class Edited:
    """What an edit by file came to: the campaign's newest version, how many go over to it, who is affected how."""

    name: str
    version: int
    moved: int
    counts: dict[Effect, int]


class SequenceChanges:
    """Use cases about sequences that somebody is in the middle of."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def preview(self, campaign_id: int, sequence: Steps) -> ChangePreview:
        """Say who would be affected how; nothing is changed. Raises: Refused, NotFound."""
        ready = await self._ctx.db.look(lambda u: _ready(u, campaign_id, sequence)[1])
        shown = ChangePreview()
        ids = await self._ctx.db.read(partial(versions.active, campaign_id=campaign_id))
        for part in parts(ids, LOOKED_AT):
            await self._ctx.db.read(partial(_look_at, ids=part, sequence=ready, shown=shown))
        return shown

    async def save(self, campaign_id: int, sequence: Steps, *, for_new_only: bool = False) -> SavedChange:
        """Make a version: for everybody who isn't at the changed step yet, or for new leads only.

        Raises: Refused for a sequence that can't be sent or is the same, or a campaign that wasn't started; NotFound.
        """
        now = self._ctx.clock.now()
        done = await self._ctx.db.write(lambda u: _save(u, campaign_id, sequence, now, for_new_only=for_new_only))
        await finish_moves(self._ctx)
        return done

    async def edit(self, name: str, text: str, *, for_new_only: bool = False, is_dry_run: bool = False) -> Edited:
        """Give a campaign the steps of a file; a draft is changed in place. Raises: BadFile, Refused, NotFound."""
        sequence = Steps(steps=parse_campaign(text).steps)
        row = await self._ctx.db.look(lambda u: campaigns.find(u, name))
        version, moved, counts = 1, 0, dict.fromkeys(Effect, 0)
        if row.state != "draft":
            counts = (await self.preview(row.campaign_id, sequence)).counts
            version = (await self._ctx.db.look(lambda u: versions.newest(u, row)))[1]
        if not is_dry_run and row.state == "draft":
            await self._ctx.db.write(lambda u: drafts.save_sequence(u, row, sequence))
        elif not is_dry_run:
            done = await self.save(row.campaign_id, sequence, for_new_only=for_new_only)
            version, moved = done.n, done.moved
        return Edited(name=row.name, version=version, moved=moved, counts=counts)

    async def take_back(self, done: SavedChange) -> None:
        """Let everybody follow the version before again; what was sent stays sent. Raises: Refused."""
        now = self._ctx.clock.now()
        await self._ctx.db.write(lambda u: _take_back(u, done, now))
        await finish_moves(self._ctx)


def _ready(
    uow: UnitOfWork, campaign_id: int, sequence: Steps, *, for_new_only: bool = False
) -> tuple[CampaignRow, Steps]:
    """Return the campaign and the sequence with keys of its own. Raises: Refused, NotFound."""
    row = campaigns.get(uow, campaign_id)
    campaigns.need_state(row, STARTED, "changed while it runs")
    is_starting = select(campaign_start.c.campaign_id).where(campaign_start.c.campaign_id == campaign_id)
    if uow.connection.execute(is_starting).first() is not None:
        raise Refused(f"“{row.name}” is being started.", "Change it when everybody has been started.")
    problems = blocking(sequence)
    if problems:
        raise Refused(f"This sequence can't be sent yet: {problems[0].message}", "Mend it first.")
    ready = with_own_keys(sequence, row.sequence, versions.used_keys(uow.connection, campaign_id))
    if ready == row.sequence and (for_new_only or not versions.is_followed_unevenly(uow.connection, row)):
        raise Refused("Nothing is different.", "Change a step first.")
    return row, ready


def _look_at(connection: Connection, *, ids: Sequence[int], sequence: Steps, shown: ChangePreview) -> None:
    effects = []
    for found in enrolments.load_many(connection, ids):
        effect = change_of(found.facts, found.sequence, sequence, found.hours).effect
        shown.counts[effect] += 1
        shown.open_rows += found.has_open_row and effect is not Effect.PAST
        if effect is not Effect.PAST and shown.counts[effect] <= NAMED:
            effects.append((found, effect))
    names = leads.names(connection, [found.lead_id for found, _ in effects])
    shown.people += [
        Affected(enrolment_id=f.enrolment_id, lead_id=f.lead_id, name=names.get(f.lead_id, ""), effect=effect)
        for f, effect in effects
    ]


def _save(uow: UnitOfWork, campaign_id: int, sequence: Steps, now: datetime, *, for_new_only: bool) -> SavedChange:
    row, ready = _ready(uow, campaign_id, sequence, for_new_only=for_new_only)
    version_id, n = versions.newest(uow, row) if ready == row.sequence else versions.add(uow, campaign_id, ready, now)
    followed = {} if for_new_only else versions.send_all_to(uow, campaign_id, version_id)
    whom = "for new leads" if for_new_only else f"for {len(followed)} people in it and for new leads"
    activity.note(
        uow, now, "sequence_changed", f"The sequence was changed (version {n}), {whom}.", campaign_id=campaign_id
    )
    return SavedChange(
        campaign_id=campaign_id,
        version_id=version_id,
        n=n,
        before_id=row.version_id,
        moved=len(followed),
        followed=followed,
    )


def _take_back(uow: UnitOfWork, done: SavedChange, now: datetime) -> None:
    row = campaigns.get(uow, done.campaign_id)
    if row.version_id != done.version_id:
        raise Refused("The sequence has been changed again since.", "Change it by hand.")
    versions.choose(uow, done.campaign_id, done.before_id)
    versions.send_back(uow, done.campaign_id, done.version_id, done.before_id, done.followed)
    words = f"The change of the sequence (version {done.n}) was taken back."
    activity.note(uow, now, "sequence_changed", words, campaign_id=done.campaign_id)
