"""One exchange over a real socket or a scripted transport: verdicts, bounds, and where the key goes."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from engine.clock import SystemClock
from engine.errors import Cause, ProviderError
from engine.provider.address import PRACTICE_ADDRESS
from engine.provider.base import Verdict, WriteResult
from engine.provider.client import HttpLimits
from engine.provider.secret import Secret
from engine.provider.unipile import UnipileProvider
from tests.provider.scripting import KEY, Loopback, Scripted, answering, http_answer, reset

if TYPE_CHECKING:
    MakeProvider = Callable[..., UnipileProvider]

SENT = b'{"object":"UserInvitationSent","invitation_id":"7"}'
PROFILE = b'{"object":"UserProfile","provider_id":"ACo1"}'
OUTCOME_BROKEN = (Verdict.UNKNOWN, Cause.BROKEN)
SELF_SIGNED = Path(__file__).with_name("self_signed.pem")


async def _invite(make: MakeProvider, server: Loopback, **limits: Any) -> WriteResult:
    provider = make(server.port, **limits)
    try:
        return await provider.invite("acc", "ACo1", "Hello")
    finally:
        await provider.aclose()


def _outcome(result: WriteResult) -> tuple[Verdict, Cause]:
    return result.verdict, result.cause


def _all_exceptions(kind: type[Exception]) -> list[type[Exception]]:
    return [kind, *(below for child in kind.__subclasses__() for below in _all_exceptions(child))]


BEFORE_ANY_BYTE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@pytest.mark.parametrize("kind", _all_exceptions(httpx.TransportError), ids=lambda kind: kind.__name__)
def test_only_errors_before_the_first_byte_prove_that_nothing_was_sent(
    kind: type[httpx.TransportError], scripted: Scripted
) -> None:
    scripted.answer = kind(f"told with {KEY}")
    result = asyncio.run(scripted.provider.invite("acc", "ACo1", None))
    is_proof = kind in BEFORE_ANY_BYTE
    assert _outcome(result) == ((Verdict.NOT_SENT, Cause.NETWORK) if is_proof else OUTCOME_BROKEN)
    assert KEY not in repr(result)


@pytest.mark.parametrize(
    "error",
    [
        OSError(5, "x"),
        ssl.SSLError("x"),
        RuntimeError("x"),
        TimeoutError(),
        ExceptionGroup("x", [OSError()]),
        KeyError(1),
    ],
    ids=repr,
)
def test_any_other_error_on_the_way_is_unknown(error: Exception, scripted: Scripted) -> None:
    scripted.answer = error
    assert _outcome(asyncio.run(scripted.provider.send_message("acc", "ACo1", "Hi"))) == OUTCOME_BROKEN


def test_a_closed_port_is_not_sent(provider_at: MakeProvider, loopback: type[Loopback]) -> None:
    async def run() -> WriteResult:
        async with loopback(_hold) as server:
            pass
        return await _invite(provider_at, server)

    assert _outcome(asyncio.run(run())) == (Verdict.NOT_SENT, Cause.NETWORK)


async def _hold(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _close(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    reset(writer)


async def _reset_in_the_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(http_answer(SENT)[:-9])
    await writer.drain()
    reset(writer)


async def _close_in_the_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(http_answer(SENT)[:-9])
    writer.close()


async def _drip_head(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-A: 1\r\n")
        await writer.drain()
        await asyncio.sleep(0.002)


async def _drip_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.002)


async def _garbage(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xffnot http at all\r\n\r\n")
    writer.close()


async def _endless_head(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * 60_000)
    writer.close()


@pytest.mark.parametrize(
    "script",
    [_hold, _close, _reset, _reset_in_the_body, _close_in_the_body, _drip_head, _drip_body, _garbage, _endless_head],
    ids=lambda script: script.__name__.strip("_"),
)
def test_a_request_without_a_whole_answer_is_unknown(
    script: Any, provider_at: MakeProvider, loopback: type[Loopback]
) -> None:
    async def run() -> tuple[WriteResult, int]:
        async with loopback(script) as server:
            return await _invite(provider_at, server, deadline_s=0.4), len(server.requests)

    result, count = asyncio.run(run())
    assert _outcome(result) == OUTCOME_BROKEN
    assert count == 1, "there are no retries"


def test_a_reset_before_the_request_is_read_is_unknown(provider_at: MakeProvider, loopback: type[Loopback]) -> None:
    async def run() -> tuple[WriteResult, int]:
        async with loopback(_reset, reads_requests=False) as server:
            return await _invite(provider_at, server), server.connections

    result, connections = asyncio.run(run())
    assert _outcome(result) == OUTCOME_BROKEN and connections == 1


def test_a_look_has_its_own_deadline(provider_at: MakeProvider, loopback: type[Loopback]) -> None:
    async def run() -> None:
        async with loopback(_drip_body) as server:
            provider = provider_at(server.port)
            with pytest.raises(ProviderError) as caught:
                await provider.profile("acc", "jane", deadline_s=0.2)
            assert caught.value.cause is Cause.BROKEN
            with pytest.raises(ProviderError):
                await provider.attendee_messages("acc", "ACo1", deadline_s=0.2)
            await provider.aclose()

    asyncio.run(asyncio.wait_for(run(), 5))


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_redirects_are_not_followed_and_the_key_stays(
    status: str, provider_at: MakeProvider, loopback: type[Loopback]
) -> None:
    async def run() -> None:
        async with loopback(_close) as other:
            location = f"Location: http://127.0.0.1:{other.port}/api/v1/users/invite\r\n"

            async def redirect(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                writer.write(http_answer(b"", status=status, headers=location))

            async with loopback(redirect) as server:
                provider = provider_at(server.port)
                assert _outcome(await provider.invite("acc", "ACo1", None)) == (Verdict.UNKNOWN, Cause.PROVIDER)
                assert _outcome(await provider.visit("acc", "ACo1")) == (Verdict.UNKNOWN, Cause.PROVIDER)
                with pytest.raises(ProviderError) as caught:
                    await provider.profile("acc", "jane")
                assert caught.value.cause is Cause.PROVIDER
                await provider.aclose()
                assert KEY.encode() in server.requests[0]
            assert other.connections == 0

    asyncio.run(run())


GZIP = "Content-Encoding: gzip\r\n"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (http_answer(SENT, status="201 Created"), (Verdict.SENT, Cause.NONE)),
        (http_answer(gzip.compress(SENT), headers=GZIP), (Verdict.SENT, Cause.NONE)),
        (http_answer(SENT, headers="Content-Encoding: identity\r\n"), (Verdict.SENT, Cause.NONE)),
        (http_answer(SENT, headers=GZIP), (Verdict.UNKNOWN, Cause.PROVIDER)),
        (http_answer(gzip.compress(SENT)[:-5], headers=GZIP), (Verdict.UNKNOWN, Cause.PROVIDER)),
        (http_answer(gzip.compress(SENT) + b"more", headers=GZIP), (Verdict.UNKNOWN, Cause.PROVIDER)),
        (http_answer(SENT, headers="Content-Encoding: br\r\n"), (Verdict.UNKNOWN, Cause.PROVIDER)),
        (http_answer(b"", headers=GZIP), (Verdict.UNKNOWN, Cause.PROVIDER)),
        (http_answer(b"", status="204 No Content"), (Verdict.UNKNOWN, Cause.PROVIDER)),
        (http_answer(b"<html>OK</html>"), (Verdict.UNKNOWN, Cause.PROVIDER)),
        (http_answer(SENT + b" " * 20_000), OUTCOME_BROKEN),
        (http_answer(gzip.compress(SENT + b" " * 20_000), headers=GZIP), OUTCOME_BROKEN),
        (http_answer(b"\0" * 20_000, headers=GZIP), OUTCOME_BROKEN),
    ],
)
def test_bodies(
    answer: bytes, outcome: tuple[Verdict, Cause], provider_at: MakeProvider, loopback: type[Loopback]
) -> None:
    async def run() -> WriteResult:
        async with loopback(answering(answer)) as server:
            return await _invite(provider_at, server, body_cap_bytes=10_000)

    assert _outcome(asyncio.run(run())) == outcome


def test_a_gzip_bomb_does_not_fill_the_memory(provider_at: MakeProvider, loopback: type[Loopback]) -> None:
    bomb = http_answer(gzip.compress(b"\0" * 50_000_000, 1), headers=GZIP)

    async def run() -> WriteResult:
        async with loopback(answering(bomb)) as server:
            tracemalloc.start()
            try:
                result = await _invite(provider_at, server, body_cap_bytes=1_000_000)
                assert tracemalloc.get_traced_memory()[1] < 6_000_000
            finally:
                tracemalloc.stop()
            return result

    assert _outcome(asyncio.run(run())) == OUTCOME_BROKEN


def test_reads_share_a_connection_and_every_write_has_its_own(
    provider_at: MakeProvider, loopback: type[Loopback]
) -> None:
    async def run() -> None:
        async with loopback(answering(http_answer(PROFILE))) as server:
            provider = provider_at(server.port)
            for _ in range(3):
                await provider.profile("acc", "jane")
            assert server.connections == 1
            for _ in range(3):
                await provider.visit("acc", "ACo1")
            assert server.connections == 4
            await provider.aclose()

    asyncio.run(run())


def test_cookies_are_not_kept(provider_at: MakeProvider, loopback: type[Loopback]) -> None:
    async def run() -> None:
        async with loopback(answering(http_answer(PROFILE, headers="Set-Cookie: a=b; Path=/\r\n"))) as server:
            provider = provider_at(server.port)
            await provider.profile("acc", "jane")
            await provider.profile("acc", "jane")
            await provider.aclose()
            assert b"cookie" not in server.requests[1].lower()

    asyncio.run(run())


def test_environment_proxies_are_ignored(
    provider_at: MakeProvider, loopback: type[Loopback], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def run() -> WriteResult:
        async with loopback(answering(http_answer(SENT))) as server:
            return await _invite(provider_at, server)

    assert asyncio.run(run()).verdict is Verdict.SENT


def test_untrusted_certificates_are_refused_before_the_key_leaves(
    provider_at: MakeProvider, loopback: type[Loopback]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(SELF_SIGNED)

    async def run() -> None:
        async with loopback(answering(http_answer(SENT)), tls=context) as server:
            result = await _invite(provider_at, server, scheme="https")
            assert _outcome(result) == (Verdict.NOT_SENT, Cause.NETWORK) and server.requests == []
        async with loopback(_garbage, reads_requests=False) as server:
            result = await _invite(provider_at, server, scheme="https")
            assert _outcome(result) == (Verdict.NOT_SENT, Cause.NETWORK)

    asyncio.run(run())


def test_cancelling_a_write_passes_through(provider_at: MakeProvider, loopback: type[Loopback]) -> None:
    async def run() -> None:
        arrived = asyncio.Event()

        async def hold(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
            arrived.set()
            await asyncio.Event().wait()

        async with loopback(hold) as server:
            task = asyncio.create_task(_invite(provider_at, server), name="invite")
            await arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())


def test_clocks_are_compared_by_the_date_header(scripted: Scripted) -> None:
    assert scripted.provider.server_clock is None
    scripted.json({"object": "UserProfile", "provider_id": "ACo1"}, Date="Wed, 01 Jul 2026 12:00:00 GMT")
    asyncio.run(scripted.provider.profile("acc", "jane"))
    compared = scripted.provider.server_clock
    assert compared is not None
    scripted.json({}, status=500, Date="rubbish")
    result = asyncio.run(scripted.provider.visit("acc", "ACo1"))
    assert result.server_date is None and scripted.provider.server_clock is compared


def test_the_offset_is_server_minus_local(scripted: Scripted) -> None:
    scripted.json({}, status=503, Date="Fri, 01 Jan 2100 00:00:00 GMT")
    asyncio.run(scripted.provider.visit("acc", "ACo1"))
    compared = scripted.provider.server_clock
    assert compared is not None and compared.offset_s > 1e8
    assert abs(compared.measured_at_s - SystemClock().monotonic()) < 60


def test_a_transport_that_answers_all_at_once_is_bounded_too() -> None:
    provider = UnipileProvider(
        PRACTICE_ADDRESS,
        Secret(KEY),
        clock=SystemClock(),
        transport=httpx.MockTransport(lambda _: httpx.Response(200, content=SENT)),
        limits=HttpLimits(body_cap_bytes=5),
    )
    assert _outcome(asyncio.run(provider.invite("acc", "ACo1", None))) == OUTCOME_BROKEN
