"""One call as the routes see it: the request's fields, checked as the provider checks them, and the world.

Holds what several routes need; answers nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.provider.simulated import refusals
from engine.provider.simulated.multipart import form_fields
from engine.provider.simulated.refusals import Refusal, invalid_parameters
from engine.provider.simulated.wire import Request, json_object, limit_of, moment_of, one
from engine.provider.simulated.world import World


@dataclass(frozen=True, kw_only=True)
class Window:
    """Which messages or conversations are asked for: both moments are exclusive."""

    after_ms: int | None
    before_ms: int | None

    def has(self, at_ms: int) -> bool:
        """Whether a moment lies inside."""
        return not self.is_over(at_ms) and (self.before_ms is None or at_ms < self.before_ms)

    def is_over(self, at_ms: int) -> bool:
        """Whether a moment, and so all older ones, lies before it."""
        return self.after_ms is not None and at_ms <= self.after_ms


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request to one route. `parts` are the variable parts of the path, percent-decoded; `number` counts calls."""

    world: World
    request: Request
    parts: tuple[str, ...]
    number: int

    def text(self, name: str) -> str | None:
        """Return a query field. Raises: Refusal when it is empty."""
        return one(self.request.query, name)

    def limit(self, most: int, default: int = 100) -> int:
        """Return the page size. Raises: Refusal out of range."""
        return limit_of(self.request.query, most=most, default=default)

    def window(self) -> Window:
        """Return the moments asked for. Raises: Refusal when one is badly written."""
        query = self.request.query
        return Window(after_ms=moment_of(query, "after"), before_ms=moment_of(query, "before"))

    def check_live(self) -> None:
        """Check the account of a route that goes to LinkedIn itself. Raises: Refusal."""
        account_id = self.text("account_id")
        if account_id is None:
            raise invalid_parameters("/account_id: Required property")
        self.check_account(account_id)
        self.check_running()

    def check_account(self, account_id: object) -> None:
        """Check that the account exists; the id of a source isn't one. Raises: Refusal."""
        if account_id != self.world.state.account_id:
            raise Refusal(refusals.ACCOUNT_NOT_FOUND)

    def check_running(self) -> None:
        """Check that the account is connected. Raises: Refusal."""
        if not self.world.is_running:
            raise Refusal(refusals.DISCONNECTED_ACCOUNT)

    def check_copy(self) -> None:
        """Check the optional account filter of a route that reads the provider's own copy. Raises: Refusal."""
        wanted = self.text("account_id")
        if wanted is not None and self.world.state.account_id not in wanted.split(","):
            raise Refusal(refusals.ACCOUNT_NOT_FOUND)

    def json(self) -> dict[str, Any]:
        """Return the body. Raises: Refusal unless it is a JSON object."""
        if self.request.content_type.partition(";")[0].strip().lower() != "application/json":
            raise Refusal(refusals.UNSUPPORTED_MEDIA_TYPE)
        return json_object(self.request.body)

    def form(self) -> dict[str, list[str]]:
        """Return the fields of a body in multipart or JSON form. Raises: Refusal."""
        kind = self.request.content_type.partition(";")[0].strip().lower()
        if kind == "multipart/form-data":
            return form_fields(self.request.content_type, self.request.body)
        fields: dict[str, list[str]] = {}
        for name, value in self.json().items():
            if value is not None:
                fields[name] = [str(item) for item in value] if isinstance(value, list) else [str(value)]
        return fields


def required(fields: dict[str, Any], name: str) -> str:
    """Return a text field of a JSON body. Raises: Refusal when it is absent, empty or no text."""
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise invalid_parameters(f"/{name}: Required property")
    return value
