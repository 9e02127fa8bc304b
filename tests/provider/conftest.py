"""Fixtures of the provider's tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.clock import SystemClock
from engine.provider.address import parse_address
from engine.provider.client import HttpLimits
from engine.provider.secret import Secret
from engine.provider.unipile import UnipileProvider
from tests.provider.scripting import KEY, Loopback, Scripted


@pytest.fixture
def scripted() -> Scripted:
    """Return a provider over a scripted transport."""
    return Scripted()


@pytest.fixture
def loopback() -> type[Loopback]:
    """Return the server's class."""
    return Loopback


@pytest.fixture
def provider_at() -> Callable[..., UnipileProvider]:
    """Return a maker of providers on a loopback port with tiny limits."""

    def make(port: int, *, scheme: str = "http", **limits: float) -> UnipileProvider:
        return UnipileProvider(
            parse_address(f"{scheme}://127.0.0.1:{port}"),
            Secret(KEY),
            clock=SystemClock(),
            limits=HttpLimits(**limits),  # type: ignore[arg-type]
        )

    return make
