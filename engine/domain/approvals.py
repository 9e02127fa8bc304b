"""Asking before a send: whether it may go, must be asked about, or waits; and how many more are asked about. Pure.

While a campaign asks, no invitation and no message of it goes out but those that a person has approved, and of
those exactly the approved text. A visit or a withdrawal carries no text and goes without.
"""

from __future__ import annotations

from enum import StrEnum

from engine.domain.ledger import DeliveryKind

ASKED_KINDS = frozenset({DeliveryKind.INVITE, DeliveryKind.MESSAGE})
WAITS = "waits for your approval"
IS_APPROVED = "you approved it: it is next in line"
MOST_ASKED = 1000


class ApprovalState(StrEnum):
    """Where a request stands. `changed`: approved, but the text would be another one now, so it is asked anew."""

    OPEN = "open"
    APPROVED = "approved"
    SKIPPED = "skipped"
    STOPPED = "stopped"
    CHANGED = "changed"


STANDING = frozenset({ApprovalState.OPEN, ApprovalState.APPROVED})


class Permission(StrEnum):
    """What an asking campaign's row may do."""

    GO = "go"
    ASK = "ask"
    WAIT = "wait"


def permission(kind: DeliveryKind, ask_left: int, request: ApprovalState | None) -> Permission:
    """Decide whether a row may be sent, needs a request, or waits for the answer to the one there is."""
    if kind not in ASKED_KINDS:
        return Permission.GO
    if request is ApprovalState.OPEN:
        return Permission.WAIT
    if request is ApprovalState.APPROVED:
        return Permission.GO
    return Permission.ASK if ask_left > 0 else Permission.GO


def left_of(first: int, approved_or_sent: int) -> int:
    """Return before how many more sends is asked, when so many are approved or may have gone out."""
    return max(0, first - approved_or_sent)


def room(ask_left: int, open_requests: int) -> int:
    """Return how many more questions may be open: never more than could be approved."""
    return max(0, ask_left - open_requests)


def is_still_approved(approved: str | None, written: str | None) -> bool:
    """Whether the text that would be written now is, byte for byte, the approved one."""
    return approved == written
