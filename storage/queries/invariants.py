"""Every invariant of the ledger and the database, each a query that must return nothing."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, text

from engine.domain.limits import GAP_FLOOR_S
from storage.repositories.enrolments import derived_stage
from storage.schema import OBJECTS, differences
from storage.tables import enrolment


@dataclass(frozen=True, kw_only=True)
class CheckLine:
    """One invariant: how many rows break it."""

    name: str
    rows: int

    @property
    def ok(self) -> bool:
        """Whether it holds."""
        return self.rows == 0


_SQL = {
    "no_step_delivered_twice": """SELECT 1 FROM attempt a JOIN delivery d ON d.id = a.delivery_id
        WHERE a.verdict = 'sent' GROUP BY d.id HAVING count(*) > 1 AND max(d.is_rearmed) = 0""",
    "no_text_delivered_twice": """SELECT 1 FROM delivery
        WHERE kind = 'message' AND state = 'sent' AND is_rearmed = 0 AND body_sha IS NOT NULL
        GROUP BY account_id, lead_id, body_sha HAVING count(*) > 1""",
    "one_invitation_per_person": """SELECT 1 FROM delivery WHERE kind = 'invite' AND state = 'sent' AND is_rearmed = 0
        GROUP BY account_id, lead_id HAVING count(*) > 1""",
    "no_second_attempt_without_proof": """SELECT 1 FROM attempt a
        JOIN attempt b ON b.delivery_id = a.delivery_id AND b.n = a.n + 1
        JOIN delivery d ON d.id = a.delivery_id WHERE a.verdict = 'sent' AND b.boot_id <> 'journal'""",
    "sent_rows_have_an_attempt_or_a_read": """SELECT 1 FROM delivery d
        WHERE d.state = 'sent' AND d.resolved_by = 'response'
        AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.delivery_id = d.id AND a.is_fired = 1)""",
    "every_attempt_used_budget": """SELECT 1 FROM attempt a JOIN delivery d ON d.id = a.delivery_id
        WHERE a.verdict IS NOT NULL AND a.verdict IN ('sent', 'unknown')
        AND NOT EXISTS (SELECT 1 FROM budget_use b WHERE b.delivery_id = a.delivery_id AND b.attempt_n = a.n)""",
    "gaps_kept": f"""SELECT 1 FROM (
        SELECT a.armed_ms, lag(a.armed_ms) OVER (PARTITION BY d.account_id ORDER BY a.seq) AS before_ms
        FROM attempt a JOIN delivery d ON d.id = a.delivery_id
        WHERE d.kind <> 'reply' AND a.boot_id <> 'journal' AND coalesce(a.cause, '') <> 'network')
        WHERE armed_ms - before_ms < {GAP_FLOOR_S * 1000}""",
    "rows_are_of_their_lead": """SELECT 1 FROM delivery d JOIN enrolment e ON e.id = d.enrolment_id
        WHERE d.lead_id <> e.lead_id""",
    "nobody_is_lost": """SELECT 1 FROM enrolment e JOIN campaign c ON c.id = e.campaign_id
        WHERE e.is_active = 1 AND e.started_ms IS NOT NULL AND c.state IN ('running', 'paused', 'finished')
        AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.enrolment_id = e.id
            AND d.state IN ('planned', 'claimed', 'sending', 'unknown', 'human'))
        AND e.attention_why = '' AND e.hand_wrote_ms IS NULL
        AND NOT EXISTS (SELECT 1 FROM lead_claim k
            WHERE k.account_id = e.account_id AND k.lead_id = e.lead_id AND k.enrolment_id <> e.id)""",
    "one_planned_or_open_row": """SELECT 1 FROM delivery WHERE enrolment_id IS NOT NULL
        AND state IN ('planned', 'claimed', 'sending', 'unknown', 'human') GROUP BY enrolment_id HAVING count(*) > 1""",
    "nothing_planned_for_the_ended": """SELECT 1 FROM delivery d JOIN enrolment e ON e.id = d.enrolment_id
        WHERE d.state = 'planned' AND (e.is_active = 0 OR e.replied_ms IS NOT NULL)""",
    "nothing_sent_after_a_reply": """SELECT 1 FROM delivery d JOIN enrolment e ON e.id = d.enrolment_id
        JOIN attempt a ON a.delivery_id = d.id
        JOIN message m ON m.lead_id = d.lead_id AND m.author = 'lead' AND m.at_ms = e.replied_ms
        WHERE d.kind = 'message' AND a.armed_ms > max(m.seen_ms, m.at_ms)""",
    "nothing_sent_unapproved": """SELECT 1 FROM attempt a JOIN delivery d ON d.id = a.delivery_id
        JOIN campaign c ON c.id = d.campaign_id
        WHERE d.kind IN ('invite', 'message') AND c.ask_since_ms IS NOT NULL AND a.armed_ms > c.ask_since_ms
        AND a.armed_ms < coalesce(c.ask_until_ms, 9e18)
        AND NOT EXISTS (SELECT 1 FROM approval p WHERE p.delivery_id = d.id AND p.state = 'approved'
            AND p.decided_ms <= a.armed_ms)
        UNION ALL SELECT 1 FROM attempt a JOIN delivery d ON d.id = a.delivery_id
        JOIN approval p ON p.delivery_id = d.id AND p.state = 'approved' AND p.decided_ms <= a.armed_ms
        WHERE d.state IN ('sending', 'sent', 'unknown', 'human') AND d.body_sha IS NOT p.body_sha
        UNION ALL SELECT 1 FROM attempt a JOIN approval p ON p.delivery_id = a.delivery_id
        WHERE p.state = 'open' AND p.asked_ms <= a.armed_ms""",
    "sent_in_order": """SELECT 1 FROM enrolment WHERE stage = 'completed' AND is_active = 1""",
    "unknown_rows_have_a_next_look": "SELECT 1 FROM delivery WHERE state = 'unknown' AND next_look_ms IS NULL",
    "leads_have_their_alias": """SELECT 1 FROM lead l WHERE l.forgotten_ms IS NULL
        AND NOT EXISTS (SELECT 1 FROM lead_alias a WHERE a.lead_id = l.id)""",
    "foreign_keys": "SELECT 1 FROM pragma_foreign_key_check",
    "file_is_whole": "SELECT 1 FROM pragma_quick_check WHERE quick_check <> 'ok'",
}


def check_all(connection: Connection) -> list[CheckLine]:
    """Run every check."""
    lines = [CheckLine(name=name, rows=len(connection.execute(text(sql)).all())) for name, sql in _SQL.items()]
    return [
        *lines,
        CheckLine(name="stages_follow_from_facts", rows=_wrong_stages(connection)),
        CheckLine(name="schema_as_made", rows=_differences(connection)),
    ]


def _wrong_stages(connection: Connection) -> int:
    wrong = 0
    for row in connection.execute(select(enrolment.c.id, enrolment.c.stage).where(enrolment.c.started_ms.is_not(None))):
        wrong += derived_stage(connection, row.id) != row.stage
    return wrong


def _differences(connection: Connection) -> int:
    return differences((r.type, r.name, r.sql) for r in connection.execute(text(OBJECTS)))
