"""The engine's own row, accounts and their breakers."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables.columns import flag, metadata, moment, number, words

engine_state = Table(
    "engine_state",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    Column("db_uuid", String, nullable=False),
    Column("lineage", String, nullable=False),
    Column("machine_id", String, nullable=False),
    Column("boot_id", String, nullable=False),
    number("send_seq", 0),
    number("hwm_ms", 0),
    number("pause_epoch", 0),
    flag("is_paused"),
)

account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", String, nullable=False),
    Column("provider_account_id", String, nullable=False),
    Column("name", String, nullable=False),
    words("member_id"),
    words("public_identifier"),
    words("first_name"),
    Column(
        "status",
        String,
        CheckConstraint(
            "status IN ('ok', 'connecting', 'disconnected', 'restricted', 'key', 'unknown')", name="status"
        ),
        nullable=False,
    ),
    words("status_why"),
    moment("status_ms"),
    Column("time_zone", String, nullable=False),
    Column("days", String, nullable=False),
    Column("start_minute", Integer, nullable=False),
    Column("end_minute", Integer, nullable=False),
    number("invites_per_day", 15),
    number("invites_per_week", 80),
    number("messages_per_day", 25),
    number("profile_reads_per_day", 40),
    number("withdrawals_per_day", 15),
    number("gap_min_s", 180),
    number("gap_max_s", 480),
    flag("has_warm_up", 1),
    moment("warm_up_from_ms"),
    flag("is_paid"),
    number("not_before_ms", 0),
    moment("relations_full_ms"),
    moment("relations_read_ms"),
    Column("relations_cursor", Text),
    moment("replies_read_ms"),
    moment("messages_seen_ms"),
    moment("created_ms", nullable=False),
    moment("removed_ms"),
    UniqueConstraint("address", "provider_account_id"),
)

breaker = Table(
    "breaker",
    metadata,
    Column("account_id", Integer, ForeignKey("account.id", ondelete="RESTRICT"), primary_key=True),
    Column("action", String, primary_key=True),
    moment("opened_ms", nullable=False),
    moment("until_ms"),
    Column("why", Text, nullable=False),
    number("level", 0),
    flag("is_open", 1),
)
