"""The numbers behind the four targets, from the ledger; the beats come from their own file."""

from __future__ import annotations

from sqlalchemy import Connection, text

from engine.domain.health import RECOVERY_LIMIT_S, Target, share

_STARTED = """SELECT count(*) FROM enrolment e JOIN campaign c ON c.id = e.campaign_id
    WHERE e.started_ms IS NOT NULL AND c.state <> 'draft'"""
_WRONG = """SELECT count(DISTINCT id) FROM (
    SELECT e.id FROM enrolment e JOIN campaign c ON c.id = e.campaign_id
        WHERE e.is_active = 1 AND e.started_ms IS NOT NULL AND c.state IN ('running', 'paused', 'finished')
        AND e.attention_why = '' AND e.next_action IS NULL AND e.next_why = ''
    UNION ALL SELECT e.id FROM enrolment e WHERE e.is_active = 1 AND e.stage IN ('completed', 'withdrawn')
    UNION ALL SELECT d.enrolment_id FROM attempt a JOIN delivery d ON d.id = a.delivery_id
        WHERE a.verdict = 'sent' AND d.enrolment_id IS NOT NULL
        GROUP BY d.id HAVING count(*) > 1 AND max(d.is_rearmed) = 0)"""
_ACCEPTED = "SELECT count(*), sum(seen_late) FROM enrolment WHERE connected_ms IS NOT NULL AND invited_ms IS NOT NULL"
_OUTAGES = "SELECT count(*), sum(recovery_ms < :limit_ms), max(recovery_ms) FROM outage"


def processed_rightly(connection: Connection) -> Target:
    """Return how many of the started leads have a next step, a wait with a reason, a question, or have ended once."""
    started = connection.execute(text(_STARTED)).scalar_one()
    wrong = connection.execute(text(_WRONG)).scalar_one()
    return share("processed_rightly", started - wrong, started)


def acceptances_seen(connection: Connection) -> Target:
    """Return how many acceptances were noticed by the first whole pass over relations that could show them."""
    count, late = connection.execute(text(_ACCEPTED)).one()
    return share("acceptances_seen_within_one_poll", count - (late or 0), count)


def recovery(connection: Connection) -> Target:
    """Return how many outages were over within a minute of the first good answer; the value is the longest (s)."""
    count, quick, longest_ms = connection.execute(text(_OUTAGES), {"limit_ms": RECOVERY_LIMIT_S * 1000}).one()
    return Target(
        name="recovery_s",
        numerator=quick or 0,
        denominator=count,
        value=None if longest_ms is None else longest_ms / 1000,
    )
