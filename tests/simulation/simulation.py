"""One seed: a whole month or more of a person, a machine, a bad line and the real program, and what came of it.

The driver is one coroutine that does one thing after the other; the engine's workers go on meanwhile.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import heapq
import itertools
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from engine.app import Engine
from engine.domain.practice_people import make_people
from engine.errors import UserError
from engine.provider.simulated.transport import PracticeTransport
from engine.workers.wake_watch import WakeWatch
from storage.unit_of_work import Committed
from tests.fakes.clock import FakeClock
from tests.fakes.crashes import Crashed
from tests.fakes.rig import Rig
from tests.simulation import verdicts
from tests.simulation.afterwards import CANARY, Held, everything_is_let_go, heard, no_task_is_left
from tests.simulation.clock import SimulatedClock
from tests.simulation.findings import Breach, Finding, Findings
from tests.simulation.ledger_watch import LedgerWatch
from tests.simulation.line import SimulatedLine
from tests.simulation.machine import Machine, on_driver
from tests.simulation.outside import Outside
from tests.simulation.person import Person
from tests.simulation.plan import Plan, draw_plan
from tests.simulation.witness import Wishes, Witness

HOUR_S, DAY_S = 3600.0, 86_400.0
SHORTEST_S = 0.001
"""Less than the clocks tell apart would let no time pass at all."""
EVENING_S = 9 * HOUR_S
"""The person looks at the program so often."""
LONGEST_END_DAYS = 120.0
"""After the faults have ceased everything must come to its end in this time; limits of a few a day need it."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a seed came to. `log_sha` is the same for the same seed and the same program."""

    seed: int
    log_sha: str
    virtual_s: float
    real_s: float
    effects: int
    requests: int
    commits: int
    ends: int
    questions: int
    faults: int
    mix: str
    first: tuple[Finding, ...]
    counts: dict[Breach, int]


def run_seed(seed: int, folder: Path, cut: Callable[[Plan], Plan] = lambda plan: plan) -> Outcome:
    """Run one seed, or what `cut` leaves of its plan, in an empty folder."""
    begun = time.perf_counter()
    before = Held.now()
    with no_collection(), seeded_ids(seed):
        simulation = Simulation(cut(draw_plan(seed)), folder)
        try:
            simulation.play()
        finally:
            simulation.close()
        everything_is_let_go(simulation.findings, before)
        return simulation.outcome(time.perf_counter() - begun)


@contextmanager
def seeded_ids(seed: int) -> Iterator[None]:
    """Make every new id follow from the seed; a machine is told by its state folder, and the key is a canary."""
    dice = Random(f"ids {seed}")

    def made() -> uuid.UUID:
        return uuid.UUID(int=dice.getrandbits(128), version=4)

    with ExitStack() as stack:
        for name in ("uuid.uuid4", "storage.repositories.enrolments.uuid4", "storage.repositories.state.uuid4"):
            stack.enter_context(patch(name, made))
        for name in ("engine.app.machine_id", "engine.services.restoring.machine_id"):
            stack.enter_context(patch(name, lambda state: f"the machine of {state.name}"))
        stack.enter_context(patch("engine.services.connections.PRACTICE_KEY", CANARY))
        yield


@contextmanager
def no_collection() -> Iterator[None]:
    """Let garbage lie until the end: looking for it all the time is a tenth of a run."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


class Simulation:
    """Everything that a seed needs, and its driver."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.findings, self.wishes = Findings(), Wishes()
        self._sha = hashlib.sha256()
        self._numbers = itertools.count()
        self._blobs = self._dice("blobs")
        clock = SimulatedClock(plan.start, polling_speed=plan.polling_speed)
        self.clock = clock
        folk = plan.folk or make_people(plan.people + plan.late_people, plan.seed)
        self.rig = Rig(
            folder,
            folk=folk,
            seed=plan.seed,
            clock=clock,
            make_wire=self._make_line,
            chat_lag_s=plan.chat_lag_s,
            is_premium=plan.settings["paid"] == "yes",
        )
        self.rig.api._key = CANARY
        self.witness = Witness(clock, self.rig.world, self.wishes, self.findings, self.rig.paths.state)
        self.witness.log = self.log
        self.line.witness, self.line.api = self.witness, self.rig.api
        self.line.log, self.line.sleep = self.log, clock.sleep
        self.watch = LedgerWatch(self.witness, self.wishes, self.findings)
        self.witness.open(self.rig.paths.database)
        self.adopt(self.rig.engine)
        late = folk[plan.people :]
        self.person = Person(self.rig, plan, self._dice("person"), self.wishes, self.witness, late)
        self.machine = Machine(self.rig, self._dice("machine"), self.adopt)
        self.outside = Outside(self.rig.world, self._dice("outside"), self.witness)
        clock.is_up, clock.watch_now = self._is_up, self._watch_now

    def _is_up(self) -> bool:
        return self.rig.engine.supervisor is not None and not self.machine.died.is_set()

    def _watch_now(self) -> WakeWatch | None:
        supervisor = self.rig.engine.supervisor
        return supervisor.watch if supervisor is not None else None

    def _dice(self, name: str) -> Random:
        return Random(f"simulation {self.plan.seed} {name}")

    def _make_line(self, plug: PracticeTransport, clock: FakeClock) -> SimulatedLine:
        self.line = SimulatedLine(plug, clock, self._dice("line"))
        return self.line

    def adopt(self, engine: Engine) -> None:
        """Judge every commit of an engine."""
        db = engine.ctx.db
        on_driver(db, lambda driver: driver.create_function("randomblob", 1, self._blobs.randbytes))
        real = db.write_here

        def write_here(fn: Any) -> Any:
            result, committed = real(fn)
            self._on_commit(committed)
            return result, committed

        db.write_here = write_here  # type: ignore[method-assign]

    def _on_commit(self, committed: Committed) -> None:
        changed = ";".join(f"{k}:{sorted(v)}" for k, v in sorted(committed.changed.items()))
        self.log("commit", changed, *(type(n).__name__ for n in committed.news))
        self.watch.after_commit(committed)

    def log(self, *words: object) -> None:
        """Add a line to the event log, of which the hash is kept."""
        self._sha.update(f"{self.witness.elapsed_s():.3f}|{'|'.join(map(str, words))}\n".encode())

    # The driver

    def play(self) -> None:
        """Run the plan, let the faults cease, run to the end, and judge."""
        try:
            with heard(self.findings):
                self.rig.run(self._play())
        except AssertionError as error:
            self.findings.add(Breach.HANG, str(error))
        except Crashed as error:
            self.findings.add(Breach.HANG, f"the driver met an end that it didn't expect: {error}")
        except Exception as error:
            self.findings.add(Breach.HANG, f"{type(error).__name__}: {error}")
        else:
            self.rig.run(verdicts.judge(self))

    async def _play(self) -> None:
        self.line.mix = self.plan.mix
        await self.person.set_up()
        await self.rig.engine.start()
        self._agenda = [(a.at_s, next(self._numbers), a.who, a.act) for a in self.plan.acts]
        self._agenda += [(at, next(self._numbers), "evening", "") for at in _every(EVENING_S, self.plan.days)]
        heapq.heapify(self._agenda)
        while self._agenda:
            at_s, _, who, act = heapq.heappop(self._agenda)
            await self._until(at_s)
            await self._do(who, act)
        await self._until(self.plan.days * DAY_S)
        await self._let_faults_cease()
        await self._to_the_end()

    async def _until(self, at_s: float) -> None:
        """Let time pass; an end of the process is noticed at once, the machine started again some time later."""
        while True:
            self.line.deliver_late()
            for what, whom in self.outside.happen():
                self.log("outside", what, whom)
            if self.machine.died.is_set():
                await self._revive()
                continue
            next_s = min(at_s, self.outside.next_at_s() or at_s)
            left_s = next_s - self.witness.elapsed_s()
            if left_s <= 0:
                if next_s >= at_s:
                    return
                continue
            try:
                async with asyncio.timeout(max(left_s, SHORTEST_S)):
                    await self.machine.died.wait()
            except TimeoutError:
                continue

    async def _revive(self) -> None:
        dice = self.machine_dice
        down_s = dice.choice((0.0, 5.0, 60.0, HOUR_S, 10 * HOUR_S, dice.uniform(0, 3 * DAY_S)))
        self.log("down", f"{down_s:.0f}")
        await asyncio.sleep(down_s)
        try:
            await self.machine.start_again()
        except Crashed:
            self.machine.died.set()

    @property
    def machine_dice(self) -> Random:
        return self.machine._dice

    async def _do(self, who: str, act: str) -> None:
        self.log("act", who, act)
        try:
            if who == "user":
                await self.person.act(act)
                self._plan_end(act)
            elif who == "later":
                await self._undo(act)
            elif who == "world":
                self.outside.act(act)
            elif who == "evening":
                self.outside.answer_somebody()
                if self.machine_dice.random() < 0.6:
                    await self.person.answer_questions()
            else:
                await self._machine_act(act)
        except UserError as error:
            self.log("refused", str(error))
        except Crashed:
            self.log("cut short")
        if who == "user" and self.machine.died.is_set():
            self._plan_end(act)

    def _later(self, after_s: float, act: str) -> None:
        at_s = self.witness.elapsed_s() + after_s
        heapq.heappush(self._agenda, (at_s, next(self._numbers), "later", act))

    def _plan_end(self, act: str) -> None:
        """Whatever is paused goes on some time."""
        if act.startswith("pause"):
            self._later(self.machine_dice.uniform(0.1, 3) * DAY_S, "resume")
        elif act == "limits":
            self._later(self.machine_dice.uniform(1, 4) * DAY_S, "limits_back")

    async def _undo(self, act: str) -> None:
        if act == "resume":
            await self.person.resume_everything()
        elif act == "limits_back":
            await self.person.put_limits_back()
        elif act == "clock_right":
            self.clock.set_wrong(0.0)

    async def _machine_act(self, act: str) -> None:
        dice, machine = self.machine_dice, self.machine
        if act == "kill":
            machine.kill_soon()
        elif act == "kill_in_flight":
            machine.kill_in_flight()
        elif act == "kill_at_start":
            machine.die_in_next_start()
        elif act == "sleep":
            self.clock.sleep(dice.choice((600.0, 8 * HOUR_S, dice.uniform(0.5, 5) * DAY_S)))
        elif act == "short_sleep":
            self.clock.sleep(dice.uniform(2, 120))
        elif act == "sleep_in_flight":
            self.line.sleeps_in_flight_s = dice.choice((20.0, 1200.0, 9 * HOUR_S))
        elif act == "set_clock":
            self.clock.set_wrong(dice.choice((-1, 1)) * dice.choice((600.0, DAY_S, 8 * DAY_S)))
            self._later(dice.uniform(0.5, 30) * HOUR_S, "clock_right")
        elif act == "nudge_clock":
            self.clock.set_wrong(dice.uniform(-60, 60))
            self._later(dice.uniform(0.5, 30) * HOUR_S, "clock_right")
        elif act == "disk_full":
            with machine.full_disk():
                await self._until(self.witness.elapsed_s() + dice.choice((60.0, HOUR_S, 20 * HOUR_S)))
        elif machine.is_dying:
            return
        elif act.startswith("restore"):
            elsewhere = act == "restore_elsewhere"
            await machine.restore(self.person.restores, self.watch.forget, is_elsewhere=elsewhere)
        else:
            await (machine.twice() if act == "second_instance" else machine.off_and_on())

    async def _let_faults_cease(self) -> None:
        """From here on nothing goes wrong any more."""
        from tests.simulation.faults import CALM

        self.line.mix, self.line.sleeps_in_flight_s = CALM, 0.0
        self.clock.set_wrong(0.0)
        self.rig.world.set_account_status("OK")
        if self.machine.crash is not None:
            self.machine.died.set()
        await self._until(self.witness.elapsed_s() + 1.0)
        await self._do("later", "limits_back")
        await self._do("later", "resume")

    async def _to_the_end(self) -> None:
        from storage.queries.idleness import is_idle

        last_s = self.witness.elapsed_s() + LONGEST_END_DAYS * DAY_S
        while self.witness.elapsed_s() < last_s:
            await self._until(self.witness.elapsed_s() + 6 * HOUR_S)
            await self._do("evening", "")
            await self.person.answer_questions()
            if self.rig.engine.ctx.db.read_here(is_idle):
                await self._until(self.witness.elapsed_s() + HOUR_S)
                if self.rig.engine.ctx.db.read_here(is_idle):
                    return
        left = self.witness.rows("SELECT kind, state, count(*) AS n FROM delivery GROUP BY kind, state")
        self.findings.add(
            Breach.HANG, f"not at an end after {LONGEST_END_DAYS:.0f} calm days: {[tuple(r) for r in left]}"
        )

    def close(self) -> None:
        """Stop everything."""
        self.witness.close()
        self.rig.run(self.rig.engine.close())
        self.rig.run(no_task_is_left(self.findings))
        self.rig.close()

    def outcome(self, real_s: float) -> Outcome:
        """Return what came of it."""
        return Outcome(
            seed=self.plan.seed,
            log_sha=self._sha.hexdigest(),
            virtual_s=self.witness.elapsed_s(),
            real_s=real_s,
            effects=len(self.rig.world.state.effects),
            requests=self.line.requests,
            commits=self.watch.commits,
            ends=len(self.machine.deaths),
            questions=self.person.questions,
            faults=sum(self.line.counts.values()),
            mix=self.plan.mix.name,
            first=tuple(self.findings.first),
            counts=dict(self.findings.counts),
        )


def _every(step_s: float, days: float) -> list[float]:
    return [step_s * n for n in range(1, int(days * DAY_S / step_s))]
