"""The points along the bytes of a request with an effect and of its answer, at the socket's own stream.

A request that only reads has points of its own, which a run may leave out. Decides nothing of what is sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpcore
from httpcore._backends.anyio import AnyIOStream

FIRST_BYTES = 1
READ_BYTES = 65_536
HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
Read = Callable[[int], Any]


def around_requests(point: Callable[[str], None], reading: Callable[[str], None]) -> None:
    """Pass `point` along a request with an effect, `reading` along the others."""
    real_write, real_read = AnyIOStream.write, AnyIOStream.read
    real_connect = httpcore.AnyIOBackend.connect_tcp

    async def connect_tcp(self: Any, *args: Any, **more: Any) -> Any:
        reading("before connecting")
        return await real_connect(self, *args, **more)

    async def write(self: Any, buffer: bytes, timeout: float | None = None) -> None:
        if not _is_of_a_send(self, buffer):
            await real_write(self, buffer, timeout)
            if buffer:
                reading("after asking to read")
            return
        if not buffer.startswith((b"POST", b"DELETE")):
            await real_write(self, buffer, timeout)
            if id(self) not in _BODIES:
                _BODIES.add(id(self))
                point("after a part of the body")
            return
        point("before the first byte")
        await real_write(self, buffer[:FIRST_BYTES], timeout)
        point("after the first byte")
        await real_write(self, buffer[FIRST_BYTES:], timeout)
        point("after the headers")

    async def read(self: Any, max_bytes: int, timeout: float | None = None) -> bytes:
        if id(self) not in _SENDS:
            return await real_read(self, max_bytes, timeout)
        pieces = _PIECES.get(id(self))
        if pieces is None:
            point("after the last byte")
            pieces = _pieces(await _whole_answer(lambda most: real_read(self, most, timeout)))
            _PIECES[id(self)] = pieces
        elif name := _HANDED_OUT.pop(id(self), ""):
            point(name)
        if not pieces:
            return await real_read(self, max_bytes, timeout)
        name, piece = pieces.pop(0)
        if pieces:
            _HANDED_OUT[id(self)] = name
        else:
            point(name)  # nobody reads on after the whole body
        return piece

    httpcore.AnyIOBackend.connect_tcp = connect_tcp
    AnyIOStream.write = write
    AnyIOStream.read = read


_SENDS: set[int] = set()
_BODIES: set[int] = set()
"""Connections that carry a request with an effect, and those of them of which a part of the body has gone."""
_PIECES: dict[int, list[tuple[str, bytes]]] = {}
"""What of an answer hasn't been handed out yet, each with the point that follows it."""
_HANDED_OUT: dict[int, str] = {}


def _is_of_a_send(stream: AnyIOStream, buffer: bytes) -> bool:
    """Whether a connection carries a request with an effect: such a connection is never used for another one."""
    if buffer.startswith((b"POST", b"DELETE", b"GET")):
        for known in (_SENDS, _BODIES):
            known.discard(id(stream))
        _PIECES.pop(id(stream), None)
        _HANDED_OUT.pop(id(stream), None)
        if not buffer.startswith(b"GET"):
            _SENDS.add(id(stream))
    return id(stream) in _SENDS and bool(buffer)


async def _whole_answer(read: Read) -> bytes:
    """Read until the promised length has come, or the other side has closed."""
    got = b""
    while True:
        head, end, body = got.partition(HEAD_END)
        promised = _LENGTH.search(head)
        if end and promised and len(body) >= int(promised.group(1)):
            return got
        more: bytes = await read(READ_BYTES)
        if not more:
            return got
        got += more


def _pieces(answer: bytes) -> list[tuple[str, bytes]]:
    """Part an answer at its boundaries."""
    status = answer.find(b"\r\n") + 2
    head = answer.find(HEAD_END) + len(HEAD_END)
    if status < 2 or head < len(HEAD_END):
        return [("inside the answer's head", answer)] if answer else []
    middle = head + (len(answer) - head) // 2
    parted = [
        ("after the status line", answer[:status]),
        ("after the answer's headers", answer[status:head]),
        ("inside the answer's body", answer[head:middle]),
        ("after the answer's body", answer[middle:]),
    ]
    return [(name, piece) for name, piece in parted if piece]
