"""Enrolments as rows for lists and exports."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, select

from storage.tables import account, campaign, enrolment, lead, sequence_version


def enrolment_rows(
    connection: Connection, *, campaign_id: int | None = None, stage: str | None = None
) -> list[Row[Any]]:
    """Return a row per enrolment, in order of import."""
    query = (
        select(
            enrolment,
            lead.c.public_identifier,
            lead.c.provider_id,
            lead.c.first_name,
            lead.c.last_name,
            lead.c.company,
            lead.c.title,
            lead.c.identity_key,
            lead.c.email,
            lead.c.location,
            campaign.c.name.label("campaign_name"),
            campaign.c.state.label("campaign_state"),
            account.c.name.label("account_name"),
            sequence_version.c.steps,
        )
        .join(lead, lead.c.id == enrolment.c.lead_id)
        .join(campaign, campaign.c.id == enrolment.c.campaign_id)
        .join(sequence_version, sequence_version.c.id == func.coalesce(enrolment.c.version_id, campaign.c.version_id))
        .outerjoin(account, account.c.id == enrolment.c.account_id)
        .order_by(enrolment.c.id)
    )
    if campaign_id is not None:
        query = query.where(enrolment.c.campaign_id == campaign_id)
    if stage is not None:
        query = query.where(enrolment.c.stage == stage)
    return list(connection.execute(query).all())
