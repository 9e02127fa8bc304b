"""When each step would go out at the earliest, for somebody who starts now: the scheduler's rules on assumed facts.

Limits, gaps and who else is in line aren't counted, so every moment is an earliest one. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from engine.domain.enrolment import Act, Facts, StepEnd, next_action
from engine.domain.ledger import DeliveryKind, DeliveryState
from engine.domain.sequences import Sequence
from engine.domain.working_hours import WorkingHours


class Assumed(StrEnum):
    """What the person is assumed to do."""

    ACCEPTS = "accepts"
    """They accept as soon as they are invited."""
    NEVER_ACCEPTS = "never_accepts"
    CONNECTED = "connected"
    """They are connected before the start."""


@dataclass(frozen=True, kw_only=True)
class StepTime:
    """The earliest moment of a step; `is_after_invitation` tells whether an invitation went before it."""

    at: datetime
    assumed: Assumed
    is_after_invitation: bool


def step_times(sequence: Sequence, hours: WorkingHours, now: datetime) -> Mapping[str, StepTime]:
    """Return the earliest moment of every step that anybody reaches; the first assumption that reaches it counts."""
    times: dict[str, StepTime] = {}
    for assumed in Assumed:
        for key, found in _walk(sequence, hours, now, assumed).items():
            times.setdefault(key, found)
    return times


def _walk(sequence: Sequence, hours: WorkingHours, now: datetime, assumed: Assumed) -> dict[str, StepTime]:
    is_connected = assumed is Assumed.CONNECTED
    facts = Facts(started_at=now, connected_at=now if is_connected else None, was_connected=is_connected)
    times: dict[str, StepTime] = {}
    last = now
    for _ in sequence.steps:
        action = next_action(facts, sequence, hours)
        if not isinstance(action, Act):
            break
        at = hours.next_opening(max(action.due_at, last))
        if at is None:
            break
        was_invited = facts.invited_at is not None
        times[action.step_key] = StepTime(at=at, assumed=assumed, is_after_invitation=was_invited)
        if action.kind is DeliveryKind.WITHDRAW and not facts.is_connected:
            break
        facts, last = _after(facts, action, at, assumed), at
    return times


def _after(facts: Facts, action: Act, at: datetime, assumed: Assumed) -> Facts:
    ended = {**facts.ended, action.step_key: StepEnd(how=DeliveryState.SENT, at=at)}
    if action.kind is not DeliveryKind.INVITE:
        return replace(facts, ended=ended)
    accepted = at if assumed is Assumed.ACCEPTS else None
    return replace(facts, ended=ended, invited_at=at, connected_at=accepted)
