"""Requests that the send journal knows and this database doesn't: the file went back in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, or_, select, update

from engine.domain.ledger import DeliveryKind
from storage.column_types import from_ms, to_ms
from storage.journal import JournalLine, person_hash
from storage.repositories.deliveries import body_hash
from storage.tables import lost_send
from storage.unit_of_work import UnitOfWork

SPOKEN = (DeliveryKind.MESSAGE, DeliveryKind.REPLY)


@dataclass(frozen=True, kw_only=True)
class LostSend:
    """One request: its number in the journal, and when it was made."""

    seq: int
    at: datetime


def add(uow: UnitOfWork, line: JournalLine) -> None:
    """Keep one; the same one twice is the same."""
    uow.connection.execute(
        insert(lost_send)
        .prefix_with("OR IGNORE")
        .values(
            seq=line.seq,
            uuid=line.uuid,
            kind=line.kind,
            person=line.person,
            body_sha=line.body_sha,
            at_ms=line.at_ms,
        )
    )


def known(uow: UnitOfWork) -> set[tuple[str, int]]:
    """Return uuid and moment (UTC ms) of every one, settled or not."""
    return {(r.uuid, r.at_ms) for r in uow.connection.execute(select(lost_send.c.uuid, lost_send.c.at_ms))}


def of_person(uow: UnitOfWork, provider_id: str, kinds: tuple[DeliveryKind, ...]) -> list[LostSend]:
    """Return what is still open of a person, the oldest first."""
    if not provider_id:
        return []
    rows = uow.connection.execute(
        select(lost_send.c.seq, lost_send.c.at_ms)
        .where(
            lost_send.c.person == person_hash(provider_id),
            lost_send.c.kind.in_(kinds),
            lost_send.c.settled_ms.is_(None),
        )
        .order_by(lost_send.c.seq)
    )
    return [LostSend(seq=r.seq, at=from_ms(r.at_ms)) for r in rows]


def take_by_text(uow: UnitOfWork, provider_id: str, body_sha: str, now: datetime) -> LostSend | None:
    """Return the newest message to a person with this very text, and note that it is accounted for."""
    row = uow.connection.execute(
        select(lost_send.c.seq, lost_send.c.at_ms)
        .where(
            lost_send.c.person == person_hash(provider_id),
            lost_send.c.kind.in_(SPOKEN),
            lost_send.c.body_sha == body_sha,
        )
        .order_by(lost_send.c.seq.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    settle(uow, [row.seq], now)
    return LostSend(seq=row.seq, at=from_ms(row.at_ms))


def recognise(uow: UnitOfWork, provider_id: str, text: str, at: datetime, tolerance: timedelta, now: datetime) -> bool:
    """Whether a message of ours is one of these: by its very text, or by its moment. It is settled then."""
    if not provider_id:
        return False
    low, high = to_ms(at - tolerance), to_ms(at + tolerance)
    settled = uow.connection.execute(
        update(lost_send)
        .where(
            lost_send.c.person == person_hash(provider_id),
            lost_send.c.kind.in_(SPOKEN),
            lost_send.c.settled_ms.is_(None),
            or_(lost_send.c.body_sha == body_hash(text), lost_send.c.at_ms.between(low, high)),
        )
        .values(settled_ms=to_ms(now))
    )
    return settled.rowcount > 0


def settle(uow: UnitOfWork, seqs: list[int], now: datetime) -> None:
    """Note that these are accounted for."""
    uow.connection.execute(update(lost_send).where(lost_send.c.seq.in_(seqs)).values(settled_ms=to_ms(now)))
