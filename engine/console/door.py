"""How a command reaches the engine that holds the data folder: one JSON line each way, for this user only.

A socket file where the system has them, else a loopback port behind a token that only this user can read.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import secrets
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.console.commands import run_command
from engine.console.output import CommandIO
from engine.services.use_cases import Services

log = logging.getLogger(__name__)
LINE_LIMIT_BYTES = 64 * 1024 * 1024
LONGEST_SOCKET_PATH = 100
"""In bytes: a socket's path must fit into 108 of them. Source: unix(7)."""
CONNECT_DEADLINE_S = 3.0
WINDOW = (None, "gui")
LOST = "Leadloom ended while it did this: look at what came of it (status, leads list) before you type it again."
FAILED = "Leadloom met a fault of its own in this command; its log says more. Look at what came of it (status)."


class Door:
    """Takes commands while the engine runs."""

    def __init__(self, services: Services, address_file: Path) -> None:
        self._services = services
        self._file = address_file
        self._token = secrets.token_hex(16)
        self._server: asyncio.Server | None = None
        self._socket: Path | None = None
        self.on_second_start: Callable[[], None] | None = None
        """Shows the window that there is, when the program is started again."""

    async def open(self) -> None:
        """Begin to take commands."""
        if sys.platform != "win32":
            self._socket = _socket_path(self._file)
            with contextlib.suppress(FileNotFoundError):
                self._socket.unlink()
            self._server = await asyncio.start_unix_server(self._serve, path=str(self._socket), limit=LINE_LIMIT_BYTES)
            where: dict[str, Any] = {"socket": str(self._socket)}
        else:
            self._server = await asyncio.start_server(self._serve, host="127.0.0.1", port=0, limit=LINE_LIMIT_BYTES)
            where = {"port": self._server.sockets[0].getsockname()[1]}
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({**where, "token": self._token, "pid": os.getpid()}, file)

    async def close(self) -> None:
        """Take no more commands."""
        if self._server is not None:
            self._server.close()
        for path in (self._file, self._socket):
            if path is not None:
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._answer(await reader.readline())
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        except (ValueError, ConnectionError, asyncio.LimitOverrunError) as error:
            log.info("a command could not be taken: %s", type(error).__name__)
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        asked = json.loads(line)
        if not isinstance(asked, dict) or not secrets.compare_digest(str(asked.get("token")), self._token):
            return {"code": 3, "out": [], "err": ["The engine doesn't know this caller."]}
        if asked["arguments"].get("command") in WINDOW:
            return self._show_window()
        out: list[str] = []
        err: list[str] = []
        arguments = argparse.Namespace(**asked["arguments"])
        key = str(asked.get("key", ""))
        io = CommandIO(
            out=out.append, err=err.append, read_key=lambda: key, is_json=bool(arguments.json), is_engine_alive=True
        )
        try:
            code = await run_command(self._services, arguments, io)
        except Exception:
            log.exception("a command that was handed over failed")
            code, err = 1, [*err, FAILED]
        return {"code": code, "out": out, "err": err}

    def _show_window(self) -> dict[str, Any]:
        if self.on_second_start is None:
            return {"code": 3, "out": [], "err": ["An engine without a window holds this data folder: stop it first."]}
        self.on_second_start()
        return {"code": 0, "out": [], "err": []}


def _socket_path(address_file: Path) -> Path:
    path = address_file.with_suffix(".sock")
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    return Path(tempfile.mkdtemp(prefix="leadloom-")) / "engine.sock"


async def hand_over(address_file: Path, arguments: argparse.Namespace, key: str) -> dict[str, Any] | None:
    """Give a command to the running engine; None when it can't be reached."""
    try:
        where = json.loads(await asyncio.to_thread(address_file.read_text, encoding="utf-8"))
        async with asyncio.timeout(CONNECT_DEADLINE_S):
            reader, writer = await _connect(where)
        line = json.dumps({"token": where["token"], "arguments": vars(arguments), "key": key})
    except (OSError, ValueError, KeyError, TypeError, TimeoutError):
        return None
    try:
        writer.write(line.encode() + b"\n")
        await writer.drain()
        return dict(json.loads(await reader.readline()))
    except (OSError, ValueError):  # it may have been carried out: a command is not given twice
        return None if arguments.command in WINDOW else {"code": 1, "out": [], "err": [LOST]}
    finally:
        writer.close()


async def _connect(where: dict[str, Any]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if "socket" in where:
        return await asyncio.open_unix_connection(where["socket"], limit=LINE_LIMIT_BYTES)
    return await asyncio.open_connection("127.0.0.1", int(where["port"]), limit=LINE_LIMIT_BYTES)
