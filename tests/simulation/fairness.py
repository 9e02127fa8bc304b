"""Two campaigns of one account that both have something to send take turns by their weights.

Judged only where nothing but the turn can hold the other one back: the same hours, both running, and its first row of
the kind due for a while, without a need that the row sent in its place didn't have.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.simulation.findings import Breach, Findings

SURELY_DUE_MS = 300_000
"""Longer than a send takes from its claim to its first byte."""
LEEWAY = 2
"""Turns more than the weights say: where two campaigns meet, one of them may have begun a turn already."""
KINDS = ("invite", "message")
_OTHERS = """SELECT c.id, c.name, c.weight, c.pause,
        (SELECT d.due_ms FROM delivery d JOIN enrolment e ON e.id = d.enrolment_id JOIN lead l ON l.id = d.lead_id
         WHERE d.campaign_id = c.id AND d.kind = ? AND d.state = 'planned'
         AND (d.kind = 'invite' OR (l.provider_id IS NOT NULL AND e.connected_ms IS NOT NULL))
         ORDER BY d.due_ms, d.id LIMIT 1) AS due_ms
    FROM campaign c JOIN campaign mine ON mine.id = ? AND mine.account_id = c.account_id
    WHERE c.id <> mine.id AND c.state = 'running'
    AND NOT EXISTS (SELECT 1 FROM campaign_start s WHERE s.campaign_id = c.id)
    AND c.time_zone IS mine.time_zone AND c.days IS mine.days
    AND c.start_minute IS mine.start_minute AND c.end_minute IS mine.end_minute"""
_TURNS = """SELECT a.seq, d.kind, d.campaign_id FROM attempt a JOIN delivery d ON d.id = a.delivery_id
    WHERE a.seq > ? ORDER BY a.seq"""
_TURN_OF = {"visit": "invite"}
"""A visit uses a turn of the invitations."""
_STOPPED = {"invite": ("all", "invitations"), "message": ("all", "follow_ups")}


class Fairness:
    """Counts how often a campaign that had something to send was passed over in a row."""

    def __init__(self, rows: Callable[..., list[sqlite3.Row]], findings: Findings) -> None:
        self._rows = rows
        self._findings = findings
        self._passed: Counter[tuple[str, int]] = Counter()
        self._seen_seq = 0

    def forget(self) -> None:
        """Begin again: a restored file has other numbers."""
        self._passed.clear()
        self._seen_seq = 0

    def judge(self, armed: Any, now_ms: int) -> None:
        """Judge a request that is about to leave."""
        for turn in self._rows(_TURNS, self._seen_seq):
            self._seen_seq = turn["seq"]
            kind = _TURN_OF.get(turn["kind"], turn["kind"])
            self._passed.pop((kind, turn["campaign_id"]), None)
        kind = armed["kind"]
        if kind not in KINDS:
            return
        (mine,) = self._rows("SELECT weight FROM campaign WHERE id = ?", armed["campaign_id"])
        for other in self._rows(_OTHERS, kind, armed["campaign_id"]):
            key = (kind, other["id"])
            is_ready = other["due_ms"] is not None and other["due_ms"] <= now_ms - SURELY_DUE_MS
            if not is_ready or other["pause"] in _STOPPED[kind]:
                self._passed.pop(key, None)
                continue
            self._passed[key] += 1
            most = mine["weight"] / other["weight"] + LEEWAY
            words = f"“{other['name']}” had a {kind} to send and was passed over {self._passed[key]} times in a row"
            self._findings.need(self._passed[key] <= most, Breach.UNFAIR, words)
