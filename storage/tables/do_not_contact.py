"""Whom the person never wants contacted. No foreign key to leads: an entry holds for who comes later, too."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, String, Table, Text, UniqueConstraint

from engine.domain.do_not_contact import EntryKind
from storage.tables.columns import listed, metadata, moment, words

do_not_contact = Table(
    "do_not_contact",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String, CheckConstraint(f"kind IN ({listed(EntryKind)})", name="kind"), nullable=False),
    Column("entry_key", String, CheckConstraint("entry_key <> ''", name="entry_key"), nullable=False),
    Column("shown", Text, nullable=False),
    words("reason"),
    moment("added_ms", nullable=False),
    UniqueConstraint("kind", "entry_key"),
)
