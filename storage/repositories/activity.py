"""The activity log: written in the transaction of the fact that it tells of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from storage.column_types import to_ms
from storage.tables import activity
from storage.unit_of_work import UnitOfWork


def is_newest(uow: UnitOfWork, lead_id: int, words: str) -> bool:
    """Whether a lead's newest line says the same."""
    newest = select(activity.c.words).where(activity.c.lead_id == lead_id).order_by(activity.c.id.desc()).limit(1)
    return uow.connection.execute(newest).scalar_one_or_none() == words


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
