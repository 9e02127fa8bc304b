"""The network between the client and the practice LinkedIn: a log of every request, and places to interfere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from engine.provider.simulated.transport import PracticeTransport
from tests.fakes.clock import FakeClock

Answer = httpx.Response | Exception
Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One request as it left, in engine time and real seconds."""

    at: datetime
    mono_s: float
    method: str
    path: str

    @property
    def is_write(self) -> bool:
        return self.method != "GET"


@dataclass(kw_only=True)
class Rule:
    """What happens to requests that match, so many times (None: always).

    `answer` stands in for the true one; with `acts` the request takes effect all the same. `before` runs first.
    """

    matches: Callable[[httpx.Request], bool]
    answer: Answer | None = None
    acts: bool = False
    before: Step | None = None
    takes_s: float = 0.0
    times: int | None = 1


class Wire(httpx.AsyncBaseTransport):
    """Hands requests on to the practice LinkedIn, unless a rule says otherwise."""

    def __init__(self, inner: PracticeTransport, clock: FakeClock) -> None:
        self._inner = inner
        self._clock = clock
        self.seen: list[Seen] = []
        self.rules: list[Rule] = []

    @property
    def writes(self) -> list[Seen]:
        return [s for s in self.seen if s.is_write]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(
            Seen(at=self._clock.now(), mono_s=self._clock.monotonic(), method=request.method, path=request.url.path)
        )
        rule = next((r for r in self.rules if r.times != 0 and r.matches(request)), None)
        if rule is None:
            return await self._inner.handle_async_request(request)
        if rule.times is not None:
            rule.times -= 1
        if rule.before is not None:
            await rule.before()
        if rule.takes_s:
            await self._clock.pause(rule.takes_s)
        if rule.answer is None:
            return await self._inner.handle_async_request(request)
        if rule.acts:
            await self._inner.handle_async_request(request)
        if isinstance(rule.answer, Exception):
            raise rule.answer
        kept = {"content-type": rule.answer.headers.get("content-type", "application/json")}
        kept |= {k: v for k, v in rule.answer.headers.items() if k in ("retry-after", "date")}
        return httpx.Response(rule.answer.status_code, headers=kept, content=rule.answer.content, request=request)

    def on(self, method: str, path: str, answer: Answer | None = None, **more: Any) -> Rule:
        """Add a rule for requests of a method whose path ends so; the newest comes first."""
        rule = Rule(matches=lambda r: r.method == method and _fits(r.url.path, path), answer=answer, **more)
        self.rules.insert(0, rule)
        return rule

    def writing(self, answer: Answer | None = None, **more: Any) -> Rule:
        """Add a rule for every request with an effect, whichever it is."""
        rule = Rule(matches=lambda r: r.method != "GET", answer=answer, **more)
        self.rules.insert(0, rule)
        return rule


def _fits(path: str, wanted: str) -> bool:
    return (
        path.removeprefix("/api/v1").startswith(wanted.rstrip("*")) if wanted.endswith("*") else path.endswith(wanted)
    )


def refusal(status: int, kind: str, **headers: str) -> httpx.Response:
    """Return a refusal as the provider words it."""
    form = {"status": status, "type": f"errors/{kind}", "title": kind.replace("_", " ")}
    return httpx.Response(status, json=form, headers=headers)


def garbage(status: int = 200) -> httpx.Response:
    """Return a page of HTML where JSON is expected."""
    return httpx.Response(status, html="<!doctype html><title>Just a moment</title>")
