"""What the preview says about a step and a person: texts as sending writes them, moments by the scheduler's rules.

Qt-free. How a moment is written is given, because that is the locale's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.domain import templates
from engine.domain.sequence_rules import findings, text_limit
from engine.domain.sequences import Sequence, Step, StepKind, chosen_variant
from engine.domain.step_times import Assumed, StepTime, step_times
from engine.domain.working_hours import WorkingHours
from gui.state.sequence_words import titles, variant_name

Say = Callable[[datetime], str]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody to show a text for."""

    name: str
    about: str
    key: str
    values: Mapping[str, str]
    is_sample: bool = False
    own: Mapping[str, str] = field(default_factory=dict)
    """Texts written for them alone, by step."""

    @property
    def first_name(self) -> str:
        """What a sentence calls them."""
        return self.values.get("first_name", "").strip() or self.name

    @property
    def initials(self) -> str:
        """Two letters at most."""
        letters = [word[0] for word in self.name.split() if word[:1].isalnum()]
        return "".join(letters[:1] + letters[1:][-1:]).upper() or "?"


SAMPLE_VALUES = {
    "first_name": "Bruno",
    "last_name": "Eriksson",
    "full_name": "Bruno Eriksson",
    "company": "Eriksson AB",
    "title": "Founder",
    "headline": "Founder of Eriksson AB",
    "location": "Malmö",
    "industry": "Software",
    "email": "bruno@example.com",
    "website": "example.com",
    "sender_first_name": "Alex",
}
SAMPLE = Person(
    name="Bruno Eriksson", about="Founder, Eriksson AB · Malmö", key="sample", values=SAMPLE_VALUES, is_sample=True
)
"""Shown, and called a sample, while a campaign has no leads."""


DROP_WORDS = "Drop a CSV on the window to see your own leads."


@dataclass(frozen=True, kw_only=True)
class Bubble:
    """A step before the one that is shown: a line, and its text if it has one."""

    line: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The step for the person. Either `text` or `held` says something; `note` tells of a variant of somebody else."""

    text: str
    held: str
    note: str
    chars: int
    limit: int


def times_of(sequence: Sequence, hours: WorkingHours | None, now: datetime) -> Mapping[str, StepTime]:
    """Return the earliest moments, none while there are no hours or a branch leads nowhere."""
    wrong = {f.key for f in findings(sequence, None) if f.place is None}
    if hours is None or any(s.kind is StepKind.BRANCH and s.key in wrong for s in sequence.steps):
        return {}
    return step_times(sequence, hours, now)


def show(step: Step, variant: int, person: Person, *, is_paid: bool) -> Shown:
    """Render one step for one person; quick enough for every keystroke."""
    limit = text_limit(step.kind, is_paid)
    if step.key in person.own:
        return _own_shown(person, person.own[step.key], limit)
    if not step.texts:
        return Shown(text="", held="", note="", chars=0, limit=limit)
    text, theirs = step.texts[variant].text, chosen_variant(step, person.key)
    note = "" if theirs == variant or person.is_sample else f"{person.first_name} would get {variant_name(theirs)}."
    if not text.strip():
        return Shown(text="", held="", note=note, chars=0, limit=limit)
    outcome = templates.render(text, person.values)
    if isinstance(outcome, templates.HeldText):
        return Shown(text="", held=outcome.reason, note=note, chars=0, limit=limit)
    chars = templates.length(outcome.text).utf16_units
    held = templates.length_problem(outcome.text, limit) or ""
    return Shown(text=outcome.text, held=held, note=note, chars=chars, limit=limit)


def _own_shown(person: Person, text: str, limit: int) -> Shown:
    outcome = templates.plain(text)
    note = f"This text is {person.first_name}’s alone: it was changed in the read-through."
    if isinstance(outcome, templates.HeldText):
        return Shown(text="", held=outcome.reason, note=note, chars=0, limit=limit)
    chars, held = templates.length(text).utf16_units, templates.length_problem(text, limit) or ""
    return Shown(text=text, held=held, note=note, chars=chars, limit=limit)


def earlier(
    sequence: Sequence, key: str, person: Person, times: Mapping[str, StepTime], *, is_paid: bool, say: Say
) -> tuple[Bubble, ...]:
    """Return what comes before a step, in order."""
    called = titles(sequence)
    bubbles = []
    for step in sequence.steps[: sequence.position(key)]:
        if step.kind is StepKind.BRANCH or (step.kind is StepKind.WITHDRAW and key != step.key):
            continue
        shown = show(step, chosen_variant(step, person.key), person, is_paid=is_paid)
        name = called[step.key]
        if step.kind is StepKind.INVITE:
            name = "Invitation with a note" if shown.text or shown.held else "Invitation without a note"
        when = f", from {say(times[step.key].at)}" if step.key in times else ""
        text = f"Held: {shown.held}" if shown.held else shown.text
        bubbles.append(Bubble(line=f"{name}{when}", text=text))
    return tuple(bubbles)


def sentence(sequence: Sequence, key: str, person: Person, times: Mapping[str, StepTime], *, say: Say) -> str:
    """Return when a step goes out and what stops it; nothing is said that the rules don't tell."""
    step, found = sequence.step(key), times.get(key)
    if step.kind is StepKind.BRANCH:
        return "Nothing is sent here: the branch only chooses how it goes on."
    if found is None:
        return ""
    when, who = f"{say(found.at)} at the earliest", person.first_name
    if step.kind is StepKind.WITHDRAW:
        return f"If {who} hasn’t accepted by then, the invitation is withdrawn {when}."
    does = f"the profile is visited {when}" if step.kind is StepKind.VISIT else f"this goes out {when}"
    stops = " A reply before then stops it."
    if found.assumed is Assumed.ACCEPTS and found.is_after_invitation:
        return f"If {who} accepts that day, {does}.{stops}"
    if found.assumed is Assumed.CONNECTED:
        return f"If you are connected with {who} already, {does}.{stops}"
    if found.assumed is Assumed.NEVER_ACCEPTS:
        return f"If {who} doesn’t accept, {does}."
    if step.kind is StepKind.MESSAGE:
        return f"If you are connected with {who}, {does}.{stops}"
    return f"{does[:1].upper()}{does[1:]}."


def no_time_words(has_account: bool) -> str:
    """Say why no moment is told."""
    return "" if has_account else "Connect a LinkedIn account to see when this would go out."


def kind_words(step: Step) -> str:
    """Return what a step without a text does, for the preview."""
    if step.kind is StepKind.VISIT:
        return "Their profile is looked at. LinkedIn may tell them."
    if step.kind is StepKind.BRANCH:
        return "Looks whether they are connected when they get here, and goes on with one step or the other."
    if step.kind is StepKind.WITHDRAW:
        return "The open invitation is taken back."
    if step.kind is StepKind.INVITE:
        return "An invitation without a note."
    return "The message has no text yet."
