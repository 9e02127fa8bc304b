"""The checkers checked: a practice LinkedIn, or a machine, that cheats is caught."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.provider.simulated.world import World
from tests.simulation.findings import Breach
from tests.simulation.line import SimulatedLine
from tests.simulation.plan import Plan
from tests.simulation.scenes import AGAIN, FRIEND, HELLO, scene
from tests.simulation.simulation import Simulation, seeded_ids

TWO = scene(HELLO + AGAIN, FRIEND, FRIEND, days=4)


def cheated(plan: Plan, folder: Path, cheat: Callable[[Simulation], None]) -> dict[Breach, int]:
    """Run a plan with a cheat; returns what was found."""
    with seeded_ids(plan.seed):
        simulation = Simulation(plan, folder)
        cheat(simulation)
        try:
            simulation.play()
        finally:
            simulation.close()
    return simulation.findings.counts


def doubles_an_effect(simulation: Simulation) -> None:
    real = simulation.line._acted

    async def twice(request: httpx.Request, post: Any) -> httpx.Response:
        if post is not None:
            await real(request, post)
        return await real(request, post)

    simulation.line._acted = twice  # type: ignore[method-assign]


def acts_without_a_request(simulation: Simulation) -> None:
    real, people = simulation.line._acted, simulation.rig.people

    async def more(request: httpx.Request, post: Any) -> httpx.Response:
        if request.method == "GET" and simulation.witness.elapsed_s() > 7200 and not simulation.rig.world.state.effects:
            with simulation.witness.effects_of(None):
                simulation.rig.world.send(people[0].provider_id, "Who wrote this?")
        return await real(request, post)

    simulation.line._acted = more  # type: ignore[method-assign]


def confirms_what_it_never_did(simulation: Simulation) -> None:
    real = World.send

    def nothing(self: World, provider_id: str, text: str) -> Any:
        effects = len(self.state.effects)
        message = real(self, provider_id, text)
        del self.state.effects[effects:]
        return message

    simulation.rig.world.send = nothing.__get__(simulation.rig.world)  # type: ignore[method-assign]


def answers_are_backdated(simulation: Simulation) -> None:
    """An answer that was readable all along appears behind the program's back, right before its second message."""
    real = SimulatedLine.handle_async_request
    world = simulation.rig.world

    async def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and len(simulation.witness.posts) == 2:
            for person in simulation.rig.people:
                message = world.hear_from(person.provider_id, "Long before")
                place = world.state.messages.index(message)
                earlier = message.at_ms - 3_600_000
                world.state.messages[place] = replace(message, at_ms=earlier, copied_ms=earlier)
        return await real(simulation.line, request)

    simulation.line.handle_async_request = handle  # type: ignore[method-assign]


def loses_a_row(simulation: Simulation) -> None:
    _in_the_database(simulation, "DELETE FROM delivery WHERE state = 'planned' AND kind = 'message'")


def skips_a_step(simulation: Simulation) -> None:
    _in_the_database(simulation, "UPDATE delivery SET step_key = 'gone' WHERE step_key = 'message_1'")


def raises_a_budget(simulation: Simulation) -> None:
    _in_the_database(simulation, "DELETE FROM budget_use")


def _in_the_database(simulation: Simulation, statement: str) -> None:
    act = simulation.outside.act

    def behind_its_back(name: str) -> None:
        if name == "cheat":
            simulation.rig.engine.ctx.db.write_here(lambda u: u.connection.exec_driver_sql(statement))
        else:
            act(name)

    simulation.outside.act = behind_its_back  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("cheat", "hour", "breach"),
    [
        (doubles_an_effect, 6.0, Breach.DUPLICATE),
        (acts_without_a_request, 6.0, Breach.UNARMED),
        (confirms_what_it_never_did, 6.0, Breach.UNTRUE),
        (answers_are_backdated, 6.0, Breach.AFTER_REPLY),
        (loses_a_row, 6.0, Breach.LOST),
        (skips_a_step, 90.0, Breach.SKIPPED),
        (raises_a_budget, 6.0, Breach.UNARMED),
    ],
    ids=lambda v: getattr(v, "__name__", str(v)),
)
def test_who_cheats_is_caught(tmp_path: Path, cheat: Callable[[Simulation], None], hour: float, breach: Breach) -> None:
    plan = scene(HELLO + AGAIN, FRIEND, FRIEND, days=4, acts=[(hour, "world", "cheat")])
    assert breach in cheated(plan, tmp_path, cheat)


def test_an_honest_world_is_not_accused(tmp_path: Path) -> None:
    assert cheated(TWO, tmp_path, lambda _: None) == {}
