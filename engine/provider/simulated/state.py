"""Everything that the practice LinkedIn must remember between two runs, and its form in a file.

Holds values only: what may happen to them is the world's business. Nothing derived is kept here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.domain.practice_people import Character, PracticePerson
from engine.provider.simulated.records import (
    Conversation,
    Effect,
    Event,
    Invitation,
    Json,
    Relation,
    StoredMessage,
    from_json,
    to_json,
)

FORMAT = 1
WEEKLY_INVITATIONS = 200
"""Invitations in any seven days before LinkedIn refuses. Source: docs/provider.md, limits."""
NOTES_PER_MONTH_FREE = 5
"""Notes in thirty days of an account without a subscription. Source: docs/provider.md, limits."""


@dataclass(frozen=True, kw_only=True)
class WorldSettings:
    """How a practice LinkedIn is made.

    `chat_lag_s`: engine seconds until the provider's own copy of a conversation shows a new message.
    """

    seed: int = 1
    is_premium: bool = False
    extra_relations: int = 40
    has_conversations: bool = True
    weekly_invitations: int = WEEKLY_INVITATIONS
    notes_per_month: int = NOTES_PER_MONTH_FREE
    chat_lag_s: float = 0.0


@dataclass(kw_only=True)
class State:
    """The whole memory. Lists only grow and are in order of time; an entry may be replaced by a newer version.

    `people` holds the leads first, `leads` of them.
    """

    settings: WorldSettings
    account_id: str
    account_status: str
    status_since_ms: int
    owner: PracticePerson
    people: list[PracticePerson]
    leads: int
    began_ms: int
    last_ms: int
    numbers_used: int = 0
    invitations: list[Invitation] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)
    messages: list[StoredMessage] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def to_json(self) -> Json:
        """Return the memory as one JSON object."""
        data: Json = {"format": FORMAT}
        for name, value in vars(self).items():
            if isinstance(value, list):
                data[name] = [to_json(record) for record in value]
            else:
                data[name] = value if isinstance(value, (int, str)) else to_json(value)
        return data

    @classmethod
    def from_json(cls, data: Json) -> State:
        """Make the memory again.

        Raises: ValueError, KeyError, TypeError when `data` isn't what `to_json` gave.
        """
        if data["format"] != FORMAT:
            raise ValueError(f"unknown format {data['format']!r}")
        values: dict[str, Any] = {k: v for k, v in data.items() if k != "format"}
        for name, kind in RECORDS.items():
            values[name] = [from_json(kind, item) for item in values[name]]
        values["people"] = [_person(item) for item in values["people"]]
        values["owner"] = _person(values["owner"])
        values["settings"] = from_json(WorldSettings, values["settings"])
        return cls(**values)


RECORDS: dict[str, type[Any]] = {
    "invitations": Invitation,
    "relations": Relation,
    "conversations": Conversation,
    "messages": StoredMessage,
    "effects": Effect,
    "events": Event,
}


def _person(data: Json) -> PracticePerson:
    return PracticePerson(**{**data, "character": Character(data["character"])})
