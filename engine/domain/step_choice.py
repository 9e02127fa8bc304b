"""Which steps a person may skip or go to for somebody in a sequence, and what that does to the facts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from engine.domain.enrolment import Act, Facts, current_step, next_action
from engine.domain.sequences import Sequence, Step, StepKind, step_words
from engine.domain.working_hours import WorkingHours

NOT_CONNECTED = "they haven't accepted an invitation, so no message can reach them"


@dataclass(frozen=True, kw_only=True)
class StepChoice:
    """A step as it is offered: whether it can be gone to, and if not, why."""

    key: str
    words: str
    is_next: bool
    why_not: str = ""

    @property
    def can_choose(self) -> bool:
        """Whether it can be gone to."""
        return not self.why_not


class Verb(StrEnum):
    """What a person may decide for one lead in a campaign."""

    RETRY = "retry"
    GO_ON = "go_on"
    SKIP = "skip"
    GO_TO = "go_to"
    RESTART = "restart"


def decisions(
    facts: Facts, sequence: Sequence, hours: WorkingHours, now: datetime, *, is_put_off: bool
) -> tuple[Verb, ...]:
    """Return what can be decided now, in the order it is offered; nothing while a send is open."""
    if facts.open_row is not None:
        return ()
    if facts.replied_at:
        return (Verb.GO_ON, Verb.RESTART)
    if facts.excluded_at or facts.withdrawn_at:
        return (Verb.RESTART,)
    if facts.hand_wrote_at:
        return (Verb.GO_ON, Verb.RESTART)
    found = [Verb.RETRY] if facts.attention_why or is_put_off else []
    if not skipped(facts, sequence, hours)[1]:
        found.append(Verb.SKIP)
    if any(choice.can_choose for choice in choices(free(facts), sequence, now)):
        found.append(Verb.GO_TO)
    return (*found, Verb.RESTART)


def free(facts: Facts) -> Facts:
    """Return the facts without what waits for a person."""
    return replace(facts, attention_why="", hand_wrote_at=None)


def choices(facts: Facts, sequence: Sequence, now: datetime) -> tuple[StepChoice, ...]:
    """Return every step but the branches, in order."""
    current = current_step(facts, sequence)
    return tuple(
        StepChoice(
            key=step.key,
            words=step_words(sequence, step.key),
            is_next=current is not None and current[0].key == step.key,
            why_not=why_not(facts, sequence, step, now),
        )
        for step in sequence.steps
        if step.kind is not StepKind.BRANCH
    )


def why_not(facts: Facts, sequence: Sequence, step: Step, now: datetime) -> str:
    """Return why a step can't be gone to, or ""."""
    if step.key in facts.ended:
        return "it has been carried out" if facts.ended[step.key].how == "sent" else "it has come to an end"
    if step.kind is StepKind.INVITE and facts.is_connected:
        return "they are connected already"
    if step.kind is StepKind.INVITE and facts.invited_at is not None:
        return "it has been carried out"
    if step.kind is StepKind.WITHDRAW and (facts.invited_at is None or facts.is_connected):
        return "no invitation is open"
    if step.kind is StepKind.MESSAGE and not _can_be_written_to(facts, sequence):
        return NOT_CONNECTED
    found = current_step(replace(facts, passed=passed_by_going_to(facts, sequence, step.key, now)), sequence)
    return "" if found is not None and found[0].key == step.key else "it isn't on their way through the sequence"


def passed_by_going_to(facts: Facts, sequence: Sequence, key: str, now: datetime) -> Mapping[str, datetime]:
    """Return which steps count as ended once somebody has gone to a step: those before it, none after it."""
    place = sequence.position(key)
    passed = {k: at for k, at in facts.passed.items() if any(s.key == k for s in sequence.steps[:place])}
    while True:
        found = current_step(replace(facts, passed=passed), sequence)
        if found is None or sequence.position(found[0].key) >= place:
            return passed
        passed[found[0].key] = now


def skipped(facts: Facts, sequence: Sequence, hours: WorkingHours, ahead: str = "") -> tuple[str, str]:
    """Return the key of what comes next and could be skipped, and why it can't be, or "".

    `ahead`: a step to come that is skipped rather than the next one, if it is one.
    """
    action = next_action(free(facts), sequence, hours)
    if not isinstance(action, Act):
        return "", "nothing comes next"
    key, passed = action.step_key, facts.passed
    if ahead in {s.key for s in sequence.steps} - facts.ended.keys():
        if sequence.step(ahead).kind is not StepKind.INVITE:
            return ahead, ""
        key, passed = ahead, passed_by_going_to(free(facts), sequence, ahead, facts.started_at)
    following = current_step(replace(free(facts), passed={**passed, key: facts.started_at}), sequence)
    if following and following[0].kind is StepKind.MESSAGE and not _can_be_written_to(facts, sequence):
        return key, NOT_CONNECTED
    return key, ""


def _can_be_written_to(facts: Facts, sequence: Sequence) -> bool:
    """Whether a message may reach them; where no step invites, the look before it finds out."""
    return facts.is_connected or not sequence.has_invitation
