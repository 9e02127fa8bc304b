"""A process that ends at a chosen moment: before or after a commit, a journal line or a request.

From that moment on every seam is dead: whatever a task still does in falling leaves no trace on disk or wire.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from storage.journal import JournalLine
from tests.fakes.rig import Rig


class Crashed(BaseException):
    """The process is gone."""


class CrashAt:
    """Counts the points that a run passes and ends it at the `wanted` one, or at the first one of that name."""

    def __init__(self, rig: Rig, wanted: int | str, *, on_death: Callable[[], None] = lambda: None) -> None:
        self._rig = rig
        self._wanted = wanted
        self._on_death = on_death
        self.is_dead = False
        self.passed = 0
        self.name = ""
        db, journal = rig.engine.ctx.db, rig.engine.ctx.journal
        assert journal is not None
        self._write, self._read, self._append = db.write_here, db.read_here, journal.append
        self._handle = rig.wire.handle_async_request
        db.write_here = self._on_write  # type: ignore[method-assign]
        db.read_here = self._on_read  # type: ignore[method-assign]
        journal.append = self._on_append  # type: ignore[method-assign]
        rig.wire.handle_async_request = self._on_request  # type: ignore[method-assign]

    def heal(self) -> None:
        """Let the wire work again; a new engine brings its own database and journal."""
        self._rig.wire.handle_async_request = self._handle  # type: ignore[method-assign]

    def _point(self, name: str) -> None:
        if self.is_dead:
            raise Crashed(self.name)
        self.passed += 1
        if self._wanted in (name, self.passed):
            self.is_dead, self.name = True, name
            self._on_death()
            raise Crashed(name)

    def _on_write(self, fn: Callable[[Any], Any]) -> Any:
        self._point("before a commit")
        result = self._write(fn)
        self._point("after a commit")
        return result

    def _on_read(self, fn: Callable[[Any], Any]) -> Any:
        if self.is_dead:
            raise Crashed(self.name)
        return self._read(fn)

    def _on_append(self, *lines: JournalLine) -> None:
        self._point("before the journal")
        self._append(*lines)
        self._point("after the journal")

    async def _on_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            if self.is_dead:
                raise Crashed(self.name)
            return await self._handle(request)
        self._point("before the request")
        response = await self._handle(request)
        self._point("after the request")
        return response
