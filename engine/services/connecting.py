"""The steps to a LinkedIn account: an address that can be read, a key that opens it, a log-in in the browser.

Nothing is kept before an account is there. It must not see LinkedIn's password: the provider's own page asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from engine.errors import Cause, KeyringError, ProviderError, Refused, Topic, UserError
from engine.provider.base import AccountInfo, Provider
from engine.services.accounts import (
    PASSING,
    AddedAccounts,
    FoundAccount,
    keep_accounts,
    need_key,
    need_same_customer,
    read_accounts,
    within_deadline,
)
from engine.services.connections import is_practice
from engine.services.context import Context
from engine.services.hurry import check_speed
from storage.repositories import accounts

LOG_IN_LASTS_S = 3600.0
"""How long a page for logging in is asked for, and how long it is looked whether somebody did, in real seconds."""
LOOK_EVERY_S = 3.0


@dataclass(frozen=True, kw_only=True)
class LogIn:
    """A key that works; what is still wanted is a LinkedIn account that nobody has connected yet, or this one again."""

    address: str
    key: str = field(repr=False)
    known: frozenset[str] = frozenset()
    """Ids of the accounts that are connected already."""
    names: tuple[str, ...] = ()
    again: str = ""
    """The id of the account that is to be connected again."""


class Connecting:
    """Use cases of connecting, in the order in which a person does them."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def read_address(self, text: str, *, own_host: bool = False) -> str:
        """Return host and port of an address as typed; reaches for nothing. Raises: UserError saying what is wrong."""
        from engine.provider.address import parse_address

        address = parse_address(text, own_host=own_host)
        return "the practice account" if address.is_practice else f"{address.host}:{address.port}"

    async def try_key(self, address_text: str, key: str, *, own_host: bool = False) -> AddedAccounts | LogIn:
        """Check a key at an address and add the LinkedIn accounts behind it; a LogIn when none is new.

        Raises: UserError.
        """
        from engine.provider.address import parse_address

        address, key = parse_address(address_text, own_host=own_host).base_url, key.strip()
        check_speed(self._ctx.clock.speed, [address])
        need_key(key)
        provider = self._ctx.connections.make(address, key)
        try:
            found = await within_deadline(read_accounts(provider, self._ctx.clock))
        finally:
            await provider.aclose()
        working = await need_same_customer(self._ctx, address, found)
        if wanted := [(info, own) for info, own in found if _is_wanted(info, working)]:
            return await keep_accounts(self._ctx, address, key, wanted)
        return LogIn(
            address=address,
            key=key,
            known=frozenset(info.account_id for info, _ in found),
            names=tuple(info.name for info, _ in found),
        )

    async def again(self, name: str) -> LogIn:
        """Return how an account is connected again. Raises: NotFound, UserError when its key isn't there."""
        row = await self._ctx.db.look(lambda u: accounts.find(u, name))
        key: str | None = ""
        try:
            key = await self._ctx.connections.credentials.load(row.address)
        except KeyringError as error:
            raise UserError(error.title, error.advice, topic=Topic.KEY) from error
        if not key and not is_practice(row.address):
            raise UserError(f"The key of {row.name} is missing.", "Replace the key first.", topic=Topic.KEY)
        return LogIn(address=row.address, key=key or "practice", names=(row.name,), again=row.provider_account_id)

    async def log_in_page(self, log_in: LogIn) -> str:
        """Return the address of the provider's page for logging in, made now for the browser. Raises: UserError."""
        if is_practice(log_in.address):
            raise Refused("The practice account has nobody to log in.", "Its LinkedIn is simulated on this computer.")
        expires_at = self._ctx.clock.now() + timedelta(seconds=LOG_IN_LASTS_S)
        provider = self._ctx.connections.make(log_in.address, log_in.key)
        try:
            return await within_deadline(
                provider.hosted_link(expires_at=expires_at, reconnect_account_id=log_in.again or None)
            )
        finally:
            await provider.aclose()

    async def wait_for_log_in(self, log_in: LogIn) -> AddedAccounts:
        """Look every few seconds until the account is there and works; then add it, or let it go on.

        Raises: UserError when nobody logged in within an hour, or the key stopped working.
        """
        clock = self._ctx.clock
        ends = clock.monotonic() + LOG_IN_LASTS_S
        provider = self._ctx.connections.make(log_in.address, log_in.key)
        try:
            while clock.monotonic() < ends:
                if found := await self._found(provider, log_in):
                    return await self._done(log_in, found)
                await clock.pause(LOOK_EVERY_S)
        finally:
            await provider.aclose()
        raise UserError("Nobody has logged in for an hour.", "Open the log-in page again.")

    async def _found(self, provider: Provider, log_in: LogIn) -> list[FoundAccount]:
        """Return the accounts that are waited for, once LinkedIn answers for them."""
        try:
            found = []
            for info in await provider.list_accounts():
                is_it = info.account_id == log_in.again if log_in.again else info.account_id not in log_in.known
                if is_it and info.is_healthy:
                    found.append((info, await provider.own_profile(info.account_id)))
        except ProviderError as error:
            if error.cause in (*PASSING, Cause.ACCOUNT, Cause.RATE):
                return []
            raise UserError(error.title, topic=Topic.KEY if error.cause is Cause.KEY else Topic.NONE) from error
        return list(found)

    async def _done(self, log_in: LogIn, found: list[FoundAccount]) -> AddedAccounts:
        if not log_in.again:
            return await keep_accounts(self._ctx, log_in.address, log_in.key, found)
        now = self._ctx.clock.now()
        await self._ctx.db.write(lambda u: accounts.set_status(u, accounts.find(u, log_in.again).id, "ok", "", now))
        self._ctx.wakes.all()
        return AddedAccounts(names=log_in.names)


def _is_wanted(info: AccountInfo, working: dict[str, bool]) -> bool:
    """Whether an account is new here, or works again after it had stopped."""
    is_ok = working.get(info.account_id)
    return is_ok is None or (not is_ok and info.is_healthy)
