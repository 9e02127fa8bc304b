"""What Leadloom needs from a provider, in neutral values.

Reads return values or raise `ProviderError`. Writes never raise (but for cancellation): they return a
`WriteResult` whose verdict is the only thing that may ever say "not sent". No method retries.
`account_id` is always the provider's own id of the LinkedIn account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from engine.errors import Cause

T = TypeVar("T")


class Verdict(StrEnum):
    """What an attempt to write came to. Default of the table: UNKNOWN."""

    SENT = "sent"
    NOT_SENT = "not_sent"  # proven: refused before acting, or no byte left
    REFUSED = "refused"  # proven not sent, and final for this lead
    GOAL_CHECK = "goal_check"  # refused because the goal may already be met: read the profile
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class WriteResult:
    """The outcome of exactly one request that may have an effect."""

    verdict: Verdict
    cause: Cause = Cause.NONE
    http_status: int | None = None
    error_type: str | None = None  # without the "errors/" prefix
    detail: str = ""  # plain words for the history; never a key
    retry_after_s: float | None = None
    server_date: datetime | None = None
    object_id: str | None = None  # invitation id or message id, when told
    chat_id: str | None = None
    usage_percent: float | None = None


@dataclass(frozen=True, kw_only=True)
class AccountInfo:
    """A LinkedIn account at the provider. Healthy iff every source is OK."""

    account_id: str
    name: str
    provider_id: str | None  # own member id (ACo…)
    public_identifier: str | None
    source_statuses: tuple[str, ...]
    premium_features: tuple[str, ...] = ()
    created_at: datetime | None = None

    @property
    def is_healthy(self) -> bool:
        """Whether every source runs."""
        return bool(self.source_statuses) and all(s == "OK" for s in self.source_statuses)


@dataclass(frozen=True, kw_only=True)
class OwnProfile:
    """The account's owner."""

    provider_id: str
    public_identifier: str | None
    first_name: str
    last_name: str
    is_premium: bool


class InvitationState(StrEnum):
    """What a profile says of an invitation between its person and us."""

    SENT_PENDING = "sent_pending"
    SENT_WITHDRAWN = "sent_withdrawn"
    SENT_IGNORED = "sent_ignored"
    RECEIVED_PENDING = "received_pending"
    RECEIVED_OVER = "received_over"
    OTHER = "other"


OURS_OPEN = frozenset({InvitationState.SENT_PENDING, InvitationState.SENT_IGNORED})
"""An invitation of ours that can still be accepted: who ignores one may find it again."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A person's profile as one account sees it. `None` means the answer didn't say."""

    provider_id: str
    public_identifier: str | None
    first_name: str | None
    last_name: str | None
    headline: str | None = None
    location: str | None = None
    is_connected: bool | None = None
    connected_at: datetime | None = None
    invitation: InvitationState | None = None

    @property
    def is_clear(self) -> bool:
        """Whether it tells of the invitation and the connection what can be understood; else it proves nothing."""
        is_silent = self.is_connected is None and self.invitation is None
        return not is_silent and self.invitation is not InvitationState.OTHER


@dataclass(frozen=True, kw_only=True)
class SentInvitation:
    """A pending invitation of ours, by program or by hand. Its dates drift: there are none here."""

    invitation_id: str
    provider_id: str | None
    public_identifier: str | None
    name: str | None
    text: str | None


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A first-degree connection. `provider_id` is member_id, else the tail of member_urn, else None."""

    provider_id: str | None
    public_identifier: str | None
    first_name: str | None
    last_name: str | None
    headline: str | None
    connected_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message of a conversation, in the provider's own copy."""

    message_id: str
    chat_id: str
    text: str | None
    at: datetime
    is_ours: bool
    sender_id: str
    kind: str  # MESSAGE, INVITATION, INMAIL …
    is_event: bool = False
    is_deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class Chat:
    """A conversation. `kind` 0 is one to one."""

    chat_id: str
    attendee_provider_id: str | None
    kind: int
    at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list. Items that couldn't be understood are counted, never raised."""

    items: tuple[T, ...]
    cursor: str | None  # None: the list ends here
    bad_items: int = 0
    body_bytes: int = 0
    is_known: bool = True  # False: the provider knows no such attendee or chat (404)


@dataclass(frozen=True, kw_only=True)
class ServerClock:
    """The provider's clock against ours, from the newest Date header."""

    offset_s: float  # server minus local wall clock
    measured_at_s: float  # local monotonic seconds


class Provider(Protocol):
    """One provider's address and key, serving one or more LinkedIn accounts."""

    @property
    def server_clock(self) -> ServerClock | None:
        """Return the newest comparison of clocks, if any answer had a Date."""
        ...

    async def list_accounts(self) -> tuple[AccountInfo, ...]:
        """Return every LinkedIn account of the key."""
        ...

    async def account(self, account_id: str) -> AccountInfo:
        """Return one account's state."""
        ...

    async def own_profile(self, account_id: str) -> OwnProfile:
        """Return the account's owner."""
        ...

    async def profile(self, account_id: str, identifier: str, *, deadline_s: float = 30.0) -> Profile:
        """Return a person's profile by slug or id."""
        ...

    async def sent_invitations(
        self, account_id: str, *, cursor: str | None = None, limit: int = 100
    ) -> Page[SentInvitation]:
        """Return a page of pending invitations."""
        ...

    async def relations(self, account_id: str, *, cursor: str | None = None, limit: int = 100) -> Page[Relation]:
        """Return a page of relations, newest first."""
        ...

    async def messages(
        self, account_id: str, *, after: datetime | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Message]:
        """Return a page of the inbox's messages after a moment, newest first."""
        ...

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
        """Return a page of the messages with one person."""
        ...

    async def chat(self, account_id: str, chat_id: str) -> Chat:
        """Return one conversation."""
        ...

    async def chats(self, account_id: str, *, cursor: str | None = None, limit: int = 100) -> Page[Chat]:
        """Return a page of conversations."""
        ...

    async def sync_chat(self, account_id: str, chat_id: str) -> bool:
        """Ask for a fresh copy of a conversation; False where there is no such route or no answer."""
        ...

    async def hosted_link(
        self, *, expires_at: datetime, reconnect_account_id: str | None = None, name: str | None = None
    ) -> str:
        """Return the address at which LinkedIn is connected or reconnected."""
        ...

    async def invite(self, account_id: str, provider_id: str, note: str | None) -> WriteResult:
        """Invite a person, without a note for None."""
        ...

    async def withdraw(self, account_id: str, invitation_id: str) -> WriteResult:
        """Withdraw a pending invitation."""
        ...

    async def send_message(
        self, account_id: str, provider_id: str, text: str, *, chat_id: str | None = None
    ) -> WriteResult:
        """Write to a relation, in a known conversation or a new one."""
        ...

    async def visit(self, account_id: str, provider_id: str) -> WriteResult:
        """Visit a profile so that the person can see it."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...
