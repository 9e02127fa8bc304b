"""An account's settings as a form shows them: what each is, its default, its ceiling, and where that comes from."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.ledger import Action
from engine.domain.limits import (
    FREE_NOTES_PER_MONTH,
    GAP_FLOOR_S,
    HARD_CEILING_PER_DAY,
    HARD_INVITES_PER_WEEK,
    WARM_UP_PER_DAY,
)

DAYS = (
    ("mon", "Mon"),
    ("tue", "Tue"),
    ("wed", "Wed"),
    ("thu", "Thu"),
    ("fri", "Fri"),
    ("sat", "Sat"),
    ("sun", "Sun"),
)


@dataclass(frozen=True, kw_only=True)
class NumberField:
    """A whole number: `low` and `high` are what the engine takes, `hint` says the default and why."""

    key: str
    title: str
    low: int
    high: int
    hint: str
    unit: str = ""


DAY_CEILING = HARD_CEILING_PER_DAY[Action.INVITE]
NUMBERS = (
    NumberField(
        key="invites_per_day",
        title="Invitations a day",
        low=0,
        high=DAY_CEILING,
        hint=f"usual 15, at most {DAY_CEILING}",
    ),
    NumberField(
        key="invites_per_week",
        title="Invitations in any 7 days",
        low=0,
        high=HARD_INVITES_PER_WEEK,
        hint=f"usual 80, at most {HARD_INVITES_PER_WEEK}: LinkedIn refuses more",
    ),
    NumberField(
        key="messages_per_day", title="Messages a day", low=0, high=DAY_CEILING, hint=f"usual 25, at most {DAY_CEILING}"
    ),
    NumberField(
        key="profile_reads_per_day",
        title="Profile reads a day",
        low=0,
        high=DAY_CEILING,
        hint=f"usual 40, at most {DAY_CEILING}; each invitation needs one",
    ),
    NumberField(
        key="withdrawals_per_day",
        title="Withdrawals a day",
        low=0,
        high=DAY_CEILING,
        hint=f"usual 15, at most {DAY_CEILING}",
    ),
    NumberField(
        key="gap_min_s",
        title="Shortest gap between two sends",
        low=GAP_FLOOR_S,
        high=86_400,
        hint=f"usual 180, never under {GAP_FLOOR_S}",
        unit=" s",
    ),
    NumberField(
        key="gap_max_s",
        title="Longest gap",
        low=GAP_FLOOR_S,
        high=86_400,
        hint="usual 480; the gap is drawn between the two",
        unit=" s",
    ),
)
WARM_UP = "Warm-up"
WARM_UP_MEANS = (
    "For an account that Leadloom hasn't used before: "
    + ", then ".join(f"{number}" for number in WARM_UP_PER_DAY)
    + " invitations a day, a week each."
)
PAID = "LinkedIn Premium"
PAID_MEANS = f"Notes of 300 characters. Without it 200, and {FREE_NOTES_PER_MONTH} notes in 30 days."


def changed(before: dict[str, str], after: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what is new, and what takes it back."""
    new = {key: value for key, value in after.items() if before.get(key) != value}
    return new, {key: before[key] for key in new if key in before}


def said(settings: dict[str, str]) -> str:
    """Return changed settings in words."""
    titles = {field.key: field.title for field in NUMBERS} | {
        "time_zone": "Time zone",
        "hours.days": "Days",
        "hours.start": "From",
        "hours.end": "Until",
        "warm_up": "Warm-up",
        "paid": "LinkedIn Premium",
    }
    return ", ".join(f"{titles.get(key, key)}: {value}" for key, value in settings.items())
