"""What the practice LinkedIn remembers: plain values with times in whole milliseconds, and the ids it hands out.

Nothing here acts or answers. Every record is made of strings, numbers, truths and None, so that it can be written to a
file and read back without loss.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar, Protocol, TypeVar

Json = dict[str, Any]
"""A JSON object; what is inside is the wire format's business."""

IDS_REMEMBERED = 50_000
SNOWFLAKE_SHIFT_BITS = 22
"""Invitation ids are 19 digits: milliseconds shifted, as LinkedIn's public ids are. Source: docs/provider.md."""


class InvitationState(StrEnum):
    """The truth about an invitation, whoever can see it."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class EffectKind(StrEnum):
    """What a request really did."""

    INVITE = "invite"
    WITHDRAW = "withdraw"
    MESSAGE = "message"
    VISIT = "visit"
    HANDLE_RECEIVED = "handle_received"


class EventKind(StrEnum):
    """What a person will do by themselves."""

    ACCEPT = "accept"
    DECLINE = "decline"
    WRITE = "write"


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """An invitation of ours (`is_ours`) or to us. `state` is the truth, `ended_ms` when it left PENDING."""

    invitation_id: str
    provider_id: str
    sent_ms: int
    note: str | None
    is_ours: bool
    state: InvitationState
    ended_ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A first-degree connection."""

    provider_id: str
    connected_ms: int


@dataclass(frozen=True, kw_only=True)
class StoredMessage:
    """A message of a conversation. `copied_ms`: from when on the provider's own copy shows it."""

    message_id: str
    chat_id: str
    sender_id: str
    text: str
    at_ms: int
    copied_ms: int
    kind: str = "MESSAGE"


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """A conversation with one person, or with several under a name. Message places are kept by the world."""

    chat_id: str
    provider_chat_id: str
    others: tuple[str, ...]
    name: str | None
    unread: int = 0


@dataclass(frozen=True, kw_only=True)
class Effect:
    """Something that a request did, once. `sequence` counts from 1."""

    sequence: int
    at_ms: int
    kind: EffectKind
    provider_id: str
    text: str | None
    object_id: str | None


@dataclass(frozen=True, kw_only=True, order=True)
class Event:
    """Something that a person will do at a moment, should nothing stop it. Sorts by moment, then by number."""

    at_ms: int
    number: int
    kind: EventKind
    provider_id: str


class Record(Protocol):
    """Any of the dataclasses above."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


R = TypeVar("R", bound=Record)
ENUMS: dict[str, type[StrEnum]] = {"InvitationState": InvitationState, "EffectKind": EffectKind, "EventKind": EventKind}


def to_json(record: Record) -> Json:
    """Return the record as a JSON object."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def from_json(kind: type[R], data: Json) -> R:
    """Make the record again.

    Raises: KeyError, TypeError, ValueError where `data` isn't what `to_json` gave.
    """
    values = {}
    for field in fields(kind):
        value = data[field.name]
        enum = ENUMS.get(str(field.type))
        if enum is not None:
            value = enum(value)
        elif isinstance(value, list):
            value = tuple(value)
        values[field.name] = value
    return kind(**values)


def to_ms(moment: datetime) -> int:
    """Return milliseconds since 1970, rounded down."""
    return int(moment.timestamp() * 1000)


def from_ms(at_ms: int) -> datetime:
    """Return the moment, aware UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


@lru_cache(maxsize=IDS_REMEMBERED)
def opaque_id(*parts: object) -> str:
    """Return 22 url-safe characters that depend on the parts only."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@lru_cache(maxsize=IDS_REMEMBERED)
def provider_message_id(*parts: object) -> str:
    """Return an id in LinkedIn's own form: 2- and base64."""
    return "2-" + base64.b64encode(opaque_id(*parts).encode()).decode()


def invitation_id(sent_ms: int, number: int) -> str:
    """Return 19 digits, unique while `number` is."""
    return str((sent_ms << SNOWFLAKE_SHIFT_BITS) | (number & ((1 << SNOWFLAKE_SHIFT_BITS) - 1)))
