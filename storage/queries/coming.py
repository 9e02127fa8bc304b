"""What is planned next: the heads of every campaign's queues, read from the index, merged by due moment."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.domain.planner import LANE_OF_KIND
from storage.tables import IS_PLANNED, campaign, delivery, lead

_HEADS = (
    select(
        delivery.c.id,
        delivery.c.kind,
        delivery.c.due_ms,
        delivery.c.lead_id,
        delivery.c.campaign_id,
        lead.c.first_name,
        lead.c.last_name,
        lead.c.public_identifier,
        campaign.c.name.label("campaign_name"),
    )
    .join(lead, lead.c.id == delivery.c.lead_id)
    .join(campaign, campaign.c.id == delivery.c.campaign_id)
)


def planned_next(connection: Connection, campaign_ids: Sequence[int], limit: int) -> list[Row[Any]]:
    """Return the next planned rows of these campaigns, soonest first."""
    queues: list[Sequence[Any]] = [
        connection.execute(
            _HEADS.where(delivery.c.campaign_id == campaign_id, delivery.c.kind == kind, IS_PLANNED)
            .order_by(delivery.c.due_ms, delivery.c.id)
            .limit(limit)
        ).all()
        for campaign_id in campaign_ids
        for kind in LANE_OF_KIND
    ]
    return heapq.nsmallest(limit, (row for queue in queues for row in queue), key=lambda r: (r.due_ms, r.id))


def active_campaign_ids(connection: Connection) -> Sequence[int]:
    """Return the campaigns that run or are paused."""
    return connection.execute(select(campaign.c.id).where(campaign.c.state.in_(("running", "paused")))).scalars().all()
