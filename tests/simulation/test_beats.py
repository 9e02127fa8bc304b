"""Heartbeats on a clock that jumps: what holds the loop up, or ends the watch, shows in `alive`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.simulation.findings import Breach
from tests.simulation.scenes import FRIEND, HELLO, scene
from tests.simulation.simulation import Simulation, seeded_ids

HELD_UP_S = 300.0
"""More than one second in ten thousand of the scene."""


def found_after(folder: Path, harm: Callable[[Simulation], None]) -> dict[Breach, int]:
    """Run two days, in the middle of which something is done to the program; returns what was found."""
    plan = scene(HELLO, FRIEND, days=2, acts=[(20.0, "world", "harm")])
    with seeded_ids(plan.seed):
        simulation = Simulation(plan, folder)
        simulation.outside.act = lambda _: harm(simulation)  # type: ignore[method-assign]
        try:
            simulation.play()
        finally:
            simulation.close()
    return simulation.findings.counts


def test_a_loop_that_is_held_up_misses_beats(tmp_path: Path) -> None:
    found = found_after(tmp_path, lambda s: s.clock.block(HELD_UP_S))
    assert found == {Breach.HANG: 1}


def test_a_watch_that_has_ended_is_missed(tmp_path: Path) -> None:
    def end(simulation: Simulation) -> None:
        supervisor = simulation.rig.engine.supervisor
        assert supervisor is not None
        next(t for t in supervisor._tasks if t.get_name() == "wake_watch").cancel()

    assert found_after(tmp_path, end) == {Breach.UNTRUE: 1}


@pytest.mark.parametrize("trouble", ["kill", "sleep", "second_instance", "off", "set_clock"])
def test_kills_sleeps_and_clocks_cost_no_beat(tmp_path: Path, trouble: str) -> None:
    plan = scene(HELLO, FRIEND, days=2, acts=[(20.0, "machine", trouble)])
    with seeded_ids(plan.seed):
        simulation = Simulation(plan, tmp_path)
        try:
            simulation.play()
        finally:
            simulation.close()
    assert simulation.findings.first == []
