"""The ledger's states and the only transitions between them.

A row is one step for one enrolment. A request is made only from `sending`; a row gets there only from
`planned` through `claimed`; back to `planned` leads only proof. There is no edge from failed to retry.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

QUIET_PERIOD = timedelta(minutes=10)
"""Q: before it has passed since an attempt, a read that finds nothing proves nothing. Source: docs/sending.md."""


class DeliveryKind(StrEnum):
    """What a row of the ledger delivers. `reply` is typed by the person and goes at once."""

    VISIT = "visit"
    INVITE = "invite"
    MESSAGE = "message"
    WITHDRAW = "withdraw"
    REPLY = "reply"


class DeliveryState(StrEnum):
    """Where a row stands. See docs/sending.md."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    HUMAN = "human"
    REFUSED = "refused"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


S = DeliveryState
OPEN_STATES = frozenset({S.CLAIMED, S.SENDING, S.UNKNOWN, S.HUMAN})
ENDED_STATES = frozenset({S.SENT, S.REFUSED, S.SKIPPED})
TRANSITIONS: frozenset[tuple[DeliveryState, DeliveryState]] = frozenset(
    {
        (S.PLANNED, S.CLAIMED),
        (S.PLANNED, S.SKIPPED),
        (S.PLANNED, S.CANCELLED),
        (S.PLANNED, S.SUPERSEDED),
        (S.CANCELLED, S.PLANNED),  # the plan came back: resumed, re-started; nothing was ever sent from it
        (S.SUPERSEDED, S.PLANNED),
        (S.PLANNED, S.UNKNOWN),  # the file is restored or copied: it may have been sent without it
        (S.CANCELLED, S.UNKNOWN),
        (S.SUPERSEDED, S.UNKNOWN),
        (S.CLAIMED, S.PLANNED),
        (S.CLAIMED, S.SENDING),
        (S.CLAIMED, S.SENT),  # the look found it already there
        (S.CLAIMED, S.SKIPPED),
        (S.CLAIMED, S.CANCELLED),
        (S.CLAIMED, S.REFUSED),  # the look proved that the person can't be reached
        (S.SENDING, S.SENT),
        (S.SENDING, S.PLANNED),  # verdict: proven not sent
        (S.SENDING, S.REFUSED),
        (S.SENDING, S.SKIPPED),
        (S.SENDING, S.UNKNOWN),
        (S.UNKNOWN, S.SENT),
        (S.UNKNOWN, S.PLANNED),  # an invitation or a withdrawal, after a valid negative read
        (S.UNKNOWN, S.HUMAN),
        (S.HUMAN, S.SENT),
        (S.HUMAN, S.PLANNED),
        (S.HUMAN, S.SKIPPED),
    }
)


def is_legal(old: DeliveryState, new: DeliveryState) -> bool:
    """Whether a row may go from `old` to `new`."""
    return (old, new) in TRANSITIONS


class Action(StrEnum):
    """What budgets count."""

    INVITE = "invite"
    NOTE = "note"
    MESSAGE = "message"
    PROFILE_READ = "profile_read"
    WITHDRAW = "withdraw"


ACTION_OF_KIND = {
    DeliveryKind.VISIT: Action.PROFILE_READ,
    DeliveryKind.INVITE: Action.INVITE,
    DeliveryKind.MESSAGE: Action.MESSAGE,
    DeliveryKind.REPLY: Action.MESSAGE,
    DeliveryKind.WITHDRAW: Action.WITHDRAW,
}
