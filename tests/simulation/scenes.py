"""Short directed simulations: chosen people, one campaign, one trouble; what a seed may meet, these meet surely."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from engine.domain.practice_people import Character, PracticePerson, make_people
from tests.simulation.faults import CALM, Fault, FaultMix
from tests.simulation.plan import Plan, Planned
from tests.simulation.simulation import Simulation, seeded_ids

FRIEND, NEVER, SOON, FIRST = (
    Character.ALREADY_CONNECTED,
    Character.NEVER_ACCEPTS,
    Character.ACCEPTS_SOON,
    Character.ANSWERS_FIRST,
)
MONDAY = datetime(2026, 1, 5, 6, tzinfo=UTC)
SETTINGS = {
    "time_zone": "Etc/UTC",
    "hours.days": "mon,tue,wed,thu,fri",
    "hours.start": "09:00",
    "hours.end": "17:00",
    "invites_per_day": "25",
    "invites_per_week": "120",
    "messages_per_day": "60",
    "profile_reads_per_day": "100",
    "withdrawals_per_day": "15",
    "gap_min_s": "90",
    "gap_max_s": "180",
    "warm_up": "off",
    "paid": "yes",
}
INVITE = '[[steps]]\nkind = "invite"\naccept_within = "3d"\n'
HELLO = '[[steps]]\nkind = "message"\nwait = "1h"\ntext = "Hello {{ first_name | default: \'there\' }}"\n'
AGAIN = '[[steps]]\nkind = "message"\nwait = "1d"\ntext = "Did you see my note?"\n'
HOUR_S = 3600.0


def folk(*characters: Character) -> tuple[PracticePerson, ...]:
    """Return people of these characters, nobody twice."""
    there = list(make_people(24 * len(characters), 3))
    chosen = []
    for character in characters:
        chosen.append(next(p for p in there if p.character is character))
        there.remove(chosen[-1])
    return tuple(chosen)


def scene(
    steps: str,
    *characters: Character,
    days: float = 3.0,
    start: datetime = MONDAY,
    mix: FaultMix = CALM,
    acts: Sequence[tuple[float, str, str]] = (),
    lag_s: float = 0.0,
    **settings: str,
) -> Plan:
    """Return a plan; `acts` are (hour, who, what), settings have `_` for a dot."""
    people = folk(*characters)
    chosen = {k.replace("hours_", "hours."): v for k, v in settings.items()}
    return Plan(
        seed=3,
        start=start,
        days=days,
        people=len(people),
        mix=mix,
        polling_speed=20_000.0,
        chat_lag_s=lag_s,
        settings={**SETTINGS, **chosen},
        campaigns=(f'name = "Founders"\n{steps}',),
        late_people=0,
        acts=tuple(Planned(at_s=hour * HOUR_S, who=who, act=act) for hour, who, act in acts),
        folk=people,
    )


def always(fault: Fault, *, reads: bool = False) -> FaultMix:
    """Return a line on which every write, or every read, has one fault."""
    share = {fault: 1.0}
    return FaultMix(name=f"always {fault}", writes={} if reads else share, reads=share if reads else {})


def often(fault: Fault) -> FaultMix:
    """Return a line on which half of the writes have one fault."""
    return FaultMix(name=f"half {fault}", writes={fault: 0.5})


def run(plan: Plan, folder: Path) -> Simulation:
    """Run a plan to its end; returns the closed simulation with its findings."""
    with seeded_ids(plan.seed):
        simulation = Simulation(plan, folder)
        try:
            simulation.play()
        finally:
            simulation.close()
    return simulation
