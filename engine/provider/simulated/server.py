"""The practice LinkedIn as a loopback HTTP server, on 127.0.0.1 only.

Carries requests to the practice LinkedIn and answers back; decides nothing. Outside the provider's own addresses it
tells the truth at /practice/truth, for checks from outside.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from engine.clock import Clock, SystemClock
from engine.domain.practice_people import csv_text, make_people
from engine.errors import Refused
from engine.provider.simulated.api import KEY, PracticeApi
from engine.provider.simulated.faults import Faults
from engine.provider.simulated.state import WorldSettings
from engine.provider.simulated.truth import truth_json
from engine.provider.simulated.wire import Dropped, Request
from engine.provider.simulated.world import World

LOOPBACK = "127.0.0.1"
TRUTH_PATH = "/practice/truth"
PROMISED_BYTES = 64
"""A dropped answer promises so many bytes and sends none, so that the connection is closed in the middle of it."""
SHUTDOWN_S = 3
SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def serve(
    *,
    port: int,
    people: int = 60,
    seed: int = 1,
    faults: str = "calm",
    csv_path: Path | None = None,
    clock: Clock | None = None,
    extra_relations: int = WorldSettings.extra_relations,
    is_premium: bool = False,
    chat_lag_s: float = 0.0,
) -> None:
    """Serve a new practice LinkedIn until SIGINT or SIGTERM; port 0 takes a free one.

    `csv_path` gets a lead list of its people. `chat_lag_s` counts engine seconds.
    Raises: Refused when the port is taken or the list can't be written; KeyError for an unknown kind of faults.
    """
    leads = make_people(people, seed)
    settings = WorldSettings(seed=seed, is_premium=is_premium, extra_relations=extra_relations, chat_lag_s=chat_lag_s)
    shared_clock = clock or SystemClock()
    world = World(leads, shared_clock.now, settings)
    api = PracticeApi(world, faults=Faults(faults, seed), wall=shared_clock.wall)
    if csv_path is not None:
        _write(csv_path, csv_text(leads))
    await serve_api(api, port=port)


async def serve_api(
    api: PracticeApi, *, port: int, announce: Callable[[int], None] | None = None, stop: asyncio.Event | None = None
) -> None:
    """Serve a given practice LinkedIn until a signal comes or `stop` is set.

    `announce` is told the port once requests are taken; without it a line goes to standard output.
    Raises: Refused when the port is taken.
    """
    with _listening_socket(port) as listener:
        taken_port = listener.getsockname()[1]
        config = uvicorn.Config(
            practice_app(api),
            log_level="critical",
            access_log=False,
            date_header=False,
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=SHUTDOWN_S,
        )
        server = _Server(config, lambda: (announce or _print_ready)(taken_port))
        with _stopping_on_signals(server):
            watch = asyncio.create_task(_stop_when(stop, server), name="practice server stop") if stop else None
            try:
                await server.serve(sockets=[listener])
            finally:
                if watch is not None:
                    watch.cancel()


def practice_app(api: PracticeApi) -> Starlette:
    """Return the ASGI application: the truth, and everything else to the practice LinkedIn."""

    async def truth(_: StarletteRequest) -> Response:
        return JSONResponse(truth_json(api))

    async def carry(scope: Scope, receive: Receive, send: Send) -> None:
        incoming = StarletteRequest(scope, receive)
        answer = api.handle(_practice_request(incoming, await incoming.body()))
        if isinstance(answer, Dropped):
            headers = [(b"content-length", str(PROMISED_BYTES).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            return
        await Response(answer.body, answer.status, dict(answer.headers))(scope, receive, send)

    return Starlette(routes=[Route(TRUTH_PATH, truth), Mount("/", app=carry)])


class _Server(uvicorn.Server):
    """Says when it takes requests, and leaves signals to its caller."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._announce()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing: uvicorn would raise the signal again afterwards and end the process out of order."""
        yield


@contextlib.contextmanager
def _stopping_on_signals(server: uvicorn.Server) -> Iterator[None]:
    """End the server in order on SIGINT and SIGTERM, where this thread may handle signals."""
    loop = asyncio.get_running_loop()

    def ask_to_stop(*_: object) -> None:
        loop.call_soon_threadsafe(setattr, server, "should_exit", True)

    earlier = {}
    for number in SIGNALS:
        with contextlib.suppress(ValueError):
            earlier[number] = signal.signal(number, ask_to_stop)
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


async def _stop_when(stop: asyncio.Event, server: uvicorn.Server) -> None:
    await stop.wait()
    server.should_exit = True


def _listening_socket(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise Refused(f"Port {port} can't be used: {error}.", "Choose another one with --port.") from error
    return listener


def _print_ready(port: int) -> None:
    print(f"Practice LinkedIn on http://{LOOPBACK}:{port} (key: {KEY})", flush=True)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise Refused(f"The lead list can't be written: {error}.", "Choose another place with --csv.") from error


def _practice_request(incoming: StarletteRequest, body: bytes) -> Request:
    scope = incoming.scope
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    return Request(
        method=incoming.method,
        path=raw_path.partition(b"?")[0].decode("latin-1"),
        query=parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True),
        headers={name.lower(): value for name, value in incoming.headers.items()},
        body=body,
        content_type=incoming.headers.get("content-type", ""),
    )
