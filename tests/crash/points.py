"""The numbered points at which a process of the crash harness can end: installed by its launcher, unknown to users.

A point is a place between two effects that a kill could fall into: a commit, the journal's write and its fsync, the
bytes of a request and of its answer. The process counts them and ends itself by SIGKILL at the wanted one.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpcore
from httpcore._backends.anyio import AnyIOStream
from sqlalchemy import event

import storage.journal as journal
from storage.database import Database

FIRST_BYTES = 1


class Points:
    """Counts points; at the wanted one writes its name down and ends the process."""

    def __init__(self, wanted: int, report: Path, *, with_reads: bool = True) -> None:
        self._wanted = wanted
        self._report = report
        self._with_reads = with_reads
        self.passed = 0
        self.first: dict[str, int] = {}

    def point(self, name: str) -> None:
        """Pass a point, or end here."""
        self.passed += 1
        self.first.setdefault(name, self.passed)
        if self.passed == self._wanted:
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
    _around_commits(points)
    _around_the_journal(points)
    _around_requests(points)


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


def _around_requests(points: Points) -> None:
    real_write, real_read = AnyIOStream.write, AnyIOStream.read
    real_connect = httpcore.AnyIOBackend.connect_tcp

    async def connect_tcp(self: Any, *args: Any, **more: Any) -> Any:
        points.reading("before connecting")
        return await real_connect(self, *args, **more)

    async def write(self: Any, buffer: bytes, timeout: float | None = None) -> None:
        if not _is_of_a_send(self, buffer):
            await real_write(self, buffer, timeout)
            if buffer:
                points.reading("after asking to read")
            return
        if not buffer.startswith((b"POST", b"DELETE")):
            await real_write(self, buffer, timeout)
            if id(self) not in _BODIES:
                _BODIES.add(id(self))
                points.point("after a part of the body")
            return
        _BODIES.discard(id(self))
        points.point("before the first byte")
        await real_write(self, buffer[:FIRST_BYTES], timeout)
        points.point("after the first byte")
        await real_write(self, buffer[FIRST_BYTES:], timeout)
        points.point("after the headers")

    async def read(self: Any, max_bytes: int, timeout: float | None = None) -> bytes:
        got = await real_read(self, max_bytes, timeout)
        if id(self) in _SENDS:
            points.point("after bytes of the answer")
        return got

    httpcore.AnyIOBackend.connect_tcp = connect_tcp
    AnyIOStream.write = write
    AnyIOStream.read = read


_SENDS: set[int] = set()
_BODIES: set[int] = set()
"""Connections that carry a request with an effect, and those of them of which a part of the body has gone."""


def _is_of_a_send(stream: AnyIOStream, buffer: bytes) -> bool:
    """Whether a connection carries a request with an effect: such a connection is never used for another one."""
    if buffer.startswith((b"POST", b"DELETE")):
        _SENDS.add(id(stream))
    elif buffer.startswith(b"GET"):
        _SENDS.discard(id(stream))
    return id(stream) in _SENDS and bool(buffer)
