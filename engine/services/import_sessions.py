"""A lead list that a person looks at before it is imported: read, judged, mended in place, applied.

Rows wait on a stage beside the database; nothing is written to leads before `apply`. Reading and judging are chunks in
threads: the event loop only waits for them.
"""

from __future__ import annotations

import asyncio
import json
from array import array
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from engine.domain.csv_columns import ColumnMap, with_target
from engine.domain.csv_format import CsvFormat
from engine.domain.csv_import import LeadDraft, RowProblem
from engine.domain.csv_records import CsvRecord
from engine.domain.csv_verdicts import (
    CONNECTED,
    FORGOTTEN,
    NEW,
    Happens,
    KnownLead,
    Verdict,
    known_verdict,
    listed_verdict,
    problem_verdict,
    twice_verdict,
)
from engine.domain.do_not_contact import Entry
from engine.errors import BadFile, Topic, UserError
from engine.services import import_reading as reading
from engine.services import import_undo
from engine.services.context import Context
from engine.services.import_applying import (
    Chunk,
    ImportOutcome,
    Target,
    apply_chunk,
    fields_of,
    forgotten_rows,
    listed_rows,
)
from engine.services.import_reading import Reader, Source
from engine.services.importing import begin_batch, end_batch
from storage.import_stage import ImportStage, Keyed, StagedRow
from storage.queries import import_lists
from storage.repositories import do_not_contact, leads
from storage.repositories.campaigns import CampaignRow
from storage.unit_of_work import UnitOfWork

T = TypeVar("T")
READ_ROWS = 1000
JUDGED_ROWS = 2000
APPLIED_ROWS = 1000
MOST_REJUDGED = 1000
"""Rows of one person that are judged again when a cell was mended."""
SLUG = "slug:"
Progress = Callable[[int, int], None]


class Stopped(UserError):
    """The person stopped an import that was under way."""


@dataclass(frozen=True, kw_only=True)
class PreviewRow:
    """A row as it is shown."""

    n: int
    row: int
    cells: tuple[str, ...]
    kind: Happens
    words: str


@dataclass(frozen=True, kw_only=True)
class _LookedUp:
    known: dict[str, KnownLead]
    connected: set[str]
    forgotten: set[int]
    drafts: Mapping[int, LeadDraft | RowProblem | None]
    """What the rows make, by number: of known people, and of everybody while anybody must not be imported."""
    listed: dict[int, Entry]
    """Who must not be contacted, by the row in the file, as in `forgotten`."""


class ImportSession:
    """One list on its stage. Close it, and the stage is gone."""

    def __init__(self, ctx: Context, name: str, source: Source | None, kept_batch_id: int | None = None) -> None:
        self.name = name
        self.kept_batch_id = kept_batch_id
        self.format: CsvFormat | None = None
        self.columns = ColumnMap(columns=())
        self.counts: dict[Happens, int] = {}
        self.rows = 0
        self.is_whole = False
        """Whether every row was read, and read as the columns are taken now."""
        self._ctx, self._source = ctx, source
        self._thread = ThreadPoolExecutor(1, "import")
        self._stage: ImportStage | None = None
        self._reader: Reader | None = None
        self._campaign_id: int | None = None
        self._takes_busy = self._is_closed = False
        self.is_stopping = False
        """Whether the person gave up an import under way."""

    async def _run(self, fn: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(fn, *arguments))

    async def _opened(self) -> ImportStage:
        return await self._run(self._open_stage) if self._stage is None else self._stage

    # Whoever waits for these may be gone when they are done: what they open is kept in the thread that closes it.

    def _open_stage(self) -> ImportStage:
        if self._stage is None:
            self._stage = ImportStage(Path(self._ctx.db.path).parent)
        return self._stage

    def _open_reader(self, source: Source, encoding: str | None, delimiter: str | None) -> Reader:
        self._close_reader()
        self._reader = Reader(source, encoding, delimiter)
        return self._reader

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def close(self) -> None:
        """Throw the stage away once whatever is under way in its thread has ended."""
        self._is_closed = True
        self._thread.submit(self._close_all)
        self._thread.shutdown(wait=False)

    def _close_all(self) -> None:
        self._close_reader()
        if self._stage is not None:
            self._stage.close()
            self._stage = None

    # reading

    async def read(
        self, *, encoding: str | None = None, delimiter: str | None = None, progress: Progress | None = None
    ) -> None:
        """Read the list from its beginning. Raises: BadFile, UserError."""
        assert self._source is not None
        stage, self.is_whole = await self._opened(), False
        await self._run(stage.clear)
        try:
            reader = await self._run(self._open_reader, self._source, encoding, delimiter)
            self.format, self.columns = reader.format, reader.columns
            while await self._run(reader.read_some, stage, READ_ROWS):
                self.rows = stage.rows
                if progress is not None:
                    progress(reader.done, reader.size)
        finally:
            if not self._is_closed:
                await asyncio.shield(self._run(self._close_reader))
        await self._end_reading(stage)

    async def read_kept(self, columns: ColumnMap) -> None:
        """Put the rows that an earlier import kept for mending on the stage."""
        assert self.kept_batch_id is not None
        stage, after, batch_id = await self._opened(), 0, self.kept_batch_id
        self.columns = columns
        while rows := await self._ctx.db.read(
            partial(import_lists.problem_rows, batch_id=batch_id, after_id=after, limit=READ_ROWS)
        ):
            await self._run(reading.stage_kept, stage, rows, columns)
            after = rows[-1][0]
        await self._end_reading(stage)

    async def _end_reading(self, stage: ImportStage) -> None:
        await self._run(stage.index)
        self.rows = stage.rows
        if not self.rows:
            raise BadFile("There are no rows below the header.", "Check that it is the right file.")
        self.is_whole = True

    def _need_whole(self) -> None:
        if not self.is_whole:
            raise BadFile("The list was not read to its end.", "Open it again.")

    async def set_column(self, index: int, target: str, progress: Progress | None = None) -> None:
        """Give a column another meaning; afterwards every row must be judged again. Raises: BadMapping, BadFile."""
        self._need_whole()
        before, self.columns = self.columns, with_target(self.columns, index, target)
        if (before.address_index, before.allow_bare) != (self.columns.address_index, self.columns.allow_bare):
            stage, n, self.is_whole = await self._opened(), 0, False
            while n := await self._run(reading.rekey_some, stage, n, JUDGED_ROWS, self.columns):
                if progress is not None:
                    progress(n, self.rows)
            self.is_whole = True

    # judging

    async def judge(
        self, campaign_id: int | None, *, takes_busy: bool = False, progress: Progress | None = None
    ) -> None:
        """Say of every row what importing it into this campaign would do. Raises: BadFile."""
        self._need_whole()
        self._campaign_id, self._takes_busy = campaign_id, takes_busy
        stage, n = await self._opened(), 0
        while rows := await self._run(stage.keyed_after, n, JUDGED_ROWS):
            await self._judge(stage, rows)
            n = rows[-1].n
            if progress is not None:
                progress(n, self.rows)
        await self._count(stage)

    async def _judge(self, stage: ImportStage, rows: Sequence[Keyed]) -> None:
        keys = {row.key for row in rows if row.key}
        into = None if self._takes_busy else self._campaign_id
        judged = await self._ctx.db.read(partial(_need_drafts, rows=rows, keys=keys))
        drafts = await self._run(reading.drafts_of, stage, judged, self.columns)
        found = await self._ctx.db.read(
            partial(_look_up, keys=keys, drafts=drafts, campaign_id=self._campaign_id, busy_for=into)
        )
        await self._run(_write_verdicts, stage, rows, found)

    async def _count(self, stage: ImportStage) -> None:
        self.counts = {Happens(kind): number for kind, number in (await self._run(stage.counts)).items()}

    async def edit(self, n: int, column: int, text: str) -> None:
        """Change a cell; its row is judged again, and whoever it shares a person with. Raises: BadFile."""
        self._need_whole()
        stage = await self._opened()
        keys = await self._run(_write_cell, stage, n, column, text, self.columns)
        others = await self._run(stage.with_keys, keys, MOST_REJUDGED)
        rows = await self._run(stage.keyed, sorted({n, *others}))
        await self._judge(stage, rows)
        await self._count(stage)

    # showing

    async def page(self, ns: Iterable[int]) -> list[PreviewRow]:
        """Return rows by number."""
        stage = await self._opened()
        return await self._run(_preview, stage, list(ns))

    async def numbers_of(self, kind: Happens) -> array[int]:
        """Return the rows with one verdict, in order."""
        stage = await self._opened()
        return await self._run(stage.numbers_of, int(kind))

    # applying

    def stop(self) -> None:
        """Stop an import under way: it is taken back whole."""
        self.is_stopping = True

    async def apply(self, into: CampaignRow | None, progress: Progress | None = None) -> ImportOutcome:
        """Import whatever can be, as one batch. Raises: BadFile, Stopped, StorageError; then nothing was imported."""
        self._need_whole()
        if self.columns.address_index is None:
            raise BadFile("No column holds LinkedIn addresses.", "Choose one.", topic=Topic.ADDRESS_COLUMN)
        ctx, stage = self._ctx, await self._opened()
        async with ctx.imports:
            await import_undo.take_back_unfinished(ctx)
            now = ctx.clock.now()
            target = await ctx.db.write(
                lambda u: begin_batch(u, self.name, into, self.columns, now, is_window=not self._takes_busy)
            )
            try:
                return await self._apply(stage, target, progress)
            except Exception:
                await import_undo.take_back(ctx, target.batch_id)
                raise

    async def _apply(self, stage: ImportStage, target: Target, progress: Progress | None) -> ImportOutcome:
        ctx, outcome, n = self._ctx, ImportOutcome(), 0
        while True:
            last, chunk = await self._run(_chunk, stage, n, self.columns)
            if chunk is None:
                break
            if self.is_stopping:
                raise Stopped("The import was stopped.", "Nothing was imported.")
            now = ctx.clock.now()
            await ctx.db.write(partial(apply_chunk, chunk=chunk, outcome=outcome, target=target, now=now))
            n = last
            if progress is not None:
                progress(n, self.rows)
        await ctx.db.write(lambda u: end_batch(u, target, outcome, ctx.clock.now()))
        return outcome


def _need_drafts(connection: Connection, rows: Sequence[Keyed], keys: Collection[str]) -> list[int]:
    """Return the rows that must be read whole to be judged."""
    first = [row for row in rows if row.key and row.first_n == row.n]
    if not do_not_contact.is_empty(connection) or import_lists.has_forgotten(connection):
        return [row.n for row in first]
    known = leads.ids_by_alias(UnitOfWork(connection), keys)
    return [row.n for row in first if row.key in known]


def _look_up(
    connection: Connection,
    keys: Collection[str],
    drafts: Mapping[int, LeadDraft | RowProblem | None],
    campaign_id: int | None,
    busy_for: int | None,
) -> _LookedUp:
    uow = UnitOfWork(connection)
    ids = leads.ids_by_alias(uow, keys)
    rows = leads.rows(uow, ids.values())
    busy = import_lists.busy_elsewhere(connection, ids.values(), busy_for) if busy_for is not None else {}
    whole = [d for d in drafts.values() if isinstance(d, LeadDraft)]
    members = import_lists.enrolled(connection, ids.values(), campaign_id) if campaign_id is not None else set()
    slugs = {key.removeprefix(SLUG) for key in keys if key.startswith(SLUG) and key not in ids}
    return _LookedUp(
        known={
            key: KnownLead(
                fields=fields_of(rows[lead_id]),
                custom=json.loads(rows[lead_id].custom),
                busy_in=busy.get(lead_id, ""),
                joins=campaign_id is not None and lead_id not in members,
            )
            for key, lead_id in ids.items()
        },
        connected={SLUG + slug for slug in import_lists.connected(connection, slugs)},
        forgotten=forgotten_rows(connection, whole),
        drafts=drafts,
        listed=listed_rows(connection, whole, ids),
    )


def _write_verdicts(stage: ImportStage, rows: Sequence[Keyed], found: _LookedUp) -> None:
    first = [row for row in rows if row.key and row.first_n == row.n]
    verdicts = [(twice_verdict(row.first_row), row.n) for row in rows if row.key and row.first_n != row.n]
    verdicts += [(_verdict(row, found, found.drafts.get(row.n)), row.n) for row in first]
    stage.judge((int(verdict.kind), verdict.words, n) for verdict, n in verdicts)


def _verdict(row: Keyed, found: _LookedUp, draft: LeadDraft | RowProblem | None) -> Verdict:
    if row.row in found.forgotten:
        return FORGOTTEN
    if row.row in found.listed:
        return listed_verdict(found.listed[row.row])
    if isinstance(draft, LeadDraft) and row.key in found.known:
        return known_verdict(draft, found.known[row.key])
    if isinstance(draft, RowProblem):
        return problem_verdict(draft.problem)
    return CONNECTED if row.key in found.connected else NEW


def _write_cell(stage: ImportStage, n: int, column: int, text: str, columns: ColumnMap) -> set[str]:
    """Write one cell. Returns the identities that the row had and has."""
    row = stage.keyed([n])[0]
    cells = list(reading.decoded(stage.cells(n)))
    cells += [""] * (column + 1 - len(cells))
    cells[column] = text
    stage.write_cells(n, reading.encoded(cells))
    key, kind, words = reading.address_of(CsvRecord(row.row, tuple(cells)), columns)
    stage.rekey([(key, kind, words, n)])
    return {row.key, key}


def _preview(stage: ImportStage, ns: Sequence[int]) -> list[PreviewRow]:
    return [_preview_row(row) for row in stage.rows_of(ns)]


def _preview_row(row: StagedRow) -> PreviewRow:
    return PreviewRow(n=row.n, row=row.row, cells=reading.decoded(row.cells), kind=Happens(row.kind), words=row.words)


def _chunk(stage: ImportStage, after: int, columns: ColumnMap) -> tuple[int, Chunk | None]:
    """Return the next rows to apply, and the number of the last one."""
    rows = stage.keyed_after(after, APPLIED_ROWS)
    if not rows:
        return after, None
    made = reading.drafts_of(stage, [row.n for row in rows], columns)
    problems = [p for row in rows if row.kept_id is None and isinstance(p := made[row.n], RowProblem)]
    return rows[-1].n, Chunk(
        drafts=[d for d in made.values() if isinstance(d, LeadDraft)],
        problems=problems,
        second=frozenset(row.row for row in rows if row.key and row.first_n != row.n),
        fixed={row.row: row.kept_id for row in rows if row.kept_id is not None},
    )
