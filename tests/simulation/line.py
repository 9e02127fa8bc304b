"""The simulated network between the client and the practice LinkedIn: delays, and the faults of a seed's mix.

Every request with an effect is shown to the witness before its first byte leaves. What was delivered late, or just
before the machine died, takes effect all the same.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import AsyncIterator, Callable
from random import Random
from typing import Any

import httpx

from engine.provider.simulated.api import PracticeApi
from engine.provider.simulated.faults import ANSWERS
from engine.provider.simulated.transport import PracticeTransport, practice_request
from engine.provider.simulated.wire import Request
from tests.fakes.clock import FakeClock
from tests.fakes.wire import Wire, garbage, refusal
from tests.simulation.faults import CALM, Fault, FaultMix
from tests.simulation.witness import Post, Witness

F = Fault
BEFORE = {F.RESET_BEFORE, F.TIMEOUT_BEFORE, F.ERROR_BEFORE, F.GARBAGE_BEFORE, F.RATE, F.LIMIT}
HANGS_S = 3600.0
LATEST_EFFECT_S = 540.0
"""Within the quiet period: that a request has acted by then or never will is an assumption (A2), not a fault."""
RETRY_AFTER = (None, "0", "120", "999999999", "Wed, 21 Oct 2015 07:28:00 GMT", "soon")
CONNECTION_LOST = "Server disconnected without sending a response."


class _Drip(httpx.AsyncByteStream):
    """A body that comes byte by byte, slower than any deadline allows."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await self._clock.pause(7.0)


class SimulatedLine(Wire):
    """A wire with faults."""

    def __init__(self, inner: PracticeTransport, clock: FakeClock, dice: Random) -> None:
        super().__init__(inner, clock)
        self.dice = dice
        self.mix: FaultMix = CALM
        self.witness: Witness
        self.api: PracticeApi
        self.log: Callable[..., None] = lambda *_: None
        self.sleeps_in_flight_s = 0.0
        self.sleep: Callable[[float], None] = lambda _: None
        self._late: list[tuple[float, int, Request, Post | None]] = []
        self.counts: dict[str, int] = {}
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request, or lose it."""
        self.requests += 1
        is_write = request.method != "GET" or "notify=true" in str(request.url)
        path = request.url.path.removeprefix("/api/v1")
        hour = self.witness.elapsed_s() / 3600
        fault = self.mix.draw(self.dice, is_write=is_write, path=path, hour=hour)
        post = self.witness.on_post(request) if is_write and fault is not F.CONNECT else None
        if fault is not None:
            name = f"{'write' if is_write else 'read'} {fault}"
            self.counts[name] = self.counts.get(name, 0) + 1
        try:
            response = await self._carry(request, fault, post)
        except httpx.HTTPError as error:
            self.log("request", request.method, path, type(error).__name__, fault or "")
            raise
        self.log("request", request.method, path, response.status_code, fault or "")
        return response

    async def _carry(self, request: httpx.Request, fault: Fault | None, post: Post | None) -> httpx.Response:
        await self._clock.pause(self.dice.uniform(1.0, 4.5) if fault is F.SLOW else self.dice.uniform(0.02, 0.6))
        if post is not None and self.sleeps_in_flight_s:
            length_s, self.sleeps_in_flight_s = self.sleeps_in_flight_s, 0.0
            self.sleep(length_s)
        self.deliver_late()
        if fault is F.CONNECT:
            raise httpx.ConnectError("All connection attempts failed", request=request)
        if fault is F.LATE:
            delay_s = self.dice.uniform(1.0, LATEST_EFFECT_S)
            entry = (self.witness.elapsed_s() + delay_s, self.requests, await self._asked(request), post)
            heapq.heappush(self._late, entry)
            await self._clock.pause(HANGS_S)
        if fault in BEFORE:
            return await self._instead(request, fault)
        return await self._bent(request, fault, await self._acted(request, post))

    def deliver_late(self) -> None:
        """Let everything take effect whose time has come."""
        while self._late and self._late[0][0] <= self.witness.elapsed_s():
            _, _, asked, post = heapq.heappop(self._late)
            with self.witness.effects_of(post):
                self.api.handle(asked)

    async def _asked(self, request: httpx.Request) -> Request:
        return practice_request(request, await request.aread())

    async def _acted(self, request: httpx.Request, post: Post | None) -> httpx.Response:
        await request.aread()
        with self.witness.effects_of(post):
            return await self._inner.handle_async_request(request)

    async def _instead(self, request: httpx.Request, fault: Fault) -> httpx.Response:
        """Answer without delivering."""
        if fault is F.TIMEOUT_BEFORE:
            await self._clock.pause(HANGS_S)
        if fault is F.RESET_BEFORE:
            raise httpx.RemoteProtocolError(CONNECTION_LOST, request=request)
        if fault is F.ERROR_BEFORE:
            reply = ANSWERS[self.dice.choice(("500", "502", "503", "504", "down"))]
            return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body, request=request)
        if fault is F.GARBAGE_BEFORE:
            return _sent_with(garbage(), request)
        if fault is F.LIMIT:
            return _sent_with(refusal(422, "cannot_resend_yet"), request)
        after = self.dice.choice(RETRY_AFTER)
        return _sent_with(refusal(429, "too_many_requests", **({"retry-after": after} if after else {})), request)

    async def _bent(self, request: httpx.Request, fault: Fault | None, true: httpx.Response) -> httpx.Response:
        """Answer something else than the truth, or nothing, after delivering."""
        if fault is None or fault is F.SLOW:
            return true
        if fault is F.TIMEOUT_AFTER:
            await self._clock.pause(HANGS_S)
        if fault is F.RESET_AFTER:
            raise httpx.ReadError("", request=request)
        if fault is F.ERROR_AFTER:
            reply = ANSWERS[self.dice.choice(("500", "502", "504"))]
            return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body, request=request)
        if fault is F.GARBAGE_AFTER:
            return _sent_with(garbage(), request)
        if fault is F.DRIP:
            return httpx.Response(true.status_code, headers={"date": true.headers["date"]}, stream=_Drip(self._clock))
        if fault is F.BOMB:
            return httpx.Response(true.status_code, content=b" " * 5_000_001, request=request)
        if fault is F.TRUNCATED:
            return _with_body(true, request, true.content[: len(true.content) * 2 // 3])
        return self._bent_json(request, fault, true)

    def _bent_json(self, request: httpx.Request, fault: Fault, true: httpx.Response) -> httpx.Response:
        data: dict[str, Any] = json.loads(true.content)
        if true.status_code >= 300:
            return true
        if fault is F.NULL_IDS:
            data = {k: None if k.endswith("_id") else v for k, v in data.items()}
        elif "items" not in data:
            return true
        elif fault is F.EMPTY_LIST:
            data |= {"items": [], "cursor": None}
        elif fault is F.ENDLESS:
            self._cursors = getattr(self, "_cursors", 0) + 1
            data["cursor"] = data["cursor"] or request.url.params.get("cursor") or f"again-{self._cursors}"
        elif fault is F.REPEATED:
            data["cursor"] = request.url.params.get("cursor") or data["cursor"]
        return _with_body(true, request, json.dumps(data).encode())


def _sent_with(answer: httpx.Response, request: httpx.Request) -> httpx.Response:
    return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content, request=request)


def _with_body(true: httpx.Response, request: httpx.Request, body: bytes) -> httpx.Response:
    headers = {k: v for k, v in true.headers.items() if k != "content-length"}
    return httpx.Response(true.status_code, headers=headers, content=body, request=request)
