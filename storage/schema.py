"""The schema in SQL: what the tables say, plus what SQLAlchemy can't (trigger, full text).

The newest migration must lead to exactly this; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from engine.domain.approvals import ASKED_KINDS
from engine.domain.ledger import TRANSITIONS
from storage.tables import metadata

FULL_TEXT_COLUMNS = ("first_name", "last_name", "company", "title", "headline", "location")
_F = ", ".join(FULL_TEXT_COLUMNS)

FULL_TEXT_TABLE = (
    f"CREATE VIRTUAL TABLE lead_text USING fts5({_F}, content='lead', content_rowid='id', "
    "tokenize='unicode61 remove_diacritics 2', prefix='1 2 3')"
)
"""Kept in step by storage.repositories.leads: triggers may not touch a virtual table while the schema isn't trusted."""


Objects = Iterable[tuple[str, str, str]]
OBJECTS = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
_MADE_BY_OTHERS = frozenset(
    {("table", "alembic_version")} | {("table", f"lead_text_{part}") for part in ("data", "idx", "docsize", "config")}
)
"""Alembic's own table, and what SQLite makes for the full text."""


def transition_trigger() -> str:
    """Return the trigger that refuses every move of a delivery that the ledger doesn't list."""
    legal = " OR ".join(f"(old.state = '{a}' AND new.state = '{b}')" for a, b in sorted(TRANSITIONS))
    return (
        "CREATE TRIGGER delivery_transition BEFORE UPDATE OF state ON delivery "
        f"WHEN old.state <> new.state AND NOT ({legal}) "
        "BEGIN SELECT RAISE(ABORT, 'illegal move of a delivery'); END"
    )


def approval_trigger() -> str:
    """Return the trigger that keeps whatever nobody approved from being sent while a campaign asks.

    A row with a request goes only with the very text that was approved, asking or not.
    """
    kinds = ", ".join(f"'{k}'" for k in sorted(ASKED_KINDS))
    return (
        "CREATE TRIGGER delivery_approved BEFORE UPDATE OF state ON delivery "
        f"WHEN new.state = 'sending' AND old.state <> 'sending' AND new.kind IN ({kinds}) "
        "AND (coalesce((SELECT ask_left FROM campaign WHERE id = new.campaign_id), 0) > 0 "
        "OR EXISTS (SELECT 1 FROM approval WHERE delivery_id = new.id AND state IN ('approved', 'open'))) "
        "AND NOT EXISTS (SELECT 1 FROM approval WHERE delivery_id = new.id AND state = 'approved' "
        "AND body IS new.body) "
        "BEGIN SELECT RAISE(ABORT, 'nobody approved this send'); END"
    )


def statements() -> list[str]:
    """Return every statement of the schema, in order."""
    dialect = sqlite.dialect()
    made = []
    for table in metadata.sorted_tables:
        made.append(str(CreateTable(table).compile(dialect=dialect)).strip())
        made += [
            str(CreateIndex(i).compile(dialect=dialect)).strip()
            for i in sorted(table.indexes, key=lambda i: i.name or "")
        ]
    return [*made, FULL_TEXT_TABLE, transition_trigger(), approval_trigger()]


def differences(objects: Objects, expected: Objects | None = None) -> int:
    """Count what a file holds besides the schema, and what it lacks of it; both are as `OBJECTS` finds them.

    Without `expected` it is this version's schema.
    """
    known = {_folded(s) for s in statements()} if expected is None else _own(expected)
    return len(known ^ _own(objects))


def _own(objects: Objects) -> set[str]:
    return {_folded(sql) for kind, name, sql in objects if (kind, name) not in _MADE_BY_OTHERS}


def _folded(sql: str) -> str:
    return " ".join(sql.split())
