"""Imports: batches, the rows kept for mending, and the record by which a batch can be taken back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, func, insert, select, text, update

from engine.domain.csv_import import RowProblem
from storage.column_types import to_ms
from storage.tables import import_batch, import_change, import_created, import_problem, lead
from storage.unit_of_work import UnitOfWork

_encode = msgspec.json.Encoder().encode
_INSERT_PROBLEM = (
    "INSERT INTO import_problem (import_batch_id, row, column_name, problem, cells) VALUES (?, ?, ?, ?, ?)"
)
_SAME_PROBLEMS = """DELETE FROM import_problem WHERE import_batch_id = :batch AND (row, cells) IN (
    SELECT row, cells FROM import_problem WHERE import_batch_id IN (
        SELECT b.id FROM import_batch AS b JOIN import_batch AS this ON this.id = :batch
        WHERE b.id < this.id AND b.file_name = this.file_name AND b.undone_ms IS NULL))"""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A value that an import wrote into a lead that was there before; `old` None: there was none."""

    lead_id: int
    field: str
    old: str | None
    new: str


def begin(uow: UnitOfWork, file_name: str, campaign_id: int | None, columns: str, now: datetime) -> tuple[int, int]:
    """Note that an import begins. Returns its id, and the id from which on leads are its own."""
    key = uow.connection.execute(
        insert(import_batch).values(at_ms=to_ms(now), file_name=file_name, campaign_id=campaign_id, columns=columns)
    ).inserted_primary_key
    assert key is not None
    first = uow.connection.execute(select(func.coalesce(func.max(lead.c.id), 0) + 1)).scalar_one()
    return int(key[0]), int(first)


def finish(uow: UnitOfWork, batch_id: int, counts: Mapping[str, int], now: datetime) -> None:
    """Note that an import is whole; rows with a problem that were kept before aren't kept twice."""
    uow.connection.execute(text(_SAME_PROBLEMS), {"batch": batch_id})
    uow.connection.execute(
        update(import_batch)
        .where(import_batch.c.id == batch_id)
        .values(finished_ms=to_ms(now), **{f"rows_{name}": number for name, number in counts.items()})
    )
    uow.changed("import", batch_id)


def note_created(uow: UnitOfWork, batch_id: int, ids: Sequence[int]) -> None:
    """Note the leads that a batch added; their ids follow each other."""
    if ids:
        uow.connection.execute(
            insert(import_created).values(import_batch_id=batch_id, first_lead_id=ids[0], last_lead_id=ids[-1])
        )


def note_changes(uow: UnitOfWork, batch_id: int, changes: Iterable[Change]) -> None:
    """Note the values that a batch wrote into leads that were there before."""
    rows = [
        {"import_batch_id": batch_id, "lead_id": c.lead_id, "field": c.field, "old_value": c.old, "new_value": c.new}
        for c in changes
    ]
    if rows:
        uow.connection.execute(insert(import_change), rows)


def keep_problems(uow: UnitOfWork, batch_id: int, problems: Iterable[RowProblem]) -> None:
    """Keep rows that can be mended, with their cells."""
    rows = [(batch_id, p.row, p.column, p.problem, _encode(p.cells).decode()) for p in problems if p.cells]
    if rows:
        uow.connection.exec_driver_sql(_INSERT_PROBLEM, rows)


def mark_fixed(uow: UnitOfWork, batch_id: int, problem_ids: Sequence[int]) -> None:
    """Note which kept rows a batch has imported after all."""
    uow.connection.execute(
        update(import_problem).where(import_problem.c.id.in_(problem_ids)).values(fixed_batch_id=batch_id)
    )


def drop_problems(uow: UnitOfWork, batch_id: int) -> int:
    """Keep the rows of a batch that weren't mended no longer. Returns how many."""
    gone = uow.connection.execute(
        import_problem.delete().where(
            import_problem.c.import_batch_id == batch_id, import_problem.c.fixed_batch_id.is_(None)
        )
    ).rowcount
    uow.changed("import", batch_id)
    return gone


def find(uow: UnitOfWork, batch_id: int) -> Row[Any] | None:
    """Return a batch."""
    return uow.connection.execute(select(import_batch).where(import_batch.c.id == batch_id)).one_or_none()


def as_json(ids: Iterable[int]) -> str:
    """Return ids for a statement that reads them with json_each."""
    return json.dumps(list(ids))
