"""What happened, for toasts, tray, tests and whoever listens. Ids and words only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class News:
    """Base of all events; `at` is engine time."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class DeliverySent(News):
    """A step was delivered."""

    account_id: int
    campaign_id: int | None
    lead_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class InvitationAccepted(News):
    """A person accepted."""

    account_id: int
    lead_id: int


@dataclass(frozen=True, kw_only=True)
class ReplyReceived(News):
    """A person answered; every sequence of theirs on that account has stopped."""

    account_id: int
    lead_id: int
    first_line: str


@dataclass(frozen=True, kw_only=True)
class NeedsYou(News):
    """Something waits for the person."""

    why: str
    account_id: int | None = None
    lead_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class AccountStopped(News):
    """An account writes no more until something changes."""

    account_id: int
    why: str


@dataclass(frozen=True, kw_only=True)
class CampaignFinished(News):
    """Nothing is left to do in a campaign."""

    campaign_id: int


@dataclass(frozen=True, kw_only=True)
class TimeJumped(News):
    """The computer slept or its clock was changed."""

    seconds: float
