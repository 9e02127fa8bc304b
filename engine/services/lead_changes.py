"""What is done to chosen leads: exclude, add to a campaign, take out of one; each can be taken back. And notes.

Nothing here sends, and nothing that was sent is touched. Many leads go in parts, so that a send never waits long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Row

from engine.errors import Refused
from engine.services.context import Context
from engine.services.sending import people
from storage.column_types import to_ms
from storage.repositories import activity, campaigns, enrolments, lead_choices, leads
from storage.unit_of_work import UnitOfWork

CHUNK = 10
ENROLLED_CHUNK = 1000
"""Leads a transaction: Pause waits for the one under way, and returns within 100 ms."""
KEYS_CHUNK = 20_000
LONGEST_REASON_CHARS = 200
LONGEST_NOTE_CHARS = 20_000
OPEN_STATES = ("draft", "running", "paused")
"""Of campaigns that take leads in; who is added waits for the next Start."""
GoOn = Callable[[int, int], bool]
"""Hears how many of how many are done, and says whether to go on."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Excluded:
    """An exclusion, as taking it back needs it: enrolments with why they were held before."""

    people: int
    at: datetime
    reason: str
    rows: tuple[tuple[int, str], ...]


@dataclass(frozen=True, kw_only=True)
class Added:
    """Enrolments that were made, and how many people were in the campaign before."""

    campaign: str
    enrolment_ids: tuple[int, ...]
    there_before: int


@dataclass(frozen=True, kw_only=True)
class TakenOut:
    """Enrolments that were removed, whole; `kept` had been started, or were in no campaign."""

    rows: tuple[dict[str, Any], ...]
    kept: int


class LeadChanges:
    """Use cases about chosen leads; `keys` are those of the table."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def exclude(self, keys: Sequence[int], reason: str, *, go_on: GoOn | None = None) -> Excluded:
        """Stop these people in every campaign. Raises: Refused without a reason."""
        reason = " ".join(reason.split())
        if not 0 < len(reason) <= LONGEST_REASON_CHARS:
            raise Refused("A reason is needed.", f"Write why, in at most {LONGEST_REASON_CHARS} characters.")
        now = self._ctx.clock.now()
        found = await self._lead_ids(keys)
        parts = await self._in_parts(found, CHUNK, go_on, lambda u, ids: exclude_leads(u, ids, reason, now))
        rows = tuple((row_id, held) for part in parts for row_id, _, held in part)
        stopped = {lead_id for part in parts for _, lead_id, _ in part}
        return Excluded(people=len(stopped), at=now, reason=reason, rows=rows)

    async def take_back_exclusion(self, done: Excluded) -> int:
        """Let people go on where they were. Returns in how many campaigns; what changed since stays."""
        now = self._ctx.clock.now()
        parts = await self._in_parts(done.rows, CHUNK, None, lambda u, rows: restore(u, done, rows, now))
        return sum(parts)

    async def add_to_campaign(self, keys: Sequence[int], campaign_id: int, *, go_on: GoOn | None = None) -> Added:
        """Enrol these people; they wait for the campaign's next Start. Raises: NotFound, Refused."""
        row = await self._ctx.db.look(lambda u: campaigns.get(u, campaign_id))
        campaigns.need_state(row, OPEN_STATES, "filled")
        now = self._ctx.clock.now()
        found = await self._lead_ids(keys)
        parts = await self._in_parts(found, ENROLLED_CHUNK, go_on, lambda u, ids: _enrol(u, campaign_id, ids, now))
        made = tuple(row_id for part, _ in parts for row_id in part)
        return Added(campaign=row.name, enrolment_ids=made, there_before=sum(before for _, before in parts))

    async def take_back_addition(self, done: Added) -> int:
        """Take people out again whom no Start has reached since. Returns how many."""
        parts = await self._in_parts(done.enrolment_ids, ENROLLED_CHUNK, None, lead_choices.take_out)
        return sum(len(part) for part in parts)

    async def take_out(self, keys: Sequence[int], *, go_on: GoOn | None = None) -> TakenOut:
        """Remove chosen enrolments that no Start has reached; all others stay as they are."""
        parts = await self._in_parts(keys, ENROLLED_CHUNK, go_on, lead_choices.take_out)
        rows = tuple(row for part in parts for row in part)
        return TakenOut(rows=rows, kept=len(keys) - len(rows))

    async def put_back(self, done: TakenOut) -> int:
        """Put removed enrolments back as they were. Returns how many."""
        return sum(await self._in_parts(done.rows, ENROLLED_CHUNK, None, lead_choices.put_back))

    async def write_note(self, lead_id: int, text: str) -> None:
        """Keep a note about a lead. Raises: NotFound, Refused."""
        if len(text) > LONGEST_NOTE_CHARS:
            raise Refused("This note is too long.", f"At most {LONGEST_NOTE_CHARS:,} characters are kept.")
        await self._ctx.db.write(lambda u: _write_note(u, lead_id, text))

    async def _lead_ids(self, keys: Sequence[int]) -> list[int]:
        found: dict[int, None] = {}
        for start in range(0, len(keys), KEYS_CHUNK):
            part = keys[start : start + KEYS_CHUNK]
            found.update(dict.fromkeys(await self._ctx.db.read(partial(lead_choices.lead_ids, keys=part))))
        return list(found)

    async def _in_parts(
        self, items: Sequence[Any], size: int, go_on: GoOn | None, change: Callable[[UnitOfWork, Any], T]
    ) -> list[T]:
        done: list[T] = []
        for start in range(0, len(items), size):
            if go_on is not None and not go_on(start, len(items)):
                break
            part = items[start : start + size]
            done.append(await self._ctx.db.write(lambda u, part=part: change(u, part)))  # type: ignore[misc]
        self._ctx.wakes.all()
        return done


def exclude_leads(uow: UnitOfWork, ids: Sequence[int], reason: str, now: datetime) -> list[tuple[int, int, str]]:
    """Stop people in every campaign. Returns the enrolments: id, lead, why it was held."""
    done = []
    for row in lead_choices.stoppable(uow, ids):
        people.excluded(uow, row.id, reason, now)
        enrolments.set_facts(uow, row.id, attention_why="")
        enrolments.replan(uow, row.id, now)
        done.append((row.id, row.lead_id, row.attention_why))
    return done


def restore(uow: UnitOfWork, done: Excluded, rows: Sequence[tuple[int, str]], now: datetime) -> int:
    """Let some of an exclusion's enrolments go on. Returns how many still were excluded by it."""
    count = 0
    for enrolment_id, held in rows:
        row = lead_choices.excluded_with(uow, enrolment_id, to_ms(done.at), done.reason)
        if row is not None:
            include(uow, row, held, now)
            count += 1
    return count


def include(uow: UnitOfWork, row: Row[Any], held: str, now: datetime) -> None:
    """Let an excluded enrolment go on where it was; `held` is why it waited for a person then."""
    why = row.attention_why or held
    enrolments.set_facts(uow, row.id, excluded_ms=None, excluded_why="", attention_why=why)
    activity.note(
        uow,
        now,
        "restored",
        "The exclusion was taken back.",
        campaign_id=row.campaign_id,
        enrolment_id=row.id,
        lead_id=row.lead_id,
    )
    enrolments.replan(uow, row.id, now)
    enrolments.reopen_if_active(uow, row.campaign_id, now)


def _enrol(uow: UnitOfWork, campaign_id: int, ids: Sequence[int], now: datetime) -> tuple[list[int], int]:
    row = campaigns.get(uow, campaign_id)
    campaigns.need_state(row, OPEN_STATES, "filled")
    ids = lead_choices.reachable(uow, ids)
    before = lead_choices.enrolled(uow, campaign_id, ids)
    new = [lead_id for lead_id in ids if lead_id not in before]
    leads.enrol_many(uow, campaign_id, row.account_id, new, None, now)
    made = list(lead_choices.enrolled(uow, campaign_id, new).values())
    uow.changed("enrolment", *made)
    uow.changed("lead", *new)
    return made, len(before)


def _write_note(uow: UnitOfWork, lead_id: int, text: str) -> None:
    if lead_id not in leads.rows(uow, [lead_id]):
        leads.find(uow, str(lead_id))
    leads.write(uow, lead_id, {"note": text})
