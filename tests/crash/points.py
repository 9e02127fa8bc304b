"""The numbered points at which a process of the crash harness can end: installed by its launcher, unknown to users.

A point is a place between two effects that a kill could fall into: a commit, the journal's write and its fsync, the
bytes of a request and of its answer, a statement of a migration or of an import, a rename, a look at an unknown send.
The process counts them and ends itself by SIGKILL at the wanted one.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import event

import storage.journal as journal
from engine import app
from engine.services import importing
from engine.workers import reconciler
from storage import migrate
from storage.database import Database
from tests.crash.points_of_requests import around_requests

IDLE_LOOK_S = 0.04
"""How often a run asks whether it is idle: no kill waits for that."""


class Points:
    """Counts points; at the wanted number, or the first of a name, writes the name down and ends the process."""

    def __init__(self, wanted: int | str, report: Path, *, with_reads: bool = True) -> None:
        self._wanted = wanted
        self._report = report
        self._with_reads = with_reads
        self.passed = 0
        self.first: dict[str, int] = {}

    def point(self, name: str) -> None:
        """Pass a point, or end here."""
        self.passed += 1
        self.first.setdefault(name, self.passed)
        if self._wanted in (self.passed, name):
            self._report.write_text(name)
            os.kill(os.getpid(), signal.SIGKILL)

    def reading(self, name: str) -> None:
        """Pass a point of a request that only reads."""
        if self._with_reads:
            self.point(name)

    def tell(self) -> None:
        """Write down that no point ended the process: how many there were, and where each name came first."""
        self._report.write_text(json.dumps({"passed": self.passed, **self.first}))


def install(points: Points) -> None:
    """Put points into this process."""
    app.IDLE_LOOK_S = IDLE_LOOK_S
    _around_commits(points)
    _around_the_journal(points)
    _around_renames(points)
    _inside_migrations(points)
    _inside_imports(points)
    _inside_reconciling(points)
    around_requests(points.point, points.reading)


def _around_commits(points: Points) -> None:
    real_init, real_write = Database.__init__, Database.write_here

    def init(self: Database, *args: Any, **more: Any) -> None:
        real_init(self, *args, **more)
        event.listen(self._writer, "commit", lambda _connection: points.point("before a commit"))

    def write_here(self: Database, fn: Callable[[Any], Any]) -> Any:
        result = real_write(self, fn)
        points.point("after a commit")
        return result

    Database.__init__ = init  # type: ignore[method-assign]
    Database.write_here = write_here  # type: ignore[method-assign]


def _around_the_journal(points: Points) -> None:
    real_write, real_sync = journal._write_whole, os.fsync

    def write_whole(handle: int, record: bytes) -> None:
        points.point("before the journal")
        half = len(record) // 2
        os.write(handle, record[:half])
        points.point("in the journal's line")
        real_write(handle, record[half:])
        points.point("before the journal's fsync")

    def fsync(handle: int) -> None:
        real_sync(handle)
        points.point("after an fsync")

    journal._write_whole = write_whole
    os.fsync = fsync


def _around_renames(points: Points) -> None:
    real_replace = Path.replace

    def replace(self: Path, target: str | Path) -> Path:
        points.point("before a rename")
        moved = real_replace(self, target)
        points.point("after a rename")
        return moved

    Path.replace = replace  # type: ignore[method-assign, assignment]


def _inside_migrations(points: Points) -> None:
    real_upgrade = migrate._upgrade

    def upgrade(path: Path, revision: str) -> None:
        def after_statement(*_: Any) -> None:
            points.point("inside a migration")

        def before_commit(*_: Any) -> None:
            points.point("before a migration's commit")

        listened = (("after_cursor_execute", after_statement), ("commit", before_commit))
        for name, listener in listened:
            event.listen(sqlalchemy.Engine, name, listener)
        try:
            real_upgrade(path, revision)
        finally:
            for name, listener in listened:
                event.remove(sqlalchemy.Engine, name, listener)
        points.point("after a migration")

    migrate._upgrade = upgrade


def _inside_imports(points: Points) -> None:
    real_apply = importing.apply_chunk

    def apply_chunk(uow: Any, *args: Any, **more: Any) -> None:
        def after_statement(*_: Any) -> None:
            points.point("inside an import's chunk")

        event.listen(uow.connection, "after_cursor_execute", after_statement)
        try:
            real_apply(uow, *args, **more)
        finally:
            event.remove(uow.connection, "after_cursor_execute", after_statement)

    importing.apply_chunk = apply_chunk


def _inside_reconciling(points: Points) -> None:
    real_evidence, real_settle = reconciler.evidence_for, reconciler._settle

    async def evidence_for(*args: Any, **more: Any) -> Any:
        points.point("before looking at an unknown send")
        evidence = await real_evidence(*args, **more)
        points.point("after looking at an unknown send")
        return evidence

    def settle(*args: Any) -> None:
        real_settle(*args)
        points.point("inside settling an unknown send")

    reconciler.evidence_for = evidence_for
    reconciler._settle = settle
