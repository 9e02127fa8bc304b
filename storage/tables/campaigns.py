"""Campaigns, their sequences, and the leads enrolled in them."""

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

campaign = Table(
    "campaign",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    key_to("account.id", nullable=True),
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
    moment("created_ms", nullable=False),
    moment("started_ms"),
    moment("finished_ms"),
    # before how many more sends a person is asked; while some are left, none goes without an approval
    number("ask_left", 0),
    number("ask_first", 0),
    moment("ask_since_ms"),
    moment("ask_until_ms"),
    # how its sequence, in use, is being changed: not saved as a version yet
    Column("unsaved_steps", Text),
    Index("uq_campaign_name", text("lower(name)"), unique=True),
)

campaign_start = Table(
    "campaign_start",
    metadata,
    # a row is a Start under way: it goes with the commit that ends it, so a Start that was cut short is seen and ended
    Column("campaign_id", Integer, ForeignKey("campaign.id", ondelete="RESTRICT"), primary_key=True),
    flag("is_gate"),
    Column("people_left", Integer),
    number("people_done", 0),
    number("people_held", 0),
    moment("began_ms", nullable=False),
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
    key_to("campaign.id"),
    Column("n", Integer, nullable=False),
    Column("steps", Text, nullable=False),
    moment("created_ms", nullable=False),
    moment("frozen_ms"),
    UniqueConstraint("campaign_id", "n"),
)

enrolment = Table(
    "enrolment",
    metadata,
    Column("id", Integer, primary_key=True),
    key_to("campaign.id"),
    key_to("lead.id"),
    key_to("account.id", nullable=True),
    # of a person who was started again in the same campaign, the newest is the one that goes on
    number("round", 1),
    Column("version_id", Integer, ForeignKey("sequence_version.id", ondelete="RESTRICT")),
    # the version to follow as soon as no row is open
    Column("next_version_id", Integer, ForeignKey("sequence_version.id", ondelete="RESTRICT")),
    moment("moved_ms"),
    Column("batch_id", Integer),
    moment("enrolled_ms", nullable=False),
    moment("started_ms"),
    moment("invited_ms"),
    flag("invited_by_hand"),
    flag("is_unconfirmed"),
    moment("connected_ms"),
    flag("was_connected"),
    # a whole pass over relations had gone by between the acceptance and the moment it was noticed
    flag("seen_late"),
    moment("withdrawn_ms"),
    words("withdrawn_why"),
    moment("replied_ms"),
    moment("hand_wrote_ms"),
    moment("excluded_ms"),
    words("excluded_why"),
    words("attention_why"),
    # decisions of the person: steps passed over (key to moment), the step gone to, the day to go on, what is no answer
    words("passed_steps", "{}"),
    words("chosen_step"),
    moment("chosen_ms"),
    moment("continue_ms"),
    moment("set_aside_ms"),
    # kept by storage.repositories.enrolments.replan alone, so that they can be filtered and sorted
    Column("stage", String, nullable=False, server_default=text("'pending_invite'")),
    flag("is_active", 1),
    number("steps_ended", 0),
    number("messages_sent", 0),
    Column("next_action", String),
    moment("next_ms"),
    words("next_why"),
    moment("wake_ms"),
    # since then the file may not know of a send: each later message is read for first
    moment("verify_ms"),
    UniqueConstraint("campaign_id", "lead_id", "round"),
    Index("ix_enrolment_lead_id", "lead_id"),
    Index("ix_enrolment_campaign_id_stage", "campaign_id", "stage"),
    Index("ix_enrolment_stage_next_ms", "stage", "next_ms"),
    Index("ix_enrolment_replied_ms", "replied_ms", sqlite_where=text("replied_ms IS NOT NULL")),
    Index("ix_enrolment_next_version_id", "next_version_id", sqlite_where=text("next_version_id IS NOT NULL")),
    Index("ix_enrolment_wake_ms", "wake_ms", sqlite_where=text("wake_ms IS NOT NULL")),
    Index("ix_enrolment_needs_attention", "id", sqlite_where=text("stage = 'needs_attention'")),
    Index("ix_enrolment_active", "campaign_id", sqlite_where=text("is_active = 1")),
)

NEEDS_ATTENTION = text("enrolment.stage = 'needs_attention'")
"""The condition of the partial index, word for word: with a bound value SQLite can't use it."""

lead_claim = Table(
    "lead_claim",
    metadata,
    Column("account_id", Integer, ForeignKey("account.id", ondelete="RESTRICT"), primary_key=True),
    Column("lead_id", Integer, ForeignKey("lead.id", ondelete="RESTRICT"), primary_key=True),
    key_to("enrolment.id"),
    Index("ix_lead_claim_enrolment_id", "enrolment_id"),
    Index("ix_lead_claim_lead_id", "lead_id"),
)
