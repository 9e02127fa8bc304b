"""Leads for a table of any length: the keys in order first, then rows for the few that are seen.

A key is an enrolment's id, or minus a lead's id for a lead in no campaign.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

FETCH = 2000
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
_LINES = """SELECT e.id AS enrolment_id, l.id AS lead_id, l.first_name, l.last_name, l.public_identifier, l.company,
        l.title, c.name AS campaign, c.state AS campaign_state, e.stage, e.next_action, e.next_ms, e.next_why,
        e.excluded_why, e.withdrawn_why, e.attention_why, e.started_ms
    FROM json_each(:keys) k"""
_OF_ENROLMENTS = f"""{_LINES} JOIN enrolment e ON e.id = k.value JOIN lead l ON l.id = e.lead_id
    JOIN campaign c ON c.id = e.campaign_id"""
_OF_LEADS = f"{_LINES} JOIN lead l ON l.id = -k.value LEFT JOIN enrolment e ON 0 LEFT JOIN campaign c ON 0"


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


def lead_keys(
    connection: Connection,
    *,
    match: str | None = None,
    campaign_id: int | None = None,
    stage: str | None = None,
    sort: str = "added",
    is_descending: bool = False,
    limit: int | None = None,
) -> array[int]:
    """Return the keys of all rows of a filter in order. `match` is an expression of the full-text table."""
    where, values = ["l.forgotten_ms IS NULL"], {}
    if match is not None:
        where.append("l.id IN (SELECT rowid FROM lead_text WHERE lead_text MATCH :match)")
        values["match"] = match
    if campaign_id is not None:
        where.append("e.campaign_id = :campaign_id")
        values["campaign_id"] = str(campaign_id)
    if stage is not None:
        where.append("e.stage = :stage")
        values["stage"] = stage
    is_narrow = campaign_id is not None or stage is not None
    sql = (
        "SELECT coalesce(e.id, -l.id) FROM "
        + (
            "enrolment e JOIN lead l ON l.id = e.lead_id"
            if is_narrow
            else "lead l LEFT JOIN enrolment e ON e.lead_id = l.id"
        )
        + (" LEFT JOIN campaign c ON c.id = e.campaign_id" if sort == "campaign" else "")
        + f" WHERE {' AND '.join(where)} ORDER BY {SORTS[sort].format(d='DESC' if is_descending else 'ASC')}"
        + (f" LIMIT {limit:d}" if limit is not None else "")
    )
    return _numbers(connection, sql, values)


def _numbers(connection: Connection, sql: str, values: dict[str, str]) -> array[int]:
    """Read one column without a row object each: a million of them would cost a second of Python."""
    found = array("q")
    driver: Any = connection.connection.dbapi_connection
    cursor = driver.execute(sql, values)
    try:
        while rows := cursor.fetchmany(FETCH):
            found.extend(number for (number,) in rows)
    finally:
        cursor.close()
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
    )


def keys_of_lead(connection: Connection, lead_id: int) -> list[int]:
    """Return the keys of one lead's rows."""
    rows = connection.execute(text("SELECT id FROM enrolment WHERE lead_id = :id ORDER BY id"), {"id": lead_id})
    return list(rows.scalars()) or [-lead_id]


def history(connection: Connection, lead_id: int, limit: int) -> list[tuple[int, str, str]]:
    """Return a lead's activity, the newest first: moment, kind, words."""
    rows = connection.execute(
        text("SELECT at_ms, kind, words FROM activity WHERE lead_id = :id ORDER BY id DESC LIMIT :limit"),
        {"id": lead_id, "limit": limit},
    )
    return [(row.at_ms, row.kind, row.words) for row in rows]


def person(connection: Connection, lead_id: int) -> Any:
    """Return a lead's row, or None."""
    return connection.execute(text("SELECT * FROM lead WHERE id = :id"), {"id": lead_id}).one_or_none()


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
