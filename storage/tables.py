"""The tables: names, constraints and indexes that do the work. No queries here.

Times are integer milliseconds UTC (`…_ms`). Triggers and the full-text table live in the migrations.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from engine.domain.ledger import OPEN_STATES, DeliveryKind, DeliveryState

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _listed(values: object) -> str:
    return ", ".join(f"'{v}'" for v in values)  # type: ignore[attr-defined]


def _key(target: str, *, nullable: bool = False) -> Column[int]:
    name = target.split(".")[0] + "_id"
    return Column(name, Integer, ForeignKey(target, ondelete="RESTRICT"), nullable=nullable)


def _flag(name: str, default: int = 0) -> Column[int]:
    return Column(
        name,
        Integer,
        CheckConstraint(f"{name} IN (0, 1)", name=name),
        nullable=False,
        server_default=text(str(default)),
    )


def _ms(name: str, *, nullable: bool = True) -> Column[int]:
    return Column(name, Integer, nullable=nullable)


def _number(name: str, default: int) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=text(str(default)))


def _text(name: str, default: str = "") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=text(f"'{default}'"))


engine_state = Table(
    "engine_state",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    Column("db_uuid", String, nullable=False),
    Column("lineage", String, nullable=False),
    Column("machine_id", String, nullable=False),
    Column("boot_id", String, nullable=False),
    _number("send_seq", 0),
    _number("hwm_ms", 0),
    _number("pause_epoch", 0),
    _flag("is_paused"),
)

account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", String, nullable=False),
    Column("provider_account_id", String, nullable=False),
    Column("name", String, nullable=False),
    _text("member_id"),
    _text("public_identifier"),
    _text("first_name"),
    Column(
        "status",
        String,
        CheckConstraint(
            "status IN ('ok', 'connecting', 'disconnected', 'restricted', 'key', 'unknown')", name="status"
        ),
        nullable=False,
    ),
    _text("status_why"),
    _ms("status_ms"),
    Column("time_zone", String, nullable=False),
    Column("days", String, nullable=False),
    Column("start_minute", Integer, nullable=False),
    Column("end_minute", Integer, nullable=False),
    _number("invites_per_day", 15),
    _number("invites_per_week", 80),
    _number("messages_per_day", 25),
    _number("profile_reads_per_day", 40),
    _number("withdrawals_per_day", 15),
    _number("gap_min_s", 180),
    _number("gap_max_s", 480),
    _flag("has_warm_up", 1),
    _ms("warm_up_from_ms"),
    _flag("is_paid"),
    _number("not_before_ms", 0),
    _ms("relations_full_ms"),
    _ms("relations_read_ms"),
    Column("relations_cursor", Text),
    _ms("replies_read_ms"),
    _ms("messages_seen_ms"),
    _ms("created_ms", nullable=False),
    _ms("removed_ms"),
    UniqueConstraint("address", "provider_account_id"),
)

breaker = Table(
    "breaker",
    metadata,
    Column("account_id", Integer, ForeignKey("account.id", ondelete="RESTRICT"), primary_key=True),
    Column("action", String, primary_key=True),
    _ms("opened_ms", nullable=False),
    _ms("until_ms"),
    Column("why", Text, nullable=False),
    _number("level", 0),
    _flag("is_open", 1),
)

lead = Table(
    "lead",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("identity_key", String, nullable=False),
    Column("provider_id", String),
    Column("public_identifier", String),
    _text("first_name"),
    _text("last_name"),
    _text("company"),
    _text("title"),
    _text("headline"),
    _text("location"),
    _text("industry"),
    _text("email"),
    _text("website"),
    _text("custom", "{}"),
    _ms("created_ms", nullable=False),
    _ms("forgotten_ms"),
    UniqueConstraint("identity_key"),
    UniqueConstraint("provider_id"),
)

lead_alias = Table(
    "lead_alias",
    metadata,
    Column("alias", String, primary_key=True),
    _key("lead.id"),
    Index("ix_lead_alias_lead_id", "lead_id"),
    sqlite_with_rowid=False,
)

campaign = Table(
    "campaign",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    _key("account.id", nullable=True),
    Column(
        "state",
        String,
        CheckConstraint("state IN ('draft', 'running', 'paused', 'finished', 'archived')", name="state"),
        nullable=False,
    ),
    Column(
        "pause",
        String,
        CheckConstraint("pause IN ('none', 'all', 'invitations', 'follow_ups')", name="pause"),
        nullable=False,
        server_default=text("'none'"),
    ),
    Column("weight", Integer, CheckConstraint("weight >= 1", name="weight"), nullable=False, server_default=text("1")),
    Column("time_zone", String),
    Column("days", String),
    Column("start_minute", Integer),
    Column("end_minute", Integer),
    Column("version_id", Integer),
    _number("ask_first", 0),
    _ms("created_ms", nullable=False),
    _ms("started_ms"),
    _ms("finished_ms"),
    Index("uq_campaign_name", text("lower(name)"), unique=True),
)

campaign_share = Table(
    "campaign_share",
    metadata,
    Column("account_id", Integer, ForeignKey("account.id", ondelete="RESTRICT"), primary_key=True),
    Column("campaign_id", Integer, ForeignKey("campaign.id", ondelete="RESTRICT"), primary_key=True),
    Column("lane", String, primary_key=True),
    Column("virtual_millis", Integer, nullable=False),
)

sequence_version = Table(
    "sequence_version",
    metadata,
    Column("id", Integer, primary_key=True),
    _key("campaign.id"),
    Column("n", Integer, nullable=False),
    Column("steps", Text, nullable=False),
    _ms("created_ms", nullable=False),
    _ms("frozen_ms"),
    UniqueConstraint("campaign_id", "n"),
)

enrolment = Table(
    "enrolment",
    metadata,
    Column("id", Integer, primary_key=True),
    _key("campaign.id"),
    _key("lead.id"),
    _key("account.id", nullable=True),
    Column("version_id", Integer, ForeignKey("sequence_version.id", ondelete="RESTRICT")),
    Column("batch_id", Integer),
    _ms("enrolled_ms", nullable=False),
    _ms("started_ms"),
    _ms("invited_ms"),
    _flag("invited_by_hand"),
    _flag("is_unconfirmed"),
    _ms("connected_ms"),
    _flag("was_connected"),
    _ms("withdrawn_ms"),
    _text("withdrawn_why"),
    _ms("replied_ms"),
    _ms("hand_wrote_ms"),
    _ms("excluded_ms"),
    _text("excluded_why"),
    _text("attention_why"),
    # kept by storage.repositories.enrolments.replan alone, so that they can be filtered and sorted
    Column("stage", String, nullable=False, server_default=text("'pending_invite'")),
    _flag("is_active", 1),
    _number("steps_ended", 0),
    _number("messages_sent", 0),
    Column("next_action", String),
    _ms("next_ms"),
    _text("next_why"),
    _ms("wake_ms"),
    UniqueConstraint("campaign_id", "lead_id"),
    Index("ix_enrolment_lead_id", "lead_id"),
    Index("ix_enrolment_campaign_id_stage", "campaign_id", "stage"),
    Index("ix_enrolment_wake_ms", "wake_ms", sqlite_where=text("wake_ms IS NOT NULL")),
    Index("ix_enrolment_active", "campaign_id", sqlite_where=text("is_active = 1")),
)

lead_claim = Table(
    "lead_claim",
    metadata,
    Column("account_id", Integer, ForeignKey("account.id", ondelete="RESTRICT"), primary_key=True),
    Column("lead_id", Integer, ForeignKey("lead.id", ondelete="RESTRICT"), primary_key=True),
    _key("enrolment.id"),
    Index("ix_lead_claim_enrolment_id", "enrolment_id"),
)

_OPEN = f"state IN ({_listed(sorted(OPEN_STATES))})"
_OPEN_OR_SENT = f"state IN ({_listed(sorted(OPEN_STATES | {DeliveryState.SENT}))})"

IS_OPEN = text(f"delivery.{_OPEN}")
"""The condition of the partial indexes on open rows, word for word: SQLite uses them for nothing else."""
IS_PLANNED = text("delivery.state = 'planned'")
"""The condition of the partial index on planned rows, word for word."""

delivery = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uuid", String, nullable=False, unique=True),
    _key("account.id"),
    _key("lead.id"),
    _key("enrolment.id", nullable=True),
    _key("campaign.id", nullable=True),
    Column("step_key", String, nullable=False),
    Column("kind", String, CheckConstraint(f"kind IN ({_listed(DeliveryKind)})", name="kind"), nullable=False),
    Column("state", String, CheckConstraint(f"state IN ({_listed(DeliveryState)})", name="state"), nullable=False),
    _ms("due_ms", nullable=False),
    _number("not_before_ms", 0),
    Column("body", Text),
    Column("body_sha", String),
    Column("claim_boot", String),
    _ms("ended_ms"),
    _ms("prior_unknown_ms"),
    _number("looks", 0),
    _ms("next_look_ms"),
    _ms("negative_look_ms"),
    _text("reason"),
    _text("evidence"),
    Column("provider_message_id", String, unique=True),
    Column("provider_invitation_id", String, unique=True),
    Column("chat_id", String),
    Column(
        "resolved_by",
        String,
        CheckConstraint("resolved_by IN ('response', 'read', 'human', 'assumed')", name="resolved_by"),
    ),
    _flag("is_rearmed"),
    _number("soft_refusals", 0),
    UniqueConstraint("enrolment_id", "step_key"),
    Index(
        "uq_delivery_one_open", "account_id", "lead_id", unique=True, sqlite_where=text(f"kind <> 'reply' AND {_OPEN}")
    ),
    Index(
        "uq_delivery_one_invite",
        "account_id",
        "lead_id",
        unique=True,
        sqlite_where=text(f"kind = 'invite' AND is_rearmed = 0 AND {_OPEN_OR_SENT}"),
    ),
    Index(
        "uq_delivery_same_text",
        "account_id",
        "lead_id",
        "body_sha",
        unique=True,
        sqlite_where=text(f"kind = 'message' AND is_rearmed = 0 AND {_OPEN_OR_SENT}"),
    ),
    Index("ix_delivery_planned", "campaign_id", "kind", "due_ms", "id", sqlite_where=text("state = 'planned'")),
    Index("ix_delivery_open", "account_id", "state", sqlite_where=text(_OPEN)),
    Index("ix_delivery_sent", "account_id", "ended_ms", sqlite_where=text("state = 'sent'")),
)

attempt = Table(
    "attempt",
    metadata,
    Column("delivery_id", Integer, ForeignKey("delivery.id", ondelete="RESTRICT"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("boot_id", String, nullable=False),
    Column("seq", Integer, nullable=False, unique=True),
    _flag("is_fired"),
    _ms("armed_ms", nullable=False),
    _ms("ended_ms"),
    Column("http_status", Integer),
    Column("error_type", String),
    Column("cause", String),
    Column("verdict", String),
    _text("detail"),
)

budget_use = Table(
    "budget_use",
    metadata,
    Column("id", Integer, primary_key=True),
    _key("account.id"),
    Column(
        "action",
        String,
        CheckConstraint("action IN ('invite', 'note', 'message', 'profile_read', 'withdraw')", name="action"),
        nullable=False,
    ),
    _ms("at_ms", nullable=False),
    Column("delivery_id", Integer),
    Column("attempt_n", Integer),
    Column(
        "source",
        String,
        CheckConstraint("source IN ('ours', 'observed')", name="source"),
        nullable=False,
        server_default=text("'ours'"),
    ),
    Index("ix_budget_use_account_id_action_at_ms", "account_id", "action", "at_ms"),
    Index(
        "uq_budget_use_attempt",
        "delivery_id",
        "attempt_n",
        "action",
        unique=True,
        sqlite_where=text("delivery_id IS NOT NULL"),
    ),
)

chat = Table(
    "chat",
    metadata,
    Column("account_id", Integer, ForeignKey("account.id", ondelete="RESTRICT"), primary_key=True),
    Column("chat_id", String, primary_key=True),
    _key("lead.id", nullable=True),
    Index("ix_chat_lead_id", "lead_id"),
)

message = Table(
    "message",
    metadata,
    Column("id", Integer, primary_key=True),
    _key("account.id"),
    _key("lead.id"),
    Column("provider_message_id", String, nullable=False),
    Column("chat_id", String, nullable=False),
    _flag("is_ours"),
    Column("author", String, CheckConstraint("author IN ('lead', 'us', 'hand')", name="author"), nullable=False),
    Column("kind", String, nullable=False),
    _text("body"),
    _ms("at_ms", nullable=False),
    _ms("seen_ms", nullable=False),
    UniqueConstraint("account_id", "provider_message_id"),
    Index("ix_message_lead_id_at_ms", "lead_id", "at_ms"),
)

relation = Table(
    "relation",
    metadata,
    Column("account_id", Integer, ForeignKey("account.id", ondelete="RESTRICT"), primary_key=True),
    Column("member_key", String, primary_key=True),
    Column("public_identifier", String),
    _ms("connected_ms"),
    Index("ix_relation_account_id_public_identifier", "account_id", "public_identifier"),
    sqlite_with_rowid=False,
)

activity = Table(
    "activity",
    metadata,
    Column("id", Integer, primary_key=True),
    _ms("at_ms", nullable=False),
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
    _ms("at_ms", nullable=False),
    Column("file_name", Text, nullable=False),
    _key("campaign.id", nullable=True),
    _number("rows_read", 0),
    _number("rows_new", 0),
    _number("rows_merged", 0),
    _number("rows_unchanged", 0),
    _ms("finished_ms"),
)

import_problem = Table(
    "import_problem",
    metadata,
    Column("id", Integer, primary_key=True),
    _key("import_batch.id"),
    Column("row", Integer, nullable=False),
    Column("column_name", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("cells", Text, nullable=False),
    Index("ix_import_problem_import_batch_id", "import_batch_id"),
)

forgotten = Table(
    "forgotten",
    metadata,
    Column("identity_hash", String, primary_key=True),
    sqlite_with_rowid=False,
)
