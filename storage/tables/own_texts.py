"""Texts written for one person alone: they stand in for what the sequence would say to them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text

from storage.tables.columns import metadata

enrolment_text = Table(
    "enrolment_text",
    metadata,
    # part of its enrolment, not of the history: what was sent is in the ledger, word for word
    Column("enrolment_id", Integer, ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True),
    Column("step_key", String, primary_key=True),
    Column("body", Text, nullable=False),
    sqlite_with_rowid=False,
)
