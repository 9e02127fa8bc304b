"""Leads, what is known of them, and what was said."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.tables.columns import flag, key_to, metadata, moment, number, words

lead = Table(
    "lead",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("identity_key", String, nullable=False),
    Column("provider_id", String),
    Column("public_identifier", String),
    words("first_name"),
    words("last_name"),
    words("company"),
    words("title"),
    words("headline"),
    words("location"),
    words("industry"),
    words("email"),
    words("website"),
    words("custom", "{}"),
    # what the person at the window wrote down about them; never a variable of a text
    words("note"),
    moment("created_ms", nullable=False),
    moment("forgotten_ms"),
    # what is left of a lead that was the same person as another one
    Column("merged_into_id", Integer, ForeignKey("lead.id", ondelete="RESTRICT")),
    UniqueConstraint("identity_key"),
    UniqueConstraint("provider_id"),
    # without it, each lead that is deleted reads all leads
    Index("ix_lead_merged_into_id", "merged_into_id", sqlite_where=text("merged_into_id IS NOT NULL")),
)

lead_alias = Table(
    "lead_alias",
    metadata,
    Column("alias", String, primary_key=True),
    key_to("lead.id"),
    Index("ix_lead_alias_lead_id", "lead_id"),
    sqlite_with_rowid=False,
)

chat = Table(
    "chat",
    metadata,
    Column("account_id", Integer, ForeignKey("account.id", ondelete="RESTRICT"), primary_key=True),
    Column("chat_id", String, primary_key=True),
    key_to("lead.id", nullable=True),
    Column("provider_id", String),
    Index("ix_chat_lead_id", "lead_id"),
    Index("ix_chat_provider_id", "provider_id", sqlite_where=text("lead_id IS NULL")),
)

message = Table(
    "message",
    metadata,
    Column("id", Integer, primary_key=True),
    key_to("account.id"),
    key_to("lead.id"),
    Column("provider_message_id", String, nullable=False),
    Column("chat_id", String, nullable=False),
    flag("is_ours"),
    Column("author", String, CheckConstraint("author IN ('lead', 'us', 'hand')", name="author"), nullable=False),
    Column("kind", String, nullable=False),
    words("body"),
    moment("at_ms", nullable=False),
    moment("seen_ms", nullable=False),
    UniqueConstraint("account_id", "provider_message_id"),
    Index("ix_message_lead_id_at_ms", "lead_id", "at_ms"),
)

relation = Table(
    "relation",
    metadata,
    Column("account_id", Integer, ForeignKey("account.id", ondelete="RESTRICT"), primary_key=True),
    Column("member_key", String, primary_key=True),
    Column("public_identifier", String),
    moment("connected_ms"),
    Index("ix_relation_account_id_public_identifier", "account_id", "public_identifier"),
    sqlite_with_rowid=False,
)

activity = Table(
    "activity",
    metadata,
    Column("id", Integer, primary_key=True),
    moment("at_ms", nullable=False),
    Column("kind", String, nullable=False),
    Column("words", Text, nullable=False),
    Column("account_id", Integer),
    Column("campaign_id", Integer),
    Column("enrolment_id", Integer),
    Column("lead_id", Integer),
    Index("ix_activity_lead_id", "lead_id", sqlite_where=text("lead_id IS NOT NULL")),
    Index("ix_activity_campaign_id", "campaign_id", sqlite_where=text("campaign_id IS NOT NULL")),
)

import_batch = Table(
    "import_batch",
    metadata,
    Column("id", Integer, primary_key=True),
    moment("at_ms", nullable=False),
    Column("file_name", Text, nullable=False),
    key_to("campaign.id", nullable=True),
    number("rows_read", 0),
    number("rows_new", 0),
    number("rows_merged", 0),
    number("rows_unchanged", 0),
    number("rows_skipped", 0),
    # how its rows were read, so that the ones with a problem can be mended later
    words("columns", "{}"),
    moment("finished_ms"),
    moment("undone_ms"),
)

import_created = Table(
    "import_created",
    metadata,
    # the leads that a batch added, from one id to another: an import can be taken back
    Column("import_batch_id", Integer, ForeignKey("import_batch.id", ondelete="RESTRICT"), primary_key=True),
    Column("first_lead_id", Integer, primary_key=True),
    Column("last_lead_id", Integer, nullable=False),
    sqlite_with_rowid=False,
)

import_change = Table(
    "import_change",
    metadata,
    # what a batch changed in a lead that was there before; an old value of NULL was no value at all
    Column("id", Integer, primary_key=True),
    key_to("import_batch.id"),
    key_to("lead.id"),
    Column("field", String, nullable=False),
    Column("old_value", Text),
    Column("new_value", Text, nullable=False),
    Index("ix_import_change_import_batch_id", "import_batch_id"),
    Index("ix_import_change_lead_id", "lead_id"),
)

import_problem = Table(
    "import_problem",
    metadata,
    Column("id", Integer, primary_key=True),
    key_to("import_batch.id"),
    Column("row", Integer, nullable=False),
    Column("column_name", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("cells", Text, nullable=False),
    Column("fixed_batch_id", Integer, ForeignKey("import_batch.id", ondelete="RESTRICT")),
    Index("ix_import_problem_import_batch_id", "import_batch_id"),
    Index("ix_import_problem_fixed_batch_id", "fixed_batch_id", sqlite_where=text("fixed_batch_id IS NOT NULL")),
)

forgotten = Table(
    "forgotten",
    metadata,
    Column("identity_hash", String, primary_key=True),
    sqlite_with_rowid=False,
)
