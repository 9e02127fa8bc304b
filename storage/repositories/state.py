"""The engine's own row: boot id, pause, send counter, what is held."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, func, insert, select, update

from engine.domain.ledger import DeliveryKind, DeliveryState
from engine.domain.takeover import Hold
from engine.errors import LeadloomBug
from storage.column_types import from_ms, to_ms
from storage.tables import IS_OPEN, activity, delivery, engine_state
from storage.unit_of_work import UnitOfWork

ROOM_BYTES = 128 * 1024
"""More than arming a send and recording it write, with the longest text."""


@dataclass(frozen=True, kw_only=True)
class EngineState:
    """What the engine keeps between starts."""

    db_uuid: str
    lineage: str
    boot_id: str
    send_seq: int
    pause_epoch: int
    is_paused: bool
    machine_id: str
    hold: Hold | None
    rough_starts: tuple[datetime, ...]
    was_backup: bool
    """Whether this file is a backup that was put back, and no start has taken it over yet."""


def is_made(connection: Connection) -> bool:
    """Whether the database has its row."""
    return connection.execute(select(func.count()).select_from(engine_state)).scalar_one() == 1


def make(uow: UnitOfWork, *, machine_id: str) -> None:
    """Make the row of a new database."""
    uow.connection.execute(
        insert(engine_state).values(id=1, db_uuid=uuid4().hex, lineage=uuid4().hex, machine_id=machine_id, boot_id="")
    )


def need_room(uow: UnitOfWork) -> None:
    """Let the file take and give back so many bytes; its commit proves that a send can be stored.

    With `secure_delete` the pages that are given back are written too.
    """
    key = uow.connection.execute(
        insert(activity).values(at_ms=0, kind="room", words=func.hex(func.zeroblob(ROOM_BYTES // 2)))
    ).inserted_primary_key
    assert key is not None
    uow.connection.execute(delete(activity).where(activity.c.id == key[0]))


TAKEN_OVER = "another process has taken over this data folder"


def need_boot(uow: UnitOfWork, boot_id: str) -> None:
    """Let only the newest start claim, arm or give up. Raises: LeadloomBug when another process has taken over."""
    if uow.connection.execute(select(engine_state.c.boot_id)).scalar_one() != boot_id:
        raise LeadloomBug(TAKEN_OVER)


def load(uow: UnitOfWork) -> EngineState:
    """Return the row."""
    row = uow.connection.execute(select(engine_state)).one()
    return EngineState(
        db_uuid=row.db_uuid,
        lineage=row.lineage,
        boot_id=row.boot_id,
        send_seq=row.send_seq,
        pause_epoch=row.pause_epoch,
        is_paused=bool(row.is_paused),
        machine_id=row.machine_id,
        hold=Hold(row.hold) if row.hold else None,
        rough_starts=tuple(from_ms(ms) for ms in json.loads(row.rough_starts)),
        was_backup=row.backup_ms is not None,
    )


def boot(uow: UnitOfWork, boot_id: str) -> None:
    """Take the database over: from here every other process is fenced from arming."""
    uow.connection.execute(update(engine_state).values(boot_id=boot_id, backup_ms=None))


def begin_lineage(uow: UnitOfWork, machine_id: str) -> str:
    """Let a copied file begin a journal of its own; returns the new lineage."""
    lineage = uuid4().hex
    uow.connection.execute(update(engine_state).values(lineage=lineage, machine_id=machine_id))
    return lineage


def hold(uow: UnitOfWork, why: Hold, words: str, now: datetime) -> None:
    """Send nothing until a person has decided; a hold that stands already stays."""
    uow.connection.execute(
        update(engine_state)
        .where(engine_state.c.hold == "")
        .values(hold=why, hold_why=words, hold_ms=to_ms(now), pause_epoch=engine_state.c.pause_epoch + 1)
    )
    uow.changed("engine", 1)


def release(uow: UnitOfWork) -> None:
    """A person has decided: what was held goes on."""
    uow.connection.execute(update(engine_state).values(hold="", hold_why="", hold_ms=None, rough_starts="[]"))
    uow.changed("engine", 1)


def note_rough_starts(uow: UnitOfWork, starts: tuple[datetime, ...]) -> None:
    """Keep the moments of the starts that found a send under way."""
    uow.connection.execute(update(engine_state).values(rough_starts=json.dumps([to_ms(at) for at in starts])))


def settle_open_rows(uow: UnitOfWork, now: datetime, first_look: datetime) -> tuple[list[int], list[int]]:
    """At start: claimed → planned, sending → unknown; a visit is tried once, so one under way counts as made.

    Returns the enrolment ids of what is settled and of what is unknown.
    """
    claimed = _move_open(uow, DeliveryState.CLAIMED, state=DeliveryState.PLANNED)
    visited = _move_open(
        uow,
        DeliveryState.SENDING,
        only=DeliveryKind.VISIT,
        state=DeliveryState.SENT,
        ended_ms=to_ms(now),
        resolved_by="assumed",
        reason="the program ended meanwhile; a visit is tried once",
    )
    sending = _move_open(
        uow,
        DeliveryState.SENDING,
        state=DeliveryState.UNKNOWN,
        ended_ms=to_ms(now),
        next_look_ms=to_ms(first_look),
        reason="the program ended while it was being sent",
    )
    return [*claimed, *visited], sending


def _move_open(uow: UnitOfWork, old: DeliveryState, *, only: DeliveryKind | None = None, **columns: Any) -> list[int]:
    """Move every row of a state; returns the enrolment ids."""
    moving = update(delivery).where(IS_OPEN, delivery.c.state == old).values(**columns)
    if only is not None:
        moving = moving.where(delivery.c.kind == only)
    return [e for e in uow.connection.execute(moving.returning(delivery.c.enrolment_id)).scalars() if e]


def raise_send_seq(uow: UnitOfWork, seq: int) -> None:
    """Move the send counter up to what the journal has seen."""
    uow.connection.execute(update(engine_state).values(send_seq=func.max(engine_state.c.send_seq, seq)))


def set_paused(uow: UnitOfWork, is_paused: bool) -> None:
    """Pause or resume everything; every arming re-reads it."""
    uow.connection.execute(
        update(engine_state).values(is_paused=int(is_paused), pause_epoch=engine_state.c.pause_epoch + 1)
    )
    uow.changed("engine", 1)


def raise_pause_epoch(uow: UnitOfWork) -> None:
    """Note that something was paused: whoever claimed before must look again."""
    uow.connection.execute(update(engine_state).values(pause_epoch=engine_state.c.pause_epoch + 1))
