"""A provider over a scripted transport, and a loopback server that misbehaves on demand."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from typing import Any, Self

import httpx

from engine.clock import SystemClock
from engine.provider.address import PRACTICE_ADDRESS
from engine.provider.secret import Secret
from engine.provider.unipile import UnipileProvider

KEY = "k3y/Canary+7f0f=="
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def http_answer(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    """Return a whole HTTP answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode("latin-1") + body


def answering(answer: bytes) -> Script:
    """Return a script that gives this answer to every request."""

    async def script(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    return script


class Loopback:
    """A server on 127.0.0.1 that reads requests and then runs a script; the script may close or hold."""

    def __init__(self, script: Script, *, reads_requests: bool = True, tls: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._reads_requests = reads_requests
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        self.requests: list[bytes] = []
        self.connections = 0
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._on_connected, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _on_connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while not writer.is_closing():
                if self._reads_requests:
                    self.requests.append(await _read_request(reader))
                await self._script(reader, writer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            if not writer.is_closing():
                writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    size = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    return head + await reader.readexactly(size)


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with a reset instead of an orderly end."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Scripted:
    """A provider whose transport answers as told, and what it was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answer: httpx.Response | BaseException | Callable[[httpx.Request], httpx.Response] = httpx.Response(200)
        self.provider = UnipileProvider(
            PRACTICE_ADDRESS, Secret(KEY), clock=SystemClock(), transport=httpx.MockTransport(self._on_request)
        )

    def _on_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer if isinstance(self.answer, httpx.Response) else self.answer(request)

    def json(self, value: Any, status: int = 200, **headers: str) -> Scripted:
        """Answer with JSON from now on."""
        self.answer = lambda _: httpx.Response(status, json=value, headers=headers)
        return self
