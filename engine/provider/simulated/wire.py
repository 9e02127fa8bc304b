"""Requests and answers of the practice LinkedIn as bytes, and the parts of the wire format that all routes share.

Reads query fields strictly, as the provider does. Knows no route and no world.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from engine.provider.simulated.records import Json, from_ms
from engine.provider.simulated.refusals import Wording, invalid_parameters

T = TypeVar("T")

MOMENT = re.compile(r"^[1-2]\d{3}-[0-1]\d-[0-3]\dT\d{2}:\d{2}:\d{2}.\d{3}Z$", re.ASCII)
"""`before`, `after` and `expiresOn`. Source: the provider's OpenAPI, the pattern of these fields."""
JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request. `path` is still percent-encoded; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = ""

    @property
    def is_write(self) -> bool:
        """Whether the method is one that may have an effect."""
        return self.method not in ("GET", "HEAD")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """The connection ends without a whole answer, before or after the request took effect."""

    after_effect: bool


@dataclass(frozen=True, kw_only=True)
class Page:
    """A stretch of a list, newest first, and the place where the next one begins."""

    items: list[Json]
    next_place: int | None


def json_reply(status: int, data: Json) -> Reply:
    """Return an answer with a JSON body."""
    return Reply(status=status, headers={"content-type": JSON_TYPE}, body=msgspec.json.encode(data))


def refusal_reply(wording: Wording) -> Reply:
    """Return a refusal as the provider words it."""
    data: Json = {"status": wording.status, "type": f"errors/{wording.type}", "title": wording.title}
    if wording.detail is not None:
        data["detail"] = wording.detail
    return json_reply(wording.status, data)


def moment_text(at_ms: int) -> str:
    """Write a moment with exactly three digits of milliseconds."""
    return from_ms(at_ms).isoformat(timespec="milliseconds")[:23] + "Z"


def one(query: Mapping[str, list[str]], name: str) -> str | None:
    """Return a field's last value; an empty one is refused, as the provider demands a length of 1."""
    values = query.get(name)
    if not values:
        return None
    if not values[-1]:
        raise invalid_parameters(f"/{name}: Expected string length greater or equal to 1")
    return values[-1]


def limit_of(query: Mapping[str, list[str]], *, most: int, default: int) -> int:
    """Return how many items are asked for.

    Raises: Refusal when it isn't a whole number from 1 to `most`.
    """
    text = one(query, "limit")
    if text is None:
        return default
    if not re.fullmatch(r"-?\d{1,9}", text, re.ASCII) or not 1 <= int(text) <= most:
        raise invalid_parameters(f"/limit: Expected integer from 1 to {most}")
    return int(text)


def moment_of(query: Mapping[str, list[str]], name: str) -> int | None:
    """Return a moment in milliseconds.

    Raises: Refusal unless it is written with three digits of milliseconds and Z.
    """
    text = one(query, name)
    return None if text is None else parse_moment(text, name)


def parse_moment(text: str, name: str) -> int:
    """Read a strictly written moment into milliseconds. Raises: Refusal."""
    if MOMENT.fullmatch(text):
        try:
            whole = datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            pass
        else:
            return round(whole.timestamp()) * 1000 + int(text[20:23])
    raise invalid_parameters(f"/{name}: Expected string to match '{MOMENT.pattern}'")


def truth_of(query: Mapping[str, list[str]], name: str) -> bool | None:
    """Return a truth value written as true or false. Raises: Refusal."""
    text = one(query, name)
    if text is None:
        return None
    if text not in ("true", "false"):
        raise invalid_parameters(f"/{name}: Expected boolean")
    return text == "true"


def cursor_text(list_name: str, place: int, salt: int = 0) -> str:
    """Write a cursor. `salt` makes another cursor of the same place."""
    return base64.urlsafe_b64encode(json.dumps([list_name, place, salt]).encode()).decode()


def salted_cursor(text: str, salt: int) -> str:
    """Write another cursor of the same place. `text` must be one of `cursor_text`."""
    list_name, place, _ = json.loads(base64.urlsafe_b64decode(text))
    return cursor_text(list_name, place, salt)


def cursor_place(query: Mapping[str, list[str]], list_name: str) -> int | None:
    """Return the place that a cursor of this list stands for. Raises: Refusal for any other text."""
    text = one(query, "cursor")
    if text is None:
        return None
    try:
        name, place, _ = json.loads(base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        name, place = None, None
    if name != list_name or not isinstance(place, int):
        raise invalid_parameters("/cursor: Invalid cursor")
    return place


def walk_back(
    source: list[T],
    *,
    start: int | None,
    limit: int,
    keep: Callable[[T], bool],
    write: Callable[[T], Json],
    stop: Callable[[T], bool] = lambda _: False,
) -> Page:
    """Take up to `limit` items from the end of a list that only grows, so that a page never shifts."""
    items: list[Json] = []
    place = len(source) - 1 if start is None else min(start, len(source) - 1)
    while place >= 0 and not stop(source[place]):
        if keep(source[place]):
            if len(items) == limit:
                return Page(items=items, next_place=place)
            items.append(write(source[place]))
        place -= 1
    return Page(items=items, next_place=None)


def list_reply(object_name: str, list_name: str, page: Page) -> Reply:
    """Return a page in the provider's list envelope."""
    cursor = None if page.next_place is None else cursor_text(list_name, page.next_place)
    return json_reply(200, {"object": object_name, "items": page.items, "cursor": cursor})


def whole_list_reply(object_name: str, items: Iterable[Json]) -> Reply:
    """Return a list that has one page only."""
    return json_reply(200, {"object": object_name, "items": list(items), "cursor": None})


def json_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object. Raises: Refusal for anything else."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise invalid_parameters("Expected a JSON object")
    return data
