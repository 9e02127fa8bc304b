"""Lets something happen in exactly one phase of a send, and notes the cell in that moment.

The phase is proved by the ledger's row at that moment: claimed (A), sending (B, C, D), unknown (E).
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from engine.domain.practice_people import Character
from engine.workers import sender
from engine.workers.sender import Sender
from tests.engine.scenes import BRISK, WRITING, begin, folk, stages, states
from tests.fakes.crashes import CrashAt, Crashed
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig
from tests.matrix.reaching import Reached

FRIEND, NEVER = Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS
NOW = WRITING.replace('wait = "1h"', 'wait = "0m"')
LOST = httpx.RemoteProtocolError("Server disconnected without sending a response.")
Act = Callable[[], Any]
Answer = Callable[[httpx.Request, Callable[[httpx.Request], Awaitable[httpx.Response]]], Awaitable[httpx.Response]]
STATE_OF = {"A": "claimed", "B": "sending", "C": "sending", "D": "sending", "E": "unknown"}


class Phases:
    """One rig, and a hook into a phase of its next send."""

    def __init__(self, rig: Rig, patch: pytest.MonkeyPatch, reached: Reached) -> None:
        self.rig = rig
        self._patch = patch
        self._reached = reached
        self._is_done = False
        self.is_bad = True
        self.crash: CrashAt | None = None

    # Once, in a phase

    def at(
        self,
        cell: str,
        act: Act,
        *,
        phase: str = "",
        is_late: bool = False,
        acts: bool = True,
        answer: object = None,
    ) -> None:
        """Let something happen once. `is_late`: A after the look; `acts`: C after LinkedIn has acted."""
        phase = phase or cell[-1]

        async def once() -> bool:
            if self._is_done or STATE_OF[phase] not in states(self.rig):
                return False
            self._is_done = True
            self._reached(cell)
            done = act()
            if inspect.isawaitable(done):
                await done
            return True

        if phase in "AD":
            self._around(phase, once, is_late=is_late)
        elif phase == "B":
            self._after_the_journal(once)
        else:
            self._on_the_wire(phase, once, acts=acts, answer=answer)

    def _around(self, phase: str, once: Act, *, is_late: bool) -> None:
        real: Any = sender.look if phase == "A" else Sender._record

        async def around(*args: Any) -> Any:
            if not is_late:
                await once()
            result = await real(*args)
            if is_late:
                await once()
            return result

        if phase == "A":
            self._patch.setattr(sender, "look", around)
        else:
            self._patch.setattr(Sender, "_record", around)

    def _after_the_journal(self, once: Act) -> None:
        real: Any = Sender._to_journal

        async def to_journal(*args: Any) -> None:
            await real(*args)
            await once()

        self._patch.setattr(Sender, "_to_journal", to_journal)

    def _on_the_wire(self, phase: str, once: Act, *, acts: bool, answer: object) -> None:
        real = self.rig.wire.handle_async_request

        async def handle(request: httpx.Request) -> httpx.Response:
            if (request.method != "GET") != (phase == "C"):
                return await real(request)
            response = await real(request) if acts or phase == "E" else None
            if await once() and isinstance(answer, Exception):
                raise answer
            return response if response is not None else await real(request)

        self.rig.wire.handle_async_request = handle  # type: ignore[method-assign]

    # The line, until it is good again

    def bend(self, cell: str, answer: Answer) -> None:
        """Answer every reading while a row is claimed (A) or unknown (E), or every write (B, C), in another way."""
        phase, real = cell[-1], self.rig.wire.handle_async_request

        async def handle(request: httpx.Request) -> httpx.Response:
            is_write = request.method != "GET"
            if not self.is_bad or is_write != (phase in "BC") or STATE_OF[phase] not in states(self.rig):
                return await real(request)
            self._reached(cell)
            return await answer(request, real)

        self.rig.wire.handle_async_request = handle  # type: ignore[method-assign]

    def heal(self) -> None:
        """Let the line be good from now on."""
        self.is_bad = False

    # An end of the process

    def dies(self, cell: str, **how: Any) -> None:
        """End the process in a phase: from there on nothing of it reaches disk or wire."""
        crash = self.crash = CrashAt(self.rig, 10**9)

        def die() -> None:
            crash.is_dead, crash.name = True, cell
            raise Crashed(cell)

        self.at(cell, die, **how)

    def start_again(self) -> None:
        """Start on what the end has left."""
        assert self.crash is not None and self.crash.is_dead
        self.crash.heal()
        self.rig.crash()
        self.rig.run(self.rig.engine.start())

    # How it goes on

    def go(self, toml: str = NOW, **length: float) -> None:
        """Start campaign and engine, and let some time pass."""
        self.rig.run(begin(self.rig, toml))
        self.rig.run(self.rig.pass_time(**(length or {"hours": 1})))

    def loses_its_answer(self, *, acts: bool) -> None:
        """Let the first write take effect, or not, and lose its answer: the row will be unknown."""
        self.rig.wire.writing(LOST, acts=acts)

    def ends(self, *stage: str, told: int = 1) -> None:
        """Run to the end: nothing twice, nobody lost, and so many messages arrived."""
        self.rig.hurry(FAST)
        self.rig.run(self.rig.to_the_end())
        assert stages(self.rig) == list(stage or ("completed",))
        assert len(self.rig.world.state.effects) == told
        judge(self.rig)


def friend(make_rig: Callable[..., Rig], number: int = 1, **how: Any) -> Rig:
    """Return a rig with connected people."""
    return make_rig(folk=folk(*[FRIEND] * number), speed=BRISK, **how)
