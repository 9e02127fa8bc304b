"""Whatever happens in whatever order: every invariant holds after each step, and what broke is shrunk and printed.

`LEADLOOM_EXAMPLES=200 pytest tests/machine` looks longer, with other dice each time.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engine.domain.sequences import Sequence, StepKind, Variant
from engine.errors import UserError
from engine.provider.simulated.records import Event, EventKind
from engine.services import restoring
from storage.column_types import sequence_of
from tests.fakes.crashes import Crashed
from tests.machine.truth import Kept, Truth
from tests.simulation import verdicts
from tests.simulation.faults import CALM, Fault
from tests.simulation.scenes import AGAIN, FIRST, FRIEND, HELLO, INVITE, NEVER, SOON, often, scene
from tests.simulation.simulation import Simulation, seeded_ids

HOUR_S, DAY_S = 3600.0, 86_400.0
EXAMPLES = int(os.environ.get("LEADLOOM_EXAMPLES", "0"))
PLAN = replace(scene(INVITE + HELLO + AGAIN, SOON, FRIEND, NEVER, FIRST, FRIEND, NEVER), people=4, late_people=2)
BUYERS = f'name = "Buyers"\n{INVITE}{HELLO.replace("Hello", "Good day")}'
PEOPLE = st.integers(0, 5)
FAULTS = st.sampled_from(
    [Fault.RESET_AFTER, Fault.TIMEOUT_BEFORE, Fault.LATE, Fault.ERROR_AFTER, Fault.RATE, Fault.GARBAGE_AFTER]
)


class AnyOrder(RuleBasedStateMachine):
    """The whole engine with its world, and every act that can befall it."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self.computer = "this computer"
        self._stack.enter_context(patch("engine.app.machine_id", lambda _folder: self.computer))
        self._stack.enter_context(seeded_ids(PLAN.seed))
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self.simulation = Simulation(PLAN, folder)
        self._stack.callback(self.simulation.close)
        self.simulation._agenda = []
        until = self.simulation._until
        self.simulation._until = lambda at_s: until(round(at_s, 3))  # a moment that a clock of microseconds can meet
        self.truth, self.disk = Truth(), ExitStack()

    @initialize()
    def begin(self) -> None:
        async def begin() -> None:
            await self.simulation.person.set_up()
            await self.rig.engine.start()

        self.rig.run(begin())
        self.truth.imported(PLAN.people)

    # Ways to do it

    @property
    def rig(self) -> Any:
        return self.simulation.rig

    @property
    def services(self) -> Any:
        return self.rig.engine.services

    def _do(self, act: Callable[[], Awaitable[Any]]) -> bool:
        """Do one thing with the program up; returns whether it was done, not refused or cut short."""

        async def doing() -> bool:
            await self.simulation._until(self.simulation.witness.elapsed_s() + 1.0)
            try:
                await act()
            except (UserError, Crashed):
                return False
            return not self.simulation.machine.died.is_set()

        return self.rig.run(doing())

    def _pass(self, seconds: float) -> None:
        self.rig.run(self.simulation._until(self.simulation.witness.elapsed_s() + seconds))

    def _on_the_loop(self, act: Callable[[], None]) -> None:
        """Change a clock while the program runs, and let a second pass."""

        async def acting() -> None:
            act()
            await self.simulation._until(self.simulation.witness.elapsed_s() + 1.0)

        self.rig.run(acting())

    def _whom(self, number: int) -> str:
        return str(self.rig.people[number].provider_id)

    def is_free(self) -> bool:
        """Whether no end is set and the disk has space."""
        return not self.simulation.machine.is_dying and not self.is_full

    is_full = False

    # Time

    @rule(hours=st.sampled_from([0.05, 1.0, 3.0, 10.0, 30.0, 80.0]))
    def tick(self, hours: float) -> None:
        self._pass(hours * HOUR_S)

    @rule(seconds=st.sampled_from([4.0, 60.0, 2 * HOUR_S, 14 * DAY_S]))
    def sleep(self, seconds: float) -> None:
        self._on_the_loop(lambda: self.simulation.clock.sleep(seconds))

    @rule(seconds=st.sampled_from([0.0, 0.0, 60.0, -60.0, 600.0, -600.0, DAY_S, -DAY_S]))
    def clock_jump(self, seconds: float) -> None:
        self._on_the_loop(lambda: self.simulation.clock.set_wrong(seconds))

    # LinkedIn

    @rule(fault=st.one_of(st.none(), FAULTS))
    def provider(self, fault: Fault | None) -> None:
        self.simulation.line.mix = CALM if fault is None else often(fault)

    @rule(whom=PEOPLE, what=st.sampled_from(["reply", "write_by_hand", "invite_by_hand"]))
    def reply_or_manual_send(self, whom: int, what: str) -> None:
        self.simulation.outside._carry_out(what, self._whom(whom))

    @rule(whom=PEOPLE, kind=st.sampled_from([EventKind.ACCEPT, EventKind.DECLINE]))
    def accept_or_decline(self, whom: int, kind: EventKind) -> None:
        world = self.rig.world
        world.advance()
        world._happen(Event(at_ms=0, number=0, kind=kind, provider_id=self._whom(whom)))

    # The person

    @rule()
    def pause(self) -> None:
        if self._do(self.simulation.person._pause_everything):
            self.truth.posts_at_pause = len(self.simulation.witness.posts)

    @rule()
    def resume(self) -> None:
        self.truth.posts_at_pause = None
        self._do(self.simulation.person.resume_everything)

    @precondition(lambda self: "Buyers" not in self.simulation.person.campaigns)
    @rule()
    def enroll(self) -> None:
        self._do(lambda: self.simulation.person._add_campaign(BUYERS, self.rig.people[:3]))

    @precondition(lambda self: self.truth.leads == PLAN.people and self.is_free())
    @rule()
    def import_leads(self) -> None:
        if self._do(lambda: self.simulation.person._import_more("Founders")):
            self.truth.imported(PLAN.late_people)

    @rule(is_removed=st.booleans(), for_new_only=st.booleans(), words=st.integers(0, 9))
    def edit_sequence(self, is_removed: bool, for_new_only: bool, words: int) -> None:
        async def edit() -> None:
            found = sequence_of(self.rig.one("SELECT steps FROM sequence_version ORDER BY campaign_id, n DESC LIMIT 1"))
            *rest, last = found.steps
            if last.kind is StepKind.MESSAGE and not is_removed:
                rest.append(replace(last, texts=(Variant(share=100, text=f"Other words {words}"),)))
            await self.services.sequence_changes.save(1, Sequence(steps=tuple(rest)), for_new_only=for_new_only)

        self._do(edit)

    @precondition(lambda self: "Buyers" in self.simulation.person.campaigns)
    @rule()
    def archive(self) -> None:
        self._do(self.simulation.person._archive)

    @rule()
    def human(self) -> None:
        before = len(self.simulation.wishes.sent_again)
        self._do(self.simulation.person.answer_questions)
        self.truth.allowed_again += len(self.simulation.wishes.sent_again) - before

    # The machine

    @precondition(lambda self: self.is_free())
    @rule(in_flight=st.booleans())
    def crash_restart(self, in_flight: bool) -> None:
        machine = self.simulation.machine
        machine.kill_in_flight() if in_flight else machine.kill_soon(12)
        self._pass(2 * HOUR_S)

    @precondition(lambda self: self.is_free())
    @rule()
    def second_instance(self) -> None:
        self._do(self.simulation.machine.twice)

    @precondition(lambda self: not self.simulation.machine.is_dying)
    @rule(full=st.booleans())
    def disk(self, full: bool) -> None:
        self.disk.close()
        self.is_full = full
        if full:
            self.disk.enter_context(self.simulation.machine.full_disk())

    @precondition(lambda self: self.is_free())
    @rule()
    def backup(self) -> None:
        target = self.rig.folder / f"backup{len(self.truth.backups)}.db"
        leads = self.truth.leads
        if self._do(lambda: self.services.backups.make(target)):
            self.truth.backups.append(Kept(file=target, leads=leads))

    @precondition(lambda self: self.truth.backups and self.is_free())
    @rule(k=st.integers(0, 9), elsewhere=st.booleans())
    def restore(self, k: int, elsewhere: bool) -> None:
        kept = self.truth.backups[k % len(self.truth.backups)]
        attempts = "SELECT a.seq, d.uuid FROM attempt a JOIN delivery d ON d.id = a.delivery_id"
        seen = {r.seq: r.uuid for r in self.rig.rows(attempts)}
        self.rig.run(self._restore(kept, elsewhere))
        ids = {r.uuid: r.id for r in self.rig.rows("SELECT id, uuid FROM delivery")}
        for post in self.simulation.witness.posts:
            post.delivery_id = ids.get(seen.get(post.seq, ""), post.delivery_id if post.seq not in seen else -post.seq)
        self.truth.went_back(kept)
        self.rig.run(self._go_on())

    async def _restore(self, kept: Kept, elsewhere: bool) -> None:
        simulation, rig = self.simulation, self.rig
        await rig.engine.close()
        if elsewhere:
            self.computer = f"computer {len(simulation.witness.posts)} {simulation.witness.elapsed_s()}"
            shutil.rmtree(rig.paths.state)
            rig.paths.state.mkdir()
        restoring.restore(kept.file, rig.paths, rig.clock.wall())
        await asyncio.sleep(600)
        rig.reopen()
        simulation.adopt(rig.engine)
        simulation.witness.open(rig.paths.database)
        simulation.watch._shadow.clear()

    async def _go_on(self) -> None:
        """What the file doesn't know of any more, nobody has wished."""
        simulation, wishes = self.simulation, self.simulation.wishes
        rows = simulation.witness.rows
        wishes.everything_paused = bool(rows("SELECT is_paused FROM engine_state")[0][0])
        wishes.archived = {r[0] for r in rows("SELECT name FROM campaign WHERE state = 'archived'")}
        simulation.person.campaigns = [r[0] for r in rows("SELECT name FROM campaign ORDER BY id")]
        self.truth.posts_at_pause = len(simulation.witness.posts) if wishes.everything_paused else None
        await self.rig.engine.start()
        for item in await self.services.attention.list():
            if item.kind == "hold":
                await self.services.attention.resolve(item.id, "go_on")

    # What must always hold

    @invariant()
    def nothing_is_found(self) -> None:
        assert self.simulation.findings.first == []

    @invariant()
    def the_truth_holds(self) -> None:
        effects = self.rig.world.state.effects
        self.truth.check_effects(
            [e.provider_id for e in effects if e.kind == "invite"],
            [(e.provider_id, e.text) for e in effects if e.kind == "message"],
        )
        self.truth.check_pause(len(self.simulation.witness.posts))

    def teardown(self) -> None:
        try:
            self.disk.close()
            self.rig.run(self.simulation._let_faults_cease())
            self._pass(2 * DAY_S)
            self.truth.check_leads(self.rig.one("SELECT count(*) FROM lead"))
            verdicts.nothing_twice(self.simulation) if not self.truth.allowed_again else None
            verdicts.file_is_whole(self.simulation)
            broken = [line for line in self.rig.run(self.services.status.check()) if not line.ok]
            assert broken == [] and self.simulation.findings.first == []
        finally:
            self._stack.close()


@pytest.mark.timeout(36_000 if EXAMPLES else 120)
def test_every_invariant_holds_in_any_order() -> None:
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=EXAMPLES or 3,
            stateful_step_count=60,
            derandomize=not EXAMPLES,
            deadline=None,
            print_blob=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
