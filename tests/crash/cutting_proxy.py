"""Stands between the program and the practice server on real sockets, and cuts each write at another place.

It hands a request on only when it has all of it: a server with a part of a request can't act. What it writes down is
whether the request took effect.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

READY_S = 20.0
DRIP_S = 0.05
PARTS = 8
BOMB = gzip.compress(b"0" * 20_000_000)
HEAD_END = b"\r\n\r\n"
PAGE = b"<!doctype html><title>Just a moment</title>"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Where a write is cut. `verdicts`: what the program may make of it.

    `of_request`: the share of the request that is read before a reset; None: it arrives whole.
    `answer`: what becomes of the true answer; `ending`: how the connection ends.
    """

    name: str
    of_request: float | None = None
    answer: Callable[[bytes], bytes] = lambda whole: whole
    ending: str = "reset"
    verdicts: tuple[str, ...] = ("unknown",)


def _answered(body: bytes, headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\n" + headers + b"Content-Length: %d" % len(body) + HEAD_END + body


def _head(whole: bytes) -> int:
    return whole.index(HEAD_END) + len(HEAD_END)


def _half_json(whole: bytes) -> bytes:
    body = whole[_head(whole) :]
    return _answered(body[: len(body) // 2], b"Content-Type: application/json\r\n")


CUTS = (
    *(Cut(name=f"{n}/{PARTS} of the request", of_request=n / PARTS) for n in range(PARTS)),
    Cut(name="all of the request but a byte", of_request=0.9999),
    Cut(name="before the status line", answer=lambda _: b""),
    Cut(name="an orderly end before the status line", answer=lambda _: b"", ending="close"),
    Cut(name="inside the status line", answer=lambda whole: whole[:7]),
    Cut(name="after the status line", answer=lambda whole: whole[: whole.index(b"\r\n") + 2]),
    Cut(name="inside the headers", answer=lambda whole: whole[: _head(whole) - 9]),
    Cut(name="after the headers", answer=lambda whole: whole[: _head(whole)]),
    Cut(name="inside the body", answer=lambda whole: whole[: (_head(whole) + len(whole)) // 2]),
    Cut(name="an orderly end inside the body", answer=lambda whole: whole[:-1], ending="close"),
    Cut(name="a reset after the body", verdicts=("sent", "unknown")),
    Cut(name="a whole answer", ending="close", verdicts=("sent",)),
    Cut(name="HTML instead of JSON", answer=lambda _: _answered(PAGE, b"Content-Type: text/html\r\n"), ending="close"),
    Cut(name="half of the JSON", answer=_half_json, ending="close"),
    Cut(name="an empty body", answer=lambda _: _answered(b""), ending="close"),
    Cut(name="a gzip bomb", answer=lambda _: _answered(BOMB, b"Content-Encoding: gzip\r\n"), ending="close"),
    Cut(name="dripping", ending="drip"),
    Cut(name="silence", answer=lambda _: b"", ending="hold"),
)


@dataclass(frozen=True, kw_only=True)
class Written:
    """One write that came by."""

    cut: Cut
    has_happened: bool


class CuttingProxy:
    """Listens in a thread of its own; the first writes of a method are cut in order, others pass."""

    def __init__(self, upstream: str, method: bytes) -> None:
        parts = urlsplit(upstream)
        self._upstream = (str(parts.hostname), int(parts.port or 80))
        self._first = method[:1]
        self._cuts = list(CUTS)
        self.written: list[Written] = []
        self._loop = asyncio.new_event_loop()
        self._is_up = threading.Event()
        self._stop = asyncio.Event()
        self._port = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()), name="proxy")
        self._thread.start()
        self._is_up.wait(READY_S)

    @property
    def address(self) -> str:
        """Where the program is to go."""
        return f"http://127.0.0.1:{self._port}"

    def close(self) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(READY_S)
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._on_connected, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._is_up.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _on_connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while first := await reader.read(1):
                if first == b"G":
                    writer.write(await self._asked(await _whole(reader, first)))
                    await writer.drain()
                else:
                    await self._on_write(first, reader, writer)
                    return
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _on_write(self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cut = self._cuts.pop(0) if self._cuts and first == self._first else None
        request = await _whole(reader, first, None if cut is None else cut.of_request)
        if cut is not None and cut.of_request is not None:
            self.written.append(Written(cut=cut, has_happened=False))
            _reset(writer)
            return
        answer = await self._asked(request)
        if cut is None:
            writer.write(answer)
            await writer.drain()
            return
        self.written.append(Written(cut=cut, has_happened=answer[9:10] == b"2"))
        await _end(cut.ending, cut.answer(answer), writer)

    async def _asked(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*self._upstream)
        try:
            writer.write(request)
            return await _whole(reader, b"")
        finally:
            writer.close()


async def _whole(reader: asyncio.StreamReader, first: bytes, share: float | None = None) -> bytes:
    """Read one message; or only a share of it, for which the rest is left unread."""
    if share == 0:
        return first
    head = first + await reader.readuntil(HEAD_END)
    found = _LENGTH.search(head)
    size = len(head) + (int(found.group(1)) if found else 0)
    wanted = size if share is None else int(size * share)
    return head if wanted <= len(head) else head + await reader.readexactly(wanted - len(head))


async def _end(ending: str, answer: bytes, writer: asyncio.StreamWriter) -> None:
    if ending == "drip":
        for n in range(len(answer)):
            if writer.transport.is_closing():
                return
            writer.write(answer[n : n + 1])
            await asyncio.sleep(DRIP_S)
        return
    writer.write(answer)
    await writer.drain()
    if ending == "hold":
        await asyncio.Event().wait()
    if ending == "reset":
        _reset(writer)


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
