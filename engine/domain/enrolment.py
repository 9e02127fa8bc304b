"""A lead in a campaign: dated facts, the stage they imply, and what comes next.

Pure. The scheduler, the forecast, the "why" texts and the preview all call `next_action`; the database
keeps its answer in columns only so that it can be filtered and sorted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from engine.domain.approvals import ASKED_KINDS, IS_APPROVED, WAITS, ApprovalState
from engine.domain.ledger import DeliveryKind, DeliveryState
from engine.domain.sequences import Delay, DelayUnit, Sequence, Step, StepKind
from engine.domain.working_hours import WorkingHours


class Stage(StrEnum):
    """Derived from facts, never set by hand; listed by precedence, the strongest first."""

    RESPONDED = "responded"
    NEEDS_ATTENTION = "needs_attention"
    EXCLUDED = "excluded"
    WITHDRAWN = "withdrawn"
    COMPLETED = "completed"
    MESSAGED = "messaged"
    CONNECTED = "connected"
    INVITE_SENT = "invite_sent"
    PENDING_INVITE = "pending_invite"


@dataclass(frozen=True, kw_only=True)
class StepEnd:
    """How and when a step ended: sent, skipped or refused. `kind` None: what the sequence says."""

    how: DeliveryState
    at: datetime
    kind: DeliveryKind | None = None


@dataclass(frozen=True, kw_only=True)
class OpenRow:
    """The row of the ledger that this lead waits for."""

    kind: DeliveryKind
    state: DeliveryState
    next_look_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of an enrolment. Facts only grow: a later failed read takes nothing back."""

    started_at: datetime
    invited_at: datetime | None = None
    invited_by_hand: bool = False
    is_unconfirmed: bool = False
    connected_at: datetime | None = None
    was_connected: bool = False
    withdrawn_at: datetime | None = None
    withdrawn_why: str = ""
    replied_at: datetime | None = None
    hand_wrote_at: datetime | None = None
    excluded_at: datetime | None = None
    excluded_why: str = ""
    attention_why: str = ""
    ended: Mapping[str, StepEnd] = field(default_factory=dict)
    open_row: OpenRow | None = None
    requests: Mapping[str, ApprovalState] = field(default_factory=dict)
    """Of the steps that a person was asked about: open, or approved."""
    passed: Mapping[str, datetime] = field(default_factory=dict)
    """Steps that count as ended, though nothing was carried out: passed over by the person or by a changed sequence."""
    chosen_step: str = ""
    chosen_at: datetime | None = None
    """The step that the person went to, and when: it waits for nothing before it."""
    continue_at: datetime | None = None
    """The day that the person chose to go on: their last message was no answer."""
    moved_at: datetime | None = None
    """When the sequence they follow was changed: nothing is due before."""

    @property
    def is_connected(self) -> bool:
        """Whether a connection was ever seen."""
        return self.connected_at is not None


@dataclass(frozen=True, kw_only=True)
class Act:
    """Carry out a step, not before `due_at`; `why` says what it waits for."""

    step_key: str
    kind: DeliveryKind
    due_at: datetime
    why: str


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Nothing to carry out before something else ends."""

    until: datetime | None
    why: str


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A person must decide."""

    why: str


@dataclass(frozen=True, kw_only=True)
class Done:
    """Nothing is left to do."""

    stage: Stage
    why: str


NextAction = Act | Wait | Ask | Done


def stage_of(facts: Facts, sequence: Sequence) -> Stage:
    """Return the first stage that holds."""
    if facts.replied_at:
        return Stage.RESPONDED
    if facts.attention_why or _is_question(facts.open_row):
        return Stage.NEEDS_ATTENTION
    if facts.excluded_at:
        return Stage.EXCLUDED
    if facts.withdrawn_at:
        return Stage.WITHDRAWN
    if current_step(facts, sequence) is None:
        return Stage.COMPLETED
    if messages_sent(facts, sequence):
        return Stage.MESSAGED
    if facts.is_connected:
        return Stage.CONNECTED
    if facts.invited_at:
        return Stage.INVITE_SENT
    return Stage.PENDING_INVITE


def messages_sent(facts: Facts, sequence: Sequence) -> int:
    """Count delivered messages, those of steps that the sequence no longer has too."""
    kinds = {s.key: str(s.kind) for s in sequence.steps}
    return sum(
        end.how is DeliveryState.SENT and (end.kind or kinds.get(key)) == DeliveryKind.MESSAGE
        for key, end in facts.ended.items()
    )


def steps_ended(facts: Facts, sequence: Sequence) -> int:
    """Count ended steps, branches left out."""
    return sum(1 for s in sequence.steps if s.kind is not StepKind.BRANCH and _end_of(s, facts) is not None)


def current_step(facts: Facts, sequence: Sequence) -> tuple[Step, datetime] | None:
    """Return the first step that hasn't ended and the moment the one before it ended; None at the end."""
    base, index = facts.started_at, 0
    while index < len(sequence.steps):
        step = sequence.steps[index]
        if step.kind is StepKind.BRANCH:
            index = sequence.position(_taken(step, sequence, facts))
            continue
        end = _end_of(step, facts)
        if end is None:
            return step, base
        base, index = max(base, end), index + 1
    return None


def _taken(branch: Step, sequence: Sequence, facts: Facts) -> str:
    """Return the step that a branch leads to; a path that was begun stays taken, whatever becomes known later."""
    for key in (branch.else_key, branch.then_key):
        if _is_begun(sequence.step(key), sequence, facts):
            return key
    return branch.then_key if facts.is_connected else branch.else_key


def _is_begun(step: Step, sequence: Sequence, facts: Facts) -> bool:
    if step.kind is StepKind.BRANCH:
        return any(_is_begun(sequence.step(key), sequence, facts) for key in (step.else_key, step.then_key))
    if step.key in facts.ended or step.key in facts.passed:
        return True
    return step.kind is StepKind.INVITE and facts.invited_at is not None


def next_action(facts: Facts, sequence: Sequence, hours: WorkingHours) -> NextAction:
    """Decide what comes next for an enrolment, and why."""
    settled = _settled(facts)
    if settled is not None:
        return settled
    found = current_step(facts, sequence)
    if found is None:
        return Done(stage=Stage.COMPLETED, why="every step has been carried out")
    if facts.hand_wrote_at:
        return Ask(why="you wrote to them yourself, so the sequence stopped")
    step, base = found
    if step.kind is StepKind.INVITE and facts.invited_at:
        return _withdrawal(step, sequence, facts, hours)
    if step.kind is StepKind.WITHDRAW:
        due_at = _due_at(step, base, facts, hours)
        return Act(step_key=step.key, kind=DeliveryKind.WITHDRAW, due_at=due_at, why=_withdraw_why())
    due_at = _due_at(step, base, facts, hours)
    why = _continue_why(facts, hours) if due_at == facts.continue_at else _act_why(step, sequence, facts)
    return Act(step_key=step.key, kind=DeliveryKind(step.kind), due_at=due_at, why=why)


def withdrawal_key(invite_key: str) -> str:
    """Return the key of the withdrawal that `accept_within` implies."""
    return f"{invite_key}:withdraw"


def _settled(facts: Facts) -> NextAction | None:
    row = facts.open_row
    if row is not None and row.state is DeliveryState.UNKNOWN:
        return Wait(
            until=row.next_look_at,
            why=f"it is not known whether the {_noun(row.kind)} was sent; LinkedIn is being read",
        )
    if facts.replied_at:
        return Done(stage=Stage.RESPONDED, why="they answered")
    if row is not None and row.state is DeliveryState.HUMAN:
        return Ask(why=row.reason or f"was the {_noun(row.kind)} sent?")
    if facts.attention_why:
        return Ask(why=facts.attention_why)
    if facts.excluded_at:
        return Done(stage=Stage.EXCLUDED, why=facts.excluded_why)
    if facts.withdrawn_at:
        return Done(stage=Stage.WITHDRAWN, why=facts.withdrawn_why or "the invitation was withdrawn")
    return None


def _is_question(row: OpenRow | None) -> bool:
    return row is not None and row.state is DeliveryState.HUMAN


def _end_of(step: Step, facts: Facts) -> datetime | None:
    carried_out = _carried_out(step, facts)
    return facts.passed.get(step.key) if carried_out is None else carried_out


def _carried_out(step: Step, facts: Facts) -> datetime | None:
    end = facts.ended.get(step.key)
    if step.kind is StepKind.INVITE:
        if facts.connected_at:
            return facts.connected_at
        return end.at if end and facts.invited_at is None else None
    if step.kind is StepKind.WITHDRAW and facts.connected_at and end is None:
        return facts.connected_at
    return end.at if end else None


def _withdrawal(step: Step, sequence: Sequence, facts: Facts, hours: WorkingHours) -> Act | Done:
    assert facts.invited_at is not None
    key, within = withdrawal_key(step.key), step.accept_within
    following = sequence.steps[sequence.position(step.key) + 1 :][:1]
    if following and following[0].kind is StepKind.WITHDRAW:
        key, within = following[0].key, following[0].wait
    if key in facts.ended or key in facts.passed:
        return Done(stage=Stage.INVITE_SENT, why="the invitation stays open; it goes on if they accept")
    due_at = _after(facts.invited_at, within, hours)
    due_at = max(due_at, facts.moved_at or due_at)
    return Act(step_key=key, kind=DeliveryKind.WITHDRAW, due_at=due_at, why=_withdraw_why())


def _withdraw_why() -> str:
    return "the invitation is open; it is withdrawn unless they accept before"


def _due_at(step: Step, base: datetime, facts: Facts, hours: WorkingHours) -> datetime:
    """Return when a step is due: after its wait, or at once when the person chose it; never before a later decision."""
    is_chosen = facts.chosen_step == step.key and facts.chosen_at is not None
    due_at = facts.chosen_at if is_chosen and facts.chosen_at else _after(base, step.wait, hours)
    return max(due_at, facts.moved_at or due_at, facts.continue_at or due_at)


def _continue_why(facts: Facts, hours: WorkingHours) -> str:
    assert facts.continue_at is not None
    return f"goes on {day_words(facts.continue_at, hours)}, as you decided, unless something newer is there then"


def _after(base: datetime, delay: Delay, hours: WorkingHours) -> datetime:
    if delay.unit is DelayUnit.WORKING_DAYS:
        moved = hours.add_working_days(base, delay.amount) if delay.amount else base
        return moved or base + timedelta(days=delay.amount)
    return base + delay.elapsed()


def _act_why(step: Step, sequence: Sequence, facts: Facts) -> str:
    request = facts.requests.get(step.key)
    if request is not None and DeliveryKind(step.kind) in ASKED_KINDS:
        return WAITS if request is ApprovalState.OPEN else IS_APPROVED
    return _wait_why(step, sequence, facts.chosen_step)


def _wait_why(step: Step, sequence: Sequence, chosen_step: str) -> str:
    if step.key == chosen_step:
        return "you chose this step"
    if step.wait.amount == 0:
        return "it is next in line"
    position = sequence.position(step.key)
    return f"waits {delay_words(step.wait)} after {_before(sequence.steps[position - 1]) if position else 'the start'}"


def _before(step: Step) -> str:
    if step.kind is StepKind.INVITE:
        return "acceptance"
    return "the step before" if step.kind is StepKind.BRANCH else f"the {_noun(DeliveryKind(step.kind))} before"


def day_words(at: datetime, hours: WorkingHours) -> str:
    """Return a day where the hours are: "on 5 March"."""
    day = at.astimezone(ZoneInfo(hours.time_zone))
    return f"on {day.day} {day:%B}"


def delay_words(delay: Delay) -> str:
    """Return a delay in words: "4 days", "one working day"."""
    unit = {"m": "minute", "h": "hour", "d": "day", "wd": "working day"}[delay.unit]
    if delay.amount == 1:
        return f"one {unit}"
    return f"{delay.amount} {unit}s"


def _noun(kind: DeliveryKind) -> str:
    return {"invite": "invitation", "withdraw": "withdrawal", "visit": "profile visit"}.get(kind, "message")


def noun(kind: DeliveryKind) -> str:
    """Return what a person calls it."""
    return _noun(kind)
