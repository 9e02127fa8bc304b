"""A practice LinkedIn with a clock that a test sets, spoken to in plain requests. Nothing here sleeps."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from engine.domain.practice_people import Character, PracticePerson, make_people
from engine.provider.simulated.api import KEY, PracticeApi
from engine.provider.simulated.faults import Faults, Profile
from engine.provider.simulated.state import WorldSettings
from engine.provider.simulated.wire import Dropped, Request
from engine.provider.simulated.world import World

MONDAY = datetime(2026, 1, 5, 8, tzinfo=UTC)


class SetTime:
    """Engine time that moves when told."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self.moment = now

    def now(self) -> datetime:
        return self.moment

    def go(self, **length: float) -> None:
        self.moment += timedelta(**length)


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    json: Any
    date: str

    @property
    def error(self) -> str:
        return str(self.json["type"]).removeprefix("errors/")


class Practice:
    """A practice LinkedIn, its time, and short ways to ask it."""

    def __init__(
        self, *, people: int = 24, seed: int = 1, faults: str | Profile = "calm", world: World | None = None, **how: Any
    ) -> None:
        self.time = SetTime()
        settings = WorldSettings(seed=seed, **how)
        self.world = world or World(make_people(people, seed), self.time.now, settings)
        self.api = PracticeApi(self.world, faults=Faults(faults, seed))
        self.account = self.world.state.account_id

    def who(self, character: Character) -> PracticePerson:
        return next(p for p in self.world.state.people if p.character is character)

    def try_once(
        self, method: str, path: str, body: Any = None, *, key: str = KEY, raw: bytes | None = None, **query: Any
    ) -> Answer | Dropped:
        content = b"" if body is None else json.dumps(body).encode()
        request = Request(
            method=method,
            path="/api/v1" + path,
            query={name: [str(value)] for name, value in query.items()},
            headers={"x-api-key": key},
            body=content if raw is None else raw,
            content_type="application/json",
        )
        reply = self.api.handle(request)
        if isinstance(reply, Dropped):
            return reply
        is_json = reply.headers["content-type"].startswith("application/json")
        data = json.loads(reply.body) if is_json else reply.body
        return Answer(status=reply.status, json=data, date=reply.headers["date"])

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        answer = self.try_once(method, path, body, **more)
        assert isinstance(answer, Answer)
        return answer

    def get(self, path: str, **query: Any) -> Answer:
        return self.ask("GET", path, account_id=self.account, **query)

    def profile(self, identifier: str, **query: Any) -> Answer:
        return self.get("/users/" + quote(identifier, safe=""), **query)

    def invite(self, person: PracticePerson, note: str | None = None) -> Answer:
        body = {"account_id": self.account, "provider_id": person.provider_id}
        return self.ask("POST", "/users/invite", body if note is None else {**body, "message": note})

    def write(self, person: PracticePerson, text: str) -> Answer:
        body = {"account_id": self.account, "attendees_ids": [person.provider_id], "text": text}
        return self.ask("POST", "/chats", body)

    def sent_ids(self) -> list[str]:
        return [item["invited_user_id"] for item in self.get("/users/invite/sent", limit=100).json["items"]]

    def relation_ids(self) -> list[str]:
        return [item["member_id"] for item in self.get("/users/relations", limit=1000).json["items"]]

    def talk_with(self, person: PracticePerson) -> list[tuple[int, str]]:
        answer = self.get(f"/chat_attendees/{person.provider_id}/messages")
        assert answer.status in (200, 404)
        return [] if answer.status == 404 else [(m["is_sender"], m["text"]) for m in answer.json["items"]]
