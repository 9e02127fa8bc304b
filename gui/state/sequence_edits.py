"""Every change that a person makes to a sequence, as functions of values. Qt-free; nothing is stored here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from engine.domain.campaign_steps import BRANCH_ON, MOST_SHARES, MOST_VARIANTS, WHOLE_SHARE, default_keys
from engine.domain.sequences import Delay, DelayUnit, Sequence, Step, StepKind, Variant

FIRST_WAIT = Delay(amount=1, unit=DelayUnit.WORKING_DAYS)
NEXT_WAIT = Delay(amount=4, unit=DelayUnit.DAYS)
WITHDRAW_WAIT = Delay(amount=21, unit=DelayUnit.DAYS)


def add_step(sequence: Sequence, kind: StepKind, place: int, used: Collection[str] = ()) -> tuple[Sequence, str]:
    """Return the sequence with a new step at that place, and the step's key: none that was `used` before."""
    key = default_keys([kind], {*used, *(s.key for s in sequence.steps)})[0]
    before = sequence.steps[place - 1] if place else None
    step = Step(key=key, kind=kind, wait=_first_wait(kind, before), texts=_first_texts(kind))
    if kind is StepKind.BRANCH:
        step = replace(step, on=BRANCH_ON)
    return _with_targets(_of(*sequence.steps[:place], step, *sequence.steps[place:])), key


def remove_step(sequence: Sequence, key: str) -> Sequence:
    """Return the sequence without that step; branches that led to it lead to the step after it."""
    place = sequence.position(key)
    after = sequence.steps[place + 1].key if place + 1 < len(sequence.steps) else ""
    left = [s for s in sequence.steps if s.key != key]
    return _of(*(_retargeted(s, key, after) for s in left))


def move_step(sequence: Sequence, key: str, place: int) -> Sequence:
    """Return the sequence with that step at another place, as far as there is one."""
    step = sequence.step(key)
    others = [s for s in sequence.steps if s.key != key]
    place = max(0, min(place, len(others)))
    return _with_targets(_of(*others[:place], step, *others[place:]))


def set_text(sequence: Sequence, key: str, variant: int, text: str) -> Sequence:
    """Return the sequence with another wording of one variant."""
    return _changed(sequence, key, lambda s: replace(s, texts=_with(s.texts, variant, text=text)))


def add_variant(sequence: Sequence, key: str) -> Sequence:
    """Return the sequence with one more variant, a copy of the last one, all with equal shares."""
    texts = sequence.step(key).texts
    if len(texts) >= MOST_VARIANTS:
        return sequence
    return _changed(sequence, key, lambda s: replace(s, texts=_equal((*texts, texts[-1]))))


def remove_variant(sequence: Sequence, key: str, variant: int) -> Sequence:
    """Return the sequence without that variant; the last one stays."""
    texts = sequence.step(key).texts
    if len(texts) <= 1:
        return sequence
    left = texts[:variant] + texts[variant + 1 :]
    left = (replace(left[0], share=WHOLE_SHARE),) if len(left) == 1 else left
    return _changed(sequence, key, lambda s: replace(s, texts=left))


def set_share(sequence: Sequence, key: str, variant: int, share: int) -> Sequence:
    """Return the sequence with another share of one variant."""
    share = max(1, min(share, MOST_SHARES))
    return _changed(sequence, key, lambda s: replace(s, texts=_with(s.texts, variant, share=share)))


def set_wait(sequence: Sequence, key: str, wait: Delay) -> Sequence:
    """Return the sequence with another wait before a step."""
    return _changed(sequence, key, lambda s: replace(s, wait=wait))


def set_accept_within(sequence: Sequence, key: str, within: Delay) -> Sequence:
    """Return the sequence with another time for an invitation to be accepted."""
    return _changed(sequence, key, lambda s: replace(s, accept_within=within))


def set_branch(sequence: Sequence, key: str, *, then_key: str, else_key: str) -> Sequence:
    """Return the sequence with other steps to go on with after a branch."""
    return _changed(sequence, key, lambda s: replace(s, then_key=then_key, else_key=else_key))


def _of(*steps: Step) -> Sequence:
    return Sequence(steps=steps)


def _changed(sequence: Sequence, key: str, change: Callable[[Step], Step]) -> Sequence:
    return _of(*(change(s) if s.key == key else s for s in sequence.steps))


def _with(texts: tuple[Variant, ...], number: int, **values: object) -> tuple[Variant, ...]:
    return tuple(replace(v, **values) if n == number else v for n, v in enumerate(texts))  # type: ignore[arg-type]


def _equal(texts: tuple[Variant, ...]) -> tuple[Variant, ...]:
    share = WHOLE_SHARE // len(texts)
    return tuple(replace(v, share=share) for v in texts)


def _retargeted(step: Step, gone: str, after: str) -> Step:
    if step.kind is not StepKind.BRANCH or gone not in (step.then_key, step.else_key):
        return step
    return replace(
        step,
        then_key=after if step.then_key == gone else step.then_key,
        else_key=after if step.else_key == gone else step.else_key,
    )


def _first_wait(kind: StepKind, before: Step | None) -> Delay:
    none = Delay(amount=0, unit=DelayUnit.DAYS)
    if kind is StepKind.WITHDRAW:
        return WITHDRAW_WAIT
    if kind is not StepKind.MESSAGE or before is None:
        return none
    return NEXT_WAIT if before.kind is StepKind.MESSAGE else FIRST_WAIT


def _first_texts(kind: StepKind) -> tuple[Variant, ...]:
    return (Variant(share=WHOLE_SHARE, text=""),) if kind in (StepKind.MESSAGE, StepKind.INVITE) else ()


def _with_targets(sequence: Sequence) -> Sequence:
    """Give branches that lead nowhere the next message, and the next step, as soon as there are any."""
    steps = []
    for place, step in enumerate(sequence.steps):
        later = sequence.steps[place + 1 :]
        if step.kind is StepKind.BRANCH and later:
            message = next((s.key for s in later if s.kind is StepKind.MESSAGE), later[0].key)
            step = replace(step, then_key=step.then_key or message, else_key=step.else_key or later[0].key)
        steps.append(step)
    return _of(*steps)
