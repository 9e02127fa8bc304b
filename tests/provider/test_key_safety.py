"""The key goes to the provider's address and is told nowhere else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import httpx
import pytest

from engine.clock import SystemClock
from engine.errors import LeadloomBug, ProviderError, UserError
from engine.provider.address import PRACTICE_ADDRESS
from engine.provider.secret import Secret
from engine.provider.unipile import UnipileProvider
from tests.provider.scripting import KEY, Loopback, Scripted, answering, http_answer

SENT = b'{"object":"UserInvitationSent","invitation_id":"7"}'


@pytest.mark.parametrize("key", ["", " ", "a b", "a\nb", "a\r\nX: y", "schlüssel", "a\0", "\ud800"])
def test_a_key_that_cannot_be_a_header_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(UserError) as caught:
        UnipileProvider(PRACTICE_ADDRESS, Secret(key), clock=SystemClock(), transport=httpx.MockTransport(_never))
    assert caught.value.advice and (len(key) < 2 or key not in str(caught.value))


def _never(_: httpx.Request) -> httpx.Response:
    raise AssertionError("nothing may be asked")


def test_practice_never_uses_the_network() -> None:
    with pytest.raises(LeadloomBug):
        UnipileProvider(PRACTICE_ADDRESS, Secret(KEY), clock=SystemClock())


def test_the_key_is_in_no_log_no_repr_and_no_error(
    scripted: Scripted,
    provider_at: Callable[..., UnipileProvider],
    loopback: type[Loopback],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = [repr(scripted.provider), repr(vars(scripted.provider))]
    for answer in (
        httpx.ReadError(KEY),
        httpx.ConnectError(KEY),
        httpx.Response(401, json={"type": "errors/missing_credentials", "title": KEY, "detail": f"X-API-KEY: {KEY}"}),
        httpx.Response(200, text=KEY),
        httpx.Response(200, json={"object": KEY}),
    ):
        scripted.answer = answer
        told.append(repr(asyncio.run(scripted.provider.visit("acc", "ACo1"))))
        with pytest.raises(ProviderError) as caught:
            asyncio.run(scripted.provider.profile("acc", "jane"))
        error: BaseException | None = caught.value
        while error is not None:
            told += [str(error), repr(error), repr(error.args), repr(vars(error))]
            error = error.__cause__ or error.__context__

    async def over_a_socket() -> None:
        async with loopback(answering(http_answer(SENT))) as server:
            provider = provider_at(server.port)
            await provider.invite("acc", "ACo1", None)
            await provider.aclose()

    asyncio.run(over_a_socket())
    assert KEY not in "".join(told) and KEY not in caplog.text
