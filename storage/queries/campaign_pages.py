"""A campaign's tabs from the ledger: counts by step, who is held, what happened."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

STANDINGS = ("reached", "waiting", "sent", "accepted", "replied")
_COUNTS = """SELECT d.step_key, count(*) AS reached, sum(d.state = 'planned') AS waiting, sum(d.state = 'sent') AS sent,
        sum(d.state = 'sent' AND d.kind = 'invite' AND e.connected_ms IS NOT NULL) AS accepted
    FROM enrolment e JOIN delivery d ON d.enrolment_id = e.id
    WHERE e.campaign_id = :id AND d.kind <> 'reply' AND d.state NOT IN ('superseded', 'cancelled')
    GROUP BY d.step_key"""
_LAST_BEFORE_REPLY = """d.id = (SELECT x.id FROM delivery x WHERE x.enrolment_id = e.id AND x.state = 'sent'
    AND x.kind <> 'reply' AND x.ended_ms <= e.replied_ms ORDER BY x.ended_ms DESC, x.id DESC LIMIT 1)"""
_REPLIES = f"""SELECT d.step_key, count(*) AS replied FROM enrolment e JOIN delivery d ON {_LAST_BEFORE_REPLY}
    WHERE e.campaign_id = :id AND e.replied_ms IS NOT NULL GROUP BY d.step_key"""
_LEADS = """SELECT e.id FROM enrolment e JOIN delivery d ON d.enrolment_id = e.id
    WHERE e.campaign_id = :id AND d.step_key = :step AND d.kind <> 'reply'
    AND d.state NOT IN ('superseded', 'cancelled') AND {standing} ORDER BY e.id"""
_STANDING = {
    "reached": "1",
    "waiting": "d.state = 'planned'",
    "sent": "d.state = 'sent'",
    "accepted": "d.state = 'sent' AND e.connected_ms IS NOT NULL",
    "replied": f"e.replied_ms IS NOT NULL AND {_LAST_BEFORE_REPLY}",
}
_HELD = """SELECT attention_why AS why, count(*) AS number, min(id) AS first FROM enrolment
    WHERE campaign_id = :id AND stage = 'needs_attention' GROUP BY attention_why ORDER BY number DESC, why"""
_ACTIVITY = """SELECT a.id, a.at_ms, a.kind, a.words, a.lead_id, l.first_name, l.last_name, l.public_identifier
    FROM activity a LEFT JOIN lead l ON l.id = a.lead_id
    WHERE a.campaign_id = :id AND a.id < :before {kinds} ORDER BY a.id DESC LIMIT :limit"""
NEWEST = 2**62


@dataclass(frozen=True, kw_only=True)
class StepCounts:
    """Of a step: how many leads came to it, wait there, were sent it, accepted it, and answered after it."""

    reached: int = 0
    waiting: int = 0
    sent: int = 0
    accepted: int = 0
    replied: int = 0


def step_counts(connection: Connection, campaign_id: int) -> dict[str, StepCounts]:
    """Return the counts of a campaign by step."""
    replied = {r.step_key: r.replied for r in connection.execute(text(_REPLIES), {"id": campaign_id})}
    return {
        r.step_key: StepCounts(
            reached=r.reached,
            waiting=r.waiting,
            sent=r.sent,
            accepted=r.accepted,
            replied=replied.get(r.step_key, 0),
        )
        for r in connection.execute(text(_COUNTS), {"id": campaign_id})
    }


def leads_of_step(connection: Connection, campaign_id: int, step_key: str, standing: str) -> array[int]:
    """Return the enrolments that one of these counts counts."""
    sql = _LEADS.format(standing=_STANDING[standing])
    return array("q", connection.execute(text(sql), {"id": campaign_id, "step": step_key}).scalars())


def held_reasons(connection: Connection, campaign_id: int) -> list[tuple[str, int]]:
    """Return why leads wait for a person, and how many."""
    return [(r.why, r.number) for r in connection.execute(text(_HELD), {"id": campaign_id})]


def activity_lines(
    connection: Connection, campaign_id: int, kinds: Sequence[str], before: int, limit: int
) -> list[Any]:
    """Return a campaign's activity, the newest first; no `kinds`: of every kind."""
    names = [f"k{place}" for place in range(len(kinds))]
    wanted = f"AND a.kind IN ({', '.join(':' + name for name in names)})" if kinds else ""
    values = {"id": campaign_id, "before": before, "limit": limit, **dict(zip(names, kinds, strict=True))}
    return list(connection.execute(text(_ACTIVITY.format(kinds=wanted)), values))
