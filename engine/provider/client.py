"""One HTTP exchange with the provider: the key, the deadline, the size of the answer, the clock comparison.

It must not retry, follow redirects, read JSON or raise (but for cancellation): it returns an Answer or a Failure,
so that no exception can carry a request, and with it the key, out of here.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Literal
from urllib.parse import quote, urlencode

import httpx
import truststore

from engine.clock import Clock
from engine.errors import LeadloomBug, UserError
from engine.provider.address import ProviderAddress
from engine.provider.base import ServerClock
from engine.provider.secret import Secret, quiet_http_loggers
from engine.provider.translate import Answer, Failure, Outcome, http_date

BODY_CAP_BYTES = 5_000_000
_BEFORE_ANY_BYTE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Source: httpx and httpcore 1.0: raised for DNS, connecting, the TLS handshake and the pool only."""
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_IDLE_S = 30.0

Query = Mapping[str, str | int | None]
"""Fields of the address; those that are None are left out."""


@dataclass(frozen=True, kw_only=True)
class HttpLimits:
    """Bounds of one exchange, in real seconds and in bytes after decompression."""

    deadline_s: float = 30.0
    connect_s: float = 10.0
    body_cap_bytes: int = BODY_CAP_BYTES


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request. `path` holds raw segments, percent-encoded once here; one of `body` and `form` at most."""

    method: Literal["GET", "POST", "DELETE"]
    path: Sequence[str]
    query: Query
    body: Mapping[str, object] | None = None
    form: Sequence[tuple[str, str]] | None = None
    is_write: bool = False
    deadline_s: float | None = None


class HttpClient:
    """Exchanges with one address. Reads keep connections alive; a write always has a fresh one."""

    def __init__(
        self,
        address: ProviderAddress,
        key: Secret,
        *,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None,
        limits: HttpLimits,
    ) -> None:
        """Prepare; nothing is sent yet.

        Raises: UserError for a key that can't stand in a header; LeadloomBug for practice without its transport.
        """
        if address.is_practice and transport is None:
            raise LeadloomBug("the practice account has no network")
        _check_key(key)
        quiet_http_loggers()
        self._address = address
        self._key = key
        self._clock = clock
        self._limits = limits
        context = _tls_context() if address.base_url.startswith("https:") else None
        self._reader = _new_client(transport, context, idle_connections=4)
        self._writer = _new_client(transport, context, idle_connections=0)
        self.server_clock: ServerClock | None = None

    @property
    def origin(self) -> str:
        """Return scheme, host and port of the address."""
        return self._address.origin

    async def exchange(self, call: Call) -> Outcome:
        """Send one request and read the whole answer within the deadline. Only cancellation is raised."""
        client = self._writer if call.is_write else self._reader
        request = self._build(client, call)
        if request is None:
            return Failure.NOT_BUILT
        try:
            async with asyncio.timeout(self._deadline_s(call)):
                outcome = await self._send(client, request)
        except _BEFORE_ANY_BYTE:
            return Failure.NOT_CONNECTED
        except (TimeoutError, httpx.TimeoutException):
            return Failure.TIMED_OUT
        except Exception:
            return Failure.BROKEN
        if isinstance(outcome, Answer):
            self._compare_clocks(outcome)
        return outcome

    async def aclose(self) -> None:
        """Close all connections."""
        await self._reader.aclose()
        await self._writer.aclose()

    def _build(self, client: httpx.AsyncClient, call: Call) -> httpx.Request | None:
        """Return the request, None when it can't be written or would not go where it is meant to."""
        try:
            content = None if call.body is None else json.dumps(call.body, ensure_ascii=False).encode("utf-8")
            headers = {"X-API-KEY": self._key.reveal()}
            if content is not None:
                headers["Content-Type"] = "application/json"
            files = None if call.form is None else [(k, (None, v.encode("utf-8"))) for k, v in call.form]
            return client.build_request(
                call.method,
                self._url(call),
                headers=headers,
                content=content,
                files=files,
                timeout=self._timeout(call),
            )
        except (ValueError, TypeError, httpx.InvalidURL):
            return None

    def _url(self, call: Call) -> str:
        path = "/".join(_segment(part) for part in call.path)
        query = urlencode({name: value for name, value in call.query.items() if value is not None})
        return f"{self._address.base_url}/{path}{'?' if query else ''}{query}"

    def _deadline_s(self, call: Call) -> float:
        return self._limits.deadline_s if call.deadline_s is None else call.deadline_s

    def _timeout(self, call: Call) -> httpx.Timeout:
        # Half the deadline at most: a time-out in connecting is proof that nothing was sent, the deadline isn't.
        deadline_s = self._deadline_s(call)
        connect_s = min(self._limits.connect_s, deadline_s / 2)
        return httpx.Timeout(deadline_s, connect=connect_s, pool=connect_s)

    async def _send(self, client: httpx.AsyncClient, request: httpx.Request) -> Outcome:
        response = await client.send(request, stream=True)
        try:
            body = await _read_body(response, self._limits.body_cap_bytes)
        finally:
            await response.aclose()
        if isinstance(body, Failure):
            return body
        return Answer(
            status=response.status_code,
            body=body,
            at=self._clock.wall(),
            date=response.headers.get("Date"),
            retry_after=response.headers.get("Retry-After"),
        )

    def _compare_clocks(self, answer: Answer) -> None:
        date = http_date(answer.date)
        if date is not None:
            self.server_clock = ServerClock(
                offset_s=(date - answer.at).total_seconds(), measured_at_s=self._clock.monotonic()
            )


async def _read_body(response: httpx.Response, cap_bytes: int) -> bytes | Failure | None:
    """Return the body, unpacked here chunk by chunk so that a small bomb can't fill the memory.

    None: an encoding that wasn't asked for, or damaged packing.
    """
    if response.is_stream_consumed:  # a transport without a network may answer all at once
        return response.content if len(response.content) <= cap_bytes else Failure.TOO_LARGE
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB) if encoding in ("gzip", "x-gzip", "deflate") else None
    is_readable = unpacker is not None or encoding in ("identity", "")
    chunks: list[bytes] = []
    raw_bytes = size_bytes = 0
    async for raw in response.aiter_raw():
        raw_bytes += len(raw)
        chunk = raw
        if unpacker is not None and is_readable:
            try:
                chunk = unpacker.decompress(raw, cap_bytes - size_bytes + 1)
            except zlib.error:
                is_readable = False
        size_bytes += len(chunk)
        if max(size_bytes, raw_bytes) > cap_bytes:
            return Failure.TOO_LARGE
        chunks.append(chunk)
    if not is_readable or (unpacker is not None and raw_bytes and (not unpacker.eof or unpacker.unused_data)):
        return None
    return b"".join(chunks)


def _new_client(
    transport: httpx.AsyncBaseTransport | None,
    context: ssl.SSLContext | None,
    *,
    idle_connections: int,
) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=transport,
        verify=context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        trust_env=False,
        follow_redirects=False,
        limits=httpx.Limits(max_keepalive_connections=idle_connections, keepalive_expiry=_IDLE_S),
        headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "Leadloom"},
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
    )


def _tls_context() -> ssl.SSLContext:
    """Return verification by the system's own trust store, so that a company's proxy certificate counts."""
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _segment(part: str) -> str:
    """Return one path segment, percent-encoded.

    Raises: ValueError for an empty one and for dots, which would turn the request into another one.
    """
    if part in ("", ".", ".."):
        raise ValueError("no path segment")
    return quote(part, safe="")


def _check_key(key: Secret) -> None:
    # Errors of the HTTP library quote a header that they refuse; so a key like that must not get there.
    value = key.reveal()
    if not value or not all("!" <= character <= "~" for character in value):
        raise UserError(
            "This can't be an API key: it is empty or has blanks or special characters.",
            "Copy the key again from Unipile's dashboard.",
        )
