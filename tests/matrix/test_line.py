"""Faults of the line, in each phase: a failed reading proves nothing, a write without a clear answer is unknown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.engine.scenes import INVITING, attempts, folk, ledger, stages, states, used
from tests.fakes.rig import Rig
from tests.fakes.wire import garbage, refusal
from tests.matrix.phases import BRISK, LOST, NEVER, NOW, Answer, Phases
from tests.matrix.reaching import Reached, each

Real = Callable[[httpx.Request], Awaitable[httpx.Response]]
CONNECT = httpx.ConnectError("All connection attempts failed")
RESET = httpx.ReadError("reset")
BOMB = httpx.Response(200, content=b" " * 5_000_001)
RATE = refusal(429, "too_many_requests", **{"retry-after": "999999999"})


def says(answer: httpx.Response | Exception, *, acts: bool = False) -> Answer:
    """Answer so instead of the truth; with `acts` the request takes effect all the same."""

    async def instead(request: httpx.Request, real: Real) -> httpx.Response:
        if acts:
            await real(request)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=answer.content, extensions={}, request=request
        )

    return instead


def changed(change: Callable[[dict[str, Any], httpx.Request], dict[str, Any]]) -> Answer:
    """Answer the truth with a change, where it is a list."""

    async def bent(request: httpx.Request, real: Real) -> httpx.Response:
        true = await real(request)
        data = json.loads(true.content)
        if "items" not in data:
            return true
        headers = {k: v for k, v in true.headers.items() if k != "content-length"}
        return httpx.Response(
            true.status_code, headers=headers, content=json.dumps(change(data, request)).encode(), request=request
        )

    return bent


def slow(phases: Phases) -> Answer:
    """Answer byte by byte, for longer than any deadline."""

    class Drip(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            while True:
                yield b" "
                await phases.rig.clock.pause(7.0)

    async def dripping(request: httpx.Request, real: Real) -> httpx.Response:
        true = await real(request)
        return httpx.Response(true.status_code, headers={"date": true.headers["date"]}, stream=Drip())

    return dripping


ENDLESS = changed(lambda data, request: {**data, "cursor": f"again-{request.url.params.get('cursor')}"})
WITHOUT_END = changed(
    lambda data, request: {**data, "items": [], "cursor": f"again-{request.url.params.get('cursor')}"}
)
EMPTY = changed(lambda data, _: {**data, "items": [], "cursor": None})


async def stale(request: httpx.Request, real: Real) -> httpx.Response:
    """The account's own copy isn't up to date: LinkedIn is being connected."""
    true = await real(request)
    if "/accounts/" not in request.url.path:
        return true
    data = json.loads(true.content)
    data["sources"] = [{**s, "status": "CONNECTING"} for s in data["sources"]]
    headers = {k: v for k, v in true.headers.items() if k != "content-length"}
    return httpx.Response(200, headers=headers, content=json.dumps(data).encode(), request=request)


def answer_of(name: str, phases: Phases) -> Answer:
    """Return the fault of a cell."""
    return {
        "connect": says(CONNECT),
        "reset": says(RESET),
        "drip": slow(phases),
        "rate": says(RATE),
        "error": says(refusal(502, "provider_error")),
        "refusal": says(refusal(403, "insufficient_permissions")),
        "garbage": says(garbage()),
        "cursor": ENDLESS,
        "stale": stale,
        "withheld": EMPTY,
        "bomb": says(BOMB),
    }[name.partition("-")[0]]


@pytest.mark.parametrize(
    "cell",
    each(
        "connect-A", "reset-A", "drip-A", "rate-A", "error-A", "refusal-A", "garbage-A", "cursor-A", "stale-A", "bomb-A"
    ),
)
def test_what_could_not_be_read_lets_nothing_out_and_is_read_again(phases: Phases, cell: str) -> None:
    rig = phases.rig
    rig.world.write_by_hand(rig.people[0].provider_id, "Long before any campaign")
    rig.clock.go(minutes=2)
    phases.bend(cell, answer_of(cell, phases))
    phases.go(hours=2)
    assert rig.wire.writes == []
    assert states(rig) in (["planned"], ["claimed"])
    phases.heal()
    phases.ends()


@pytest.mark.cells("withheld-A")
def test_a_known_conversation_that_is_withheld_lets_nothing_out(phases: Phases, reached: Reached) -> None:
    rig = phases.rig
    second = NOW + '[[steps]]\nkind = "message"\nwait = "1h"\ntext = "Did you see my note?"\n'
    phases.go(second, minutes=30)
    assert states(rig)[0] == "sent"
    rig.world.hear_from(rig.people[0].provider_id, "I am away.")
    phases.bend("withheld-A", EMPTY)
    inbox = rig.wire.on(
        "GET", "/messages", httpx.Response(200, json={"object": "MessageList", "items": [], "cursor": None}), times=None
    )
    rig.run(rig.pass_time(hours=4))
    assert len(rig.wire.writes) == 1
    phases.heal()
    inbox.times = 0
    phases.ends("responded")


@pytest.mark.cells("connect-B")
def test_no_connection_proves_that_nothing_was_sent(phases: Phases) -> None:
    phases.bend("connect-B", says(CONNECT))
    phases.go(minutes=20)
    assert set(attempts(phases.rig)) == {("not_sent", "network")}
    assert used(phases.rig, "message") == 0
    phases.heal()
    phases.ends()


@pytest.mark.parametrize("cell", each("reset-C", "timeout-C", "drip-C", "error-C", "garbage-C", "bomb-C"))
def test_an_answer_that_proves_nothing_is_unknown_and_then_found(phases: Phases, cell: str) -> None:
    answers = {
        "reset-C": says(RESET, acts=True),
        "timeout-C": says(httpx.ReadTimeout("slow"), acts=True),
        "drip-C": slow(phases),
        "error-C": says(refusal(500, "unexpected_error"), acts=True),
        "garbage-C": says(garbage(), acts=True),
        "bomb-C": says(BOMB, acts=True),
    }
    phases.bend(cell, answers[cell])
    phases.go(hours=7)
    assert attempts(phases.rig)[0][0] == "unknown"
    phases.heal()
    phases.ends()
    assert ledger(phases.rig)[0][:3] == ("message", "sent", "read")


@pytest.mark.cells("error-C")
def test_an_answer_that_proves_nothing_becomes_a_question_when_nothing_arrived(phases: Phases) -> None:
    phases.bend("error-C", says(refusal(502, "provider_error")))
    phases.go(hours=3)
    phases.heal()
    phases.ends("needs_attention", told=0)


@pytest.mark.cells("garbage-C")
def test_an_answer_without_ids_is_sent(phases: Phases) -> None:
    async def without_ids(request: httpx.Request, real: Real) -> httpx.Response:
        data = json.loads((await real(request)).content)
        return httpx.Response(201, json={k: None if k.endswith("_id") else v for k, v in data.items()})

    phases.bend("garbage-C", without_ids)
    phases.go()
    assert ledger(phases.rig)[0][:3] == ("message", "sent", "response")
    phases.ends()


@pytest.mark.cells("late-C")
@pytest.mark.parametrize(("minutes", "ends"), [(8, "completed"), (200, "needs_attention")])
def test_a_request_that_acts_late_is_found_or_asked_about_and_never_repeated(
    phases: Phases, minutes: float, ends: str
) -> None:
    rig = phases.rig

    async def late(request: httpx.Request, real: Real) -> httpx.Response:
        async def later() -> None:
            await rig.pass_time(minutes=minutes)
            await real(request)

        kept.append(asyncio.get_running_loop().create_task(later()))
        raise LOST

    kept: list[Any] = []
    phases.bend("late-C", late)
    phases.go(hours=5)
    phases.heal()
    assert kept[0].done()
    assert stages(rig) == [ends]
    assert len(rig.world.state.effects) == 1


@pytest.mark.cells("rate-C")
@pytest.mark.parametrize("after", ["0", "999999999", "Wed, 21 Oct 2015 07:28:00 GMT", "soon"])
def test_a_429_is_not_sent_and_pauses_for_hours_and_a_day_at_most(phases: Phases, after: str) -> None:
    rig = phases.rig
    phases.bend("rate-C", says(refusal(429, "too_many_requests", **{"retry-after": after})))
    phases.go()
    assert attempts(rig)[0][0] == "not_sent"
    (found,) = rig.rows("SELECT until_ms - opened_ms FROM breaker WHERE is_open = 1")
    assert timedelta(hours=4) <= timedelta(milliseconds=found[0]) <= timedelta(hours=24)
    phases.heal()
    phases.ends()


@pytest.mark.cells("refusal-C")
@pytest.mark.parametrize(
    ("status", "kind", "stage", "state"),
    [
        (400, "too_many_characters", "needs_attention", "superseded"),
        (422, "blocked_recipient", "excluded", "refused"),
        (404, "resource_not_found", "connected", "planned"),
        (415, "unsupported_media_type", "connected", "planned"),
    ],
)
def test_a_refusal_leads_where_the_table_says(phases: Phases, status: int, kind: str, stage: str, state: str) -> None:
    phases.bend("refusal-C", says(refusal(status, kind)))
    phases.go()
    assert (stages(phases.rig)[0], states(phases.rig)[0]) == (stage, state)
    assert phases.rig.world.state.effects == []


@pytest.mark.parametrize(
    "cell",
    [
        *each("connect-E", "reset-E", "drip-E", "rate-E", "error-E", "refusal-E"),
        *each("garbage-E", "stale-E", "bomb-E"),
    ],
)
def test_what_could_not_be_read_settles_nothing_and_is_read_again(
    make_rig: Any, monkeypatch: Any, reached: Reached, cell: str
) -> None:
    rig: Rig = make_rig(folk=folk(NEVER), speed=BRISK)
    phases = Phases(rig, monkeypatch, reached)
    phases.loses_its_answer(acts=False)
    phases.bend(cell, answer_of(cell, phases))
    phases.go(INVITING, minutes=45)
    assert states(rig) == ["unknown"]
    assert len(rig.wire.writes) == 1
    phases.heal()
    rig.run(rig.pass_time(hours=30))
    assert states(rig)[0] in ("sent", "planned")
    invited = [e for e in rig.world.state.effects if e.kind == "invite"]
    assert len(invited) <= 1


@pytest.mark.parametrize("cell", each("withheld-E", "cursor-E"))
def test_a_reading_that_is_not_the_whole_is_not_evidence(phases: Phases, cell: str) -> None:
    rig = phases.rig
    second = NOW + '[[steps]]\nkind = "message"\nwait = "1h"\ntext = "Did you see my note?"\n'
    phases.go(second, minutes=30)
    phases.loses_its_answer(acts=True)
    phases.bend(cell, EMPTY if cell == "withheld-E" else WITHOUT_END)
    rig.run(rig.pass_time(minutes=110))
    assert states(rig) == ["sent", "unknown"]
    assert "could not be read" in rig.one("SELECT evidence FROM delivery ORDER BY id DESC LIMIT 1")
    phases.heal()
    phases.ends(told=2)
