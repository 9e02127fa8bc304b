"""The practice LinkedIn over a real loopback socket."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from engine.clock import SystemClock
from engine.domain.practice_people import Character
from engine.errors import Refused
from engine.provider.simulated.faults import PROFILES
from engine.provider.simulated.server import serve, serve_api
from tests.provider.simulated.practising import Practice

DEADLINE_S = 20
HEADERS = {"X-API-KEY": "practice", "accept": "application/json"}


def over_a_socket(practice: Practice, use: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    """Run a test with a client of a server on a free port."""

    async def run() -> None:
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        stop = asyncio.Event()
        server = asyncio.create_task(serve_api(practice.api, port=0, announce=port.set_result, stop=stop))
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{await port}", headers=HEADERS) as client:
                await use(client)
        finally:
            stop.set()
            await server

    asyncio.run(asyncio.wait_for(run(), DEADLINE_S))


def test_requests_go_through_a_real_socket(practice: Practice) -> None:
    person = next(p for p in practice.world.state.people if not p.slug.isascii())
    friend = practice.who(Character.ALREADY_CONNECTED)

    async def use(client: httpx.AsyncClient) -> None:
        account = (await client.get("/api/v1/accounts")).json()["items"][0]["id"]
        shown = await client.get(f"/api/v1/users/{person.public_identifier}", params={"account_id": account})
        assert shown.json()["provider_id"] == person.provider_id
        assert len(shown.headers.get_list("date")) == 1 and parsedate_to_datetime(shown.headers["date"])
        parts = [("account_id", account), ("attendees_ids", friend.provider_id), ("text", "Grüß dich 👋")]
        sent = await client.post("/api/v1/chats", files=[(name, (None, value)) for name, value in parts])
        assert sent.status_code == 201
        truth = (await client.get("/practice/truth")).json()
        assert [(e["kind"], e["text"], e["slug"]) for e in truth["effects"]] == [
            ("message", "Grüß dich 👋", friend.public_identifier)
        ]
        assert (await client.get("/api/v1/accounts", headers={"X-API-KEY": "no"})).status_code == 401
        assert (await client.get("/elsewhere")).status_code == 404

    over_a_socket(practice, use)


@pytest.mark.parametrize(("share", "effects"), [("writes_lost_after", 1), ("writes_lost_before", 0)])
def test_a_drop_is_a_broken_connection(share: str, effects: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.provider.simulated.faults.LOST_WRITE_ANSWERS", ("drop",))
    practice = Practice(faults=replace(PROFILES["calm"], **{share: 1.0}))
    person = practice.who(Character.NEVER_ACCEPTS)

    async def use(client: httpx.AsyncClient) -> None:
        body = {"account_id": practice.account, "provider_id": person.provider_id}
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post("/api/v1/users/invite", json=body)
        assert (await client.get("/api/v1/accounts")).status_code == 200

    over_a_socket(practice, use)
    assert len(practice.world.state.effects) == effects


def test_a_taken_port_is_said(practice: Practice) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Refused, match="can't be used"):
        asyncio.run(serve_api(practice.api, port=taken.getsockname()[1]))


@pytest.mark.skipif(os.name == "nt", reason="a signal to oneself ends the process there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_in_order_after_one_line(
    number: signal.Signals, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier = signal.getsignal(number)
    leads = tmp_path / "leads.csv"

    async def run() -> None:
        clock = SystemClock(speed=7200.0)
        server = asyncio.create_task(serve(port=0, people=24, seed=3, csv_path=leads, clock=clock))
        while not (said := capsys.readouterr().out):  # noqa: ASYNC110 - the line is printed, nobody tells
            await asyncio.sleep(0)
        assert said.startswith("Practice LinkedIn on http://127.0.0.1:") and said.endswith(" (key: practice)\n")
        signal.raise_signal(number)
        await server
        assert capsys.readouterr().out == ""

    asyncio.run(asyncio.wait_for(run(), DEADLINE_S))
    assert signal.getsignal(number) == earlier
    assert len(leads.read_text(encoding="utf-8").splitlines()) == 25


def test_a_list_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="can't be written"):
        asyncio.run(serve(port=0, people=24, csv_path=tmp_path / "absent" / "leads.csv"))
