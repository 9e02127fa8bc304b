"""What the computer does: it ends, sleeps, has its clock set, changes its zone, and is started twice."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine.services import restoring
from storage.lock import ProcessLock
from tests.engine.scenes import BRISK, HOURS, INVITING, attempts, folk, ledger, stages, states
from tests.fakes.crashes import CrashAt, Crashed
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig
from tests.matrix.phases import LOST, NEVER, NOW, Phases, friend
from tests.matrix.reaching import Reached, each

MakeRig = Callable[..., Rig]
DAY_S = 86_400.0
SECOND = '[[steps]]\nkind = "message"\nwait = "1d"\ntext = "Did you see my note?"\n'
BY_THE_ACCOUNT = NOW.replace(HOURS, "")


def run_until_dead(phases: Phases) -> None:
    with contextlib.suppress(Crashed):
        phases.go(hours=3)
    phases.start_again()


@pytest.mark.cells("kill-A")
def test_killed_while_looking_it_is_planned_again(phases: Phases) -> None:
    phases.dies("kill-A", is_late=True)
    run_until_dead(phases)
    assert states(phases.rig) == ["planned"]
    phases.ends()


@pytest.mark.parametrize("cell", each("kill-B", "kill-C", "kill-D"))
def test_killed_after_arming_it_is_unknown_and_read(phases: Phases, cell: str) -> None:
    phases.dies(cell)
    run_until_dead(phases)
    assert states(phases.rig) == ["unknown"]
    arrived = cell != "kill-B"
    phases.ends("completed" if arrived else "needs_attention", told=int(arrived))


@pytest.mark.cells("kill-E")
def test_killed_while_settling_it_goes_on_settling(phases: Phases) -> None:
    phases.loses_its_answer(acts=True)
    phases.dies("kill-E")
    run_until_dead(phases)
    assert states(phases.rig) == ["unknown"]
    phases.ends()


@pytest.mark.cells("kill-F")
@pytest.mark.parametrize("at", range(1, 12, 2))
def test_killed_while_importing_the_list_is_whole_or_not_there(make_rig: MakeRig, reached: Reached, at: int) -> None:
    rig = friend(make_rig, 3)
    rig.run(rig.add_account())
    rig.run(rig.engine.services.campaigns.add(NOW))
    crash = CrashAt(rig, at, on_death=lambda: reached("kill-F"))
    with contextlib.suppress(Crashed):
        rig.run(rig.engine.services.leads.import_file(rig.lead_list(), "Writing"))
    if not crash.is_dead:
        reached("kill-F")
        assert at > 5, "no point was passed"
    crash.heal()
    rig.crash()
    rig.run(rig.engine.start())
    assert rig.one("SELECT count(*) FROM lead") in (0, 3)
    rig.run(rig.engine.services.leads.import_file(rig.lead_list(), "Writing"))
    assert rig.one("SELECT count(*) FROM enrolment") == 3


def jump(phases: Phases, seconds: float) -> Callable[[], None]:
    """The computer sleeps: the wall clock and the server's go on together, the monotonic one stands still."""
    return lambda: phases.rig.clock.jump(seconds)


def set_clock(phases: Phases, seconds: float) -> Callable[[], None]:
    """Somebody sets the clock: the server's stays as it is."""
    off = [0.0]
    phases.rig.api._wall = lambda: phases.rig.clock.wall() - timedelta(seconds=off[0])

    def change() -> None:
        phases.rig.clock.jump(seconds)
        off[0] += seconds

    return change


@pytest.mark.parametrize("cell", each("sleep-C", "clock-C"))
def test_a_jump_in_flight_with_a_lost_answer_is_unknown_and_found(phases: Phases, cell: str) -> None:
    change = jump(phases, 3600) if cell == "sleep-C" else set_clock(phases, -3600)
    phases.at(cell, change, answer=LOST)
    phases.go(minutes=40)
    assert "unknown" in (states(phases.rig)[0], attempts(phases.rig)[0][0])
    phases.rig.api._wall = phases.rig.clock.wall
    phases.ends()


@pytest.mark.cells("sleep-D")
def test_a_sleep_before_recording_changes_nothing_of_the_outcome(phases: Phases) -> None:
    phases.at("sleep-D", jump(phases, 3 * 3600))
    phases.go()
    assert ledger(phases.rig)[0][:3] == ("message", "sent", "response")
    phases.ends()


@pytest.mark.cells("sleep-A")
def test_a_sleep_between_look_and_arming_makes_the_look_void(phases: Phases) -> None:
    rig = phases.rig

    def sleep() -> None:
        rig.clock.jump(2 * 3600)
        rig.world.hear_from(rig.people[0].provider_id, "Thanks, not now.")

    phases.at("sleep-A", sleep, is_late=True)
    phases.go(hours=3)
    assert rig.wire.writes == []
    phases.ends("responded", told=0)


@pytest.mark.parametrize("cell", each("sleep-B", "clock-B"))
def test_a_jump_between_arming_and_the_first_byte_breaks_the_send_off(phases: Phases, cell: str) -> None:
    phases.at(cell, jump(phases, 3600) if cell == "sleep-B" else set_clock(phases, 3600))
    phases.go()
    assert attempts(phases.rig)[0] == ("not_sent", "network")


@pytest.mark.cells("clock-D")
def test_an_outcome_is_never_stored_before_its_arming(phases: Phases) -> None:
    rig = phases.rig
    phases.at("clock-D", set_clock(phases, -8 * DAY_S))
    phases.go(NOW + SECOND, minutes=20)
    (row,) = rig.rows("SELECT a.armed_ms, d.ended_ms FROM delivery d JOIN attempt a ON a.delivery_id = d.id")
    assert row.ended_ms >= row.armed_ms
    set_right(phases, 8 * DAY_S)
    phases.ends(told=2)
    first, second = rig.wire.writes
    assert second.at - first.at >= timedelta(days=1)


@pytest.mark.cells("restored-E")
def test_after_a_restore_elsewhere_each_step_is_disproved_alone(
    phases: Phases, reached: Reached, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, target = phases.rig, phases.rig.folder / "backup.db"
    phases.go(NOW + SECOND, minutes=1)
    rig.run(rig.engine.services.backups.make(target))
    rig.run(rig.engine.close())
    restoring.restore(target, rig.paths, rig.clock.wall())
    monkeypatch.setattr("engine.app.machine_id", lambda _folder: "another computer")
    rig.reopen()
    rig.run(rig.engine.start())
    rig.hurry(FAST)
    for choice in ("go_on", "send_again"):
        (item,) = rig.run(rig.engine.services.attention.list())
        rig.run(rig.engine.services.attention.resolve(item.id, choice))
        rig.run(rig.pass_time(days=3))
    reached("restored-E")
    found = rig.rows("SELECT state, verified_ms FROM delivery ORDER BY id")
    assert [r.state for r in found] == ["sent", "human"]
    assert all(r.verified_ms for r in found)
    assert len(rig.wire.writes) == 1


@pytest.mark.cells("sleep-E")
def test_after_a_sleep_replies_and_relations_are_read_before_the_next_send(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch, reached: Reached
) -> None:
    phases = Phases(friend(make_rig, 2), monkeypatch, reached)
    rig, seen = phases.rig, list[int]()
    phases.loses_its_answer(acts=True)

    def sleep() -> None:
        rig.clock.jump(2 * 3600)
        seen.append(len(rig.wire.seen))

    phases.at("sleep-E", sleep)
    phases.go(hours=6)
    after = rig.wire.seen[seen[0] :]
    first = next(i for i, s in enumerate(after) if s.is_write)
    assert {"messages", "relations"} <= {s.path.rsplit("/", 1)[-1] for s in after[:first]}
    phases.ends("completed", "completed", told=2)


@pytest.mark.parametrize("cell", each("sleep-F", "clock-F"))
def test_a_jump_during_an_import_loses_nobody_and_moves_no_due_moment(
    phases: Phases, reached: Reached, cell: str
) -> None:
    rig = phases.rig
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(NOW))
    due = rig.rows("SELECT id, due_ms FROM delivery")
    real, change = rig.engine.ctx.db.write_here, jump(phases, DAY_S if cell == "sleep-F" else -8 * DAY_S)

    def write_here(fn: Any) -> Any:
        if rig.engine.ctx.db.write_here is not real:
            rig.engine.ctx.db.write_here = real  # type: ignore[method-assign]
            reached(cell)
            change()
        return real(fn)

    rig.engine.ctx.db.write_here = write_here  # type: ignore[method-assign]
    more = folk(NEVER, NEVER, seed=7)
    rig.run(rig.engine.services.leads.import_file(rig.lead_list(more), "Writing"))
    assert rig.one("SELECT count(*) FROM lead") == 3
    assert rig.rows("SELECT id, due_ms FROM delivery")[:1] == due


@pytest.mark.cells("clock-A")
@pytest.mark.parametrize("days", [8, -8])
def test_a_clock_set_before_the_look_is_suspect(phases: Phases, days: float) -> None:
    change = set_clock(phases, days * DAY_S)
    phases.at("clock-A", change)
    phases.go(minutes=90)
    assert phases.rig.wire.writes == []
    assert states(phases.rig) == ["planned"]
    set_right(phases, -days * DAY_S)
    phases.ends()


def set_right(phases: Phases, seconds: float) -> None:
    phases.rig.clock.jump(seconds)
    phases.rig.api._wall = phases.rig.clock.wall


@pytest.mark.cells("clock-E")
def test_a_negative_reading_with_a_clock_set_ahead_sends_nothing_again(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch, reached: Reached
) -> None:
    phases = Phases(make_rig(folk=folk(NEVER), speed=BRISK), monkeypatch, reached)
    phases.loses_its_answer(acts=False)
    phases.at("clock-E", set_clock(phases, 8 * DAY_S))
    phases.go(INVITING, hours=3)
    assert states(phases.rig)[0] in ("unknown", "sent")
    assert len(phases.rig.wire.writes) == 1


async def in_tokyo(rig: Rig) -> None:
    (account,) = await rig.engine.services.accounts.list()
    await rig.engine.services.accounts.set(account.name, {"time_zone": "Asia/Tokyo", "hours.end": "12:00"})


@pytest.mark.cells("zone-A")
def test_a_zone_in_which_it_is_evening_lets_nothing_out(phases: Phases) -> None:
    phases.at("zone-A", lambda: in_tokyo(phases.rig), is_late=True)
    phases.go(BY_THE_ACCOUNT, hours=6)
    assert phases.rig.wire.writes == []
    phases.ends()


@pytest.mark.cells("zone-B")
def test_a_zone_changed_after_arming_lets_that_one_go(phases: Phases) -> None:
    phases.at("zone-B", lambda: in_tokyo(phases.rig))
    phases.go(BY_THE_ACCOUNT)
    assert len(phases.rig.wire.writes) == 1
    assert stages(phases.rig) == ["completed"]


@pytest.mark.cells("zone-F")
def test_the_computers_own_zone_moves_nothing(
    phases: Phases, reached: Reached, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = phases.rig
    phases.go(BY_THE_ACCOUNT + SECOND.replace("1d", "1wd"))
    due = "SELECT due_ms FROM delivery WHERE state = 'planned'"
    before = rig.one(due)
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        reached("zone-F")
        rig.crash()
        rig.run(rig.engine.start())
        assert rig.one(due) == before
    time.tzset()


@pytest.mark.cells("twice-A", "twice-F")
def test_a_second_program_finds_the_lock_held(phases: Phases, reached: Reached) -> None:
    rig = phases.rig
    first = ProcessLock(rig.paths.lock)
    assert first.acquire()

    def again(cell: str) -> None:
        second = ProcessLock(rig.paths.lock)
        reached(cell)
        assert not second.acquire()

    phases.at("twice-A", lambda: again("twice-A"))
    phases.go()
    again("twice-F")
    first.release()
    phases.ends()


@pytest.mark.cells("twice-B")
def test_a_second_program_that_gets_past_the_lock_fences_the_first(phases: Phases) -> None:
    rig = phases.rig

    def taken_over() -> None:
        rig.engine.ctx.db.write_here(lambda u: u.connection.exec_driver_sql("UPDATE engine_state SET boot_id = 'b'"))

    phases.at("twice-B", taken_over, phase="A", is_late=True)
    phases.go(hours=3)
    assert rig.wire.writes == []


@pytest.mark.cells("twice-C")
def test_a_second_program_started_in_flight_makes_no_second_request(phases: Phases) -> None:
    rig = phases.rig
    first = rig.engine

    async def start_another() -> None:
        rig.reopen()
        await rig.engine.start()

    phases.at("twice-C", start_another)
    phases.go(hours=2)
    assert len(rig.wire.writes) == 1
    rig.run(first.break_off())
    rig.run(first.close())
    phases.ends()


async def fall_over() -> None:
    raise RuntimeError("a fault of ours")


@pytest.mark.parametrize("cell", each("cancelled-A", "cancelled-B", "cancelled-C", "cancelled-E"))
def test_an_error_of_ours_leaves_nothing_behind(phases: Phases, cell: str) -> None:
    if cell == "cancelled-E":
        phases.loses_its_answer(acts=True)
    phases.at(cell, fall_over)
    phases.go(hours=3)
    arrived = cell != "cancelled-B"
    phases.ends("completed" if arrived else "needs_attention", told=int(arrived))


@pytest.mark.cells("cancelled-D")
def test_a_recording_whose_task_is_cancelled_is_recorded_all_the_same(phases: Phases) -> None:
    def cancel() -> None:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().call_soon(task.cancel)

    phases.at("cancelled-D", cancel)
    phases.go()
    assert ledger(phases.rig)[0][:3] == ("message", "sent", "response")
    judge(phases.rig)


@pytest.mark.cells("cancelled-F")
def test_a_unit_of_work_whose_waiter_is_cancelled_is_completed(phases: Phases, reached: Reached) -> None:
    rig = phases.rig
    rig.run(rig.add_account())
    rig.run(rig.engine.services.campaigns.add(NOW))

    async def cancelled() -> None:
        importing = asyncio.create_task(rig.engine.services.leads.import_file(rig.lead_list(), "Writing"))
        await rig.clock.pause(0)
        importing.cancel()
        reached("cancelled-F")
        with contextlib.suppress(asyncio.CancelledError):
            await importing

    rig.run(cancelled())
    rig.crash()
    rig.run(rig.engine.start())
    assert rig.one("SELECT count(*) FROM lead") in (0, 1)
    broken = [line for line in rig.run(rig.engine.services.status.check()) if not line.ok]
    assert broken == []
