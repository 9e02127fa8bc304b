"""What the ledger says of a disturbance: what was under way, what went out meanwhile, what came after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from storage.column_types import to_ms
from storage.tables import IS_OPEN, attempt, delivery


@dataclass(frozen=True, kw_only=True)
class Disturbance:
    """Counts of sends: delivered meanwhile, not yet known, asked about, and whether anything went out twice."""

    sent: int
    unknown: int
    questions: int
    twice: int


def disturbance(connection: Connection, since: datetime) -> Disturbance:
    """Count from the ledger what happened since a moment."""
    rows = connection.execute(select(delivery.c.state, func.count()).where(IS_OPEN).group_by(delivery.c.state))
    states = {row[0]: row[1] for row in rows}
    sent = connection.execute(
        select(func.count()).select_from(attempt).where(attempt.c.verdict == "sent", attempt.c.ended_ms >= to_ms(since))
    ).scalar_one()
    twice = connection.execute(
        select(func.count()).select_from(
            select(attempt.c.delivery_id)
            .where(attempt.c.verdict == "sent")
            .group_by(attempt.c.delivery_id)
            .having(func.count() > 1)
            .subquery()
        )
    ).scalar_one()
    return Disturbance(sent=sent, unknown=states.get("unknown", 0), questions=states.get("human", 0), twice=twice)
