"""A sequence in the words of its cards. Qt-free."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.campaign_steps import LONGEST_DELAYS
from engine.domain.sequence_rules import Finding, Weight, findings
from engine.domain.sequences import Delay, Sequence, Step, StepKind
from engine.domain.template_chips import shown

NAMES = {
    StepKind.VISIT: "Profile visit",
    StepKind.INVITE: "Invitation",
    StepKind.MESSAGE: "Message",
    StepKind.WITHDRAW: "Withdrawal",
    StepKind.BRANCH: "Branch",
}
UNITS = {"m": "minute", "h": "hour", "d": "day", "wd": "working day"}
SUMMARY_CHARS = 120
DELAY_UNITS = (("m", "minutes"), ("h", "hours"), ("d", "days"), ("wd", "working days"))
LONGEST = {str(unit): most for unit, most in LONGEST_DELAYS.items()}
ADDABLE = (
    ("invite", "Invitation: with a note or without"),
    ("message", "Message: to those who are connected"),
    ("visit", "Profile visit: look at their profile"),
    ("withdraw", "Withdrawal: take an open invitation back"),
    ("branch", "Branch: go on differently if connected"),
)
"""The kinds of steps that can be added, and how a menu says them."""


@dataclass(frozen=True, kw_only=True)
class CardWords:
    """What a step's card shows."""

    key: str
    title: str
    wait: str
    summary: str
    below: str
    trouble: str
    """What is wrong with the step, or ""."""


def cards(sequence: Sequence, names: frozenset[str] | None = None) -> tuple[CardWords, ...]:
    """Return the words of every card; `names` are the variables that there are, if that is known."""
    called = titles(sequence)
    wrong: dict[str, Finding] = {}
    for finding in findings(sequence, names):
        if finding.weight is Weight.BLOCKS:
            wrong.setdefault(finding.key, finding)
    return tuple(
        CardWords(
            key=step.key,
            title=called[step.key],
            wait=wait_words(step),
            summary=summary(step, called),
            below=_below(sequence, place),
            trouble=wrong[step.key].message if step.key in wrong else "",
        )
        for place, step in enumerate(sequence.steps)
    )


def titles(sequence: Sequence) -> dict[str, str]:
    """Return what each step is called: messages are counted, and whatever comes twice."""
    kinds = [s.kind for s in sequence.steps]
    counts: dict[StepKind, int] = {}
    called = {}
    for step in sequence.steps:
        counts[step.kind] = counts.get(step.kind, 0) + 1
        is_counted = step.kind is StepKind.MESSAGE or kinds.count(step.kind) > 1
        called[step.key] = f"{NAMES[step.kind]} {counts[step.kind]}" if is_counted else NAMES[step.kind]
    return called


def delay_words(delay: Delay) -> str:
    """Return a delay with its number: "1 working day", "4 days"."""
    return f"{delay.amount} {UNITS[delay.unit]}{'' if delay.amount == 1 else 's'}"


def wait_words(step: Step) -> str:
    """Return when a step comes, as its card says it."""
    if step.kind is StepKind.BRANCH:
        return ""
    return f"after {delay_words(step.wait)}" if step.wait.amount else "at once"


def waits_for(sequence: Sequence, key: str) -> str:
    """Return what a step's wait runs from."""
    place = sequence.position(key)
    if not place:
        return "after the start"
    before = sequence.steps[place - 1]
    if sequence.steps[place].kind is StepKind.WITHDRAW:
        return "after the invitation" if before.kind is StepKind.INVITE else "after the step before"
    return "after acceptance" if before.kind is StepKind.INVITE else f"after {titles(sequence)[before.key].lower()}"


def summary(step: Step, called: dict[str, str]) -> str:
    """Return what a step does, in a line."""
    if step.kind is StepKind.VISIT:
        return "their profile is looked at"
    if step.kind is StepKind.WITHDRAW:
        return "unless they accepted before"
    if step.kind is StepKind.BRANCH:
        then, otherwise = called.get(step.then_key, "…"), called.get(step.else_key, "…")
        return f"if connected: {then}, else: {otherwise}"
    if len(step.texts) > 1:
        return f"{len(step.texts)} variants, {shares(step)}"
    text = " ".join(shown(step.texts[0].text[: 4 * SUMMARY_CHARS]).split()) if step.texts else ""
    if not text:
        return "without a note" if step.kind is StepKind.INVITE else "no text yet"
    return text[:SUMMARY_CHARS]


def shares(step: Step) -> str:
    """Return the shares of a step's variants in per cent: "50 / 50"."""
    whole = sum(v.share for v in step.texts) or 1
    return " / ".join(f"{round(100 * v.share / whole)}" for v in step.texts)


def variant_name(number: int) -> str:
    """Return the letter of a variant, counted from 0."""
    return chr(ord("A") + number)


def _below(sequence: Sequence, place: int) -> str:
    step = sequence.steps[place]
    if step.kind is not StepKind.INVITE:
        return ""
    following = sequence.steps[place + 1] if place + 1 < len(sequence.steps) else None
    if following is not None and following.kind is StepKind.WITHDRAW:
        return ""
    return f"accepted within {delay_words(step.accept_within)}, else withdrawn"
