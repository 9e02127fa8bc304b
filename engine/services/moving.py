"""Enrolments that go over to another version of their sequence, or to other working hours, in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from engine.services.context import Context
from storage.repositories import enrolments, versions
from storage.unit_of_work import UnitOfWork

MOVED = 100
"""Enrolments a transaction, so that a send never waits long for a change."""


async def finish_moves(ctx: Context) -> None:
    """Let whoever is on the way go over, but for those with an open row: they follow when it is closed."""
    for part in parts(await ctx.db.read(versions.waiting), MOVED):
        await ctx.db.write(partial(_move, ids=part, now=ctx.clock.now()))
    ctx.wakes.all()


def parts(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """Cut a list into parts."""
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _move(uow: UnitOfWork, *, ids: Sequence[int], now: datetime) -> None:
    for enrolment_id in versions.move_alike(uow, enrolments.load_many(uow.connection, ids)):
        enrolments.replan(uow, enrolment_id, now)
