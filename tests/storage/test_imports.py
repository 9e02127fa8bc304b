"""Imports: a row with a problem is kept once however often its file is imported, and finding that out is quick."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from engine.domain.csv_import import RowProblem
from storage.repositories import imports
from storage.unit_of_work import UnitOfWork
from tests.storage.conftest import Filled

NOW = datetime(2026, 1, 5, tzinfo=UTC)
STEPS = 1000


def problem(row: int, cell: str = "x") -> RowProblem:
    return RowProblem(row=row, column="URL", problem="This is not a LinkedIn address.", cells=(cell,))


def keep(filled: Filled, problems: Sequence[RowProblem], name: str = "list.csv") -> int:
    """Keep problems of a new import of a file. Returns how many thousand steps of the database finishing took."""
    calls = 0

    def count() -> int:
        nonlocal calls
        calls += 1
        return 0

    def whole(uow: UnitOfWork) -> None:
        batch_id, _ = imports.begin(uow, name, None, "{}", NOW)
        imports.keep_problems(uow, batch_id, problems)
        raw = uow.connection.connection.dbapi_connection
        assert raw is not None
        raw.set_progress_handler(count, STEPS)
        imports.finish(uow, batch_id, {}, NOW)
        raw.set_progress_handler(None, 0)

    filled.db.write_here(whole)
    return calls


def kept(filled: Filled) -> list[tuple[int, int, str]]:
    return [tuple(r) for r in filled.see("SELECT import_batch_id, row, cells FROM import_problem ORDER BY id")]


def test_only_what_an_earlier_import_of_the_file_didnt_keep_is_kept(filled: Filled) -> None:
    keep(filled, [problem(2), problem(3)])
    keep(filled, [problem(2), problem(3, "y"), problem(4)])
    keep(filled, [problem(2)], name="other.csv")
    assert kept(filled) == [(1, 2, '["x"]'), (1, 3, '["x"]'), (2, 3, '["y"]'), (2, 4, '["x"]'), (3, 2, '["x"]')]


def test_what_an_import_kept_that_was_taken_back_counts_no_longer(filled: Filled) -> None:
    keep(filled, [problem(2)])
    filled.do("UPDATE import_batch SET undone_ms = 1")
    keep(filled, [problem(2)])
    assert [row[0] for row in kept(filled)] == [1, 2]


def test_importing_a_list_again_takes_steps_by_its_rows_not_by_their_square(filled: Filled) -> None:
    rows = 1500
    keep(filled, [problem(n) for n in range(rows)])
    assert keep(filled, [problem(n) for n in range(rows)]) < rows * 100 // STEPS
    assert len(kept(filled)) == rows
