"""Short ways to set a scene: chosen people, small campaigns, and what the ledger says afterwards."""

from __future__ import annotations

from typing import Any

from engine.domain.practice_people import Character, PracticePerson, make_people
from tests.fakes.rig import Rig

BRISK = 600.0
"""Engine seconds a real second: a wait of hours takes a few steps of the loop."""
HOURS = """
[hours]
time_zone = "Europe/Paris"
days = ["mon", "tue", "wed", "thu", "fri"]
start = "09:00"
end = "17:00"
"""
INVITE = '[[steps]]\nkind = "invite"\naccept_within = "5d"\n'
TEXT = "Hi {{ first_name | default: 'there' }}, thanks for connecting."
MESSAGE = f'[[steps]]\nkind = "message"\nwait = "1h"\ntext = "{TEXT}"\n'
SECOND = '[[steps]]\nkind = "message"\nwait = "1d"\ntext = "Did you see my note?"\n'
INVITING = f'name = "Inviting"\n{HOURS}{INVITE}'
WRITING = f'name = "Writing"\n{HOURS}{MESSAGE}'
BOTH = f'name = "Both"\n{HOURS}{INVITE}{MESSAGE}{SECOND}'


def folk(*characters: Character, seed: int = 1) -> tuple[PracticePerson, ...]:
    """Return people of these characters, in this order, nobody twice."""
    there = list(make_people(24 * max(1, len(characters)), seed))
    chosen = []
    for character in characters:
        person = next(p for p in there if p.character is character)
        there.remove(person)
        chosen.append(person)
    return tuple(chosen)


async def begin(rig: Rig, toml: str, **settings: str) -> None:
    """Add account and campaign, start both campaign and engine."""
    await rig.add_account(**settings)
    await rig.add_campaign(toml)
    await rig.engine.start()


def ledger(rig: Rig) -> list[tuple[Any, ...]]:
    """Return (kind, state, resolved by, reason) of every row, in order of making."""
    return [tuple(r) for r in rig.rows("SELECT kind, state, resolved_by, reason FROM delivery ORDER BY id")]


def states(rig: Rig) -> list[str]:
    """Return the states of the ledger's rows, in order of making."""
    return [r.state for r in rig.rows("SELECT state FROM delivery ORDER BY id")]


def attempts(rig: Rig) -> list[tuple[Any, ...]]:
    """Return (verdict, cause) of every attempt."""
    return [tuple(r) for r in rig.rows("SELECT verdict, cause FROM attempt ORDER BY seq")]


def stages(rig: Rig) -> list[str]:
    """Return every enrolment's stage."""
    return [r.stage for r in rig.rows("SELECT stage FROM enrolment ORDER BY id")]


def used(rig: Rig, action: str) -> int:
    """Return how many uses of a budget are counted."""
    return int(rig.one("SELECT count(*) FROM budget_use WHERE action = :action", action=action))
