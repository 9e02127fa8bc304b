"""Leads from a CSV file: read whole and checked before anything is written, then applied chunk by chunk.

The file is streamed; reading and parsing happen in a thread, so the event loop never waits for them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import insert, select, update

from engine.domain.csv_columns import ColumnMap, guess_columns, require_addresses, with_override
from engine.domain.csv_format import CsvFormat, detect
from engine.domain.csv_import import LeadDraft, RowProblem, lead_from_record, merge
from engine.domain.csv_records import read_records, sampled_records
from engine.domain.identifiers import IdentityKind
from engine.errors import BadFile, UserError
from engine.services.context import Context
from storage.column_types import to_ms
from storage.repositories import leads
from storage.repositories.leads import TEXT_FIELDS, NewLead
from storage.tables import engine_state, forgotten, import_batch, import_problem
from storage.unit_of_work import UnitOfWork

CHUNK = 5000
"""Rows a transaction; the next chunk is parsed while this one is written."""
SAMPLE_BYTES = 256 * 1024
LARGEST_FILE_BYTES = 10**9
Progress = Callable[[int, int], None]


@dataclass(kw_only=True)
class ImportOutcome:
    """What happened to each row: rows = new + merged + unchanged + problems."""

    rows: int = 0
    new: int = 0
    merged: int = 0
    unchanged: int = 0
    problems: list[RowProblem] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class CsvFile:
    """A file that was found usable: how to read it, and how many records it has."""

    path: Path
    format: CsvFormat
    columns: ColumnMap
    records: int


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where the leads go."""

    campaign_id: int | None
    account_id: int | None
    batch_id: int


def open_csv(path: Path, columns: Mapping[str, str]) -> CsvFile:
    """Read a file once from end to end, writing nothing. Raises: BadFile, UserError."""
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE_BYTES:
            raise BadFile("This file is over 1 GB.", "Split it.")
        with path.open("rb") as stream:
            sample = stream.read(SAMPLE_BYTES)
            format_ = detect(sample, len(sample) == size)
            found = with_override(
                guess_columns(format_.header, sampled_records(sample, format_, is_whole=len(sample) == size)), columns
            )
            require_addresses(found)
            stream.seek(0)
            records = sum(1 for _ in read_records(stream, format_))
    except OSError as error:
        raise UserError(
            f"{path.name} can't be read ({error.strerror}).", "Check the path and its permissions."
        ) from error
    return CsvFile(path=path, format=format_, columns=found, records=records)


Parsed = tuple[list[LeadDraft], list[RowProblem]]


def _chunks(stream: BinaryIO, file: CsvFile) -> Iterator[Parsed]:
    records = read_records(stream, file.format)
    while batch := list(islice(records, CHUNK)):
        drafts: list[LeadDraft] = []
        problems: list[RowProblem] = []
        for record in batch:
            found = lead_from_record(record, file.columns)
            if isinstance(found, LeadDraft):
                drafts.append(found)
            elif found is not None:
                problems.append(found)
        yield drafts, problems


async def import_csv(
    ctx: Context, file: CsvFile, target: Target | None, *, progress: Progress | None = None
) -> ImportOutcome:
    """Apply a checked file. `target` None: only say what would happen."""
    outcome, seen, done = ImportOutcome(), set[str](), 0
    loop = asyncio.get_running_loop()
    with file.path.open("rb") as stream:
        chunks = _chunks(stream, file)
        ahead = loop.run_in_executor(None, next, chunks, None)
        while (parsed := await ahead) is not None:
            ahead = loop.run_in_executor(None, next, chunks, None)
            now = ctx.clock.now()
            await ctx.db.write(partial(_apply, parsed=parsed, seen=seen, outcome=outcome, target=target, now=now))
            done += CHUNK
            if progress is not None:
                progress(min(done, file.records), file.records)
    if target is not None:
        await ctx.db.write(lambda u: _finish(u, target, outcome, ctx.clock.now()))
    return outcome


def begin_batch(uow: UnitOfWork, file_name: str, campaign_id: int | None, now: datetime) -> int:
    """Note that an import begins. Returns its id."""
    key = uow.connection.execute(
        insert(import_batch).values(at_ms=to_ms(now), file_name=file_name, campaign_id=campaign_id)
    ).inserted_primary_key
    assert key is not None
    return int(key[0])


def _finish(uow: UnitOfWork, target: Target, outcome: ImportOutcome, now: datetime) -> None:
    uow.connection.execute(
        update(import_batch)
        .where(import_batch.c.id == target.batch_id)
        .values(
            rows_read=outcome.rows,
            rows_new=outcome.new,
            rows_merged=outcome.merged,
            rows_unchanged=outcome.unchanged,
            finished_ms=to_ms(now),
        )
    )


def _apply(
    uow: UnitOfWork,
    *,
    parsed: Parsed,
    seen: set[str],
    outcome: ImportOutcome,
    target: Target | None,
    now: datetime,
) -> None:
    drafts, refused = _without_forgotten(uow, parsed[0])
    problems = parsed[1] + refused
    known = leads.ids_by_alias(uow, (d.identity.key for d in drafts))
    fresh: dict[str, LeadDraft] = {}
    again: list[LeadDraft] = []
    for draft in drafts:
        key = draft.identity.key
        if key in known or key in seen or key in fresh:
            again.append(draft)
        else:
            fresh[key] = draft
    seen.update(fresh)
    if target is None:
        _count_only(uow, again, known, seen, outcome)
    else:
        ids = leads.add_many(uow, [_new_lead(k, d) for k, d in fresh.items()], now)
        known |= dict(zip(fresh, ids, strict=True))
        _merge_all(uow, again, known, seen, outcome, target, now)
        if target.campaign_id is not None:
            leads.enrol_many(uow, target.campaign_id, target.account_id, ids, target.batch_id, now)
        _keep_problems(uow, target.batch_id, problems)
    seen.update(d.identity.key for d in again)
    outcome.new += len(fresh)
    outcome.problems += problems
    outcome.rows += len(drafts) + len(problems)


def _new_lead(key: str, draft: LeadDraft) -> NewLead:
    is_slug = draft.identity.kind is IdentityKind.SLUG
    return NewLead(
        key=key,
        public_identifier=draft.identity.value if is_slug else None,
        fields=draft.fields,
        custom=draft.custom,
    )


def _merge_all(
    uow: UnitOfWork,
    again: list[LeadDraft],
    known: Mapping[str, int],
    seen: set[str],
    outcome: ImportOutcome,
    target: Target,
    now: datetime,
) -> None:
    rows = leads.rows(uow, (known[d.identity.key] for d in again))
    for draft in again:
        lead_id = known[draft.identity.key]
        row = rows[lead_id]
        fields = {name: getattr(row, name) for name in TEXT_FIELDS}
        custom = json.loads(row.custom)
        plan = merge(fields, custom, draft)
        changes = _gaps_only(plan.custom, custom) if draft.identity.key in seen else plan.custom
        is_enrolled_now = target.campaign_id is not None and bool(
            leads.enrol_many(uow, target.campaign_id, target.account_id, [lead_id], target.batch_id, now)
        )
        if plan.fields or changes:
            leads.change(uow, lead_id, plan.fields, {**custom, **changes} if changes else None)
            rows = {**rows, **leads.rows(uow, [lead_id])}
        if plan.fields or changes or is_enrolled_now:
            outcome.merged += 1
        else:
            outcome.unchanged += 1


def _gaps_only(changes: Mapping[str, str], custom: Mapping[str, str]) -> dict[str, str]:
    """A person's second row in one file fills gaps only, or importing it again would change variables to and fro."""
    return {name: value for name, value in changes.items() if not custom.get(name)}


def _count_only(
    uow: UnitOfWork, again: list[LeadDraft], known: Mapping[str, int], seen: set[str], outcome: ImportOutcome
) -> None:
    rows = leads.rows(uow, (known[d.identity.key] for d in again if d.identity.key in known))
    for draft in again:
        lead_id = known.get(draft.identity.key)
        if lead_id is None or draft.identity.key in seen:
            outcome.merged += 1
            continue
        row = rows[lead_id]
        plan = merge({name: getattr(row, name) for name in TEXT_FIELDS}, json.loads(row.custom), draft)
        if plan.is_unchanged:
            outcome.unchanged += 1
        else:
            outcome.merged += 1


def _without_forgotten(uow: UnitOfWork, drafts: list[LeadDraft]) -> tuple[list[LeadDraft], list[RowProblem]]:
    if uow.connection.execute(select(forgotten.c.identity_hash).limit(1)).first() is None:
        return drafts, []
    salt = forget_salt(uow)
    hashes = {d.identity.key: identity_hash(salt, d.identity.key) for d in drafts}
    gone = set(
        uow.connection.execute(
            select(forgotten.c.identity_hash).where(forgotten.c.identity_hash.in_(list(hashes.values())))
        ).scalars()
    )
    kept = [d for d in drafts if hashes[d.identity.key] not in gone]
    refused = [
        RowProblem(row=d.row, column="", problem="You asked to forget this person.", cells=())
        for d in drafts
        if hashes[d.identity.key] in gone
    ]
    return kept, refused


def forget_salt(uow: UnitOfWork) -> str:
    """Return the salt of this database's hashes of forgotten people."""
    return str(uow.connection.execute(select(engine_state.c.db_uuid)).scalar_one())


def identity_hash(salt: str, key: str) -> str:
    """Return the hash by which a forgotten person is recognised."""
    return hashlib.sha256(f"{salt}\x1f{key}".encode()).hexdigest()


def _keep_problems(uow: UnitOfWork, batch_id: int, problems: list[RowProblem]) -> None:
    if problems:
        uow.connection.execute(
            insert(import_problem),
            [
                {
                    "import_batch_id": batch_id,
                    "row": p.row,
                    "column_name": p.column,
                    "problem": p.problem,
                    "cells": json.dumps(p.cells, ensure_ascii=False),
                }
                for p in problems
            ],
        )
