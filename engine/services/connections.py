"""Providers by address: one client for each, with its key; made when first needed, closed with the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.errors import Cause, ProviderError
from storage.credentials import Credentials

if TYPE_CHECKING:
    from engine.provider.base import Provider
    from engine.provider.secret import Secret

MakeProvider = Callable[[str, "Secret"], "Provider"]
PRACTICE_KEY = "practice"


class Connections:
    """Hands out providers; knows no account."""

    def __init__(self, credentials: Credentials, make: MakeProvider) -> None:
        self.credentials = credentials
        self._make = make
        self._open: dict[str, Provider] = {}

    async def provider(self, address: str) -> Provider:
        """Return the provider at a normalised address. Raises: ProviderError (KEY), KeyringError."""
        if address not in self._open:
            key = PRACTICE_KEY if is_practice(address) else await self.credentials.load(address)
            if not key:
                raise ProviderError(Cause.KEY, "the API key is missing: enter it again")
            self._open[address] = self.make(address, key)
        return self._open[address]

    def make(self, address: str, key: str) -> Provider:
        """Return a provider for a key that is not kept."""
        from engine.provider.secret import Secret

        return self._make(address, Secret(key))

    async def replace(self, address: str) -> None:
        """Forget the client of an address; the next use takes the new key."""
        provider = self._open.pop(address, None)
        if provider is not None:
            await provider.aclose()

    async def aclose(self) -> None:
        """Close every client."""
        for address in list(self._open):
            await self.replace(address)


def is_practice(address: str) -> bool:
    """Whether an address is the built-in practice account."""
    return address.startswith("http://practice.invalid")
