"""What a table of any number of leads shows: keys in order, rows for what is seen, one lead's story. Reads only."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from engine.services.context import Context
from storage.column_types import from_ms, maybe_from_ms
from storage.queries import lead_pages
from storage.queries.lead_pages import SORTS, LeadRecord

HISTORY = 200
SORT_NAMES = tuple(SORTS)


@dataclass(frozen=True, kw_only=True)
class LeadFilter:
    """Which rows, in which order. `search` is what a person types."""

    search: str = ""
    campaign_id: int | None = None
    stage: str | None = None
    sort: str = "added"
    is_descending: bool = False


@dataclass(frozen=True, kw_only=True)
class LeadLine:
    """One row: a lead in a campaign, or a lead in none (then `stage` is None)."""

    key: int
    lead_id: int
    name: str
    company: str
    title: str
    campaign: str | None
    stage: str | None
    next_action: str | None
    next_at: datetime | None
    why: str


@dataclass(frozen=True, kw_only=True)
class LeadStory:
    """One lead: who it is, its future in each campaign, its past with the newest first."""

    lead_id: int
    name: str
    company: str
    title: str
    location: str
    address: str
    lines: tuple[LeadLine, ...]
    past: tuple[tuple[datetime, str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A reply that stopped a sequence."""

    lead_id: int
    name: str
    about: str
    text: str
    at: datetime


class LeadPages:
    """Use cases of the screen "Leads"."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def keys(self, wanted: LeadFilter, *, limit: int | None = None) -> array[int]:
        """Return the keys of all rows in order, or of the first few."""
        match = match_of(wanted.search)
        if match == "":
            return array("q")
        return await self._ctx.db.read(
            lambda c: lead_pages.lead_keys(
                c,
                match=match,
                campaign_id=wanted.campaign_id,
                stage=wanted.stage,
                sort=wanted.sort,
                is_descending=wanted.is_descending,
                limit=limit,
            )
        )

    async def lines(self, keys: Sequence[int]) -> dict[int, LeadLine]:
        """Return the rows of some keys; what is gone is left out."""
        found = await self._ctx.db.read(lambda c: lead_pages.lead_records(c, keys))
        return {key: _line(record) for key, record in found.items()}

    async def story(self, lead_id: int) -> LeadStory | None:
        """Return everything about one lead, or None if it is gone."""
        return await self._ctx.db.read(lambda c: _story(c, lead_id))

    async def answers(self, limit: int) -> list[Answer]:
        """Return the newest replies, one a person."""
        rows = await self._ctx.db.read(lambda c: lead_pages.answers(c, 4 * limit))
        newest: dict[int, Answer] = {}
        for r in rows:
            newest.setdefault(
                r.lead_id,
                Answer(
                    lead_id=r.lead_id,
                    name=f"{r.first_name} {r.last_name}".strip() or r.public_identifier or "",
                    about=", ".join(x for x in (r.title, r.company) if x),
                    text=r.body,
                    at=from_ms(r.at_ms),
                ),
            )
        return list(newest.values())[:limit]

    async def waiting_for_start(self) -> dict[int, int]:
        """Count by campaign the leads that no Start has reached yet."""
        return await self._ctx.db.read(lead_pages.waiting_for_start)


def match_of(search: str) -> str | None:
    """Return typed words as an expression of the full text: every word a prefix. None: no search; "": no hit."""
    words = search.split()
    if not words:
        return None
    usable = [word.replace('"', '""') for word in words if any(letter.isalnum() for letter in word)]
    return " AND ".join(f'"{word}"*' for word in usable)


def _line(record: LeadRecord) -> LeadLine:
    is_ended = record.campaign_state in ("archived", "draft") or not record.is_started
    return LeadLine(
        key=record.key,
        lead_id=record.lead_id,
        name=f"{record.first_name} {record.last_name}".strip() or record.public_identifier or "",
        company=record.company,
        title=record.title,
        campaign=record.campaign,
        stage=record.stage,
        next_action=None if is_ended else record.next_action,
        next_at=None if is_ended else maybe_from_ms(record.next_ms),
        why=_why(record),
    )


def _why(record: LeadRecord) -> str:
    if record.campaign is None:
        return "in no campaign"
    if record.reason:
        return record.reason
    if record.campaign_state == "draft":
        return "the campaign hasn't been started"
    if record.campaign_state == "archived":
        return "the campaign is archived"
    if not record.is_started:
        return "not started yet"
    if record.campaign_state == "paused" and record.next_action is not None:
        return f"the campaign is paused; {record.next_why}"
    return record.next_why


def _story(connection: Connection, lead_id: int) -> LeadStory | None:
    row = lead_pages.person(connection, lead_id)
    if row is None:
        return None
    keys = lead_pages.keys_of_lead(connection, lead_id)
    found = lead_pages.lead_records(connection, keys)
    slug = row.public_identifier
    return LeadStory(
        lead_id=lead_id,
        name=f"{row.first_name} {row.last_name}".strip() or slug or "",
        company=row.company,
        title=row.title or row.headline,
        location=row.location,
        address=f"linkedin.com/in/{slug}" if slug else "",
        lines=tuple(_line(found[key]) for key in keys if key in found),
        past=tuple((from_ms(at), kind, words) for at, kind, words in lead_pages.history(connection, lead_id, HISTORY)),
    )
