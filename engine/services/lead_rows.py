"""A row of the list of leads: one enrolment, with its facts and its future."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from engine.domain.lead_future import unstarted_why
from storage.column_types import maybe_from_ms, sequence_of


@dataclass(frozen=True, kw_only=True)
class LeadRow:
    """One enrolment of a lead."""

    enrolment_id: int
    lead: int
    public_identifier: str | None
    provider_id: str | None
    first_name: str
    last_name: str
    company: str
    title: str
    campaign: str
    account: str | None
    stage: str
    step: int
    steps: int
    invited_at: datetime | None
    connected_at: datetime | None
    messages_sent: int
    replied_at: datetime | None
    next_action: str | None
    next_at: datetime | None
    next_why: str
    reason: str | None


def lead_row(row: Row[Any]) -> LeadRow:
    """Return the value of a row of `lead_lists.enrolment_rows`."""
    waits = unstarted_why(row.campaign_state, is_started=row.started_ms is not None) if row.is_active else ""
    return LeadRow(
        enrolment_id=row.id,
        lead=row.lead_id,
        public_identifier=row.public_identifier,
        provider_id=row.provider_id,
        first_name=row.first_name,
        last_name=row.last_name,
        company=row.company,
        title=row.title,
        campaign=row.campaign_name,
        account=row.account_name,
        stage=row.stage,
        step=row.steps_ended,
        steps=len([s for s in sequence_of(row.steps).steps if s.kind != "branch"]),
        invited_at=maybe_from_ms(row.invited_ms),
        connected_at=maybe_from_ms(row.connected_ms),
        messages_sent=row.messages_sent,
        replied_at=maybe_from_ms(row.replied_ms),
        next_action=row.next_action,
        next_at=maybe_from_ms(row.next_ms),
        next_why=waits or row.next_why,
        reason=_reason(row),
    )


def _reason(row: Row[Any]) -> str | None:
    words = {
        "excluded": row.excluded_why,
        "withdrawn": row.withdrawn_why,
        "needs_attention": row.attention_why or row.next_why,
    }
    return words.get(row.stage) or None
