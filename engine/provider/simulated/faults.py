"""What goes wrong between the practice LinkedIn and its client: seeded dice and the answers they make.

Changes no truth: a fault only decides whether a request arrives and what its answer looks like.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field, replace
from typing import Any

from engine.provider.simulated.records import Json
from engine.provider.simulated.refusals import Wording
from engine.provider.simulated.wire import (
    Dropped,
    Reply,
    Request,
    cursor_text,
    json_reply,
    refusal_reply,
    salted_cursor,
)

HOUR_MS = 3_600_000
TIMED_OUT = Wording(
    status=504,
    type="request_timeout",
    title="Request timed out",
    detail="Request Timeout. Please try again, and if the issue persists, contact support.",
)
UNEXPECTED = Wording(
    status=500, type="unexpected_error", title="Unexpected error", detail="Something went wrong. Please try again."
)
NO_SESSION = Wording(
    status=503, type="no_client_session", title="No client session", detail="No client session is currently running."
)
SERVICE_DOWN = Wording(status=503, type="service_unavailable", title="Service unavailable", detail="Please try later.")
FIRST_PLACE = 2**31
"""Beyond the end of every list: the newest item comes next."""
HTML_TYPE = "text/html; charset=utf-8"
BAD_GATEWAY = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>\r\n"
)
GARBAGE = b"<!doctype html><html><head><title>Just a moment\xe2\x80\xa6</title></head><body>Checking your browser"

LOST_WRITE_ANSWERS = ("drop", "504", "500", "502")
FAILED_READ_ANSWERS = ("500", "503", "drop", "garbage")
OUTAGE_ANSWERS = ("down", "drop", "502")
ANSWERS: dict[str, Reply] = {
    "504": refusal_reply(TIMED_OUT),
    "500": refusal_reply(UNEXPECTED),
    "503": refusal_reply(NO_SESSION),
    "down": refusal_reply(SERVICE_DOWN),
    "502": Reply(status=502, headers={"content-type": HTML_TYPE}, body=BAD_GATEWAY),
    "garbage": Reply(status=200, headers={"content-type": HTML_TYPE}, body=GARBAGE),
}
ENDLESS_LISTS = {"/api/v1/users/relations": "relations", "/api/v1/messages": "messages"}
"""Paths whose cursor may never end, and the names of their lists."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How much goes wrong. Shares are of 1; times are engine hours since the practice LinkedIn began."""

    name: str
    writes_lost_after: float = 0.0
    writes_lost_before: float = 0.0
    reads_failed: float = 0.0
    outage_from_h: float = 0.0
    outage_for_h: float = 0.0
    endless_from_h: float = 0.0
    endless_for_h: float = 0.0
    endless_is_fresh: bool = False  # each cursor differs from all before; otherwise they come round again
    items_without_id: float = 0.0
    null_ids: float = 0.0


PROFILES = {
    "calm": Profile(name="calm"),
    "rough": Profile(name="rough", writes_lost_after=0.036, writes_lost_before=0.036, reads_failed=0.035),
    "hostile": Profile(
        name="hostile",
        writes_lost_after=0.09,
        writes_lost_before=0.09,
        reads_failed=0.087,
        outage_for_h=6.0,
        endless_for_h=12.0,
        items_without_id=0.25,
        null_ids=0.1,
    ),
}
"""Shares that are worse than what Unipile's users report, so that a campaign meets every kind in an hour."""
OUTAGE_BEGINS_BETWEEN_H = (20.0, 60.0)
ENDLESS_BEGINS_BETWEEN_H = (70.0, 110.0)


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What the dice say of one request."""

    is_lost_before: bool = False
    is_lost_after: bool = False
    is_outage: bool = False
    answer: str = ""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A write whose answer the client never saw. `effect` is the log's number, None when nothing happened."""

    at_ms: int
    method: str
    path: str
    answer: str
    effect: int | None


@dataclass(kw_only=True)
class Counts:
    """How often what went wrong. `posts` are all requests that may have an effect, DELETE and PATCH included."""

    posts: int = 0
    posts_lost_after_effect: int = 0
    posts_lost_before_effect: int = 0
    posts_refused_and_lost: int = 0  # the route had refused; the client didn't see that either
    posts_lost_in_outage: int = 0
    gets: int = 0
    gets_failed: int = 0
    gets_failed_in_outage: int = 0
    losses: list[Loss] = field(default_factory=list)


class Faults:
    """Dice for one practice LinkedIn. The same seed and the same requests give the same faults."""

    def __init__(self, profile: Profile | str = "calm", seed: int = 1) -> None:
        """Take a profile, or one of the names calm, rough, hostile. Raises: KeyError for any other name."""
        self._dice = random.Random(f"practice faults {seed}")
        chosen = PROFILES[profile] if isinstance(profile, str) else profile
        if isinstance(profile, str) and chosen.outage_for_h:
            chosen = replace(
                chosen,
                outage_from_h=self._dice.uniform(*OUTAGE_BEGINS_BETWEEN_H),
                endless_from_h=self._dice.uniform(*ENDLESS_BEGINS_BETWEEN_H),
                endless_is_fresh=self._dice.random() < 0.5,
            )
        self.profile = chosen
        self.counts = Counts()
        self._salt = 0

    def draw(self, request: Request, age_ms: int) -> Fate:
        """Throw the dice for a request, `age_ms` engine milliseconds after the beginning."""
        profile, counts, luck = self.profile, self.counts, self._dice.random()
        if request.is_write:
            counts.posts += 1
        else:
            counts.gets += 1
        if _is_within(age_ms, profile.outage_from_h, profile.outage_for_h):
            return Fate(is_lost_before=True, is_outage=True, answer=self._dice.choice(OUTAGE_ANSWERS))
        if not request.is_write:
            failed = luck < profile.reads_failed
            return Fate(is_lost_before=True, answer=self._dice.choice(FAILED_READ_ANSWERS)) if failed else Fate()
        if luck < profile.writes_lost_before:
            return Fate(is_lost_before=True, answer=self._dice.choice(LOST_WRITE_ANSWERS))
        if luck < profile.writes_lost_before + profile.writes_lost_after:
            return Fate(is_lost_after=True, answer=self._dice.choice(LOST_WRITE_ANSWERS))
        return Fate()

    def lose(
        self, request: Request, fate: Fate, now_ms: int, effects_before: int, effects_after: int
    ) -> Reply | Dropped:
        """Give the answer that stands in for the true one, and count it."""
        has_effect = effects_after > effects_before
        counts = self.counts
        if request.is_write:
            effect = effects_after if has_effect else None
            loss = Loss(at_ms=now_ms, method=request.method, path=request.path, answer=fate.answer, effect=effect)
            counts.losses.append(loss)
            counts.posts_lost_in_outage += fate.is_outage
            counts.posts_lost_before_effect += fate.is_lost_before and not fate.is_outage
            counts.posts_lost_after_effect += has_effect
            counts.posts_refused_and_lost += fate.is_lost_after and not has_effect
        else:
            counts.gets_failed_in_outage += fate.is_outage
            counts.gets_failed += not fate.is_outage
        return Dropped(after_effect=has_effect) if fate.answer == "drop" else ANSWERS[fate.answer]

    def bend(self, request: Request, reply: Reply, age_ms: int) -> Reply:
        """Leave an answer as it is, or make it one that is legal but unfriendly."""
        profile = self.profile
        is_endless = _is_within(age_ms, profile.endless_from_h, profile.endless_for_h)
        is_bent = is_endless or profile.items_without_id or profile.null_ids
        if not is_bent or reply.status >= 300:
            return reply
        data: Json = json.loads(reply.body)
        kind = data["object"]
        if is_endless and request.path in ENDLESS_LISTS:
            self._salt += profile.endless_is_fresh
            again = cursor_text(ENDLESS_LISTS[request.path], FIRST_PLACE)
            data["cursor"] = salted_cursor(data["cursor"] or again, self._salt)
        if kind == "UserRelationsList":
            data["items"] = [self._without_id(item) for item in data["items"]]
        if kind in ("ChatStarted", "MessageSent") and self._dice.random() < profile.null_ids:
            data = {name: None if name.endswith("_id") else value for name, value in data.items()}
        return json_reply(reply.status, data)

    def _without_id(self, item: dict[str, Any]) -> dict[str, Any]:
        if self._dice.random() >= self.profile.items_without_id:
            return item
        return {name: value for name, value in item.items() if name != "member_id"}


def _is_within(age_ms: int, from_h: float, for_h: float) -> bool:
    return from_h * HOUR_MS <= age_ms < (from_h + for_h) * HOUR_MS
