"""The ledger's rows: claim, arm, record. A row on its way to the provider moves here, one at a time.

Statements that end several rows at once stand with the fact that ends them: a new plan, an acceptance, a
decision, the end of a process. Every move is guarded (`WHERE state = old`), so that two hands on one row
can't both succeed; a trigger refuses moves that `engine.domain.ledger` doesn't list.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, or_, select, union_all, update

from engine.domain.ledger import ACTION_OF_KIND, Action, DeliveryKind, DeliveryState
from engine.errors import Cause, LeadloomBug, NotFound
from storage.column_types import from_ms, maybe_from_ms, to_ms
from storage.repositories.state import TAKEN_OVER
from storage.tables import account, attempt, budget_use, delivery, engine_state, lost_send
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class DeliveryRow:
    """One row of the ledger."""

    delivery_id: int
    uuid: str
    account_id: int
    lead_id: int
    enrolment_id: int | None
    campaign_id: int | None
    step_key: str
    kind: DeliveryKind
    state: DeliveryState
    due_at: datetime
    body: str | None
    claim_boot: str | None
    ended_at: datetime | None
    prior_unknown_at: datetime | None
    looks: int
    next_look_at: datetime | None
    negative_look_at: datetime | None
    reason: str
    chat_id: str | None
    provider_invitation_id: str | None
    soft_refusals: int
    verified_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Armed:
    """The ticket of exactly one request."""

    delivery_id: int
    uuid: str
    n: int
    seq: int
    kind: DeliveryKind
    body: str | None
    armed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One request of a row, as it is told to a person."""

    armed_at: datetime
    is_of_journal: bool
    """Whether only the send journal knows of it."""
    was_cut_off: bool
    """Whether the program ended before it knew what came of it."""


def as_row(row: Row[Any]) -> DeliveryRow:
    """Return the value of a table row."""
    return DeliveryRow(
        delivery_id=row.id,
        uuid=row.uuid,
        account_id=row.account_id,
        lead_id=row.lead_id,
        enrolment_id=row.enrolment_id,
        campaign_id=row.campaign_id,
        step_key=row.step_key,
        kind=DeliveryKind(row.kind),
        state=DeliveryState(row.state),
        due_at=from_ms(row.due_ms),
        body=row.body,
        claim_boot=row.claim_boot,
        ended_at=maybe_from_ms(row.ended_ms),
        prior_unknown_at=maybe_from_ms(row.prior_unknown_ms),
        looks=row.looks,
        next_look_at=maybe_from_ms(row.next_look_ms),
        negative_look_at=maybe_from_ms(row.negative_look_ms),
        reason=row.reason,
        chat_id=row.chat_id,
        provider_invitation_id=row.provider_invitation_id,
        soft_refusals=row.soft_refusals,
        verified_at=maybe_from_ms(row.verified_ms),
    )


def get(uow: UnitOfWork, delivery_id: int) -> DeliveryRow:
    """Return a row. Raises: NotFound."""
    row = uow.connection.execute(select(delivery).where(delivery.c.id == delivery_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no delivery {delivery_id}.")
    return as_row(row)


def move(uow: UnitOfWork, delivery_id: int, old: DeliveryState, new: DeliveryState, **columns: Any) -> None:
    """Move a row from `old` to `new`. Raises: LeadloomBug when it isn't in `old`."""
    moved = uow.connection.execute(
        update(delivery).where(delivery.c.id == delivery_id, delivery.c.state == old).values(state=new, **columns)
    ).rowcount
    if moved != 1:
        raise LeadloomBug(f"delivery {delivery_id} is not {old}")
    uow.changed("delivery", delivery_id)


def claim(uow: UnitOfWork, delivery_id: int, boot_id: str) -> None:
    """T1: take a planned row; no byte of a write can have left."""
    move(uow, delivery_id, DeliveryState.PLANNED, DeliveryState.CLAIMED, claim_boot=boot_id)


def release(
    uow: UnitOfWork, delivery_id: int, *, not_before: datetime | None = None, reason: str = "", body: str | None = None
) -> None:
    """Put a claimed row back; nothing was sent. `body` keeps the text that was refused."""
    columns: dict[str, Any] = {"reason": reason}
    if body is not None:
        columns |= {"body": body, "body_sha": body_hash(body)}
    if not_before is not None:
        columns |= {"not_before_ms": to_ms(not_before), "due_ms": func.max(delivery.c.due_ms, to_ms(not_before))}
    move(uow, delivery_id, DeliveryState.CLAIMED, DeliveryState.PLANNED, **columns)


def note_unknown(uow: UnitOfWork, delivery_id: int, at: datetime) -> None:
    """Keep with a row when an attempt was made of which it isn't known whether it arrived."""
    kept = update(delivery).where(delivery.c.id == delivery_id).values(prior_unknown_ms=to_ms(at))
    uow.connection.execute(kept)


def count_look(uow: UnitOfWork, delivery_id: int, weight: int) -> int:
    """Count a look before a send that came to nothing; an arming begins anew. Returns what they weigh together."""
    counted = update(delivery).where(delivery.c.id == delivery_id).values(looks=delivery.c.looks + weight)
    return int(uow.connection.execute(counted.returning(delivery.c.looks)).scalar_one())


def forget_looks(uow: UnitOfWork, delivery_id: int) -> None:
    """Count looks that came to nothing anew."""
    uow.connection.execute(update(delivery).where(delivery.c.id == delivery_id).values(looks=0))


def arm(
    uow: UnitOfWork, row: DeliveryRow, *, boot_id: str, body: str | None, not_before: datetime, now: datetime
) -> Armed:
    """T2: the point of no return. Freezes the text and writes attempt, budget use and the account's next moment.

    Raises: LeadloomBug when another process has taken over (the boot id differs).
    """
    seq = uow.connection.execute(
        update(engine_state)
        .where(engine_state.c.boot_id == boot_id)
        .values(send_seq=engine_state.c.send_seq + 1)
        .returning(engine_state.c.send_seq)
    ).scalar_one_or_none()
    if seq is None:
        raise LeadloomBug(TAKEN_OVER)
    n = uow.connection.execute(
        select(func.coalesce(func.max(attempt.c.n), 0) + 1).where(attempt.c.delivery_id == row.delivery_id)
    ).scalar_one()
    move(
        uow,
        row.delivery_id,
        DeliveryState.CLAIMED,
        DeliveryState.SENDING,
        body=body,
        body_sha=body_hash(body) if body else None,
        claim_boot=boot_id,
        ended_ms=None,
        looks=0,
        next_look_ms=None,
        negative_look_ms=None,
    )
    uow.connection.execute(
        insert(attempt).values(
            delivery_id=row.delivery_id, n=n, boot_id=boot_id, seq=seq, is_fired=0, armed_ms=to_ms(now)
        )
    )
    _use_budget(uow, row, body, n, now)
    uow.connection.execute(
        update(account).where(account.c.id == row.account_id).values(not_before_ms=to_ms(not_before))
    )
    _fire(uow, row.delivery_id, n)
    return Armed(delivery_id=row.delivery_id, uuid=row.uuid, n=n, seq=seq, kind=row.kind, body=body, armed_at=now)


def _fire(uow: UnitOfWork, delivery_id: int, n: int) -> None:
    fired = uow.connection.execute(
        update(attempt)
        .where(attempt.c.delivery_id == delivery_id, attempt.c.n == n, attempt.c.is_fired == 0)
        .values(is_fired=1)
    ).rowcount
    if fired != 1:
        raise LeadloomBug(f"attempt {n} of delivery {delivery_id} was fired before")


def _use_budget(uow: UnitOfWork, row: DeliveryRow, body: str | None, n: int, now: datetime) -> None:
    actions = [ACTION_OF_KIND[row.kind]]
    if row.kind is DeliveryKind.INVITE and body:
        actions.append(Action.NOTE)
    for action in actions:
        uow.connection.execute(
            insert(budget_use).values(
                account_id=row.account_id, action=action, at_ms=to_ms(now), delivery_id=row.delivery_id, attempt_n=n
            )
        )


def use_profile_read(uow: UnitOfWork, account_id: int, now: datetime) -> None:
    """Count a profile read before it is made."""
    uow.connection.execute(
        insert(budget_use).values(account_id=account_id, action=Action.PROFILE_READ, at_ms=to_ms(now))
    )


def give_back_profile_read(uow: UnitOfWork, account_id: int) -> None:
    """Take the newest profile read back: no byte of it left this machine."""
    is_read = budget_use.c.account_id == account_id, budget_use.c.action == Action.PROFILE_READ
    newest = select(func.max(budget_use.c.id)).where(*is_read).scalar_subquery()
    uow.connection.execute(budget_use.delete().where(budget_use.c.id == newest))


OF_JOURNAL = "journal"
"""Stands for the boot of an attempt that only the journal knows."""


def restore_attempt(
    uow: UnitOfWork, row: DeliveryRow, seq: int, at: datetime, text: str | None, *, is_counted: bool = False
) -> None:
    """Write down an attempt that only the journal knows, and unless `is_counted` the budget that it used."""
    n = uow.connection.execute(
        select(func.coalesce(func.max(attempt.c.n), 0) + 1).where(attempt.c.delivery_id == row.delivery_id)
    ).scalar_one()
    uow.connection.execute(
        insert(attempt).values(
            delivery_id=row.delivery_id, n=n, boot_id=OF_JOURNAL, seq=seq, is_fired=1, armed_ms=to_ms(at)
        )
    )
    if not is_counted:
        _use_budget(uow, row, text, n, at)


def known_attempts(uow: UnitOfWork) -> set[tuple[str, int]]:
    """Return the row's uuid and the moment of arming (UTC ms) of every attempt, as a journal's lines have them."""
    found = select(delivery.c.uuid, attempt.c.armed_ms).join(attempt, attempt.c.delivery_id == delivery.c.id)
    return {(r.uuid, r.armed_ms) for r in uow.connection.execute(found)}


def is_attempt(uow: UnitOfWork, seq: int, uuid: str) -> bool:
    """Whether a number of the journal is this row's, as an attempt or as a send that was taken from the journal."""
    made = select(attempt.c.seq).join(delivery, delivery.c.id == attempt.c.delivery_id)
    found = union_all(
        made.where(attempt.c.seq == seq, delivery.c.uuid == uuid),
        select(lost_send.c.seq).where(lost_send.c.seq == seq, lost_send.c.uuid == uuid),
    )
    return uow.connection.execute(found.limit(1)).first() is not None


def newest_attempt(uow: UnitOfWork, delivery_id: int) -> Attempt | None:
    """Return a row's newest attempt."""
    newest = select(attempt).where(attempt.c.delivery_id == delivery_id).order_by(attempt.c.n.desc()).limit(1)
    row = uow.connection.execute(newest).one_or_none()
    if row is None:
        return None
    return Attempt(
        armed_at=from_ms(row.armed_ms),
        is_of_journal=row.boot_id == OF_JOURNAL,
        was_cut_off=row.boot_id != OF_JOURNAL and row.verdict is None,
    )


def has_attempt(uow: UnitOfWork, seq: int) -> bool:
    """Whether an attempt of the journal is known."""
    return uow.connection.execute(select(attempt.c.seq).where(attempt.c.seq == seq)).first() is not None


def use_lost_budget(uow: UnitOfWork, provider_account_id: str, kind: DeliveryKind, at: datetime) -> None:
    """Count what a request that only the journal knows has used of its account's budget."""
    for account_id in uow.connection.execute(
        select(account.c.id).where(account.c.provider_account_id == provider_account_id)
    ).scalars():
        uow.connection.execute(
            insert(budget_use).values(account_id=account_id, action=ACTION_OF_KIND[kind], at_ms=to_ms(at))
        )


def last_armed(uow: UnitOfWork, account_id: int) -> datetime | None:
    """Return when the newest attempt of an account was armed of which a byte may have left; replies left out."""
    ms = uow.connection.execute(
        select(attempt.c.armed_ms)
        .join(delivery, delivery.c.id == attempt.c.delivery_id)
        .where(
            delivery.c.account_id == account_id,
            delivery.c.kind != DeliveryKind.REPLY,
            func.coalesce(attempt.c.cause, "") != Cause.NETWORK,
        )
        .order_by(attempt.c.seq.desc())
        .limit(1)
    ).scalar_one_or_none()
    return maybe_from_ms(ms)


def observe(uow: UnitOfWork, account_id: int, action: Action, object_id: str, at: datetime) -> bool:
    """Count what was done by hand, by the provider's id; returns whether it is new."""
    added = uow.connection.execute(
        insert(budget_use)
        .prefix_with("OR IGNORE")
        .values(account_id=account_id, action=action, at_ms=to_ms(at), source="observed", object_id=object_id)
    )
    return added.rowcount == 1


def end_attempt(uow: UnitOfWork, armed: Armed, now: datetime, **columns: Any) -> None:
    """Record what an attempt came to (`http_status`, `error_type`, `cause`, `verdict`, `detail`)."""
    uow.connection.execute(
        update(attempt)
        .where(attempt.c.delivery_id == armed.delivery_id, attempt.c.n == armed.n)
        .values(ended_ms=to_ms(now), **columns)
    )


def give_back_budget(uow: UnitOfWork, armed: Armed) -> None:
    """Take a use back: proven that no byte left this machine."""
    uow.connection.execute(
        budget_use.delete().where(budget_use.c.delivery_id == armed.delivery_id, budget_use.c.attempt_n == armed.n)
    )


def free_object_id(uow: UnitOfWork, object_id: str | None) -> str | None:
    """Return a provider's id, None when another row has it: a repeated id must not keep an outcome unstored."""
    is_taken = uow.connection.execute(
        select(delivery.c.id)
        .where(or_(delivery.c.provider_invitation_id == object_id, delivery.c.provider_message_id == object_id))
        .limit(1)
    ).first()
    return None if is_taken else object_id


def raise_not_before(uow: UnitOfWork, account_id: int, at: datetime) -> None:
    """Move the account's next allowed moment to `at`, never back."""
    uow.connection.execute(
        update(account)
        .where(account.c.id == account_id)
        .values(not_before_ms=func.max(account.c.not_before_ms, to_ms(at)))
    )


def body_hash(body: str) -> str:
    """Return the hash by which the same text is recognised."""
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
