"""Leads from a CSV file: read whole and checked before anything is written, then applied chunk by chunk.

The file is streamed; reading and parsing happen in a thread, so the event loop never waits for them. Nothing stays
half imported: a batch that was cut short is taken back before the next one begins, and when the engine starts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from engine.domain.csv_columns import Column, ColumnMap, guess_columns, require_addresses, with_override
from engine.domain.csv_format import CsvFormat, detect
from engine.domain.csv_import import LeadDraft, RowProblem, lead_from_record
from engine.domain.csv_records import LARGEST_FILE_BYTES, read_records, sampled_records
from engine.errors import BadFile, UserError
from engine.services.context import Context
from engine.services.import_applying import Chunk, ImportOutcome, Target, apply_chunk
from storage.repositories import imports
from storage.repositories.campaigns import CampaignRow
from storage.unit_of_work import UnitOfWork

CHUNK = 2000
"""Rows a transaction, for which Pause waits 0.2 s at most; the next are parsed while these are written."""
SAMPLE_BYTES = 256 * 1024
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class CsvFile:
    """A file that was found usable: how to read it, and how many records it has."""

    path: Path
    format: CsvFormat
    columns: ColumnMap
    records: int


def open_csv(path: Path, columns: Mapping[str, str]) -> CsvFile:
    """Read a file once from end to end, writing nothing. Raises: BadFile, UserError."""
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE_BYTES:
            raise BadFile("The file is larger than 1 GB.", "Split it and import the parts.")
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


def _chunks(stream: BinaryIO, file: CsvFile) -> Iterator[Chunk]:
    records = read_records(stream, file.format)
    seen: set[str] = set()
    while batch := list(islice(records, CHUNK)):
        drafts: list[LeadDraft] = []
        problems: list[RowProblem] = []
        second: set[int] = set()
        for record in batch:
            found = lead_from_record(record, file.columns)
            if isinstance(found, LeadDraft):
                drafts.append(found)
                if found.identity.key in seen:
                    second.add(found.row)
                seen.add(found.identity.key)
            elif found is not None:
                problems.append(found)
        yield Chunk(drafts=drafts, problems=problems, second=frozenset(second))


async def import_csv(
    ctx: Context, file: CsvFile, target: Target | None, *, progress: Progress | None = None
) -> ImportOutcome:
    """Apply a checked file. `target` None: only say what would happen."""
    outcome, done = ImportOutcome(), 0
    loop = asyncio.get_running_loop()
    with file.path.open("rb") as stream:
        chunks = _chunks(stream, file)
        ahead = loop.run_in_executor(None, next, chunks, None)
        while (chunk := await ahead) is not None:
            ahead = loop.run_in_executor(None, next, chunks, None)
            now = ctx.clock.now()
            await ctx.db.write(partial(apply_chunk, chunk=chunk, outcome=outcome, target=target, now=now))
            done += CHUNK
            if progress is not None:
                progress(min(done, file.records), file.records)
    if target is not None:
        await ctx.db.write(lambda u: end_batch(u, target, outcome, ctx.clock.now()))
    return outcome


def begin_batch(
    uow: UnitOfWork, name: str, into: CampaignRow | None, columns: ColumnMap, now: datetime, *, is_window: bool = False
) -> Target:
    """Note that an import begins. Returns where its leads go."""
    campaign_id = into.campaign_id if into is not None else None
    batch_id, first_new_id = imports.begin(uow, name, campaign_id, columns_text(columns), now)
    return Target(
        campaign_id=campaign_id,
        account_id=into.account_id if into is not None else None,
        batch_id=batch_id,
        first_new_id=first_new_id,
        skips_busy=is_window,
        lists_problems=not is_window,
    )


def end_batch(uow: UnitOfWork, target: Target, outcome: ImportOutcome, now: datetime) -> None:
    """Note that an import is whole."""
    counts = {
        "read": outcome.rows,
        "new": outcome.new,
        "merged": outcome.merged,
        "unchanged": outcome.unchanged,
        "skipped": outcome.skipped,
    }
    outcome.batch_id = target.batch_id
    imports.finish(uow, target.batch_id, counts, now)


class _Columns(msgspec.Struct):
    """How columns are kept: [header, variable, field] each."""

    columns: list[tuple[str, str | None, str | None]] = []
    allow_bare: bool = False


def columns_text(columns: ColumnMap) -> str:
    """Return a map of columns as it is kept with a batch."""
    kept = [(c.header, c.variable, c.field) for c in columns.columns]
    return msgspec.json.encode(_Columns(columns=kept, allow_bare=columns.allow_bare)).decode()


def columns_of(text: str) -> ColumnMap:
    """Return the map of columns that was kept with a batch."""
    kept = msgspec.json.decode(text, type=_Columns)
    columns = tuple(Column(header=h, variable=v, field=f) for h, v, f in kept.columns)
    return ColumnMap(columns=columns, allow_bare=kept.allow_bare)
