"""What would reach a person a second time: one text, one invitation. Two indexes keep it out unless a person asked."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Select, select, update

from engine.domain.ledger import OPEN_STATES, DeliveryKind, DeliveryState
from storage.repositories.deliveries import DeliveryRow, body_hash
from storage.tables import delivery
from storage.unit_of_work import UnitOfWork


def has_same_text(uow: UnitOfWork, row: DeliveryRow, body: str) -> bool:
    """Whether another row has brought, or may have brought, this text to this person."""
    same = _same_text(row.account_id, row.lead_id, body_hash(body)).where(delivery.c.id != row.delivery_id)
    return uow.connection.execute(same.limit(1)).first() is not None


def forget_text(uow: UnitOfWork, delivery_id: int) -> bool:
    """Take a planned row's text away, which an attempt that came to nothing has left. Returns whether it had one."""
    kept = (delivery.c.id == delivery_id, delivery.c.state == DeliveryState.PLANNED, delivery.c.body_sha.is_not(None))
    return uow.connection.execute(update(delivery).where(*kept).values(body=None, body_sha=None)).rowcount > 0


def rearm_like(uow: UnitOfWork, row: DeliveryRow, body_sha: str) -> None:
    """A row was sent though one like it had been before: a person had asked for it, which this file doesn't know."""
    of_person = (delivery.c.account_id == row.account_id, delivery.c.lead_id == row.lead_id)
    if row.kind is DeliveryKind.INVITE:
        like = delivery.c.kind == DeliveryKind.INVITE
    else:
        like = (delivery.c.kind == DeliveryKind.MESSAGE) & (delivery.c.body_sha == body_sha)
    earlier = (*of_person, like, delivery.c.state == DeliveryState.SENT, delivery.c.id != row.delivery_id)
    uow.connection.execute(update(delivery).where(*earlier).values(is_rearmed=1))


def was_asked_for_again(uow: UnitOfWork, row: DeliveryRow, body: str) -> bool:
    """Whether a person has said that this text may reach this person once more."""
    again = select(delivery.c.id).where(
        delivery.c.account_id == row.account_id,
        delivery.c.lead_id == row.lead_id,
        delivery.c.kind == DeliveryKind.MESSAGE,
        delivery.c.body_sha == body_hash(body),
        delivery.c.is_rearmed == 1,
    )
    return uow.connection.execute(again.limit(1)).first() is not None


def sent_texts(uow: UnitOfWork, account_id: int, lead_id: int) -> list[str]:
    """Return every text, notes too, that this file has sent to a person."""
    of_person = (delivery.c.account_id == account_id, delivery.c.lead_id == lead_id, delivery.c.body.is_not(None))
    sent = select(delivery.c.body).where(*of_person, delivery.c.state == DeliveryState.SENT)
    return list(uow.connection.execute(sent).scalars())


def rearm_same_text(uow: UnitOfWork, enrolment_id: int) -> None:
    """The person asked for it: what was sent before no longer stands against the text that waits."""
    waiting = uow.connection.execute(
        select(delivery).where(
            delivery.c.enrolment_id == enrolment_id,
            delivery.c.state.in_((DeliveryState.PLANNED, DeliveryState.SUPERSEDED)),
            delivery.c.body_sha.is_not(None),
        )
    ).all()
    for row in waiting:
        earlier = uow.connection.execute(_same_text(row.account_id, row.lead_id, row.body_sha)).scalars().all()
        uow.connection.execute(update(delivery).where(delivery.c.id.in_(earlier)).values(is_rearmed=1))


def unrearm(uow: UnitOfWork, ids: Iterable[int]) -> None:
    """Let sent rows stand again against others like them, unless another one stands by now."""
    for row_id in ids:
        again = update(delivery).prefix_with("OR IGNORE").where(delivery.c.id == row_id)
        uow.connection.execute(again.values(is_rearmed=0))


def _same_text(account_id: int, lead_id: int, body_sha: str) -> Select[tuple[int]]:
    return select(delivery.c.id).where(
        delivery.c.account_id == account_id,
        delivery.c.lead_id == lead_id,
        delivery.c.body_sha == body_sha,
        delivery.c.kind == DeliveryKind.MESSAGE,
        delivery.c.is_rearmed == 0,
        delivery.c.state.in_((*sorted(OPEN_STATES), DeliveryState.SENT)),
    )
