"""Two leads that turn out to be one person: both histories are kept, one goes on.

Found equal when LinkedIn answers for both with one profile, or said so by the person, who can take it back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engine.domain.ledger import OPEN_STATES
from engine.errors import Refused, Topic
from engine.services.context import Context
from engine.services.lead_changes import Excluded, exclude_leads, restore
from engine.services.sending import people
from storage.column_types import from_ms, to_ms
from storage.repositories import activity, do_not_contact, enrolments, leads, merges, versions
from storage.repositories.do_not_contact import Listed
from storage.repositories.merges import Merge
from storage.tables import delivery, enrolment
from storage.unit_of_work import UnitOfWork

WORDS = "the same person as another lead, merged"


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A merge that can be taken back: which enrolments it ended, and when.

    `barred`: what the do-not-contact list ended; `listed`: an entry that it has only now.
    """

    merge: Merge
    at: datetime
    ended: tuple[int, ...]
    barred: Excluded | None = None
    listed: Listed | None = None


class Merging:
    """Use cases about leads that are one person."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def merge(self, keep: str, other: str) -> Merged:
        """Make one lead of two. Raises: NotFound, Refused when they are two people or both have an unsettled send."""
        now = self._ctx.clock.now()
        done = await self._ctx.db.write(lambda u: _merge_named(u, keep, other, now))
        self._ctx.wakes.all()
        return done

    async def take_back(self, done: Merged) -> None:
        """Make two leads of one again. Raises: Refused while a send is open."""
        now = self._ctx.clock.now()
        await self._ctx.db.write(lambda u: _part(u, done, now))
        self._ctx.wakes.all()


def _merge_named(uow: UnitOfWork, keep: str, other: str, now: datetime) -> Merged:
    one, two = leads.find(uow, keep), leads.find(uow, other)
    if one.id == two.id:
        raise Refused("That is one lead already.", "Name two different ones.")
    if one.forgotten_ms is not None or two.forgotten_ms is not None:
        raise Refused("A forgotten person can't be merged.")
    if one.provider_id and two.provider_id:
        raise Refused("LinkedIn knows these as two people.", "They can't be merged.")
    if merges.both_open(uow.connection, one.id, two.id):
        raise Refused(
            "Both have a send that isn't settled.", "Answer what needs you about them first.", topic=Topic.QUESTIONS
        )
    return merge(uow, one.id, two.id, now)


def merge(uow: UnitOfWork, keep: int, gone: int, now: datetime) -> Merged:
    """Let one lead have everything of two. Neither may have an open row that the other has too."""
    was_listed = do_not_contact.entries_of_leads(uow.connection, [keep, gone])
    done = merges.merge(uow, keep, gone, now)
    ended = tuple(_end_doubles(uow, keep, now))
    entry = do_not_contact.entries_of_leads(uow.connection, [keep]).get(keep)
    listed = _keep_listed(uow, keep, now) if was_listed and entry is None else None
    entry = listed.entry if listed else entry
    barred = _bar(uow, keep, entry.words, now) if entry else None
    _share_facts(uow, keep, now)
    words = f"Lead {gone} is the same person: both histories are kept here."
    activity.note(uow, now, "merged", words, lead_id=keep)
    _replan_all(uow, keep, now)
    uow.changed("lead", keep, gone)
    return Merged(merge=done, at=now, ended=ended, barred=barred, listed=listed)


def _bar(uow: UnitOfWork, lead_id: int, words: str, now: datetime) -> Excluded:
    rows = tuple((row_id, held) for row_id, _, held in exclude_leads(uow, [lead_id], words, now))
    return Excluded(people=1, at=now, reason=words, rows=rows)


def _keep_listed(uow: UnitOfWork, lead_id: int, now: datetime) -> Listed:
    """Put them on the do-not-contact list as a person: what of them was on it is gone.

    Of two e-mail addresses or companies one goes on.
    """
    (entry,) = do_not_contact.people(uow, [lead_id])
    listed, _ = do_not_contact.add(uow, entry, WORDS, now)
    activity.note(uow, now, "listed", f"Never contact: {entry.kind} “{entry.shown}”.", lead_id=lead_id)
    return listed


def _end_doubles(uow: UnitOfWork, lead_id: int, now: datetime) -> list[int]:
    """Of two enrolments in one campaign the one that is further goes on. Returns those that were ended."""
    open_rows = select(delivery.c.enrolment_id).where(
        delivery.c.lead_id == lead_id, delivery.c.state.in_(sorted(OPEN_STATES))
    )
    busy = set(uow.connection.execute(open_rows).scalars())
    by_campaign: dict[int, list[tuple[bool, int, bool, int]]] = {}
    active = select(enrolment).where(enrolment.c.lead_id == lead_id, versions.MAY_GO_ON)
    for row in uow.connection.execute(active):
        rank = (row.id in busy, row.messages_sent, row.invited_ms is not None, -row.id)
        by_campaign.setdefault(row.campaign_id, []).append(rank)
    ended = [-rank[3] for ranks in by_campaign.values() for rank in sorted(ranks)[:-1]]
    for enrolment_id in ended:
        people.excluded(uow, enrolment_id, WORDS, now)
    return ended


def _share_facts(uow: UnitOfWork, lead_id: int, now: datetime) -> None:
    """What is known under one name is true under the other: connected, answered, written to by hand."""
    rows = uow.connection.execute(select(enrolment).where(enrolment.c.lead_id == lead_id)).all()
    for account_id in {r.account_id for r in rows if r.account_id is not None}:
        mine = [r for r in rows if r.account_id == account_id]
        connected = [r.connected_ms for r in mine if r.connected_ms is not None]
        if connected:
            at = from_ms(min(connected))
            people.connected(uow, account_id=account_id, lead_id=lead_id, at=at, now=now, was_connected=True)
        for column in ("replied_ms", "hand_wrote_ms"):
            moments = sorted(ms for r in mine if (ms := getattr(r, column)) is not None)
            for row in mine:
                later = next((ms for ms in moments if ms > max(row.enrolled_ms, row.set_aside_ms or 0)), None)
                if getattr(row, column) is None and later is not None and row.is_active:
                    enrolments.set_facts(uow, row.id, **{column: later})


def _replan_all(uow: UnitOfWork, lead_id: int, now: datetime) -> None:
    ids = uow.connection.execute(
        select(enrolment.c.id).where(enrolment.c.lead_id == lead_id).order_by(enrolment.c.id)
    ).scalars()
    for enrolment_id in ids.all():
        enrolments.replan(uow, enrolment_id, now)


def _part(uow: UnitOfWork, done: Merged, now: datetime) -> None:
    rows = leads.rows(uow, [done.merge.keep, done.merge.gone])
    keep, gone = rows[done.merge.keep], rows[done.merge.gone]
    if keep.forgotten_ms is not None or gone.merged_into_id != keep.id:
        raise Refused("Something has happened to this person since.", "The merge stays as it is.")
    of_both = select(delivery.c.id).where(
        delivery.c.lead_id == done.merge.keep, delivery.c.state.in_(sorted(OPEN_STATES))
    )
    if uow.connection.execute(of_both).first() is not None:
        raise Refused("A send to this person is still open.", "Wait until it is settled.", topic=Topic.QUESTIONS)
    merges.part(uow, done.merge)
    if done.listed is not None:
        do_not_contact.remove(uow, done.listed.id)
    if done.barred is not None:
        restore(uow, done.barred, done.barred.rows, now)
    for enrolment_id in done.ended:
        found = enrolments.load(uow, enrolment_id)
        if found.facts.excluded_why == WORDS and found.facts.excluded_at == from_ms(to_ms(done.at)):
            enrolments.set_facts(uow, enrolment_id, excluded_ms=None, excluded_why="")
    activity.note(uow, now, "parted", "The merge was taken back.", lead_id=done.merge.keep)
    for lead_id in (done.merge.keep, done.merge.gone):
        _replan_all(uow, lead_id, now)
    uow.changed("lead", done.merge.keep, done.merge.gone)
