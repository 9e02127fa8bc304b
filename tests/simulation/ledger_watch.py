"""Looks at what each commit changed, through the committed file: legal moves, nobody lost, nothing concluded wrongly.

Keeps a shadow of every delivery's state; a move is judged by what the world knows of the requests behind the row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from engine.domain.ledger import DeliveryState, is_legal
from storage.unit_of_work import Committed
from tests.simulation.findings import Breach, Findings
from tests.simulation.witness import Wishes, Witness

MESSAGES = ("message", "reply")
QUIET_MS, LATEST_MS, TOLERANCE_MS = 600_000, 7_200_000, 30_000
SETTLED = ("sent", "refused", "skipped", "cancelled", "superseded", "planned")
_ROWS = """SELECT id, kind, state, resolved_by, enrolment_id, step_key, prior_unknown_ms, next_look_ms, ended_ms, reason
    FROM delivery WHERE id IN ({})"""
_LOST = """SELECT e.id FROM enrolment e JOIN campaign c ON c.id = e.campaign_id
    WHERE e.id IN ({}) AND e.is_active = 1 AND e.started_ms IS NOT NULL AND c.state IN ('running', 'paused', 'finished')
    AND e.attention_why = '' AND e.hand_wrote_ms IS NULL
    AND (SELECT count(*) FROM delivery d WHERE d.enrolment_id = e.id
        AND d.state IN ('planned', 'claimed', 'sending', 'unknown', 'human')) <> 1
    AND NOT EXISTS (SELECT 1 FROM lead_claim k
        WHERE k.account_id = e.account_id AND k.lead_id = e.lead_id AND k.enrolment_id <> e.id)"""


class LedgerWatch:
    """Judges every commit."""

    def __init__(self, witness: Witness, wishes: Wishes, findings: Findings) -> None:
        self._witness = witness
        self._wishes = wishes
        self._findings = findings
        self._shadow: dict[int, str] = {}
        self.commits = 0

    def forget(self) -> None:
        """Begin again with the rows of a restored file."""
        self._shadow = {row["id"]: row["state"] for row in self._witness.rows("SELECT id, state FROM delivery")}

    def after_commit(self, committed: Committed) -> None:
        """Judge what a commit changed."""
        self.commits += 1
        rows = committed.changed.get("delivery", frozenset())
        if rows:
            self._moves(sorted(rows))
        people = committed.changed.get("enrolment", frozenset())
        if people:
            self._nobody_lost(sorted(people))

    def _moves(self, ids: Iterable[int]) -> None:
        for row in self._witness.rows(_ROWS.format(",".join(map(str, ids)))):
            old, new = self._shadow.get(row["id"]), row["state"]
            self._shadow[row["id"]] = new
            if old is None or old == new:
                continue
            name = f"row {row['id']} ({row['kind']} {row['step_key']}) {old} → {new}"
            self._findings.need(_is_reachable(old, new), Breach.MOVE, name)
            if new == "planned" and old in ("unknown", "human", "sending"):
                self._released(row, old, name)
            if new == "unknown":
                self._findings.need(row["next_look_ms"] is not None, Breach.LOST, f"{name} without a next look")
            if new == "sent" and row["resolved_by"] == "response":
                self._findings.need(self._effects_of(row["id"]), Breach.UNTRUE, f"{name}: nothing happened there")

    def _released(self, row: sqlite3.Row, old: str, name: str) -> None:
        delivery_id, kind = row["id"], row["kind"]
        by_hand = delivery_id in self._wishes.sent_again
        if kind in MESSAGES and old != "sending":
            self._findings.need(by_hand, Breach.MOVE, f"{name} without a person's word")
        if kind == "invite" and old == "unknown":
            age_ms = self._witness.now_ms() - (row["prior_unknown_ms"] or 0)
            is_proof = QUIET_MS - TOLERANCE_MS <= age_ms <= LATEST_MS + TOLERANCE_MS
            self._findings.need(is_proof, Breach.MOVE, f"{name} {age_ms / 1000:.0f} s after the attempt")
        if kind != "withdraw":
            own = self._effects_of(delivery_id)
            known = own if old == "sending" else self._witness.has_happened(delivery_id, can_be_known=True)
            has_happened = known and not by_hand
            self._findings.need(not has_happened, Breach.UNTRUE, f"{name}, though it had arrived")

    def _effects_of(self, delivery_id: int) -> int:
        return sum(len(p.effects) for p in self._witness.posts if p.delivery_id == delivery_id)

    def _nobody_lost(self, ids: Iterable[int]) -> None:
        for row in self._witness.rows(_LOST.format(",".join(map(str, ids)))):
            self._findings.add(Breach.LOST, f"enrolment {row['id']} is active without exactly one row")


def _is_reachable(old: str, new: str) -> bool:
    """Whether one commit may take a row there, in at most three legal moves."""
    reached = {DeliveryState(old)}
    for _ in range(3):
        reached |= {b for a in reached for b in DeliveryState if is_legal(a, b)}
    return DeliveryState(new) in reached
