"""The practice LinkedIn as an httpx transport: the same client, without sockets.

Everything that goes wrong is raised as httpx itself would raise it. Keeps no truth of its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

import httpx

from engine.provider.simulated.api import PracticeApi
from engine.provider.simulated.wire import Dropped, Request

RUBBISH = b"<html><body>It works!</body></html>"


class PracticeTransport(httpx.AsyncBaseTransport):
    """Answers requests from a practice LinkedIn.

    `on_effect` is called after a request has changed something and before its answer is given, so that the world can
    be put on disk first. `is_reachable` False is a pulled plug: no byte leaves. The connection breaks under a request
    for which `loses` says yes: it never arrives. With `answers_rubbish` a request does what it does, but what comes
    back is a page that no client can read.
    """

    def __init__(self, api: PracticeApi, *, on_effect: Callable[[], Awaitable[None]] | None = None) -> None:
        self.is_reachable = True
        self.answers_rubbish = False
        self.loses: Callable[[Request], bool] | None = None
        self._api = api
        self._on_effect = on_effect

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request.

        Raises: httpx.ConnectError while unreachable; httpx.RemoteProtocolError when the connection breaks.
        """
        if not self.is_reachable:
            raise httpx.ConnectError("The practice account is unplugged", request=request)
        asked = practice_request(request, await request.aread())
        if self.loses is not None and self.loses(asked):
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        effects = self._api.world.state.effects
        effects_before = len(effects)
        answer = self._api.handle(asked)
        if self._on_effect is not None and len(effects) != effects_before:
            await self._on_effect()
        if isinstance(answer, Dropped):
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        if self.answers_rubbish:
            return httpx.Response(200, headers={"content-type": "text/html"}, content=RUBBISH, request=request)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body, request=request)


def practice_request(request: httpx.Request, body: bytes) -> Request:
    """Return a request of httpx in the practice LinkedIn's own form."""
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    return Request(
        method=request.method,
        path=path,
        query=parse_qs(query, keep_blank_values=True),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        content_type=request.headers.get("content-type", ""),
    )
