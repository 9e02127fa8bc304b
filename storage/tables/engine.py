"""The engine's own row, accounts and their breakers."""

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

from engine.domain.takeover import Hold
from storage.tables.columns import flag, listed, metadata, moment, number, words

engine_state = Table(
    "engine_state",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    Column("db_uuid", String, nullable=False),
    Column("lineage", String, nullable=False),
    Column("machine_id", String, nullable=False),
    Column("boot_id", String, nullable=False),
    number("send_seq", 0),
    number("pause_epoch", 0),
    flag("is_paused"),
    # why nothing is sent until a person has decided, "" while nothing stands against it
    Column(
        "hold",
        String,
        CheckConstraint(f"hold IN ({listed(('', *Hold))})", name="hold"),
        nullable=False,
        server_default=text("''"),
    ),
    words("hold_why"),
    moment("hold_ms"),
    # the moments of the last starts that found a send under way, as a list in JSON
    words("rough_starts", "[]"),
    # set in a backup's own copy: when it was taken
    moment("backup_ms"),
)

outage = Table(
    "outage",
    metadata,
    # reads of an account that failed for a while; `recovery_ms` are real ones, from the first good answer until all of
    # them worked again
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("account.id", ondelete="RESTRICT"), nullable=False),
    moment("began_ms", nullable=False),
    moment("ended_ms", nullable=False),
    Column("recovery_ms", Integer, nullable=False),
    Index("ix_outage_account_id", "account_id"),
)

lost_send = Table(
    "lost_send",
    metadata,
    # a request that the send journal knows and this database doesn't: the file went back in time
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("uuid", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("person", String, nullable=False),
    Column("body_sha", String, nullable=False),
    moment("at_ms", nullable=False),
    moment("settled_ms"),
    Index("ix_lost_send_person", "person", sqlite_where=text("settled_ms IS NULL")),
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
    # the last reading that ended where it should and named everybody: whoever it didn't show had not accepted
    moment("relations_whole_ms"),
    Column("relations_cursor", Text),
    moment("replies_read_ms"),
    moment("invitations_seen_ms"),
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
