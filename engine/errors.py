"""Everything that can go wrong, in one tree; foreign errors are translated once, at the border.

LeadloomError
├── UserError            the request can't be carried out; title and advice are for the person
│   ├── WrongUsage       the command line's words can't be understood
│   ├── NotFound         no such campaign, lead, account …
│   ├── Refused          against a rule; nothing was changed
│   ├── InUse            another Leadloom has it
│   ├── Cancelled        a person gave it up while it was under way
│   └── BadFile          a file that can't be used, with every problem and its place
├── ProviderError        Unipile or LinkedIn; `cause` says whose trouble it is
├── StorageError         the database can't be read or written (disk full, locked)
│   └── Damaged          its file is not whole
├── KeyringError         the OS keyring is absent, locked or refuses
└── LeadloomBug          a promise of our own was broken; sending stops
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LeadloomError(Exception):
    """Base of all errors that the program raises on purpose."""


class Topic(StrEnum):
    """What an advice is about, so that window and command line can each say where to do it."""

    NONE = "none"
    NO_ACCOUNT = "no_account"
    SEVERAL_ACCOUNTS = "several_accounts"
    ACCOUNTS = "accounts"
    CAMPAIGNS = "campaigns"
    LEADS = "leads"
    QUESTIONS = "questions"
    ADDRESS_COLUMN = "address_column"
    OWN_HOST = "own_host"
    KEY = "key"
    KEY_IN_USE = "key_in_use"
    NEW_API = "new_api"
    WHICH_CAMPAIGN = "which_campaign"


class UserError(LeadloomError):
    """Say what is wrong (`title`) and what to do (`advice`), in plain words that hold in window and command line."""

    def __init__(self, title: str, advice: str = "", *, topic: Topic = Topic.NONE) -> None:
        super().__init__(f"{title} {advice}".strip())
        self.title = title
        self.advice = advice
        self.topic = topic


class WrongUsage(UserError):
    """The command line's words can't be understood."""


class InUse(UserError):
    """Another Leadloom has it open."""


class NotFound(UserError):
    """There is no such thing."""


class Cancelled(UserError):
    """A person gave it up while it was under way; nothing was changed."""


class Refused(UserError):
    """A rule forbids it; nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class FileProblem:
    """One problem in a file; `place` is a line, a row and column, or a key path."""

    place: str
    problem: str


class BadFile(UserError):
    """A file can't be used."""

    def __init__(
        self,
        title: str,
        advice: str = "",
        problems: tuple[FileProblem, ...] = (),
        *,
        topic: Topic = Topic.NONE,
    ) -> None:
        super().__init__(title, advice, topic=topic)
        self.problems = problems


class Cause(StrEnum):
    """Whose trouble an answer of the provider tells of. Source: docs/provider.md, the error table."""

    NONE = "none"
    NETWORK = "network"  # no byte of the request left this machine
    BROKEN = "broken"  # time-out, reset, total deadline, body cap: the request may have arrived
    PROVIDER = "provider"  # 5xx, 408, 3xx, or an answer that can't be understood
    KEY = "key"  # the API key is wrong
    NEW_API_KEY = "new_api_key"  # a key of the provider's newer API
    ACCOUNT = "account"  # the LinkedIn account must be connected again
    RESTRICTED = "restricted"  # LinkedIn restricted the member
    RATE = "rate"  # 429
    LIMIT = "limit"  # a limit of LinkedIn was reached
    CONFIG = "config"  # our request or a feature that the account lacks
    LEAD = "lead"  # this person can't be reached, for good
    TEXT = "text"  # the text was refused (length, content)
    NOT_CONNECTED = "not_connected"  # a message to somebody who isn't a relation
    ALREADY = "already"  # the goal may already be met: invited or connected
    NOT_FOUND = "not_found"  # 404: account, chat, attendee or invitation


class ProviderError(LeadloomError):
    """A read failed. Never holds a key, a header or a whole body."""

    def __init__(
        self,
        cause: Cause,
        title: str,
        *,
        http_status: int | None = None,
        error_type: str | None = None,
        retry_after_s: float | None = None,
        server_date: datetime | None = None,
    ) -> None:
        super().__init__(title)
        self.cause = cause
        self.title = title
        self.http_status = http_status
        self.error_type = error_type
        self.retry_after_s = retry_after_s
        self.server_date = server_date


class StorageError(LeadloomError):
    """The database can't be used now; `advice` says what to do."""

    def __init__(self, title: str, advice: str = "") -> None:
        super().__init__(f"{title} {advice}".strip())
        self.title = title
        self.advice = advice


class Damaged(StorageError):
    """The database file is not whole: only a backup helps."""

    def __init__(self) -> None:
        super().__init__("The database file is damaged.", "Keep the file and restore the newest backup.")


class KeyringError(LeadloomError):
    """The OS keyring can't be used; the key is kept for this session only."""

    def __init__(self, title: str, advice: str = "") -> None:
        super().__init__(f"{title} {advice}".strip())
        self.title = title
        self.advice = advice


class LeadloomBug(LeadloomError):
    """A promise of our own was broken. Stop rather than go on wrong."""
