"""Sequences: steps, delays and variants, as immutable values. No text is rendered here."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import accumulate

DEFAULT_ACCEPT_WITHIN_DAYS = 21


class StepKind(StrEnum):
    """What a step does."""

    VISIT = "visit"
    INVITE = "invite"
    MESSAGE = "message"
    WITHDRAW = "withdraw"
    BRANCH = "branch"


class DelayUnit(StrEnum):
    """Units of a delay as written in files: 30m, 2h, 4d, 1wd."""

    MINUTES = "m"
    HOURS = "h"
    DAYS = "d"
    WORKING_DAYS = "wd"


@dataclass(frozen=True, kw_only=True)
class Delay:
    """A whole number of minutes, hours, days (of 24 h) or working days."""

    amount: int
    unit: DelayUnit

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    def elapsed(self) -> timedelta:
        """Return the elapsed time; working days need a calendar and are refused here."""
        if self.unit is DelayUnit.MINUTES:
            return timedelta(minutes=self.amount)
        if self.unit is DelayUnit.HOURS:
            return timedelta(hours=self.amount)
        if self.unit is DelayUnit.DAYS:
            return timedelta(days=self.amount)
        raise ValueError("working days need a calendar")


NO_DELAY = Delay(amount=0, unit=DelayUnit.MINUTES)
DEFAULT_ACCEPT_WITHIN = Delay(amount=DEFAULT_ACCEPT_WITHIN_DAYS, unit=DelayUnit.DAYS)


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One wording of a step; `share` is its weight among the variants of the step."""

    share: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step. `key` survives edits and reorders; `wait` runs from the end of the step before.

    `texts` holds one variant for an invitation (its note, "" for none) or a message, more for an A/B test.
    `accept_within` is the invitation's; `on`, `then_key`, `else_key` are the branch's (`on`: connected).
    """

    key: str
    kind: StepKind
    wait: Delay = NO_DELAY
    texts: tuple[Variant, ...] = ()
    accept_within: Delay = DEFAULT_ACCEPT_WITHIN
    on: str = ""
    then_key: str = ""
    else_key: str = ""


@dataclass(frozen=True, kw_only=True)
class Sequence:
    """Steps in order; immutable once used."""

    steps: tuple[Step, ...]

    def step(self, key: str) -> Step:
        """Return the step of that key. Raises: KeyError."""
        for step in self.steps:
            if step.key == key:
                return step
        raise KeyError(key)

    def position(self, key: str) -> int:
        """Return the step's place, from 0. Raises: KeyError."""
        return self.steps.index(self.step(key))

    @property
    def has_invitation(self) -> bool:
        """Whether any step invites."""
        return any(s.kind is StepKind.INVITE for s in self.steps)

    @property
    def counts_working_days(self) -> bool:
        """Whether any wait is in working days, which the working hours decide."""
        return any(DelayUnit.WORKING_DAYS in (s.wait.unit, s.accept_within.unit) for s in self.steps)


def step_words(sequence: Sequence, key: str) -> str:
    """Return what a person calls a step: "Invitation with a note", "Message 2 of 3"."""
    step = sequence.step(key)
    if step.kind is StepKind.INVITE:
        has_note = any(v.text.strip() for v in step.texts)
        return f"Invitation {'with' if has_note else 'without'} a note"
    if step.kind is StepKind.MESSAGE:
        messages = [s.key for s in sequence.steps if s.kind is StepKind.MESSAGE]
        return f"Message {messages.index(key) + 1} of {len(messages)}"
    return {StepKind.VISIT: "Profile visit", StepKind.WITHDRAW: "Withdrawal"}.get(step.kind, "Branch")


def chosen_variant(step: Step, lead_key: str) -> int:
    """Choose a variant for a lead, once and for ever, by a stable hash of step and lead.

    `lead_key` is a stable name of the lead (its first identity), so the choice survives a re-import.
    """
    if len(step.texts) <= 1:
        return 0
    ends = list(accumulate(v.share for v in step.texts))
    digest = hashlib.sha256(f"{step.key}\x1f{lead_key}".encode()).digest()
    return bisect_right(ends, int.from_bytes(digest[:8], "big") % ends[-1])
