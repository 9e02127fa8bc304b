"""The ledger: a row per step, its attempts, and the budget they used."""

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

from engine.domain.approvals import STANDING, ApprovalState
from engine.domain.easing import USAGE_THAT_WARNS
from engine.domain.ledger import OPEN_STATES, DeliveryKind, DeliveryState
from engine.errors import Cause
from storage.tables.columns import flag, key_to, listed, metadata, moment, number, words

_OPEN = f"state IN ({listed(sorted(OPEN_STATES))})"
_STANDING = f"state IN ({listed(sorted(STANDING))})"
_OPEN_OR_SENT = f"state IN ({listed(sorted(OPEN_STATES | {DeliveryState.SENT}))})"

_WARNED = f"cause IN ('{Cause.RATE}', '{Cause.LIMIT}') OR usage_percent >= {USAGE_THAT_WARNS}"

IS_OPEN = text(f"delivery.{_OPEN}")
"""The condition of the partial indexes on open rows, word for word: SQLite uses them for nothing else."""
IS_WARNED = text(f"({_WARNED})")
"""The condition of the partial index on attempts that LinkedIn answered with a warning, word for word."""
IS_STANDING = text(f"approval.{_STANDING}")
"""The condition of the partial indexes on requests that are open or were approved, word for word."""
IS_PLANNED = text("delivery.state = 'planned'")
"""The condition of the partial index on planned rows, word for word."""

delivery = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uuid", String, nullable=False, unique=True),
    key_to("account.id"),
    key_to("lead.id"),
    key_to("enrolment.id", nullable=True),
    key_to("campaign.id", nullable=True),
    Column("step_key", String, nullable=False),
    Column("kind", String, CheckConstraint(f"kind IN ({listed(DeliveryKind)})", name="kind"), nullable=False),
    Column("state", String, CheckConstraint(f"state IN ({listed(DeliveryState)})", name="state"), nullable=False),
    moment("due_ms", nullable=False),
    number("not_before_ms", 0),
    Column("body", Text),
    Column("body_sha", String),
    Column("claim_boot", String),
    moment("ended_ms"),
    moment("prior_unknown_ms"),
    number("looks", 0),
    moment("next_look_ms"),
    moment("negative_look_ms"),
    words("reason"),
    words("evidence"),
    # when the evidence was read
    moment("evidence_ms"),
    Column("provider_message_id", String, unique=True),
    Column("provider_invitation_id", String, unique=True),
    Column("chat_id", String),
    Column(
        "resolved_by",
        String,
        CheckConstraint("resolved_by IN ('response', 'read', 'human', 'assumed')", name="resolved_by"),
    ),
    flag("is_rearmed"),
    number("soft_refusals", 0),
    # when the doubt that a restored or copied file brings was turned into a question to LinkedIn
    moment("verified_ms"),
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
    Index("ix_delivery_lead_id", "lead_id"),
    Index("ix_delivery_sent", "account_id", "ended_ms", sqlite_where=text("state = 'sent'")),
)

approval = Table(
    "approval",
    metadata,
    # a request is never changed: when its text is no longer what would be sent, another one is made
    Column("id", Integer, primary_key=True),
    key_to("delivery.id"),
    key_to("campaign.id"),
    Column(
        "state",
        String,
        CheckConstraint(f"state IN ({listed(ApprovalState)})", name="state"),
        nullable=False,
        server_default=text(f"'{ApprovalState.OPEN}'"),
    ),
    moment("asked_ms", nullable=False),
    moment("decided_ms"),
    Column("body", Text),
    Column("body_sha", String),
    Column("version_id", Integer, ForeignKey("sequence_version.id", ondelete="RESTRICT"), nullable=False),
    number("variant", 0),
    words("lead_values", "{}"),
    Index("uq_approval_standing", "delivery_id", unique=True, sqlite_where=text(_STANDING)),
    Index("ix_approval_standing", "campaign_id", "state", sqlite_where=text(_STANDING)),
    Index("ix_approval_delivery_id", "delivery_id"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("delivery_id", Integer, ForeignKey("delivery.id", ondelete="RESTRICT"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("boot_id", String, nullable=False),
    Column("seq", Integer, nullable=False, unique=True),
    flag("is_fired"),
    moment("armed_ms", nullable=False),
    moment("ended_ms"),
    Column("http_status", Integer),
    Column("error_type", String),
    Column("cause", String),
    Column("verdict", String),
    words("detail"),
    # how much of LinkedIn's own limit was used, where the answer told
    Column("usage_percent", Integer),
    Index("ix_attempt_warned", "armed_ms", sqlite_where=text(_WARNED)),
)

budget_use = Table(
    "budget_use",
    metadata,
    Column("id", Integer, primary_key=True),
    key_to("account.id"),
    Column(
        "action",
        String,
        CheckConstraint("action IN ('invite', 'note', 'message', 'profile_read', 'withdraw')", name="action"),
        nullable=False,
    ),
    moment("at_ms", nullable=False),
    Column("delivery_id", Integer),
    Column("attempt_n", Integer),
    Column(
        "source",
        String,
        CheckConstraint("source IN ('ours', 'observed')", name="source"),
        nullable=False,
        server_default=text("'ours'"),
    ),
    # what was done by hand on LinkedIn, by the provider's own id: each counts once
    Column("object_id", String),
    Index("uq_budget_use_observed", "account_id", "object_id", unique=True, sqlite_where=text("source = 'observed'")),
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
