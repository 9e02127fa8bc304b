"""Judges a run from both sides: what the practice LinkedIn saw happen, and what the database says of it.

Trusts neither the engine's own words nor its counters; times are engine time.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from engine.domain.limits import DAY, WEEK
from engine.domain.replies import normalised
from engine.provider.simulated.records import Effect, EffectKind, from_ms
from storage.column_types import hours_of
from storage.journal import SendJournal
from tests.fakes.rig import Rig

GAP_TOLERANCE = timedelta(milliseconds=5)
SENDING = (EffectKind.INVITE, EffectKind.MESSAGE, EffectKind.WITHDRAW, EffectKind.VISIT)


def judge(rig: Rig) -> None:
    """Raise AssertionError for whatever must never be."""
    effects = [e for e in rig.world.state.effects if e.kind in SENDING]
    nothing_twice(rig, effects)
    inside_hours(rig, effects)
    gaps_kept(rig, effects)
    limits_kept(rig, effects)
    nothing_after_an_answer(rig, effects)
    ledger_knows_every_effect(rig, effects)
    journal_knows_every_attempt(rig)
    broken = [line for line in rig.run(rig.engine.services.status.check()) if not line.ok]
    assert broken == [], f"seed {rig.seed}: {broken}"


def nothing_twice(rig: Rig, effects: list[Effect]) -> None:
    """Nobody is invited twice, nobody gets the same text twice."""
    invited = Counter(e.provider_id for e in effects if e.kind is EffectKind.INVITE)
    assert [p for p, n in invited.items() if n > 1] == [], f"seed {rig.seed}: invited twice"
    told = Counter((e.provider_id, normalised(e.text or "")) for e in effects if e.kind is EffectKind.MESSAGE)
    assert [key for key, n in told.items() if n > 1] == [], f"seed {rig.seed}: the same text twice"


def inside_hours(rig: Rig, effects: list[Effect]) -> None:
    """Every effect belongs to the hours of its campaign, or else of the account."""
    hours = {hours_of(r[0], r[1], r[2], r[3]) for r in rig.rows(_HOURS)}
    late = [e for e in effects if not any(h.is_open(from_ms(e.at_ms)) for h in hours)]
    assert late == [], f"seed {rig.seed}: outside working hours"


_HOURS = """SELECT coalesce(c.time_zone, a.time_zone), coalesce(c.days, a.days),
    coalesce(c.start_minute, a.start_minute), coalesce(c.end_minute, a.end_minute)
    FROM account a LEFT JOIN campaign c ON c.account_id = a.id"""


def gaps_kept(rig: Rig, effects: list[Effect]) -> None:
    """Two effects are never closer than the account's gap."""
    gap = timedelta(seconds=rig.one("SELECT max(gap_min_s, 90) FROM account"))
    close = [(a, b) for a, b in pairwise(effects) if from_ms(b.at_ms) - from_ms(a.at_ms) < gap - GAP_TOLERANCE]
    assert close == [], f"seed {rig.seed}: under the gap"


def limits_kept(rig: Rig, effects: list[Effect]) -> None:
    """No window of 24 hours, no local day and no week holds more than the account's limits."""
    (account,) = rig.rows("SELECT * FROM account")
    per_day = {
        EffectKind.INVITE: account.invites_per_day,
        EffectKind.MESSAGE: account.messages_per_day,
        EffectKind.WITHDRAW: account.withdrawals_per_day,
    }
    for kind, limit in per_day.items():
        moments = [from_ms(e.at_ms) for e in effects if e.kind is kind]
        assert _most_within(moments, DAY) <= limit, f"seed {rig.seed}: {kind} in 24 hours"
        days = Counter(m.astimezone(ZoneInfo(account.time_zone)).date() for m in moments)
        assert max(days.values(), default=0) <= limit, f"seed {rig.seed}: {kind} a day"
    invited = [from_ms(e.at_ms) for e in effects if e.kind is EffectKind.INVITE]
    assert _most_within(invited, WEEK) <= account.invites_per_week, f"seed {rig.seed}: invitations a week"


def _most_within(moments: list[datetime], window: timedelta) -> int:
    return max((sum(1 for m in moments if end - window < m <= end) for end in moments), default=0)


def nothing_after_an_answer(rig: Rig, effects: list[Effect]) -> None:
    """Nobody gets a message after they, or the owner by hand, have written since the practice began."""
    ours = {e.object_id for e in effects}
    for message in (e for e in effects if e.kind is EffectKind.MESSAGE):
        chat = rig.world.conversation_with(message.provider_id)
        assert chat is not None
        before = [
            m
            for m in rig.world.all_messages_of(chat.chat_id)
            if rig.world.state.began_ms < m.at_ms < message.at_ms and m.kind == "MESSAGE" and m.message_id not in ours
        ]
        assert [m for m in before if m.copied_ms <= message.at_ms] == [], f"seed {rig.seed}: sent after an answer"


def ledger_knows_every_effect(rig: Rig, effects: list[Effect]) -> None:
    """For every effect there is a row that says sent, or that it isn't known yet, and a use of the budget."""
    rows = Counter(tuple(r) for r in rig.rows(_ROWS))
    seen = Counter((e.kind.value, e.provider_id) for e in effects)
    assert {k: n for k, n in seen.items() if rows[k] < n} == {}, f"seed {rig.seed}: effects without a row"
    for kind, action in (
        (EffectKind.INVITE, "invite"),
        (EffectKind.MESSAGE, "message"),
        (EffectKind.WITHDRAW, "withdraw"),
    ):
        used = rig.one("SELECT count(*) FROM budget_use WHERE action = :action", action=action)
        assert used >= sum(1 for e in effects if e.kind is kind), f"seed {rig.seed}: {action} uncounted"


_ROWS = """SELECT d.kind, l.provider_id
    FROM delivery d JOIN lead l ON l.id = d.lead_id JOIN attempt a ON a.delivery_id = d.id
    WHERE a.is_fired = 1 AND (d.state IN ('sent', 'unknown', 'human', 'sending') OR d.resolved_by = 'human')"""


def journal_knows_every_attempt(rig: Rig) -> None:
    """Every request with an effect had its line in the journal first."""
    lineage = rig.one("SELECT lineage FROM engine_state")
    lines = {line.seq for line in SendJournal(rig.paths.state, lineage, "").lines()}
    asked = set(rig.rows("SELECT seq FROM attempt WHERE is_fired = 1 AND verdict IN ('sent', 'refused', 'goal_check')"))
    assert {seq for (seq,) in asked} <= lines, f"seed {rig.seed}: a request without a journal line"


def facts_of(rig: Rig, *names: str) -> list[Any]:
    """Return columns of every enrolment, in order of import."""
    return rig.rows(f"SELECT {', '.join(names)} FROM enrolment ORDER BY id")
