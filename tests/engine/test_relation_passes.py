"""A pass over relations always ends: at the end, at something repeated, at a cap, at a deadline, or when cancelled."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import insert, select

from engine.app import Engine
from engine.clock import SystemClock
from engine.domain.paging import PAGE_CAP, Ended
from engine.errors import StorageError
from engine.provider.address import parse_address
from engine.provider.base import Provider
from engine.provider.client import HttpLimits
from engine.provider.secret import Secret
from engine.provider.unipile import UnipileProvider
from engine.services.connections import Connections
from engine.services.relation_passes import Pass, read_relations
from storage.credentials import MemoryCredentials
from storage.paths import Paths
from storage.tables import account

Pages = Callable[[int, str | None], tuple[list[dict[str, object]], str | None]]


def _relation(number: int) -> dict[str, object]:
    return {
        "object": "UserRelation",
        "first_name": "Jane",
        "last_name": f"Doe {number}",
        "headline": "",
        "public_identifier": f"jane-{number}",
        "public_profile_url": f"https://www.linkedin.com/in/jane-{number}/",
        "created_at": 1_700_000_000_000 - number,
        "member_id": f"ACoA{number:06d}",
        "member_urn": f"urn:li:fsd_profile:ACoA{number:06d}",
        "connection_urn": "urn:li:fsd_connection:x",
    }


@asynccontextmanager
async def _serving(pages: Pages, *, drip_s: float | None = None) -> AsyncIterator[str]:
    """Answer relations on a loopback port; with `drip_s` the body comes a byte at a time."""
    asked = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        while head := await reader.readuntil(b"\r\n\r\n"):
            query = head.split(b" ")[1].decode()
            cursor = query.partition("cursor=")[2].split("&")[0] or None
            items, following = pages(asked, cursor)
            asked += 1
            body = json.dumps({"object": "UserRelationsList", "items": items, "cursor": following}).encode()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
            writer.write(b"content-length: %d\r\n\r\n" % len(body))
            if drip_s is None:
                writer.write(body)
            else:
                for byte in body:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(drip_s)
            await writer.drain()

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(guarded, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/v1"
    finally:
        server.close()


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Pass]:
    """Return how to make one pass of a new account over a served list."""

    def run(pages: Pages, **options: float) -> Pass:
        return asyncio.run(_pass(tmp_path, pages, **options))

    return run


async def _pass(folder: Path, pages: Pages, *, drip_s: float | None = None, deadline_s: float = 5.0) -> Pass:
    async with _serving(pages, drip_s=drip_s) as address, _engine(folder, address, deadline_s) as engine:
        return await read_relations(engine.ctx, 1)


@asynccontextmanager
async def _engine(folder: Path, address: str, deadline_s: float) -> AsyncIterator[Engine]:
    (folder / "data").mkdir(exist_ok=True)
    (folder / "state").mkdir(exist_ok=True)
    clock = SystemClock()

    def make(where: str, key: Secret) -> Provider:
        return UnipileProvider(parse_address(where), key, clock=clock, limits=HttpLimits(deadline_s=deadline_s))

    credentials = MemoryCredentials()
    await credentials.save(address, "practice")
    paths = Paths(data=folder / "data", state=folder / "state")
    engine = Engine.open(paths, clock, Connections(credentials, make), Random(1))
    columns = {"address": address, "provider_account_id": "a", "name": "A", "status": "ok", "time_zone": "Etc/UTC"}
    hours = {"days": "mon", "start_minute": 540, "end_minute": 1020, "created_ms": 0}
    await engine.ctx.db.write(lambda u: u.connection.execute(insert(account).values(**columns, **hours)))
    try:
        yield engine
    finally:
        await engine.close()


def test_a_list_without_a_cursor_ends(read: Callable[..., Pass]) -> None:
    outcome = read(lambda _n, _c: ([_relation(i) for i in range(5)], None))
    assert (outcome.ended_by, outcome.pages, outcome.read) == (Ended.END, 1, 5)


def test_a_repeated_cursor_ends_the_pass(read: Callable[..., Pass]) -> None:
    outcome = read(lambda n, _c: ([_relation(n)], "again"))
    assert outcome.ended_by is Ended.REPEATED
    assert outcome.pages == 2


def test_a_cursor_that_never_ends_meets_the_cap(read: Callable[..., Pass]) -> None:
    outcome = read(lambda n, _c: ([_relation(n)], f"c{n}"))
    assert (outcome.ended_by, outcome.pages) == (Ended.CAP, PAGE_CAP)


def test_the_same_page_under_new_cursors_ends_the_pass(read: Callable[..., Pass]) -> None:
    outcome = read(lambda n, _c: ([_relation(7)], f"c{n}"))
    assert outcome.ended_by is Ended.REPEATED


def test_a_body_that_drips_meets_its_deadline(read: Callable[..., Pass]) -> None:
    began = time.monotonic()
    outcome = read(lambda _n, _c: ([_relation(1)], None), drip_s=0.01, deadline_s=0.3)
    assert outcome.ended_by is Ended.FAILED
    assert outcome.problem
    assert time.monotonic() - began < 5


def test_a_pass_can_be_cancelled_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    asked: list[str | None] = []
    second_page = asyncio.Event()

    def pages(_n: int, cursor: str | None) -> tuple[list[dict[str, object]], str | None]:
        asked.append(cursor)
        if cursor == "two":
            second_page.set()
        number = {None: 1, "two": 2}.get(cursor, 3)
        return [_relation(number)], {1: "two", 2: "three"}.get(number)

    async def run() -> Pass:
        async with _serving(pages, drip_s=0.001) as address, _engine(tmp_path, address, 5.0) as engine:
            task = asyncio.create_task(read_relations(engine.ctx, 1))
            await second_page.wait()
            await _cancelled(task)
            asked.clear()
            return await read_relations(engine.ctx, 1)

    outcome = asyncio.run(run())
    assert asked[0] == "two"
    assert outcome.ended_by is Ended.END


async def _cancelled(task: asyncio.Task[Pass]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def _long_absence(second: Callable[[], tuple[list[dict[str, object]], str | None]]) -> Pages:
    """Return an account's relations: one that is known, and later a page of new ones before what `second` returns."""

    def pages(asked: int, _cursor: str | None) -> tuple[list[dict[str, object]], str | None]:
        if asked == 0:
            return [_relation(500)], None
        return ([_relation(n) for n in range(100)], "two") if asked == 1 else second()

    return pages


def test_older_pages_that_were_not_read_are_read_by_the_next_pass(tmp_path: Path) -> None:
    """The first page hides them from it, whatever ends the program after that page was stored."""

    async def run() -> object:
        pages = _long_absence(lambda: ([_relation(500)], None))
        async with _serving(pages) as address, _engine(tmp_path, address, 5.0) as engine:
            await read_relations(engine.ctx, 1)
            real, left = engine.ctx.db.write, [1]

            async def once(fn: Callable[..., object]) -> object:
                if not left:
                    raise StorageError("The disk is full.")
                left.pop()
                return await real(fn)

            engine.ctx.db.write = once  # type: ignore[method-assign,assignment]
            with pytest.raises(StorageError):
                await read_relations(engine.ctx, 1)
            engine.ctx.db.write = real  # type: ignore[method-assign]
            return await _full_ms(engine)

    assert asyncio.run(run()) is None


def test_an_empty_answer_after_new_ones_is_no_end(tmp_path: Path) -> None:
    async def run() -> object:
        async with _serving(_long_absence(lambda: ([], None))) as address, _engine(tmp_path, address, 5.0) as engine:
            await read_relations(engine.ctx, 1)
            assert await _full_ms(engine) is not None
            await read_relations(engine.ctx, 1)
            return await _full_ms(engine)

    assert asyncio.run(run()) is None


async def _full_ms(engine: Engine) -> object:
    return await engine.ctx.db.read(lambda c: c.execute(select(account.c.relations_full_ms)).scalar_one())
