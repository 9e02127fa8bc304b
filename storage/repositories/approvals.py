"""Requests for approval: made once with their exact text, decided once, never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update

from engine.domain import approvals as rules
from engine.domain.approvals import ApprovalState
from engine.errors import LeadloomBug
from storage.column_types import to_ms
from storage.queries.asking import approved_or_sent
from storage.repositories.deliveries import body_hash
from storage.tables import IS_STANDING, approval, campaign
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Request:
    """A question about one send, with the exact text that was shown."""

    request_id: int
    delivery_id: int
    campaign_id: int
    state: ApprovalState
    body: str | None


def find(uow: UnitOfWork, request_id: int) -> Request | None:
    """Return a request, or None."""
    row = uow.connection.execute(select(approval).where(approval.c.id == request_id)).one_or_none()
    return None if row is None else _request(row)


def standing(uow: UnitOfWork, delivery_id: int) -> Request | None:
    """Return the open request or the approval of a delivery, or None."""
    row = uow.connection.execute(
        select(approval).where(approval.c.delivery_id == delivery_id, IS_STANDING)
    ).one_or_none()
    return None if row is None else _request(row)


def _request(row: object) -> Request:
    found = row._mapping  # type: ignore[attr-defined]
    return Request(
        request_id=found["id"],
        delivery_id=found["delivery_id"],
        campaign_id=found["campaign_id"],
        state=ApprovalState(found["state"]),
        body=found["body"],
    )


def add(
    uow: UnitOfWork,
    *,
    delivery_id: int,
    campaign_id: int,
    body: str | None,
    version_id: int,
    variant: int,
    values: Mapping[str, str],
    now: datetime,
) -> None:
    """Ask about a delivery, with what its text was made of."""
    uow.connection.execute(
        insert(approval).values(
            delivery_id=delivery_id,
            campaign_id=campaign_id,
            state=ApprovalState.OPEN,
            asked_ms=to_ms(now),
            body=body,
            body_sha=body_hash(body) if body else None,
            version_id=version_id,
            variant=variant,
            lead_values=json.dumps(dict(values), ensure_ascii=False),
        )
    )
    uow.changed("approval", delivery_id)


def decide(uow: UnitOfWork, request: Request, state: ApprovalState, now: datetime) -> None:
    """Move a request on. Raises: LeadloomBug when it isn't where it was."""
    moved = uow.connection.execute(
        update(approval)
        .where(approval.c.id == request.request_id, approval.c.state == request.state)
        .values(state=state, decided_ms=to_ms(now))
    ).rowcount
    if moved != 1:
        raise LeadloomBug(f"request {request.request_id} is not {request.state}")
    uow.changed("approval", request.delivery_id)


def count_approved(uow: UnitOfWork, campaign_id: int, now: datetime) -> None:
    """One send less is asked about."""
    left = uow.connection.execute(
        update(campaign)
        .where(campaign.c.id == campaign_id)
        .values(ask_left=func.max(0, campaign.c.ask_left - 1))
        .returning(campaign.c.ask_left)
    ).scalar_one()
    if not left:
        _end_asking(uow, campaign_id, now)


def ask_first(uow: UnitOfWork, campaign_id: int, first: int, now: datetime) -> None:
    """Ask before each of a campaign's first so many sends; those approved or sent before count."""
    uow.connection.execute(update(campaign).where(campaign.c.id == campaign_id).values(ask_first=first))
    count_again(uow, campaign_id, now)


def count_again(uow: UnitOfWork, campaign_id: int, now: datetime) -> None:
    """Count from the rows before how many more sends is asked: an approval was given, or is worth nothing any more."""
    first = uow.connection.execute(select(campaign.c.ask_first).where(campaign.c.id == campaign_id)).scalar_one()
    left = rules.left_of(first, approved_or_sent(uow.connection, campaign_id)) if first else 0
    marks = {"ask_since_ms": to_ms(now), "ask_until_ms": None} if left else {}
    uow.connection.execute(update(campaign).where(campaign.c.id == campaign_id).values(ask_left=left, **marks))
    if not left:
        _end_asking(uow, campaign_id, now)
    uow.changed("campaign", campaign_id)


def _end_asking(uow: UnitOfWork, campaign_id: int, now: datetime) -> None:
    uow.connection.execute(
        update(campaign)
        .where(campaign.c.id == campaign_id, campaign.c.ask_until_ms.is_(None))
        .values(ask_until_ms=to_ms(now))
    )
    uow.changed("campaign", campaign_id)
