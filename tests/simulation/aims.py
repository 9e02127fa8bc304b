"""The four aims as the program counts them, against the world's truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.clock import LONGEST_WAIT_S
from engine.domain.health import RECOVERY_LIMIT_S, Target
from tests.simulation.findings import Breach

if TYPE_CHECKING:
    from tests.simulation.simulation import Simulation

ALIVE = 0.9999
LOST_BY_AN_END_S = LONGEST_WAIT_S + 60.0
"""What a kill costs the count of heartbeats: those since the housekeeper last wrote them down."""
STARTED = "SELECT count(*) AS n FROM enrolment e JOIN campaign c ON c.id = e.campaign_id WHERE e.started_ms IS NOT NULL"
INVITED = """SELECT e.id, l.provider_id, e.connected_ms FROM enrolment e JOIN lead l ON l.id = e.lead_id
    WHERE e.invited_ms IS NOT NULL AND e.is_active = 1"""


async def judge_aims(simulation: Simulation) -> None:
    """Hold the program's own numbers against what really was."""
    need = simulation.findings.need
    supervisor = simulation.rig.engine.supervisor
    assert supervisor is not None
    await supervisor.housekeeper.note_beats()
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
    judge_beats(simulation, found["alive"])
    need(health.duplicates == 0, Breach.DUPLICATE, f"the daily search found {health.duplicates}")


def judge_beats(simulation: Simulation, alive: Target) -> None:
    """Hold the count of heartbeats against the seconds in which a process was there and awake."""
    share = alive.value or 0.0
    words = f"{alive.numerator} heartbeats of {alive.denominator}"
    simulation.findings.need(share >= ALIVE, Breach.HANG, words)
    up_s, ends, both_s = simulation.clock.up_s, simulation.machine.unclean_ends, simulation.machine.overlap_s
    is_true = up_s - 60.0 - ends * LOST_BY_AN_END_S <= alive.denominator <= up_s + 60.0 + both_s
    simulation.findings.need(is_true, Breach.UNTRUE, f"{words}, awake {up_s:.0f} s with {ends} unclean ends")


def _missed(simulation: Simulation) -> list[int]:
    """Return whom the world knows as a relation and the program, at its end, still takes for invited only."""
    state = simulation.rig.world.state
    related = {relation.provider_id for relation in state.relations}
    return [
        row["id"]
        for row in simulation.witness.rows(INVITED)
        if row["provider_id"] in related and row["connected_ms"] is None
    ]
