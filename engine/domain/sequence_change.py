"""A sequence that is changed while people are in the middle of it: who is affected, and how. Pure.

Steps are the same by their key, never by their place. What has been carried out never happens again, and what is
new and stands before something carried out is never sent after it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from engine.domain.campaign_steps import default_keys
from engine.domain.enrolment import Act, Facts, current_step, next_action
from engine.domain.sequences import Sequence, Step, StepKind
from engine.domain.working_hours import WorkingHours


class Effect(StrEnum):
    """What a changed sequence means for somebody in it."""

    NEXT_CHANGED = "next_changed"
    NEXT_REMOVED = "next_removed"
    SAME = "same"
    PAST = "past"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes of one enrolment: its effect, and the steps that count as ended under the new sequence."""

    effect: Effect
    passed: Mapping[str, datetime]


def change_of(facts: Facts, old: Sequence, new: Sequence, hours: WorkingHours | None) -> Change:
    """Return what following the new sequence means for an enrolment."""
    free = replace(facts, open_row=None, attention_why="", hand_wrote_at=None)
    passed = _passed(free, old, new)
    moved = replace(free, passed=passed)
    before, after = current_step(free, old), current_step(moved, new)
    if before is None:
        return Change(effect=Effect.PAST if after is None else Effect.NEXT_CHANGED, passed=passed)
    if before[0].key not in {s.key for s in new.steps}:
        return Change(effect=Effect.NEXT_REMOVED, passed=passed)
    if after is None or not _is_same_next(free, moved, before[0], after[0], old, new, hours):
        return Change(effect=Effect.NEXT_CHANGED, passed=passed)
    is_same = _ahead(free, old, before[0]) == _ahead(moved, new, after[0])
    return Change(effect=Effect.PAST if is_same else Effect.SAME, passed=passed)


def _passed(facts: Facts, old: Sequence, new: Sequence) -> Mapping[str, datetime]:
    """Pass over every new step that stands before something that has been reached."""
    known = {s.key for s in old.steps}
    passed = dict(facts.passed)
    while True:
        found = current_step(replace(facts, passed=passed), new)
        if found is None or found[0].key in known or not _is_behind(found[0], facts, new):
            return passed
        passed[found[0].key] = facts.started_at


def _is_behind(step: Step, facts: Facts, new: Sequence) -> bool:
    later = new.steps[new.position(step.key) + 1 :]
    return any(_is_reached(s, facts) for s in later)


def _is_reached(step: Step, facts: Facts) -> bool:
    is_invited = step.kind is StepKind.INVITE and (facts.invited_at is not None or facts.is_connected)
    return is_invited or step.key in facts.ended


def _is_same_next(
    free: Facts, moved: Facts, before: Step, after: Step, old: Sequence, new: Sequence, hours: WorkingHours | None
) -> bool:
    if before.key != after.key:
        return False
    if hours is None:
        return before == after
    was, is_now = next_action(free, old, hours), next_action(moved, new, hours)
    if not isinstance(was, Act) or not isinstance(is_now, Act):
        return was == is_now
    if (was.step_key, was.kind, was.due_at) != (is_now.step_key, is_now.kind, is_now.due_at):
        return False
    is_text_ahead = was.step_key == before.key
    return not is_text_ahead or before.texts == after.texts


def _ahead(facts: Facts, sequence: Sequence, current: Step) -> list[Step]:
    steps = sequence.steps[sequence.position(current.key) + 1 :]
    return [s for s in steps if not _is_reached(s, facts) and s.key not in facts.passed]


def with_own_keys(new: Sequence, before: Sequence, used: Collection[str]) -> Sequence:
    """Return a changed sequence in which no new step has the key of one that there ever was.

    A step that has become another kind is a new step. Branches follow.
    """
    kinds = {s.key: s.kind for s in before.steps}
    taken = {*used, *kinds, *(s.key for s in new.steps)}
    names: dict[str, str] = {}
    for step in new.steps:
        is_kept = kinds.get(step.key) is step.kind
        if not is_kept and (step.key in used or step.key in kinds):
            names[step.key] = _fresh_key(step.kind, taken)
            taken.add(names[step.key])
    return Sequence(
        steps=tuple(
            replace(
                step,
                key=names.get(step.key, step.key),
                then_key=names.get(step.then_key, step.then_key),
                else_key=names.get(step.else_key, step.else_key),
            )
            for step in new.steps
        )
    )


def _fresh_key(kind: StepKind, taken: Collection[str]) -> str:
    if kind is not StepKind.INVITE:
        return default_keys([kind], set(taken))[0]
    number = 2
    while f"{kind}_{number}" in taken:
        number += 1
    return f"{kind}_{number}"
