"""The activity log: written in the transaction of the fact that it tells of."""

from __future__ import annotations

from datetime import datetime

from storage.column_types import to_ms
from storage.tables import activity
from storage.unit_of_work import UnitOfWork


def note(
    uow: UnitOfWork,
    now: datetime,
    kind: str,
    words: str,
    *,
    account_id: int | None = None,
    campaign_id: int | None = None,
    enrolment_id: int | None = None,
    lead_id: int | None = None,
) -> None:
    """Append one line; `words` are for a person and plain text."""
    uow.connection.execute(
        activity.insert().values(
            at_ms=to_ms(now),
            kind=kind,
            words=words,
            account_id=account_id,
            campaign_id=campaign_id,
            enrolment_id=enrolment_id,
            lead_id=lead_id,
        )
    )
    if lead_id is not None:
        uow.changed("lead", lead_id)
