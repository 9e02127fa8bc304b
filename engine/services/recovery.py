"""What a person decides for one lead in a campaign: try again, skip, go to a step, start again, not an answer.

A decision is a fact of the enrolment; `engine.domain.enrolment.next_action` draws the conclusion. Nothing that was
delivered happens again, and every decision but a send can be taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from engine.domain import step_choice
from engine.domain.enrolment import Act, Done, Stage, day_words
from engine.domain.ledger import DeliveryState
from engine.domain.sequences import step_words
from engine.domain.step_choice import StepChoice
from engine.errors import NotFound, Refused, Topic
from engine.services.context import Context
from engine.services.sending.recording import REINVITE_PAUSE
from storage.column_types import to_ms
from storage.repositories import activity, campaigns, enrolments, leads, repeats, restarts
from storage.repositories.enrolments import Enrolled
from storage.unit_of_work import UnitOfWork

RESTARTED = "started again from the beginning"
FACTS = (
    "attention_why", "passed_steps", "chosen_step", "chosen_ms", "continue_ms", "set_aside_ms", "replied_ms",
    "hand_wrote_ms", "excluded_ms", "excluded_why",
)  # fmt: skip
"""Columns that a decision may change, and taking it back restores."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A decision that was carried out: in words, and the facts before and after it."""

    enrolment_id: int
    words: str
    before: dict[str, Any]
    after: dict[str, Any]
    made_id: int | None = None
    rearmed: list[int] = field(default_factory=list)
    sends: int = 0
    """Attempts and settled rows of the enrolment: when there are more, something has come of the decision."""


Change = Callable[[UnitOfWork, Enrolled, datetime], str]


class Recovery:
    """Use cases of a person who sets one lead on its way again."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def find(self, lead: str, campaign: str | None = None) -> int:
        """Return the enrolment of a lead, in that campaign or the only one. Raises: NotFound, Refused."""
        return await self._ctx.db.look(lambda u: _find(u, lead, campaign))

    async def steps(self, enrolment_id: int) -> tuple[StepChoice, ...]:
        """Return the steps, and which of them can be gone to. Raises: NotFound."""
        now = self._ctx.clock.now()
        found = await self._ctx.db.look(lambda u: enrolments.load(u, enrolment_id))
        return step_choice.choices(step_choice.free(found.facts), found.sequence, now)

    async def retry(self, enrolment_id: int) -> Decision:
        """Try again what is held, or was put off. Raises: NotFound, Refused."""
        return await self._decide(enrolment_id, _retry)

    async def skip(self, enrolment_id: int) -> Decision:
        """Leave out what comes next; it can be gone to later. Raises: NotFound, Refused."""
        return await self._decide(enrolment_id, _skip)

    async def go_to(self, enrolment_id: int, step_key: str) -> Decision:
        """Go on with a step now; those before it are left out. Raises: NotFound, Refused."""
        return await self._decide(enrolment_id, lambda u, found, now: _go_to(u, found, step_key, now))

    async def go_on(self, enrolment_id: int, on: date | None = None) -> Decision:
        """What they wrote last is no answer: go on that day (None: at once), unless something newer is there then.

        The same after the person has written to them by hand. Raises: NotFound, Refused.
        """
        return await self._decide(enrolment_id, lambda u, found, now: _go_on(u, found, on, now))

    async def restart(self, enrolment_id: int) -> Decision:
        """Start again as a new enrolment; the old one's history stays. Raises: NotFound, Refused."""
        now = self._ctx.clock.now()
        done = await self._ctx.db.write(lambda u: _restart(u, enrolment_id, now))
        self._ctx.wakes.all()
        return done

    async def take_back(self, done: Decision) -> None:
        """Restore what was before a decision. Raises: Refused when something has come of it since."""
        now = self._ctx.clock.now()
        await self._ctx.db.write(lambda u: _take_back(u, done, now))
        self._ctx.wakes.all()

    async def _decide(self, enrolment_id: int, change: Change) -> Decision:
        now = self._ctx.clock.now()
        done = await self._ctx.db.write(lambda u: _decided(u, enrolment_id, change, now))
        self._ctx.wakes.all()
        return done


def _find(uow: UnitOfWork, lead: str, campaign: str | None) -> int:
    person = leads.find(uow, lead)
    of = None if campaign is None else campaigns.find(uow, campaign).campaign_id
    rows = restarts.of_lead(uow, person.id, of)
    if len(rows) > 1:
        names = ", ".join(f"“{row.name}”" for row in rows)
        raise Refused(f"They are in several campaigns: {names}.", "Say in which one.", topic=Topic.WHICH_CAMPAIGN)
    if not rows:
        raise NotFound("They are in no such campaign.", "Check the campaign's name.", topic=Topic.CAMPAIGNS)
    return int(rows[0].id)


def _decided(uow: UnitOfWork, enrolment_id: int, change: Change, now: datetime) -> Decision:
    found = _ready(uow, enrolment_id)
    before = _facts(uow, enrolment_id)
    words = change(uow, found, now)
    _note(uow, found, "decided", f"You decided: {words}.", now)
    enrolments.replan(uow, enrolment_id, now)
    enrolments.reopen_if_active(uow, found.campaign_id, now)
    after = _facts(uow, enrolment_id)
    sends = restarts.sends(uow, enrolment_id)
    return Decision(enrolment_id=enrolment_id, words=words, before=before, after=after, sends=sends)


def _ready(uow: UnitOfWork, enrolment_id: int) -> Enrolled:
    """Return an enrolment that something can be decided for. Raises: NotFound, Refused."""
    found = enrolments.load(uow, enrolment_id)
    if leads.rows(uow, [found.lead_id])[found.lead_id].forgotten_ms is not None:
        raise Refused("This person was forgotten.", "Nothing more can be done for them.")
    if not found.is_started or found.campaign_state == "draft":
        raise Refused("They haven't been started yet.", "Start the campaign.")
    if found.campaign_state == "archived":
        raise Refused("The campaign is archived.", "Take it out of the archive first.")
    row = found.facts.open_row
    if row is not None and row.state is DeliveryState.HUMAN:
        raise Refused("A question about this lead is open.", "Answer it first.", topic=Topic.QUESTIONS)
    if row is not None:
        raise Refused(
            "A send to them is under way or not clear yet.", "Wait until it is settled: LinkedIn is being read."
        )
    return found


def _need_going_on(found: Enrolled) -> None:
    facts = found.facts
    if facts.replied_at:
        raise Refused("They answered, so their sequence has stopped.", "If it is no answer, say so: it can go on then.")
    if facts.excluded_at or facts.withdrawn_at:
        raise Refused("Their sequence has ended.", "Take the exclusion back, or start them again.")
    if facts.hand_wrote_at:
        raise Refused("You wrote to them yourself, so their sequence has stopped.", "Let it go on first.")


def _retry(uow: UnitOfWork, found: Enrolled, now: datetime) -> str:
    facts, enrolment_id = found.facts, found.enrolment_id
    _need_going_on(found)
    if facts.attention_why and facts.is_unconfirmed and not facts.is_connected:
        raise Refused("An invitation that may be out is never sent again.", "Skip it or exclude them.")
    if facts.attention_why:
        enrolments.set_facts(uow, enrolment_id, attention_why="")
        repeats.rearm_same_text(uow, enrolment_id)
        if isinstance(enrolments.replan(uow, enrolment_id, now), Done):
            raise Refused("There is nothing left to send to this lead.", "Start them again, or leave it.")
    elif not restarts.hurry(uow, enrolment_id, now):
        raise Refused("Nothing has failed for this lead.", "What comes next goes when it is due.")
    return "try again"


def _skip(uow: UnitOfWork, found: Enrolled, now: datetime) -> str:
    _need_going_on(found)
    if found.hours is None:
        raise Refused("Nothing comes next for this lead.", "Connect a LinkedIn account first.")
    key, why_not = step_choice.skipped(found.facts, found.sequence, found.hours)
    if why_not:
        raise Refused(f"This can't be skipped: {why_not}.", "Exclude them if nothing more shall go out.")
    enrolments.set_passed(uow, found.enrolment_id, {**found.facts.passed, key: now})
    enrolments.set_facts(uow, found.enrolment_id, attention_why="")
    return f"skip {_step_words(found, key)}"


def _go_to(uow: UnitOfWork, found: Enrolled, key: str, now: datetime) -> str:
    _need_going_on(found)
    facts = step_choice.free(found.facts)
    if key not in {s.key for s in found.sequence.steps}:
        raise NotFound(f"There is no step “{key}”.", f"There are {', '.join(s.key for s in found.sequence.steps)}.")
    why_not = step_choice.why_not(facts, found.sequence, found.sequence.step(key), now)
    if why_not:
        raise Refused(f"You can't go to this step: {why_not}.", "Choose another one.")
    passed = step_choice.passed_by_going_to(facts, found.sequence, key, now)
    enrolments.set_passed(uow, found.enrolment_id, passed)
    chosen = {"chosen_step": key, "chosen_ms": to_ms(now), "continue_ms": None, "attention_why": ""}
    enrolments.set_facts(uow, found.enrolment_id, **chosen)
    return f"go on with {_step_words(found, key)}"


def _go_on(uow: UnitOfWork, found: Enrolled, on: date | None, now: datetime) -> str:
    facts, hours = found.facts, found.hours
    if hours is None:
        raise Refused("The campaign has no account yet.", "Connect a LinkedIn account first.")
    if facts.replied_at is None and facts.hand_wrote_at is None:
        raise Refused("Nothing has stopped this lead's sequence.", "It goes on by itself.")
    newest = restarts.newest_message_ms(uow, found.account_id, found.lead_id) or 0
    known = [newest, *(to_ms(at) for at in (facts.replied_at, facts.hand_wrote_at) if at is not None)]
    zone = ZoneInfo(hours.time_zone)
    if on is not None and on < now.astimezone(zone).date():
        raise Refused("That day is over.", "Choose today or a later day.")
    at = max(now, datetime.combine(on, time(), zone).astimezone(UTC)) if on else now
    decided = {"replied_ms": None, "hand_wrote_ms": None, "set_aside_ms": max(known), "continue_ms": to_ms(at)}
    enrolments.set_facts(uow, found.enrolment_id, **decided)
    if not isinstance(enrolments.replan(uow, found.enrolment_id, now), Act):
        raise Refused("Nothing is left to send to this lead here.", "Start them again, or write to them yourself.")
    said = "their last message is no answer" if facts.replied_at else "what you wrote yourself doesn't end it"
    return f"{said}; go on {day_words(at, hours)}, unless something newer is there"


def _restart(uow: UnitOfWork, enrolment_id: int, now: datetime) -> Decision:
    found, old = _ready(uow, enrolment_id), restarts.row_of(uow, enrolment_id)
    before = _facts(uow, enrolment_id)
    if found.account_id is None:
        raise Refused("The campaign has no account yet.", "Connect a LinkedIn account first.")
    if old.is_active or old.stage == Stage.INVITE_SENT:
        enrolments.set_facts(uow, enrolment_id, excluded_ms=to_ms(now), excluded_why=RESTARTED, attention_why="")
        enrolments.replan(uow, enrolment_id, now)
    made = restarts.add(uow, old, now)
    rearmed = []
    if found.facts.withdrawn_at is not None and not found.facts.is_connected:
        rearmed = restarts.rearm_invitations(uow, found.lead_id, found.account_id)
    enrolments.replan(uow, made, now)
    if found.facts.withdrawn_at is not None and not found.facts.is_connected:
        restarts.not_before(uow, made, found.facts.withdrawn_at + REINVITE_PAUSE)
        enrolments.replan(uow, made, now)
    enrolments.reopen_if_active(uow, found.campaign_id, now)
    _note(uow, found, "restarted", f"You decided: {RESTARTED}. What went before stays in the history.", now)
    after = _facts(uow, enrolment_id)
    words = RESTARTED
    return Decision(enrolment_id=enrolment_id, words=words, before=before, after=after, made_id=made, rearmed=rearmed)


def _take_back(uow: UnitOfWork, done: Decision, now: datetime) -> None:
    found = enrolments.load(uow, done.enrolment_id)
    if done.made_id is not None and not restarts.remove(uow, done.made_id):
        raise Refused("Something has come of it since.", "It stays as it is.")
    if done.made_id is None and (found.has_open_row or restarts.sends(uow, done.enrolment_id) != done.sends):
        raise Refused("Something has come of it since.", "It stays as it is.")
    if _facts(uow, done.enrolment_id) != done.after:
        raise Refused("Something has changed since.", "It stays as it is.")
    repeats.unrearm(uow, done.rearmed)
    enrolments.set_facts(uow, done.enrolment_id, **done.before)
    _note(uow, found, "taken_back", f"You took it back: {done.words}.", now)
    enrolments.replan(uow, done.enrolment_id, now)
    enrolments.reopen_if_active(uow, found.campaign_id, now)


def _facts(uow: UnitOfWork, enrolment_id: int) -> dict[str, Any]:
    row = restarts.row_of(uow, enrolment_id)
    return {name: getattr(row, name) for name in FACTS}


def _step_words(found: Enrolled, key: str) -> str:
    known = {s.key for s in found.sequence.steps}
    return f"“{step_words(found.sequence, key)}”" if key in known else "the withdrawal of the invitation"


def _note(uow: UnitOfWork, found: Enrolled, kind: str, words: str, now: datetime) -> None:
    activity.note(
        uow,
        now,
        kind,
        words,
        account_id=found.account_id,
        campaign_id=found.campaign_id,
        enrolment_id=found.enrolment_id,
        lead_id=found.lead_id,
    )
