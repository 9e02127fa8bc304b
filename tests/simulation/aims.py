"""The four aims as the program counts them, against the world's truth. Heartbeats are left out: virtual time has none
of its own, a beat of the wake watch that could see nothing isn't made (tests/engine/test_health.py counts them)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.domain.health import RECOVERY_LIMIT_S
from tests.simulation.findings import Breach

if TYPE_CHECKING:
    from tests.simulation.simulation import Simulation

STARTED = "SELECT count(*) AS n FROM enrolment e JOIN campaign c ON c.id = e.campaign_id WHERE e.started_ms IS NOT NULL"
INVITED = """SELECT e.id, l.provider_id, e.connected_ms FROM enrolment e JOIN lead l ON l.id = e.lead_id
    WHERE e.invited_ms IS NOT NULL AND e.is_active = 1"""


async def judge_aims(simulation: Simulation) -> None:
    """Hold the program's own numbers against what really was."""
    need = simulation.findings.need
    health = await simulation.rig.engine.services.status.health()
    found = {target.name: target for target in health.targets}
    rightly = found["processed_rightly"]
    started = simulation.witness.rows(STARTED)[0]["n"]
    need(rightly.denominator == started, Breach.UNTRUE, f"{rightly.denominator} leads processed of {started} started")
    need(rightly.numerator == rightly.denominator, Breach.LOST, f"{rightly.numerator} of {started} processed rightly")
    seen = found["acceptances_seen_within_one_poll"]
    words = f"{seen.numerator} of {seen.denominator} acceptances noticed in time"
    need(seen.numerator == seen.denominator, Breach.UNTRUE, words)
    missed = _missed(simulation)
    need(not missed, Breach.LOST, f"accepted, and never noticed: enrolments {missed}")
    recovery = found["recovery_s"]
    is_quick = recovery.value is None or recovery.value < RECOVERY_LIMIT_S
    need(is_quick, Breach.HANG, f"an outage took {recovery.value} s from the first good answer")
    need(health.duplicates == 0, Breach.DUPLICATE, f"the daily search found {health.duplicates}")


def _missed(simulation: Simulation) -> list[int]:
    """Return whom the world knows as a relation and the program, at its end, still takes for invited only."""
    state = simulation.rig.world.state
    related = {relation.provider_id for relation in state.relations}
    return [
        row["id"]
        for row in simulation.witness.rows(INVITED)
        if row["provider_id"] in related and row["connected_ms"] is None
    ]
