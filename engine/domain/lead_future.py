"""What comes next for one lead in one campaign, when at the earliest, and what it waits for. Pure.

It says what `enrolment.next_action` decided and what `planner.gate` holds; it decides nothing itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.domain import planner
from engine.domain.enrolment import Act, Facts, NextAction, current_step
from engine.domain.ledger import DeliveryKind
from engine.domain.planner import Head, LaneState
from engine.domain.sequences import Sequence, Step, StepKind, step_words


@dataclass(frozen=True, kw_only=True)
class Future:
    """`step` goes out at `at` at the earliest; "" and None: nothing will be sent. `why` says what it waits for.

    `is_in_turn`: nothing holds it but those before it in line. `at` None with a step: not without news.
    """

    kind: DeliveryKind | None = None
    step: str = ""
    at: datetime | None = None
    why: str = ""
    is_in_turn: bool = False


@dataclass(frozen=True, kw_only=True)
class ComingStep:
    """A step that has not ended; `is_if_accepted`: only if they accept an invitation that is still to be accepted."""

    step: Step
    title: str
    is_if_accepted: bool


def unstarted_why(campaign_state: str, *, is_started: bool) -> str:
    """Return why nothing comes for a lead that could begin, or "": the campaign's state, or that Start hasn't come."""
    if campaign_state == "archived":
        return "the campaign is archived"
    if campaign_state == "draft":
        return "the campaign hasn't been started"
    return "" if is_started else "the next Start of the campaign hasn't come yet"


def future_of(action: NextAction | None, sequence: Sequence, state: LaneState | None) -> Future:
    """Return the future that a next action means; `state` has the action's own planned row as its only head."""
    if action is None:
        return Future()
    if not isinstance(action, Act):
        return Future(at=getattr(action, "until", None), why=action.why)
    step = _title(sequence, action)
    if state is None or not state.heads:
        return Future(kind=action.kind, step=step, at=action.due_at, why=action.why)
    head = state.heads[0]
    at, why, is_held = _held(head, state)
    if not is_held:
        return Future(kind=action.kind, step=step, at=max(at or state.now, state.now), why=action.why, is_in_turn=True)
    if head.due_at > state.now and (at is None or at >= head.due_at) and why == _NOT_DUE:
        why = action.why if at == head.due_at else f"{action.why}, inside working hours"
    return Future(kind=action.kind, step=step, at=at, why=why)


_NOT_DUE = "it is not due yet"


def _held(head: Head, state: LaneState) -> tuple[datetime | None, str, bool]:
    stop = next((stop for stop in state.stops if stop.action is None), None)
    if stop is not None:
        return stop.until and max(stop.until, head.due_at), stop.why, True
    idle = planner.gate(head, state)
    if idle is not None:
        return idle.until, idle.why, True
    return state.not_before, "", False


def _title(sequence: Sequence, action: Act) -> str:
    if action.kind is DeliveryKind.WITHDRAW:
        return "Withdrawal"
    return step_words(sequence, action.step_key).partition(" of ")[0]


def coming_steps(facts: Facts, sequence: Sequence) -> tuple[ComingStep, ...]:
    """Return the steps that send something and have not ended, in order, for somebody who accepts and never answers."""
    found = current_step(facts, sequence)
    if found is None or _is_over(facts):
        return ()
    index, needs_acceptance = sequence.position(found[0].key), facts.invited_at is not None and not facts.is_connected
    coming: list[ComingStep] = []
    seen: set[int] = set()
    while index < len(sequence.steps) and index not in seen:
        seen.add(index)
        step = sequence.steps[index]
        if step.kind is StepKind.BRANCH:
            is_connected = facts.is_connected or needs_acceptance
            index = sequence.position(step.then_key if is_connected else step.else_key)
            continue
        is_out = step.kind is StepKind.INVITE and facts.invited_at is not None
        if step.kind is not StepKind.WITHDRAW and not is_out and step.key not in facts.ended:
            title = step_words(sequence, step.key)
            coming.append(ComingStep(step=step, title=title, is_if_accepted=needs_acceptance))
        needs_acceptance |= step.kind is StepKind.INVITE and not facts.is_connected
        index += 1
    return tuple(coming)


def _is_over(facts: Facts) -> bool:
    return bool(facts.replied_at or facts.excluded_at or facts.withdrawn_at or facts.hand_wrote_at)
