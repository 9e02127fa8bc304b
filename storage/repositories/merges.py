"""Two leads that are one person: the rows of one go over to the other, and the record by which they come back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from storage.column_types import to_ms
from storage.repositories import leads, repeats
from storage.repositories.leads import TEXT_FIELDS
from storage.unit_of_work import UnitOfWork

_MOVED = {
    "lead_alias": "alias",
    "enrolment": "id",
    "delivery": "id",
    "message": "id",
    "chat": "chat_id",
    "activity": "id",
    "import_change": "id",
}
"""Tables whose rows belong to a lead, with what tells their rows apart."""
_KEPT = ("identity_key", "provider_id", "public_identifier", *TEXT_FIELDS, "custom", "note")
_OPEN = "('claimed', 'sending', 'unknown', 'human')"
_BOTH_OPEN = f"""SELECT 1 FROM delivery AS a JOIN delivery AS b ON b.account_id = a.account_id
    WHERE a.lead_id = :one AND b.lead_id = :other AND a.kind <> 'reply' AND b.kind <> 'reply'
    AND a.state IN {_OPEN} AND b.state IN {_OPEN} AND b.id <> :but LIMIT 1"""
_TWICE = f"""SELECT CASE WHEN a.state = 'sent' AND (b.state <> 'sent' OR a.ended_ms <= b.ended_ms)
        THEN a.id ELSE b.id END
    FROM delivery AS a JOIN delivery AS b ON b.account_id = a.account_id AND b.kind = a.kind
    WHERE a.lead_id = :one AND b.lead_id = :other AND a.is_rearmed = 0 AND b.is_rearmed = 0
    AND (a.state = 'sent' OR a.state IN {_OPEN}) AND (b.state = 'sent' OR b.state IN {_OPEN})
    AND (a.kind = 'invite' OR (a.kind = 'message' AND a.body_sha = b.body_sha))"""
"""Of what went to the person under both names, the older: only one of the two can stand against a third."""


@dataclass(frozen=True, kw_only=True)
class Merge:
    """A merge as taking it back needs it: whose rows went over, and what both leads were."""

    keep: int
    gone: int
    before: dict[str, Any]
    was: dict[str, Any]
    rows: dict[str, list[Any]] = field(default_factory=dict)
    rounds: dict[int, int] = field(default_factory=dict)
    rearmed: list[int] = field(default_factory=list)


def both_open(connection: Connection, one: int, other: int, *, but: int = 0) -> bool:
    """Whether both have a send on one account that isn't settled; the row `but` of the other doesn't count."""
    return connection.execute(text(_BOTH_OPEN), {"one": one, "other": other, "but": but}).first() is not None


def merge(uow: UnitOfWork, keep: int, gone: int, now: datetime) -> Merge:
    """Let everything of one lead belong to the other; what is left of it is hidden. Plans are the caller's."""
    rows = leads.rows(uow, [keep, gone])
    before = {name: getattr(rows[keep], name) for name in _KEPT}
    was = {name: getattr(rows[gone], name) for name in _KEPT}
    done = Merge(keep=keep, gone=gone, before=before, was=was)
    c, marks = uow.connection, {"one": keep, "other": gone, "keep": keep, "gone": gone}
    done.rearmed.extend(c.execute(text(_TWICE), marks).scalars())
    for row_id in done.rearmed:
        c.execute(text("UPDATE delivery SET is_rearmed = 1 WHERE id = :id"), {"id": row_id})
    _make_room(uow, done)
    for table, key in _MOVED.items():
        done.rows[table] = list(c.execute(text(f"SELECT {key} FROM {table} WHERE lead_id = :gone"), marks).scalars())
        c.execute(text(f"UPDATE {table} SET lead_id = :keep WHERE lead_id = :gone"), marks)
    c.execute(text("UPDATE OR IGNORE lead_claim SET lead_id = :keep WHERE lead_id = :gone"), marks)
    c.execute(text("DELETE FROM lead_claim WHERE lead_id = :gone"), marks)
    hidden: dict[str, Any] = dict.fromkeys(TEXT_FIELDS, "")
    hidden |= {"identity_key": f"merged:{gone}", "provider_id": None, "public_identifier": None}
    hidden |= {"custom": "{}", "note": "", "forgotten_ms": to_ms(now), "merged_into_id": keep}
    leads.write(uow, gone, hidden)
    leads.write(uow, keep, _filled(before, was))
    return done


def _make_room(uow: UnitOfWork, done: Merge) -> None:
    """Give an enrolment another round where both are in one campaign."""
    rows = uow.connection.execute(
        text(
            "SELECT g.id, g.round, (SELECT max(round) FROM enrolment AS k WHERE k.campaign_id = g.campaign_id"
            " AND k.lead_id = :keep) AS taken FROM enrolment AS g WHERE g.lead_id = :gone ORDER BY g.round DESC"
        ),
        {"keep": done.keep, "gone": done.gone},
    ).all()
    for row in rows:
        if row.taken is not None:
            done.rounds[row.id] = row.round
            sql = "UPDATE enrolment SET round = :round WHERE id = :id"
            uow.connection.execute(text(sql), {"round": row.taken + row.round, "id": row.id})


def _filled(before: dict[str, Any], was: dict[str, Any]) -> dict[str, Any]:
    """Return what the lead that stays takes over: gaps are filled, notes follow each other."""
    names = ("provider_id", "public_identifier", *TEXT_FIELDS)
    values = {name: was[name] for name in names if not before[name] and was[name]}
    values["custom"] = leads.custom_text({**leads.custom_of(was["custom"]), **leads.custom_of(before["custom"])})
    values["note"] = "\n\n".join(note for note in (before["note"], was["note"]) if note)
    return values


def part(uow: UnitOfWork, done: Merge) -> None:
    """Make two leads of one again, as they were; what has come to the one that stayed since stays its."""
    c = uow.connection
    leads.write(uow, done.keep, done.before)
    leads.write(uow, done.gone, {**done.was, "forgotten_ms": None, "merged_into_id": None})
    for table, key in _MOVED.items():
        sql = text(f"UPDATE {table} SET lead_id = :gone WHERE lead_id = :keep AND {key} = :key")
        for value in done.rows[table]:
            c.execute(sql, {"gone": done.gone, "keep": done.keep, "key": value})
    for table in ("delivery", "activity"):
        of_theirs = "enrolment_id IN (SELECT id FROM enrolment WHERE lead_id = :gone)"
        sql = text(f"UPDATE {table} SET lead_id = :gone WHERE lead_id = :keep AND {of_theirs}")
        c.execute(sql, {"gone": done.gone, "keep": done.keep})
    for enrolment_id, number in sorted(done.rounds.items(), key=lambda item: item[1]):
        sql = text("UPDATE enrolment SET round = :round WHERE id = :id AND lead_id = :gone")
        c.execute(sql, {"round": number, "id": enrolment_id, "gone": done.gone})
    repeats.unrearm(uow, done.rearmed)
    claims = "DELETE FROM lead_claim WHERE lead_id = :keep AND enrolment_id IN"
    c.execute(
        text(f"{claims} (SELECT id FROM enrolment WHERE lead_id = :gone)"), {"keep": done.keep, "gone": done.gone}
    )
