"""What is wrong with a sequence as a value: the rules of a campaign file, for one that is being edited. Pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from engine.domain import templates
from engine.domain.campaign_steps import LONGEST_DELAYS, MOST_SHARES, MOST_STEPS, MOST_VARIANTS
from engine.domain.sequences import Delay, Sequence, Step, StepKind
from engine.domain.templates import TemplateProblem


class Weight(StrEnum):
    """How much a finding matters: the campaign can't start with it, or somebody should know."""

    BLOCKS = "blocks"
    CAUTION = "caution"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A finding about a step (`key` is "" for the whole sequence), or one of its wordings and a `place` in it."""

    key: str
    weight: Weight
    message: str
    variant: int | None = None
    place: TemplateProblem | None = None


def note_limit(is_paid: bool) -> int:
    """Return how many characters an invitation's note may have."""
    return templates.NOTE_LIMIT_PAID if is_paid else templates.NOTE_LIMIT_FREE


def text_limit(kind: StepKind, is_paid: bool) -> int:
    """Return how many characters a step's text may have."""
    return note_limit(is_paid) if kind is StepKind.INVITE else templates.MESSAGE_LIMIT


def findings(sequence: Sequence, known: AbstractSet[str] | None = None) -> tuple[Finding, ...]:
    """Return everything that is wrong, in the order of the steps; `known` None judges all but variables' names."""
    if not sequence.steps:
        return (_blocks("", "There is no step yet. Add the first one."),)
    found: list[Finding] = []
    if len(sequence.steps) > MOST_STEPS:
        found.append(_blocks("", f"A sequence has {MOST_STEPS} steps at most."))
    for place, step in enumerate(sequence.steps):
        found += _order(sequence, place, step)
        found += _waits(step)
        if step.kind is StepKind.BRANCH:
            found += _branch(sequence, place, step)
        if step.kind in (StepKind.MESSAGE, StepKind.INVITE):
            found += _variants(step)
            for number in range(len(step.texts)):
                found += text_findings(step, number, known)
    return tuple(found)


def blocking(sequence: Sequence) -> tuple[Finding, ...]:
    """Return what a campaign can't be started with."""
    return tuple(f for f in findings(sequence) if f.weight is Weight.BLOCKS)


def text_findings(step: Step, variant: int, known: AbstractSet[str] | None) -> list[Finding]:
    """Return what is wrong with one wording of a step."""
    text = step.texts[variant].text
    if step.kind is StepKind.MESSAGE and not text.strip():
        return [_blocks(step.key, "The message has no text yet.", variant)]
    return [
        Finding(key=step.key, weight=Weight.BLOCKS, message=p.message, variant=variant, place=p)
        for p in templates.check(text, known)
    ]


def delay_problem(delay: Delay) -> str | None:
    """Return a sentence when a delay is longer than a year."""
    longest = LONGEST_DELAYS[delay.unit]
    return None if 0 <= delay.amount <= longest else f"A wait is a year at most: {longest} here."


def _blocks(key: str, message: str, variant: int | None = None) -> Finding:
    return Finding(key=key, weight=Weight.BLOCKS, message=message, variant=variant)


def _order(sequence: Sequence, place: int, step: Step) -> list[Finding]:
    before = [s.kind for s in sequence.steps[:place]]
    if step.kind is StepKind.INVITE and StepKind.INVITE in before:
        return [_blocks(step.key, "A sequence can invite only once. Remove this invitation or the first one.")]
    if step.kind is StepKind.WITHDRAW and StepKind.INVITE not in before:
        return [_blocks(step.key, "There is no invitation before this step to withdraw. Move it below one.")]
    if step.kind is StepKind.MESSAGE and not {StepKind.INVITE, StepKind.BRANCH} & set(before):
        message = "No invitation comes before this message: only people you are connected with get it."
        return [Finding(key=step.key, weight=Weight.CAUTION, message=message)]
    return []


def _waits(step: Step) -> list[Finding]:
    found = [_blocks(step.key, problem) for problem in [delay_problem(step.wait)] if problem]
    if step.kind is StepKind.INVITE:
        if step.accept_within.amount == 0:
            found.append(_blocks(step.key, "An invitation needs time to be accepted, such as 21 days."))
        found += [_blocks(step.key, problem) for problem in [delay_problem(step.accept_within)] if problem]
    return found


def _branch(sequence: Sequence, place: int, step: Step) -> list[Finding]:
    later = {s.key for s in sequence.steps[place + 1 :]}
    if not later:
        return [_blocks(step.key, "No step comes after this branch. Add the steps that it chooses between.")]
    names = (("connected", step.then_key), ("not connected", step.else_key))
    return [
        _blocks(step.key, f"Choose a later step to go on with when {words}.")
        for words, target in names
        if target not in later
    ]


def _variants(step: Step) -> list[Finding]:
    if not 1 <= len(step.texts) <= MOST_VARIANTS:
        return [_blocks(step.key, f"A step has 1 to {MOST_VARIANTS} variants.")]
    if any(not 1 <= v.share <= MOST_SHARES for v in step.texts):
        return [_blocks(step.key, f"A share is a number from 1 to {MOST_SHARES}.")]
    return []
