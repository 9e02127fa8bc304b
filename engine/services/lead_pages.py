"""What a table or a board of any number of leads shows: keys in order, rows for what is seen. Reads only."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from engine.domain.lead_future import unstarted_why
from engine.services.context import Context
from storage.column_types import maybe_from_ms
from storage.queries import lead_pages
from storage.queries.lead_pages import SORTS, LeadRecord, Where

SORT_NAMES = tuple(SORTS)


@dataclass(frozen=True, kw_only=True)
class LeadFilter:
    """Which rows, in which order. `search` is what a person types."""

    search: str = ""
    campaign_id: int | None = None
    stage: str | None = None
    has_replied: bool | None = None
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
    invited_at: datetime | None = None
    replied_at: datetime | None = None
    reply: str = ""
    """The beginning of what they wrote last, once they answered."""
    messages_sent: int = 0
    is_paused: bool = False


class LeadPages:
    """Use cases of the screen "Leads"."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def keys(self, wanted: LeadFilter, *, limit: int | None = None) -> array[int]:
        """Return the keys of all rows in order, or of the first few."""
        where = _where(wanted)
        if where is None:
            return array("q")
        return await self._ctx.db.read(
            lambda c: lead_pages.lead_keys(c, where, sort=wanted.sort, is_descending=wanted.is_descending, limit=limit)
        )

    async def first(self, wanted: LeadFilter, *, keys: int, rows: int) -> tuple[array[int], dict[int, LeadLine]]:
        """Return the first keys of a filter with the first few rows, in one reading: somebody waits for them."""
        where, now = _where(wanted), self._ctx.clock.now()
        if where is None:
            return array("q"), {}
        return await self._ctx.db.read(lambda c: _first(c, where, wanted, keys, rows, now))

    async def first_cards(
        self, wanted: LeadFilter, stages: Sequence[str], *, keys: int, rows: int
    ) -> tuple[dict[str, array[int]], dict[int, LeadLine]]:
        """Return by stage the first keys of a board's cards, with the first few cards, in one reading."""
        where, now = _where(wanted), self._ctx.clock.now()
        if where is None:
            return {stage: array("q") for stage in stages}, {}
        return await self._ctx.db.read(lambda c: _first_cards(c, where, stages, keys, rows, now))

    async def stage_keys(
        self, wanted: LeadFilter, stages: Sequence[str], *, limit: int | None = None
    ) -> dict[str, array[int]]:
        """Return by stage the keys of a board's cards, soonest first, or of the first few of each."""
        where = _where(wanted)
        if where is None:
            return {stage: array("q") for stage in stages}
        return await self._ctx.db.read(
            lambda c: {stage: lead_pages.board_keys(c, where, stage, limit=limit) for stage in stages}
        )

    async def lines(self, keys: Sequence[int]) -> dict[int, LeadLine]:
        """Return the rows of some keys; what is gone is left out."""
        now = self._ctx.clock.now()
        return await self._ctx.db.read(lambda c: _lines(c, keys, now))

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


def _where(wanted: LeadFilter) -> Where | None:
    """Return the filter as the query takes it; None: nothing can match."""
    match = match_of(wanted.search)
    if match == "":
        return None
    return Where(match=match, campaign_id=wanted.campaign_id, stage=wanted.stage, has_replied=wanted.has_replied)


def _first(
    connection: Connection, where: Where, wanted: LeadFilter, keys: int, rows: int, now: datetime
) -> tuple[array[int], dict[int, LeadLine]]:
    found = lead_pages.lead_keys(connection, where, sort=wanted.sort, is_descending=wanted.is_descending, limit=keys)
    return found, _lines(connection, found[:rows], now)


def _first_cards(
    connection: Connection, where: Where, stages: Sequence[str], keys: int, rows: int, now: datetime
) -> tuple[dict[str, array[int]], dict[int, LeadLine]]:
    found = {stage: lead_pages.board_keys(connection, where, stage, limit=keys) for stage in stages}
    return found, _lines(connection, [key for of_stage in found.values() for key in of_stage[:rows]], now)


def _lines(connection: Connection, keys: Sequence[int], now: datetime) -> dict[int, LeadLine]:
    return {key: _line(record, now) for key, record in lead_pages.lead_records(connection, keys).items()}


def _line(record: LeadRecord, now: datetime) -> LeadLine:
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
        next_at=None if is_ended else _next_at(record, now),
        why=_why(record),
        invited_at=maybe_from_ms(record.invited_ms),
        replied_at=maybe_from_ms(record.replied_ms),
        reply=record.reply,
        messages_sent=record.messages_sent,
        is_paused=record.campaign_state == "paused",
    )


def _next_at(record: LeadRecord, now: datetime) -> datetime | None:
    """Return the earliest moment, inside working hours where something is to be sent."""
    at = maybe_from_ms(record.next_ms)
    if at is None or at <= now or record.next_action is None or record.hours is None:
        return at
    return record.hours.next_opening(at) or at


def _why(record: LeadRecord) -> str:
    if record.campaign is None:
        return "in no campaign"
    if record.reason:
        return record.reason
    if words := unstarted_why(record.campaign_state or "", is_started=record.is_started):
        return words
    if record.campaign_state == "paused" and record.next_action is not None:
        return f"the campaign is paused; {record.next_why}"
    return record.next_why
