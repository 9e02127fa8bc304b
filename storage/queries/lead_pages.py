"""Leads for a table of any length: the keys in order first, then rows for the few that are seen.

A key is an enrolment's id, or minus a lead's id for a lead in no campaign.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from engine.domain.working_hours import WorkingHours
from storage.column_types import hours_of

PART_CHARS = 60_000
_decode = msgspec.json.Decoder(list[int]).decode
SORTS = {
    "added": "l.id {d}, e.id {d}",
    "name": "l.last_name COLLATE NOCASE {d}, l.first_name COLLATE NOCASE {d}, l.id",
    "company": "l.company = '', l.company COLLATE NOCASE {d}, l.id",
    "stage": "e.stage IS NULL, instr('needs_attention pending_invite invite_sent connected messaged responded"
    " completed withdrawn excluded', e.stage) {d}, l.id",
    "campaign": "c.name IS NULL, c.name COLLATE NOCASE {d}, l.id",
    "next": "e.next_ms IS NULL, e.next_ms {d}, l.id",
}
_ANSWERS = """SELECT m.lead_id, l.first_name, l.last_name, l.public_identifier, l.company, l.title, m.body, m.at_ms
    FROM message m JOIN lead l ON l.id = m.lead_id
    WHERE m.author = 'lead' AND EXISTS
        (SELECT 1 FROM enrolment e WHERE e.lead_id = m.lead_id AND e.replied_ms IS NOT NULL AND e.replied_ms <= m.at_ms)
    ORDER BY m.at_ms DESC LIMIT :limit"""
BOARD_ORDERS = {
    "responded": "e.replied_ms DESC",
    "completed": "e.id DESC",
    "withdrawn": "e.id DESC",
    "excluded": "e.id DESC",
}
"""How the cards of these stages follow on each other; all others by their next action."""
_BY_NEXT = "e.next_ms NULLS LAST, e.id"
_LINES = """SELECT e.id AS enrolment_id, l.id AS lead_id, l.first_name, l.last_name, l.public_identifier, l.company,
        l.title, c.name AS campaign, c.state AS campaign_state, e.stage, e.next_action, e.next_ms, e.next_why,
        e.excluded_why, e.withdrawn_why, e.attention_why, e.started_ms, e.invited_ms, e.replied_ms, e.messages_sent,
        c.time_zone AS c_zone, c.days AS c_days, c.start_minute AS c_start, c.end_minute AS c_end,
        a.time_zone AS a_zone, a.days AS a_days, a.start_minute AS a_start, a.end_minute AS a_end,
        CASE WHEN e.stage = 'responded' THEN (SELECT substr(m.body, 1, 200) FROM message m
            WHERE m.lead_id = l.id AND m.author = 'lead' ORDER BY m.at_ms DESC LIMIT 1) END AS reply
    FROM json_each(:keys) k"""
_OF_ENROLMENTS = f"""{_LINES} JOIN enrolment e ON e.id = k.value JOIN lead l ON l.id = e.lead_id
    JOIN campaign c ON c.id = e.campaign_id LEFT JOIN account a ON a.id = e.account_id"""
_OF_LEADS = f"""{_LINES} JOIN lead l ON l.id = -k.value LEFT JOIN enrolment e ON 0 LEFT JOIN campaign c ON 0
    LEFT JOIN account a ON 0"""


@dataclass(frozen=True, kw_only=True)
class LeadRecord:
    """A row of the table, as stored."""

    key: int
    lead_id: int
    first_name: str
    last_name: str
    public_identifier: str | None
    company: str
    title: str
    campaign: str | None
    campaign_state: str | None
    stage: str | None
    next_action: str | None
    next_ms: int | None
    next_why: str
    reason: str
    is_started: bool
    invited_ms: int | None
    replied_ms: int | None
    reply: str
    messages_sent: int
    hours: WorkingHours | None


@dataclass(frozen=True, kw_only=True)
class Where:
    """Which rows. `match` is an expression of the full-text table."""

    match: str | None = None
    campaign_id: int | None = None
    stage: str | None = None
    has_replied: bool | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether only leads in a campaign can be meant."""
        return self.campaign_id is not None or self.stage is not None or self.has_replied is not None


def lead_keys(
    connection: Connection,
    where: Where,
    *,
    sort: str = "added",
    is_descending: bool = False,
    limit: int | None = None,
) -> array[int]:
    """Return the keys of all rows of a filter in order."""
    conditions, values = _conditions(where)
    order = SORTS[sort].format(d="DESC" if is_descending else "ASC")
    if where.match is not None and sort == "added":
        # By the full text's own order, and by that alone: the first hits are there before the last are found. The
        # enrolments of a lead come in their order anyway, from the index.
        conditions[1:2] = ["lead_text MATCH :match"]
        source = "lead_text t CROSS JOIN lead l ON l.id = t.rowid"
        source += f" {'' if where.is_narrow else 'LEFT '}JOIN enrolment e ON e.lead_id = l.id"
        order = f"t.rowid {'DESC' if is_descending else 'ASC'}"
    elif where.is_narrow:
        source = "enrolment e JOIN lead l ON l.id = e.lead_id"
    else:
        source = "lead l LEFT JOIN enrolment e ON e.lead_id = l.id"
    source += " LEFT JOIN campaign c ON c.id = e.campaign_id" if sort == "campaign" else ""
    sql = f"SELECT coalesce(e.id, -l.id) AS k FROM {source} WHERE {' AND '.join(conditions)} ORDER BY {order}"
    return _numbers(connection, sql + (f" LIMIT {limit:d}" if limit is not None else ""), values)


def board_keys(connection: Connection, where: Where, stage: str, *, limit: int | None = None) -> array[int]:
    """Return the keys of one stage's cards in the order of the board."""
    if where.stage is not None and where.stage != stage:
        return array("q")
    conditions, values = _conditions(replace(where, stage=stage), is_forgotten_hidden=where.match is not None)
    lead = " JOIN lead l ON l.id = e.lead_id" if where.match is not None else ""
    order, index = BOARD_ORDERS.get(stage, _BY_NEXT), ""
    if stage == "responded" and where.match is None:
        # Few answer: those who did, by the moment, are read from their own index and filtered.
        index = " INDEXED BY ix_enrolment_replied_ms"
        conditions.append("e.replied_ms IS NOT NULL")
    sql = f"SELECT e.id AS k FROM enrolment e{index}{lead} WHERE {' AND '.join(conditions)} ORDER BY {order}"
    return _numbers(connection, sql + (f" LIMIT {limit:d}" if limit is not None else ""), values)


def _conditions(where: Where, *, is_forgotten_hidden: bool = True) -> tuple[list[str], dict[str, str]]:
    conditions, values = ["l.forgotten_ms IS NULL"] if is_forgotten_hidden else [], {}
    if where.match is not None:
        conditions.append("l.id IN (SELECT rowid FROM lead_text WHERE lead_text MATCH :match)")
        values["match"] = where.match
    if where.campaign_id is not None:
        conditions.append("e.campaign_id = :campaign_id")
        values["campaign_id"] = str(where.campaign_id)
    if where.stage is not None:
        conditions.append("e.stage = :stage")
        values["stage"] = where.stage
    if where.has_replied is not None:
        conditions.append(f"e.replied_ms IS {'NOT ' if where.has_replied else ''}NULL")
    return conditions, values


def _numbers(connection: Connection, sql: str, values: dict[str, str]) -> array[int]:
    """Read the column `k` as one text: SQLite makes it without Python, where rows would hold up every other thread.

    A million of them are read in parts, so that no part is felt.
    """
    driver: Any = connection.connection.dbapi_connection
    (joined,) = driver.execute(f"SELECT group_concat(k) FROM ({sql})", values).fetchone()
    found, start = array("q"), 0
    while joined is not None and start < len(joined):
        end = joined.find(",", start + PART_CHARS)
        end = len(joined) if end < 0 else end
        found.extend(_decode(f"[{joined[start:end]}]"))
        start = end + 1
    return found


def lead_records(connection: Connection, keys: Sequence[int]) -> dict[int, LeadRecord]:
    """Return rows by key; keys that are gone are left out."""
    found: dict[int, LeadRecord] = {}
    for sql, part in ((_OF_ENROLMENTS, [k for k in keys if k > 0]), (_OF_LEADS, [k for k in keys if k < 0])):
        if part:
            for row in connection.execute(text(sql), {"keys": json.dumps(part)}):
                record = _record(row)
                found[record.key] = record
    return found


def _record(row: Any) -> LeadRecord:
    reasons = {"excluded": row.excluded_why, "withdrawn": row.withdrawn_why, "needs_attention": row.attention_why}
    return LeadRecord(
        key=row.enrolment_id if row.enrolment_id is not None else -row.lead_id,
        lead_id=row.lead_id,
        first_name=row.first_name,
        last_name=row.last_name,
        public_identifier=row.public_identifier,
        company=row.company,
        title=row.title,
        campaign=row.campaign,
        campaign_state=row.campaign_state,
        stage=row.stage,
        next_action=row.next_action,
        next_ms=row.next_ms,
        next_why=row.next_why or "",
        reason=reasons.get(row.stage) or "",
        is_started=row.started_ms is not None,
        invited_ms=row.invited_ms,
        replied_ms=row.replied_ms,
        reply=row.reply or "",
        messages_sent=row.messages_sent or 0,
        hours=_hours(row),
    )


def _hours(row: Any) -> WorkingHours | None:
    if row.c_zone:
        return hours_of(row.c_zone, row.c_days, row.c_start, row.c_end)
    return hours_of(row.a_zone, row.a_days, row.a_start, row.a_end) if row.a_zone else None


def answers(connection: Connection, limit: int) -> list[Any]:
    """Return the newest messages of leads that stopped a sequence."""
    return list(connection.execute(text(_ANSWERS), {"limit": limit}))


def waiting_for_start(connection: Connection) -> dict[int, int]:
    """Count by campaign the enrolments that no Start has reached yet."""
    rows = connection.execute(
        text(
            "SELECT campaign_id, count(*) AS number FROM enrolment"
            " WHERE started_ms IS NULL AND is_active = 1 AND attention_why = '' GROUP BY campaign_id"
        )
    )
    return {row.campaign_id: row.number for row in rows}
