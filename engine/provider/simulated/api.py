"""The practice LinkedIn's address book of routes: a request in, an answer (or a broken connection) out.

Checks the key, lets time pass, finds the route and puts refusals into words; faults are laid over it here. Knows no
sockets and keeps nothing beyond the world and the dice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import unquote

from engine.provider.simulated import refusals, routes_chats, routes_people
from engine.provider.simulated.call import Call
from engine.provider.simulated.faults import Faults
from engine.provider.simulated.refusals import Refusal, no_route
from engine.provider.simulated.wire import Dropped, Reply, Request, refusal_reply
from engine.provider.simulated.world import World

KEY = "practice"
BASE_PATH = "/api/v1"
Route = Callable[[Call], Reply]

ROUTES: tuple[tuple[str, str, Route], ...] = (
    ("GET", "/accounts", routes_people.list_accounts),
    ("GET", "/accounts/*", routes_people.get_account),
    ("POST", "/hosted/accounts/link", routes_people.hosted_link),
    ("GET", "/users/me", routes_people.get_owner),
    ("POST", "/users/invite", routes_people.invite),
    ("GET", "/users/invite/sent", routes_people.list_sent),
    ("DELETE", "/users/invite/sent/*", routes_people.withdraw),
    ("GET", "/users/invite/received", routes_people.list_received),
    ("POST", "/users/invite/received/*", routes_people.handle_received),
    ("GET", "/users/relations", routes_people.list_relations),
    ("GET", "/users/*", routes_people.get_profile),
    ("POST", "/chats", routes_chats.start_chat),
    ("GET", "/chats", routes_chats.list_chats),
    ("GET", "/chats/*", routes_chats.get_chat),
    ("PATCH", "/chats/*", routes_chats.patch_chat),
    ("GET", "/chats/*/sync", routes_chats.sync_chat),
    ("POST", "/chats/*/messages", routes_chats.send_message),
    ("GET", "/chats/*/messages", routes_chats.list_chat_messages),
    ("GET", "/chats/*/attendees", routes_chats.list_chat_attendees),
    ("GET", "/messages", routes_chats.list_messages),
    ("GET", "/messages/*", routes_chats.get_message),
    ("GET", "/chat_attendees", routes_chats.list_attendees),
    ("GET", "/chat_attendees/*", routes_chats.get_attendee),
    ("GET", "/chat_attendees/*/chats", routes_chats.list_attendee_chats),
    ("GET", "/chat_attendees/*/messages", routes_chats.list_attendee_messages),
)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("/".join("([^/]+)" if part == "*" else re.escape(part) for part in path.split("/")))


_COMPILED = tuple((method, _pattern(path), route) for method, path, route in ROUTES)


def _wall() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the simulated server's own Date header, not the engine's time


class PracticeApi:
    """The practice LinkedIn behind the provider's HTTP interface.

    `wall` is the real clock, for the Date header only: the world has its own time.
    """

    def __init__(
        self, world: World, *, faults: Faults | None = None, wall: Callable[[], datetime] = _wall, key: str = KEY
    ) -> None:
        self.world = world
        self.faults = faults or Faults()
        self._wall = wall
        self._key = key
        self._calls = 0

    def handle(self, request: Request) -> Reply | Dropped:
        """Answer one request. Never raises for anything that a client may send."""
        now_ms = self.world.advance()
        faults, state = self.faults, self.world.state
        fate = faults.draw(request, now_ms - state.began_ms)
        if fate.is_lost_before:
            answer = faults.lose(request, fate, now_ms, effects_before=0, effects_after=0)
        else:
            effects_before = len(state.effects)
            answer = self._answer(request)
            if fate.is_lost_after:
                answer = faults.lose(request, fate, now_ms, effects_before, len(state.effects))
            else:
                answer = faults.bend(request, answer, now_ms - state.began_ms)
        if isinstance(answer, Dropped):
            return answer
        date = format_datetime(self._wall().astimezone(UTC), usegmt=True)
        return Reply(status=answer.status, headers={**answer.headers, "date": date}, body=answer.body)

    def _answer(self, request: Request) -> Reply:
        try:
            if request.headers.get("x-api-key") != self._key:
                raise Refusal(refusals.MISSING_CREDENTIALS)
            return self._route(request)
        except Refusal as refusal:
            return refusal_reply(refusal.wording)

    def _route(self, request: Request) -> Reply:
        self._calls += 1
        path = request.path.removeprefix(BASE_PATH).rstrip("/")
        if request.path.startswith(BASE_PATH + "/"):
            for method, pattern, route in _COMPILED:
                match = pattern.fullmatch(path) if method == request.method else None
                if match:
                    parts = tuple(unquote(part) for part in match.groups())
                    return route(Call(world=self.world, request=request, parts=parts, number=self._calls))
        raise no_route(request.method, request.path)
