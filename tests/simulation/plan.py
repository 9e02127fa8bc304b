"""What a seed decides beforehand: the people, the campaigns, how bad the line is, and what happens on which day.

Pure: the same seed gives the same plan. Carries nothing out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from engine.domain.practice_people import PracticePerson
from tests.simulation.faults import FaultMix, draw_mix

ZONES = (
    *("Europe/Paris", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "America/Santiago", "Etc/UTC"),
    *("Australia/Lord_Howe", "Africa/Cairo", "America/St_Johns", "Asia/Tokyo"),
)
CHANGES_OF_CLOCK = ("2026-03-05", "2026-03-26", "2026-04-02", "2026-10-22", "2026-10-29", "2026-09-03")
"""Days shortly before one of those zones changes its clock."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
USER_ACTS = (
    *("pause_all", "pause_campaign", "pause_invitations", "pause_follow_ups", "limits", "hours", "zone", "import_more"),
    *("exclude", "archive", "look", "look", "look"),
)
WORLD_ACTS = ("reply", "reply_near_send", "reply_near_send", "write_by_hand", "invite_by_hand", "disconnect")
MACHINE_ACTS = (
    *("kill", "kill", "kill", "kill_in_flight", "kill_at_start", "sleep", "sleep", "sleep_in_flight", "short_sleep"),
    *("set_clock", "nudge_clock", "disk_full", "second_instance", "off"),
)
SHARE_WITH_EDITS = 0.4
SHARE_WITH_RESTORES = 0.3


@dataclass(frozen=True, kw_only=True)
class Planned:
    """Something that happens at a moment, in seconds since the start."""

    at_s: float
    who: str
    act: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A whole simulated month or more."""

    seed: int
    start: datetime
    days: float
    people: int
    mix: FaultMix
    polling_speed: float
    chat_lag_s: float
    settings: dict[str, str]
    campaigns: tuple[str, ...]
    late_people: int
    acts: tuple[Planned, ...]
    folk: tuple[PracticePerson, ...] | None = None


FORTNIGHT_DAYS = 15.0


def fortnight(plan: Plan) -> Plan:
    """Return the first two weeks of a plan: nearly all that goes out does so in them, in two thirds of the time."""
    acts = tuple(act for act in plan.acts if act.at_s < FORTNIGHT_DAYS * 86_400)
    return replace(plan, days=min(plan.days, FORTNIGHT_DAYS), acts=acts)


def draw_plan(seed: int) -> Plan:
    """Draw the plan of a seed."""
    dice = Random(f"simulation {seed}")
    days = dice.uniform(30, 40)
    zone = dice.choice(ZONES)
    people = dice.randrange(20, 31)
    names = ("Founders", "Buyers")[: 1 + (dice.random() < 0.4)]
    settings = _settings(dice, zone)
    return Plan(
        seed=seed,
        start=_start(dice),
        days=days,
        people=people,
        mix=draw_mix(dice),
        polling_speed=dice.choice((20_000.0, 30_000.0, 40_000.0)),
        chat_lag_s=dice.choice((0.0, 0.0, 20.0, 300.0, 900.0)),
        settings=settings,
        campaigns=tuple(_campaign(dice, name, zone, has_notes=settings["paid"] == "yes") for name in names),
        late_people=dice.choice((0, 0, 3, 6)),
        acts=tuple(sorted((*_acts(dice, days), *_changes(seed, days)), key=lambda a: a.at_s)),
    )


def _start(dice: Random) -> datetime:
    if dice.random() < 0.5:
        day = datetime.fromisoformat(dice.choice(CHANGES_OF_CLOCK)).replace(tzinfo=UTC)
        return day - timedelta(days=dice.uniform(0, 25))
    return datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=dice.uniform(0, 300))


def _settings(dice: Random, zone: str) -> dict[str, str]:
    gap = dice.choice((90, 120, 180, 300))
    return {
        "time_zone": zone,
        "hours.days": ",".join(_days(dice)),
        "hours.start": dice.choice(("00:00", "07:30", "09:00", "13:00")),
        "hours.end": dice.choice(("17:00", "18:30", "22:00", "24:00")),
        "invites_per_day": str(dice.choice((4, 10, 25, 40))),
        "invites_per_week": str(dice.choice((12, 60, 120))),
        "messages_per_day": str(dice.choice((5, 20, 60))),
        "profile_reads_per_day": str(dice.choice((20, 60, 100))),
        "withdrawals_per_day": str(dice.choice((5, 15))),
        "gap_min_s": str(gap),
        "gap_max_s": str(gap * dice.choice((1, 2, 3))),
        "warm_up": dice.choice(("off", "off", "on")),
        "paid": dice.choice(("yes", "no")),
    }


def _days(dice: Random) -> tuple[str, ...]:
    return dice.choice((WEEKDAYS[:5], WEEKDAYS, WEEKDAYS[1:4], WEEKDAYS[:5]))


def _campaign(dice: Random, name: str, zone: str, *, has_notes: bool) -> str:
    """Return a campaign file. A free account has three notes in thirty days, which would take half a year."""
    lines = [f'name = "{name}"', f"weight = {dice.randrange(1, 4)}"]
    if dice.random() < 0.5:
        days = ", ".join(f'"{day}"' for day in _days(dice))
        start, end = dice.choice((("09:00", "17:00"), ("10:00", "12:30"), ("00:00", "24:00"), ("06:00", "23:00")))
        other = dice.choice(ZONES) if dice.random() < 0.3 else zone
        lines += ["[hours]", f'time_zone = "{other}"', f"days = [{days}]", f'start = "{start}"', f'end = "{end}"']
    for step in _steps(dice, name, has_notes):
        lines += ["[[steps]]", *step]
    return "\n".join(lines)


def _steps(dice: Random, name: str, has_notes: bool) -> list[list[str]]:
    steps: list[list[str]] = []
    if dice.random() < 0.3:
        steps.append(['kind = "visit"'])
    invite = ['kind = "invite"', f'accept_within = "{dice.choice(("3d", "5d", "4wd"))}"']
    if steps:
        invite.append(f'wait = "{dice.choice(("2h", "1d"))}"')
    if dice.random() < 0.3 and has_notes:
        invite.append(f"note = \"Hello {{{{ first_name | default: 'there' }}}}, {name.lower()} here.\"")
    steps.append(invite)
    for number in range(dice.randrange(max(1, 3 - len(steps)), 5)):
        wait = dice.choice(("0m", "45m", "5h", "1d", "2d", "1wd", "3wd"))
        text = f"{name} {number}: dear {{{{ first_name | default: 'friend' }}}}, a word about {{{{ company }}}}?"
        steps.append(['kind = "message"', f'wait = "{wait}"', f'text = "{text}"'])
    return steps


def _changes(seed: int, days: float) -> list[Planned]:
    """Edits, backups, and backups put back; with dice of their own, so that the rest of a plan stays as it is."""
    dice = Random(f"changes {seed}")
    acts: list[Planned] = []
    if dice.random() < SHARE_WITH_EDITS:
        acts += _planned(dice, days, "user", ("edit",), 1, 6)
    if dice.random() < SHARE_WITH_RESTORES:
        acts += _planned(dice, days, "user", ("back_up",), 1, 4)
        acts += _planned(dice, days, "machine", ("restore", "restore", "restore_elsewhere"), 1, 3)
    return acts


def _planned(dice: Random, days: float, who: str, kinds: tuple[str, ...], least: int, most: int) -> list[Planned]:
    number = dice.randrange(least, most)
    return [Planned(at_s=dice.uniform(0.05, days) * 86_400, who=who, act=dice.choice(kinds)) for _ in range(number)]


def _acts(dice: Random, days: float) -> list[Planned]:
    acts: list[Planned] = []
    for who, kinds, least, most in (
        ("user", USER_ACTS, 4, 16),
        ("world", WORLD_ACTS, 6, 20),
        ("machine", MACHINE_ACTS, 3, 14),
    ):
        acts += _planned(dice, days, who, kinds, least, most)
    return acts
