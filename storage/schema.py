"""The schema in SQL: what the tables say, plus what SQLAlchemy can't (trigger, full text).

The newest migration must lead to exactly this; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from engine.domain.ledger import TRANSITIONS
from storage.tables import metadata

FULL_TEXT_COLUMNS = ("first_name", "last_name", "company", "title", "headline", "location")
_F = ", ".join(FULL_TEXT_COLUMNS)
_NEW = ", ".join(f"new.{c}" for c in FULL_TEXT_COLUMNS)
_OLD = ", ".join(f"old.{c}" for c in FULL_TEXT_COLUMNS)

FULL_TEXT_TABLE = f"CREATE VIRTUAL TABLE lead_text USING fts5({_F}, content='lead', content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='1 2 3')"
FULL_TEXT_TRIGGERS = {
    "lead_text_insert": f"CREATE TRIGGER lead_text_insert AFTER INSERT ON lead BEGIN INSERT INTO lead_text(rowid, {_F}) VALUES (new.id, {_NEW}); END",
    "lead_text_delete": f"CREATE TRIGGER lead_text_delete AFTER DELETE ON lead BEGIN INSERT INTO lead_text(lead_text, rowid, {_F}) VALUES ('delete', old.id, {_OLD}); END",
    "lead_text_update": f"CREATE TRIGGER lead_text_update AFTER UPDATE OF {_F} ON lead BEGIN INSERT INTO lead_text(lead_text, rowid, {_F}) VALUES ('delete', old.id, {_OLD}); INSERT INTO lead_text(rowid, {_F}) VALUES (new.id, {_NEW}); END",
}


def transition_trigger() -> str:
    """Return the trigger that refuses every move of a delivery that the ledger doesn't list."""
    legal = " OR ".join(f"(old.state = '{a}' AND new.state = '{b}')" for a, b in sorted(TRANSITIONS))
    return (
        "CREATE TRIGGER delivery_transition BEFORE UPDATE OF state ON delivery "
        f"WHEN old.state <> new.state AND NOT ({legal}) "
        "BEGIN SELECT RAISE(ABORT, 'illegal move of a delivery'); END"
    )


def statements() -> list[str]:
    """Return every statement of the schema, in order."""
    dialect = sqlite.dialect()  # type: ignore[no-untyped-call]
    made = []
    for table in metadata.sorted_tables:
        made.append(str(CreateTable(table).compile(dialect=dialect)).strip())
        made += [str(CreateIndex(i).compile(dialect=dialect)).strip() for i in sorted(table.indexes, key=lambda i: i.name or "")]
    return [*made, FULL_TEXT_TABLE, *FULL_TEXT_TRIGGERS.values(), transition_trigger()]
