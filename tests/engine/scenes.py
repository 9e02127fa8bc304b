"""Short ways to set a scene: chosen people, small campaigns, and what the ledger says afterwards."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from engine.domain.ledger import DeliveryKind, DeliveryState
from engine.domain.practice_people import Character, PracticePerson, make_people
from engine.services.sending import people
from engine.services.sending.recording import settle_sent
from storage.column_types import to_ms
from storage.repositories import deliveries, enrolments
from storage.tables import delivery
from storage.unit_of_work import UnitOfWork
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
    """Return how many uses of a budget of ours are counted."""
    return int(rig.one("SELECT count(*) FROM budget_use WHERE action = :a AND source = 'ours'", a=action))


def deliver(rig: Rig, *enrolment_ids: int) -> None:
    """Let what is planned for these be found delivered: facts as after a send, without running the engine."""
    now = rig.clock.now()
    rig.run(rig.engine.ctx.db.write(lambda u: [_deliver(u, i, now) for i in enrolment_ids]))


def _deliver(uow: UnitOfWork, enrolment_id: int, now: datetime) -> None:
    row = deliveries.get(uow, _planned_row(uow, enrolment_id))
    body = None if row.kind is not DeliveryKind.MESSAGE else f"The text of {row.step_key}"
    deliveries.claim(uow, row.delivery_id, "a test")
    columns = {"ended_ms": to_ms(now), "resolved_by": "read", "body": body}
    columns["body_sha"] = None if body is None else deliveries.body_hash(body)
    deliveries.move(uow, row.delivery_id, DeliveryState.CLAIMED, DeliveryState.SENT, **columns)
    settle_sent(uow, row, now)
    enrolments.replan(uow, enrolment_id, now)


def _planned_row(uow: UnitOfWork, enrolment_id: int) -> int:
    query = select(delivery.c.id).where(delivery.c.enrolment_id == enrolment_id, delivery.c.state == "planned")
    return int(uow.connection.execute(query).scalar_one())


def connect(rig: Rig, *lead_ids: int) -> None:
    """Let these people be found connected on the first account."""
    now = rig.clock.now()

    def all_of_them(uow: UnitOfWork) -> None:
        for lead_id in lead_ids:
            people.connected(uow, account_id=1, lead_id=lead_id, at=now, now=now, was_connected=False)

    rig.run(rig.engine.ctx.db.write(all_of_them))


def leave_open(rig: Rig, enrolment_id: int, state: str) -> int:
    """Let the row planned for an enrolment be claimed, under way, unknown or a question; returns its id."""
    now = rig.clock.now()
    return rig.run(rig.engine.ctx.db.write(lambda u: _leave_open(u, enrolment_id, DeliveryState(state), now)))


def _leave_open(uow: UnitOfWork, enrolment_id: int, state: DeliveryState, now: datetime) -> int:
    delivery_id = _planned_row(uow, enrolment_id)
    S = DeliveryState
    path = (S.PLANNED, S.CLAIMED, S.SENDING, S.UNKNOWN, S.HUMAN)
    for old, new in pairwise(path[: path.index(state) + 1]):
        columns = {"ended_ms": to_ms(now), "next_look_ms": to_ms(now)} if new is S.UNKNOWN else {}
        deliveries.move(uow, delivery_id, old, new, **columns)
    enrolments.replan(uow, enrolment_id, now)
    return delivery_id


def planned(rig: Rig) -> list[tuple[int, str]]:
    """Return (enrolment, step) of every planned row, in order."""
    sql = "SELECT enrolment_id, step_key FROM delivery WHERE state = 'planned' ORDER BY enrolment_id"
    return [tuple(row) for row in rig.rows(sql)]
