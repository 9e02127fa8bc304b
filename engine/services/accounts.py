"""LinkedIn accounts: add by address and key, set limits and hours, check relations, remove."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import insert, select, update

from engine.clock import Clock
from engine.errors import Cause, KeyringError, ProviderError, Refused, Topic, UserError
from engine.provider.base import AccountInfo, OwnProfile, Provider
from engine.services.account_settings import HOUR_COLUMNS, columns_of, settings_of
from engine.services.connections import is_practice
from engine.services.context import Context
from engine.services.hurry import check_speed
from engine.services.moving import finish_moves
from storage.column_types import to_ms
from storage.repositories import accounts, activity, versions
from storage.tables import account, campaign
from storage.unit_of_work import UnitOfWork

T = TypeVar("T")
ADDING_DEADLINE_S = 10.0
"""A wrong key, a wrong address or no network is said within so many real seconds."""
READ_TRIES = 3
READ_AGAIN_AFTER_S = 0.5
PASSING = (Cause.NETWORK, Cause.BROKEN, Cause.PROVIDER)
"""Troubles that may be over at the next try."""
FoundAccount = tuple[AccountInfo, OwnProfile | None]
"""An account of a key, and its owner's profile where it can be read."""
_TOPICS = {Cause.KEY: Topic.KEY, Cause.NEW_API_KEY: Topic.NEW_API}


@dataclass(frozen=True, kw_only=True)
class AddedAccounts:
    """What adding found; `warning` says why a key could not be kept."""

    names: tuple[str, ...]
    warning: str = ""


@dataclass(frozen=True, kw_only=True)
class AccountLine:
    """An account in a list."""

    id: str
    name: str
    status: str
    status_why: str
    account_id: int


class Accounts:
    """Use cases about accounts."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def add(self, address_text: str, key: str, *, own_host: bool = False) -> AddedAccounts:
        """Check address and key, keep the key, add every LinkedIn account found. Raises: UserError."""
        from engine.provider.address import parse_address

        address = parse_address(address_text, own_host=own_host)
        check_speed(self._ctx.clock.speed, [address.base_url])
        need_key(key)
        provider = self._ctx.connections.make(address.base_url, key.strip())
        try:
            found = await within_deadline(read_accounts(provider, self._ctx.clock))
        finally:
            await provider.aclose()
        if not found:
            raise UserError(
                "The key works, but no LinkedIn account is connected to it.", "Connect LinkedIn in Unipile first."
            )
        await need_same_customer(self._ctx, address.base_url, found)
        return await keep_accounts(self._ctx, address.base_url, key.strip(), found)

    async def list(self) -> list[AccountLine]:
        """Return every account."""
        rows = await self._ctx.db.read(
            lambda c: c.execute(select(account).where(account.c.removed_ms.is_(None)).order_by(account.c.id)).all()
        )
        return [
            AccountLine(
                id=r.provider_account_id, name=r.name, status=r.status, status_why=r.status_why, account_id=r.id
            )
            for r in rows
        ]

    async def settings(self, name: str) -> dict[str, str]:
        """Return an account's settings as `set` takes them. Raises: NotFound."""
        return settings_of(await self._ctx.db.look(lambda u: accounts.find(u, name)))

    async def set(self, name: str, settings: Mapping[str, str]) -> None:
        """Change settings of an account. Raises: UserError naming every setting that can't be taken."""
        now = self._ctx.clock.now()

        def change(uow: UnitOfWork) -> bool:
            row = accounts.find(uow, name)
            columns = columns_of(settings, row, now)
            accounts.set_columns(uow, row.id, **columns)
            has_other_hours = any(columns.get(key, getattr(row, key)) != getattr(row, key) for key in HOUR_COLUMNS)
            if has_other_hours:
                versions.note_other_hours(uow, accounts.campaigns_in_its_hours(uow, row.id))
            words = "Settings changed: " + ", ".join(f"{k} {v}" for k, v in settings.items()) + "."
            activity.note(uow, now, "account_set", words, account_id=row.id)
            return has_other_hours

        if await self._ctx.db.write(change):
            await finish_moves(self._ctx)
        else:
            self._ctx.wakes.all()

    async def remove(self, name: str) -> None:
        """Take an account out; its ledger stays. Raises: UserError while a campaign of it runs."""
        now = self._ctx.clock.now()
        address = await self._ctx.db.write(lambda u: _remove(u, accounts.find(u, name), now))
        if address is not None:
            await self._ctx.connections.replace(address)
            try:
                await self._ctx.connections.credentials.delete(address)
            except KeyringError:
                return

    async def set_key(self, name: str, key: str) -> str:
        """Replace an account's key after checking it. Returns a warning, or "". Raises: UserError."""
        row = await self._ctx.db.look(lambda u: accounts.find(u, name))
        need_key(key)
        provider = self._ctx.connections.make(row.address, key.strip())
        try:
            found = await within_deadline(read_accounts(provider, self._ctx.clock))
        finally:
            await provider.aclose()
        if row.provider_account_id not in {info.account_id for info, _ in found}:
            raise Refused(f"This key doesn't open {row.name}.", "Use the key of the same Unipile account.")
        warning = await _keep_key(self._ctx, row.address, key.strip())
        await self._ctx.connections.replace(row.address)
        await self._ctx.db.write(lambda u: accounts.set_status(u, row.id, "ok", "", self._ctx.clock.now()))
        self._ctx.wakes.all()
        return warning


async def need_same_customer(ctx: Context, address: str, found: Sequence[FoundAccount]) -> dict[str, bool]:
    """Refuse a key that would take another's place: keys are kept by address.

    Returns the accounts at the address, and whether each works. Raises: Refused.
    """
    working = await ctx.db.read(lambda c: accounts.working_at(c, address))
    if any(works for other, works in working.items() if other not in {info.account_id for info, _ in found}):
        raise Refused(
            "This token belongs to another Unipile account than the one in use at this address.",
            "Paste a token of the same Unipile account, or remove its LinkedIn accounts from Leadloom first.",
            topic=Topic.KEY_IN_USE,
        )
    return working


async def keep_accounts(ctx: Context, address: str, key: str, found: Sequence[FoundAccount]) -> AddedAccounts:
    """Keep the key of an address and add the accounts that it opens, or bring what is known of them up to date."""
    warning, now = await _keep_key(ctx, address, key), ctx.clock.now()
    names = await ctx.db.write(lambda u: [_add_account(u, address, info, own, now) for info, own in found])
    await ctx.connections.replace(address)
    ctx.wakes.all()
    return AddedAccounts(names=tuple(names), warning=warning)


async def _keep_key(ctx: Context, address: str, key: str) -> str:
    """Keep a key in the keyring. Returns a warning, or ""."""
    if is_practice(address):
        return ""
    try:
        await ctx.connections.credentials.save(address, key)
    except KeyringError as error:
        return f"{error.title} {error.advice}".strip()
    return ""


def need_key(key: str) -> None:
    """Refuse an empty key. Raises: UserError."""
    if not key.strip():
        raise UserError("There is no key.", "Paste the access token from Unipile's dashboard.", topic=Topic.KEY)


async def read_accounts(provider: Provider, clock: Clock) -> list[FoundAccount]:
    """Return the LinkedIn accounts of a key, with the owner's profile where it can be read. Raises: ProviderError."""
    found: list[FoundAccount] = []
    for info in await _tried_again(provider.list_accounts, clock):
        try:
            own: OwnProfile | None = await _tried_again(partial(provider.own_profile, info.account_id), clock)
        except ProviderError:
            own = None
        found.append((info, own))
    return found


async def _tried_again(read: Callable[[], Awaitable[T]], clock: Clock) -> T:
    """Return what a read brings; a trouble that may pass is waited out a few times."""
    for attempt in range(1, READ_TRIES):
        try:
            return await read()
        except ProviderError as error:
            if error.cause not in PASSING:
                raise
        await clock.pause(READ_AGAIN_AFTER_S * attempt)
    return await read()


async def within_deadline(reading: Awaitable[T]) -> T:
    """Return what a reading brings. Raises: UserError when it brings nothing in time, in words for a person."""
    try:
        async with asyncio.timeout(ADDING_DEADLINE_S):
            return await reading
    except TimeoutError:
        raise UserError(
            "There is no answer from this address.", "Check the address and your connection, then try again."
        ) from None
    except ProviderError as error:
        raise UserError(
            _trouble_title(error), _trouble_advice(error), topic=_TOPICS.get(error.cause, Topic.NONE)
        ) from error


def _trouble_title(error: ProviderError) -> str:
    if error.cause is Cause.KEY:
        return "The key is wrong."
    if error.cause is Cause.NETWORK:
        return "This address can't be reached."
    return error.title[:1].upper() + error.title[1:].rstrip(".") + "."


def _trouble_advice(error: ProviderError) -> str:
    if error.cause is Cause.KEY:
        return "Copy the access token again from Unipile's dashboard."
    if error.cause is Cause.NETWORK:
        return "Check the address and your connection, then try again."
    return "" if error.cause is Cause.NEW_API_KEY else "Try again in a minute."


def _add_account(uow: UnitOfWork, address: str, info: AccountInfo, own: OwnProfile | None, now: datetime) -> str:
    known = uow.connection.execute(
        select(account).where(account.c.address == address, account.c.provider_account_id == info.account_id)
    ).one_or_none()
    status = "ok" if info.is_healthy else "disconnected"
    columns = {
        "name": info.name,
        "member_id": (own.provider_id if own else info.provider_id) or "",
        "public_identifier": (own.public_identifier if own else info.public_identifier) or "",
        "first_name": (own.first_name if own else info.name.split(" ")[0]) or "",
        "status": status,
        "status_why": "" if status == "ok" else ", ".join(info.source_statuses),
        "status_ms": to_ms(now),
        "removed_ms": None,
    }
    if known is not None:
        if known.status == "restricted":  # a person ends that, with the question about it
            columns = {k: v for k, v in columns.items() if not k.startswith("status")}
        accounts.set_columns(uow, known.id, **columns)
        return info.name
    columns |= {"is_paid": int(bool(own and own.is_premium) or bool(info.premium_features))}
    added = uow.connection.execute(
        insert(account).values(
            address=address,
            provider_account_id=info.account_id,
            time_zone=_local_zone(),
            days="mon,tue,wed,thu,fri",
            start_minute=9 * 60,
            end_minute=17 * 60,
            warm_up_from_ms=to_ms(now),
            created_ms=to_ms(now),
            **columns,
        )
    ).inserted_primary_key
    assert added is not None
    activity.note(uow, now, "account_added", f"{info.name} was added.", account_id=added[0])
    uow.changed("account", added[0])
    return info.name


def _local_zone() -> str:
    from tzlocal import get_localzone_name

    return get_localzone_name() or "Etc/UTC"


def _remove(uow: UnitOfWork, row: Any, now: datetime) -> str | None:
    running = (
        uow.connection.execute(
            select(campaign.c.name).where(campaign.c.account_id == row.id, campaign.c.state == "running")
        )
        .scalars()
        .all()
    )
    if running:
        raise Refused(f"{row.name} still works for {', '.join(running)}.", "Pause or archive it first.")
    uow.connection.execute(update(account).where(account.c.id == row.id).values(removed_ms=to_ms(now)))
    activity.note(uow, now, "account_removed", f"{row.name} was removed; its history stays.", account_id=row.id)
    uow.changed("account", row.id)
    others = uow.connection.execute(
        select(account.c.id).where(account.c.address == row.address, account.c.removed_ms.is_(None))
    ).first()
    return None if others else str(row.address)
