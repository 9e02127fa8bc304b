"""Reading the provider's JSON: bytes in, neutral values out, or one defined error.

It must not talk to the network or decide anything. Fields that Leadloom doesn't need may be missing or wrong;
those it needs are strict. In a list every item is read on its own, so that one bad item is counted and the rest
is kept. Msgspec refuses NaN, numbers out of range and half surrogates; the last are mended, not refused,
because a cut emoji must not hide a reply.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from engine.errors import Cause, LeadloomBug, ProviderError
from engine.provider.base import Page

S = TypeVar("S", bound=msgspec.Struct)
T = TypeVar("T")

GARBAGE_SENTENCE = "Unipile's answer can't be understood."
_TIME = re.compile(r"[12]\d{3}-[01]\d-[0-3]\dT\d{2}:\d{2}:\d{2}\.\d{3}Z", re.ASCII)
"""Source: Unipile's OpenAPI document, the pattern of `before` and `after`."""
_READ_TIME = re.compile(r"[12]\d{3}-[01]\d-[0-3]\dT\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST_ID = 10**30  # numeric ids have 19 digits
_LATEST_MS = 7_258_118_400_000  # the year 2200; anything later is no date of a connection
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_ERROR_TYPE = re.compile(r"errors/([a-z0-9_]{1,80})")
_NEW_API_TYPE = re.compile(r"(?:api|provider)/[a-z0-9_/.-]{1,80}")
_REPLACEMENT = "\ufffd"


class WireError(ProviderError):
    """The answer isn't what the documentation promises."""

    def __init__(self, what: str) -> None:
        super().__init__(Cause.PROVIDER, f"{GARBAGE_SENTENCE} ({what})")


class _Envelope(msgspec.Struct):
    object: str
    items: list[msgspec.Raw]
    cursor: str | None


class _Head(msgspec.Struct):
    object: str


class _Receipt(msgspec.Struct):
    object: str
    invitation_id: Any = None
    message_id: Any = None
    chat_id: Any = None
    usage: Any = None


class _Error(msgspec.Struct):
    object: Any = None
    type: Any = None
    title: Any = None
    detail: Any = None


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a write that was carried out told; every field may be missing."""

    object_id: str | None = None
    chat_id: str | None = None
    usage_percent: float | None = None


@dataclass(frozen=True, kw_only=True)
class ErrorBody:
    """What an error said. `short_type` has no prefix; `words` is the provider's own text, for the history."""

    short_type: str | None = None
    words: str = ""
    is_new_api: bool = False


def read_struct(body: bytes | None, kind: type[S], what: str) -> S:
    """Return the body as a Struct.

    Raises: WireError.
    """
    if body is None:
        raise WireError(what)
    found = _decode(body, kind)
    if found is None:
        raise WireError(what)
    return found


def read_object(body: bytes | None, kind: type[S], object_name: str) -> S:
    """Return the body as a Struct when its `object` is the one that was asked for, in any letter case.

    Raises: WireError.
    """
    if read_struct(body, _Head, object_name).object.casefold() != object_name.casefold():
        raise WireError(object_name)
    return read_struct(body, kind, object_name)


def read_page(body: bytes | None, object_name: str, kind: type[S], neutral: Callable[[S], T | None]) -> Page[T]:
    """Return one page; `neutral` makes a value of an item or returns None for one that can't be used.

    Only a cursor of null ends a list; a missing or empty one is refused, as it could hide the rest.

    Raises: WireError.
    """
    envelope = read_object(body, _Envelope, object_name)
    if envelope.cursor == "":
        raise WireError(f"{object_name}, empty cursor")
    items: list[T] = []
    for raw in envelope.items:
        item = _decode(bytes(raw), kind)
        value = None if item is None else neutral(item)
        if value is not None:
            items.append(value)
    return Page(
        items=tuple(items),
        cursor=envelope.cursor,
        bad_items=len(envelope.items) - len(items),
        body_bytes=len(body or b""),
    )


def read_receipt(body: bytes | None, expected_objects: frozenset[str]) -> Receipt | None:
    """Return what a 2xx answer to a write tells; None unless it is JSON with an expected `object`."""
    found = None if body is None else _decode(body, _Receipt)
    if found is None or found.object.casefold() not in expected_objects:
        return None
    usage = found.usage
    is_percent = isinstance(usage, int | float) and not isinstance(usage, bool) and 0 <= usage <= 100
    return Receipt(
        object_id=id_or_none(found.invitation_id) or id_or_none(found.message_id),
        chat_id=id_or_none(found.chat_id),
        usage_percent=float(usage) if is_percent else None,
    )


def read_error_body(body: bytes | None) -> ErrorBody:
    """Return what an error body says, however long; an empty ErrorBody for HTML, garbage or nothing."""
    found = None if body is None else _decode(body, _Error)
    if found is None:
        return ErrorBody()
    name = found.type if isinstance(found.type, str) else ""
    known = _ERROR_TYPE.fullmatch(name)
    words = [word for word in (text_or_none(found.title), text_or_none(found.detail)) if word]
    return ErrorBody(
        short_type=known.group(1) if known else None,
        words=": ".join(words),
        is_new_api=found.object == "Error" and _NEW_API_TYPE.fullmatch(name) is not None,
    )


def text_or_none(value: object) -> str | None:
    """Return a text without NUL and half surrogates; None for anything else and for an empty one."""
    if not isinstance(value, str):
        return None
    clean = value.replace("\0", "")
    if not clean.isascii():
        clean = clean.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return clean or None


def id_or_none(value: object) -> str | None:
    """Return an id, which may have come as a whole number; None when it is empty, blank or something else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if 0 < value < _LARGEST_ID else None
    text = text_or_none(value)
    return text if text and text == value and not text.isspace() else None


def flag_or_none(value: object) -> bool | None:
    """Return a truth value that comes as true/false or 1/0; None for anything else."""
    if isinstance(value, bool):
        return value
    return bool(value) if isinstance(value, int) and value in (0, 1) else None


def time_or_none(value: object) -> datetime | None:
    """Return a time of the form YYYY-MM-DDTHH:MM:SS[.mmm]Z as aware UTC; None for anything else."""
    if not isinstance(value, str) or not _READ_TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def epoch_ms_or_none(value: object) -> datetime | None:
    """Return epoch milliseconds as aware UTC; None for what isn't a number between 1970 and 2200."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LATEST_MS:
        return None
    return _EPOCH + timedelta(milliseconds=value)


def format_time(moment: datetime) -> str:
    """Return YYYY-MM-DDTHH:MM:SS.mmmZ, cut to the millisecond: Unipile refuses any other form.

    Raises: LeadloomBug for a time without a zone or outside the years 1000 to 2999.
    """
    if moment.tzinfo is None:
        raise LeadloomBug("a time without a zone was to be sent")
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if not _TIME.fullmatch(text):
        raise LeadloomBug("a time outside the years 1000 to 2999 was to be sent")
    return text


def _decode(data: bytes, kind: type[S]) -> S | None:
    for attempt in (data, None):
        try:
            return msgspec.json.decode(_mend(data) if attempt is None else attempt, type=kind)
        except (ValueError, RecursionError):
            continue
    return None


def _mend(data: bytes) -> bytes:
    """Return the JSON with half surrogates and bytes that aren't UTF-8 replaced."""
    clean = data.decode("utf-8", "replace").encode("utf-8")
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found.group(1) else found.group(0), clean)
