"""LinkedIn through Unipile's v1 API: which route, which parameters, which value comes out.

It must not retry, pace, decide or remember: one call is one request (`list_accounts` follows its pages).
Source of all routes and limits: docs/provider.md (Unipile's OpenAPI document).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import msgspec

from engine.clock import Clock
from engine.errors import Cause, ProviderError
from engine.provider import payloads
from engine.provider.address import ProviderAddress
from engine.provider.base import (
    AccountInfo,
    Chat,
    Message,
    OwnProfile,
    Page,
    Profile,
    Relation,
    SentInvitation,
    ServerClock,
    Verdict,
    WriteResult,
)
from engine.provider.client import Call, HttpClient, HttpLimits, Query
from engine.provider.refusals import Route
from engine.provider.secret import Secret
from engine.provider.translate import Answer, Failure, readable, write_result
from engine.provider.wire import WireError, format_time, read_object, read_page, read_struct

if TYPE_CHECKING:
    import httpx

S = TypeVar("S", bound=msgspec.Struct)
T = TypeVar("T")

ACCOUNT_PAGES_MAX = 20
NOT_FOUND_STATUS = 404
_INVITATIONS_MAX = 100
_RELATIONS_MAX = 1000
_OTHER_LISTS_MAX = 250
_ROUTES_UNDER_USERS = frozenset({"me", "invite", "relations", "followers", "following"})
"""Identifiers that would call another route. Source: Unipile's OpenAPI document, paths under /users."""
_FAILED_SYNC = "SYNC_ERROR"
"""Source: Unipile's account sync; the conversation's own values are not documented."""
_NO_ANSWER = frozenset({Cause.NETWORK, Cause.BROKEN, Cause.PROVIDER, Cause.NOT_FOUND, Cause.CONFIG})
_NO_TEXT = WriteResult(
    verdict=Verdict.NOT_SENT, cause=Cause.TEXT, detail="The text is empty or has characters that can't be sent."
)


class UnipileProvider:
    """One Unipile address and key. Implements `engine.provider.base.Provider`."""

    def __init__(
        self,
        address: ProviderAddress,
        key: Secret,
        *,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        limits: HttpLimits | None = None,
    ) -> None:
        """Prepare a client; nothing is sent yet. `transport` stands for the network (practice, tests).

        Raises: UserError for a text that can't be a key.
        """
        self._key = key
        self._http = HttpClient(address, key, clock=clock, transport=transport, limits=limits or HttpLimits())

    @property
    def server_clock(self) -> ServerClock | None:
        """Return the newest comparison of clocks, to the second, if any answer had a Date."""
        return self._http.server_clock

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    # Reads

    async def list_accounts(self) -> tuple[AccountInfo, ...]:
        """Return all LinkedIn accounts of the key.

        Raises: ProviderError, also when the list doesn't end.
        """
        found: dict[str, AccountInfo] = {}
        cursor: str | None = None
        seen: set[str] = set()
        for _ in range(ACCOUNT_PAGES_MAX):
            page = await self._page(
                ("accounts",),
                {"limit": 100, "cursor": cursor},
                "AccountList",
                payloads.AccountPayload,
                payloads.linkedin_account,
            )
            found |= {account.account_id: account for account in page.items}
            cursor = page.cursor
            if cursor is None:
                return tuple(found.values())
            if cursor in seen:
                break
            seen.add(cursor)
        raise WireError("AccountList without an end")

    async def account(self, account_id: str) -> AccountInfo:
        """Return one LinkedIn account.

        Raises: ProviderError; NOT_FOUND also for an account of another network.
        """
        answer = await self._read(Call(method="GET", path=("accounts", account_id), query={}))
        payload = read_object(answer.body, payloads.AccountPayload, "Account")
        if payload.id != account_id:
            raise WireError("Account with another id")
        info = payloads.linkedin_account(payload)
        if info is None:
            raise ProviderError(Cause.NOT_FOUND, "This is not a LinkedIn account.", http_status=answer.status)
        return info

    async def own_profile(self, account_id: str) -> OwnProfile:
        """Return the profile of the account's owner.

        Raises: ProviderError.
        """
        call = Call(method="GET", path=("users", "me"), query={"account_id": account_id})
        return await self._one(call, "AccountOwnerProfile", payloads.OwnProfilePayload, payloads.own_profile)

    async def profile(self, account_id: str, identifier: str, *, deadline_s: float = 30.0) -> Profile:
        """Return a person's profile by slug (decoded) or id, without a visit being shown.

        Raises: ProviderError; LEAD when nobody can be reached under this identifier.
        """
        if identifier.lower() in _ROUTES_UNDER_USERS:
            raise ProviderError(Cause.LEAD, f"“{identifier}” can't be asked for as a person.")
        call = Call(method="GET", path=("users", identifier), query={"account_id": account_id}, deadline_s=deadline_s)
        return await self._one(call, "UserProfile", payloads.ProfilePayload, payloads.profile)

    async def sent_invitations(
        self, account_id: str, *, cursor: str | None = None, limit: int = 100
    ) -> Page[SentInvitation]:
        """Return one page of pending invitations, at most 100.

        Raises: ProviderError.
        """
        query: Query = {"account_id": account_id, "limit": _clamp(limit, _INVITATIONS_MAX), "cursor": cursor}
        path = ("users", "invite", "sent")
        return await self._page(path, query, "InvitationList", payloads.SentInvitationPayload, payloads.sent_invitation)

    async def relations(self, account_id: str, *, cursor: str | None = None, limit: int = 100) -> Page[Relation]:
        """Return one page of connections, newest first, at most 1,000.

        Raises: ProviderError.
        """
        query: Query = {"account_id": account_id, "limit": _clamp(limit, _RELATIONS_MAX), "cursor": cursor}
        return await self._page(
            ("users", "relations"), query, "UserRelationsList", payloads.RelationPayload, payloads.relation
        )

    async def messages(
        self, account_id: str, *, after: datetime | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Message]:
        """Return one page of all messages of an account, newest first, `after` exclusive.

        Raises: ProviderError.
        """
        query = {"account_id": account_id, **_window(after, cursor, limit)}
        return await self._page(("messages",), query, "MessageList", payloads.MessagePayload, payloads.message)

    async def attendee_messages(
        self,
        account_id: str,
        provider_id: str,
        *,
        after: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
        deadline_s: float = 30.0,
    ) -> Page[Message]:
        """Return one page of the conversation with a person; `is_known` False when there is none (404).

        Raises: ProviderError.
        """
        try:
            return await self._page(
                ("chat_attendees", provider_id, "messages"),
                {"account_id": account_id, **_window(after, cursor, limit)},
                "MessageList",
                payloads.MessagePayload,
                payloads.message,
                deadline_s=deadline_s,
            )
        except ProviderError as error:
            if not _is_unknown_attendee(error):
                raise
        return Page(items=(), cursor=None, is_known=False)

    async def chat(self, account_id: str, chat_id: str) -> Chat:
        """Return one conversation.

        Raises: ProviderError; NOT_FOUND when there is none.
        """
        call = Call(method="GET", path=("chats", chat_id), query={"account_id": account_id})
        return await self._one(call, "Chat", payloads.ChatPayload, payloads.chat)

    async def chats(self, account_id: str, *, cursor: str | None = None, limit: int = 100) -> Page[Chat]:
        """Return one page of conversations, newest activity first, at most 250.

        Raises: ProviderError.
        """
        query: Query = {"account_id": account_id, "limit": _clamp(limit, _OTHER_LISTS_MAX), "cursor": cursor}
        return await self._page(("chats",), query, "ChatList", payloads.ChatPayload, payloads.chat)

    async def sync_chat(self, account_id: str, chat_id: str) -> bool:
        """Ask for a fresh copy of a conversation; True when Unipile set about it, so that reading again is worth it.

        Raises: ProviderError for troubles of the key, the account or the rate.
        """
        call = Call(method="GET", path=("chats", chat_id, "sync"), query={"account_id": account_id})
        try:
            answer = await self._read(call)
            payload = read_object(answer.body, payloads.ChatSyncPayload, "ChatHistorySync")
        except ProviderError as error:
            if error.cause not in _NO_ANSWER:
                raise
            return False
        return bool(payload.status != _FAILED_SYNC)

    async def hosted_link(
        self, *, expires_at: datetime, reconnect_account_id: str | None = None, name: str | None = None
    ) -> str:
        """Return the address of the log-in page, for the browser; it dies at Unipile's daily restart at the latest.

        Raises: ProviderError.
        """
        body: dict[str, object] = {
            "type": "reconnect" if reconnect_account_id else "create",
            "api_url": self._http.origin,
            "expiresOn": format_time(expires_at),
        }
        body |= {"reconnect_account": reconnect_account_id} if reconnect_account_id else {"providers": ["LINKEDIN"]}
        if name:
            body["name"] = name
        answer = await self._read(
            Call(method="POST", path=("hosted", "accounts", "link"), query={}, body=body, is_write=True)
        )
        # The `object` is spelled in two ways; the address alone says that it worked.
        url = read_struct(answer.body, payloads.HostedLinkPayload, "HostedAuthUrl").url
        if not url.startswith(("https://", f"{self._http.origin}/")) or not url.isprintable() or " " in url:
            raise WireError("HostedAuthUrl without an https address")
        return url

    # Writes

    async def invite(self, account_id: str, provider_id: str, note: str | None) -> WriteResult:
        """Send an invitation; an empty note is left out."""
        if note and not _is_writable(note):
            return _NO_TEXT
        body = {"account_id": account_id, "provider_id": provider_id} | ({"message": note} if note else {})
        call = Call(method="POST", path=("users", "invite"), query={}, body=body, is_write=True)
        return await self._write(Route.INVITE, call)

    async def withdraw(self, account_id: str, invitation_id: str) -> WriteResult:
        """Take a pending invitation back."""
        path = ("users", "invite", "sent", invitation_id)
        call = Call(method="DELETE", path=path, query={"account_id": account_id}, is_write=True)
        return await self._write(Route.WITHDRAW, call)

    async def send_message(
        self, account_id: str, provider_id: str, text: str, *, chat_id: str | None = None
    ) -> WriteResult:
        """Send a message, into the known conversation or by the person's id."""
        if not text.strip() or not _is_writable(text):
            return _NO_TEXT
        if chat_id is None:
            path: tuple[str, ...] = ("chats",)
            form = [("account_id", account_id), ("attendees_ids", provider_id), ("text", text)]
        else:
            path = ("chats", chat_id, "messages")
            form = [("account_id", account_id), ("text", text)]
        return await self._write(Route.MESSAGE, Call(method="POST", path=path, query={}, form=form, is_write=True))

    async def visit(self, account_id: str, provider_id: str) -> WriteResult:
        """Read a profile so that the person sees the visit."""
        if provider_id.lower() in _ROUTES_UNDER_USERS:
            return write_result(Route.VISIT, Failure.NOT_BUILT)
        query = {"account_id": account_id, "notify": "true"}
        call = Call(method="GET", path=("users", provider_id), query=query, is_write=True)
        return await self._write(Route.VISIT, call)

    async def _write(self, route: Route, call: Call) -> WriteResult:
        return write_result(route, await self._http.exchange(call), key=self._key)

    async def _read(self, call: Call) -> Answer:
        found = readable(await self._http.exchange(call), key=self._key)
        if isinstance(found, ProviderError):
            raise found
        return found

    async def _one(self, call: Call, object_name: str, kind: type[S], neutral: Callable[[S], T | None]) -> T:
        answer = await self._read(call)
        value = neutral(read_object(answer.body, kind, object_name))
        if value is None:
            raise WireError(f"{object_name} without an id")
        return value

    async def _page(
        self,
        path: tuple[str, ...],
        query: Query,
        object_name: str,
        kind: type[S],
        neutral: Callable[[S], T | None],
        *,
        deadline_s: float | None = None,
    ) -> Page[T]:
        answer = await self._read(Call(method="GET", path=path, query=query, deadline_s=deadline_s))
        return read_page(answer.body, object_name, kind, neutral)


def _clamp(limit: int, largest: int) -> int:
    return min(max(limit, 1), largest)


def _window(after: datetime | None, cursor: str | None, limit: int) -> Query:
    return {
        "after": None if after is None else format_time(after),
        "limit": _clamp(limit, _OTHER_LISTS_MAX),
        "cursor": cursor,
    }


def _is_unknown_attendee(error: ProviderError) -> bool:
    """Whether the provider itself says that there is no such conversation: a proxy's 404 or a lost account doesn't."""
    is_lost_account = "account not found" in error.title.casefold()
    return error.http_status == NOT_FOUND_STATUS and error.error_type is not None and not is_lost_account


def _is_writable(text: str) -> bool:
    """Whether the text can be encoded: half surrogates can't."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
