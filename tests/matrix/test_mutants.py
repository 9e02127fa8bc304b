"""Safeguards taken out that a directed scene notices: each scene holds with the safeguard, and fails without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from engine.domain.sequences import Sequence
from engine.domain.working_hours import WorkingHours, make_hours
from engine.services import restoring
from engine.services.sending import claiming
from engine.workers.sender import Sender
from storage.column_types import sequence_of
from storage.database import RuleBroken
from storage.journal import SendJournal
from storage.repositories import deliveries, enrolments, repeats, versions
from storage.repositories.deliveries import Armed
from tests.engine.scenes import INVITING, folk, leave_open, states
from tests.fakes.judge import judge, nothing_twice
from tests.fakes.rig import FAST, Rig
from tests.matrix.phases import NEVER, NOW, Phases, friend
from tests.matrix.test_line import stale
from tests.matrix.test_machine import DAY_S, SECOND, set_clock
from tests.simulation.mutants import without

MakeRig = Callable[..., Rig]
Scene = Callable[[MakeRig, pytest.MonkeyPatch], None]
QUICK = INVITING.replace("5d", "1d")
AGAIN = NOW.replace('"Writing"', '"Again"')


def _phases(make_rig: MakeRig, patched: pytest.MonkeyPatch) -> Phases:
    return Phases(friend(make_rig), patched, lambda _cell: None)


# Scenes


def a_copy_that_is_not_fresh(make_rig: MakeRig, patched: pytest.MonkeyPatch) -> None:
    phases = _phases(make_rig, patched)
    phases.bend("stale-A", stale)
    phases.go(hours=2)
    assert phases.rig.wire.writes == []


def a_clock_set_ahead(make_rig: MakeRig, patched: pytest.MonkeyPatch) -> None:
    phases = _phases(make_rig, patched)
    phases.at("clock-A", set_clock(phases, 7 * DAY_S))
    phases.go(hours=2)
    assert phases.rig.wire.writes == []


def a_file_from_elsewhere(make_rig: MakeRig, patched: pytest.MonkeyPatch) -> None:
    phases = _phases(make_rig, patched)
    rig, target = phases.rig, phases.rig.folder / "backup.db"
    phases.go(minutes=1)
    rig.run(rig.engine.services.backups.make(target))
    rig.run(rig.engine.close())
    restoring.restore(target, rig.paths, rig.clock.wall())
    patched.setattr("engine.app.machine_id", lambda _folder: "another computer")
    rig.reopen()
    rig.run(rig.engine.start())
    (item,) = rig.run(rig.engine.services.attention.list())
    rig.run(rig.engine.services.attention.resolve(item.id, "go_on"))
    rig.crash()
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=3))
    assert rig.wire.writes == []


def an_arming_that_fails(make_rig: MakeRig, patched: pytest.MonkeyPatch) -> None:
    phases, failed = _phases(make_rig, patched), list[int]()

    def arm(*_: Any, **__: Any) -> Armed:
        failed.append(1)
        raise RuntimeError("a fault of ours")

    patched.setattr(deliveries, "arm", arm)
    phases.go(minutes=20)
    journal = SendJournal(phases.rig.paths.state, phases.rig.one("SELECT lineage FROM engine_state"), "")
    assert failed and list(journal.lines()) == []


def an_archived_campaign(make_rig: MakeRig, patched: pytest.MonkeyPatch) -> None:
    phases = _phases(make_rig, patched)
    phases.go()
    phases.rig.run(phases.rig.engine.services.archiving.archive("Writing"))
    judge(phases.rig)


def a_step_taken_out(make_rig: MakeRig, patched: pytest.MonkeyPatch) -> None:
    phases = _phases(make_rig, patched)
    phases.go(NOW + SECOND)
    found = sequence_of(phases.rig.one("SELECT steps FROM sequence_version"))
    phases.rig.run(phases.rig.engine.services.sequence_changes.save(1, Sequence(steps=found.steps[1:])))
    phases.ends(told=2)


def the_day_after_a_change_of_clock(_make_rig: MakeRig, _patched: pytest.MonkeyPatch) -> None:
    zone = ZoneInfo("America/New_York")
    hours = make_hours(zone.key, range(7), time(9), time(17))
    saturday = datetime(2026, 3, 7, 10, tzinfo=zone).astimezone(UTC)
    assert hours.add_working_days(saturday, 1) == datetime(2026, 3, 8, 10, tzinfo=zone)


def a_second_open_row(make_rig: MakeRig, patched: pytest.MonkeyPatch) -> None:
    """The claim of a person by one campaign is lost, by a fault of ours."""
    rig = friend(make_rig)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(NOW))
    rig.run(rig.add_campaign(AGAIN.replace("thanks for connecting", "one more thing")))
    leave_open(rig, 1, "human")

    def lose_claim(uow: Any) -> None:
        uow.connection.exec_driver_sql("UPDATE lead_claim SET enrolment_id = 2")
        enrolments.replan(uow, 2, rig.clock.now())

    rig.run(rig.engine.ctx.db.write(lose_claim))
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=3))
    assert states(rig)[0] == "human" and rig.wire.writes == []


def an_invitation_that_lapsed(make_rig: MakeRig, patched: pytest.MonkeyPatch) -> None:
    rig = make_rig(folk=folk(NEVER), speed=FAST)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(QUICK))
    rig.run(rig.add_campaign(QUICK.replace('"Inviting"', '"Again"')))
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(days=9))
    assert rig.one("SELECT count(*) FROM attempt a JOIN delivery d ON d.id = a.delivery_id WHERE kind = 'invite'") == 1


def the_same_text_twice(make_rig: MakeRig, patched: pytest.MonkeyPatch) -> None:
    """The look is blind and the look-up forgets, by faults of ours."""
    rig = friend(make_rig)
    patched.setattr("engine.services.sending.arming.text_is_there", lambda *_: False)
    patched.setattr(repeats, "has_same_text", lambda *_: False)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(NOW))
    rig.run(rig.add_campaign(AGAIN))
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=6))
    assert len(rig.world.state.effects) == 1
    nothing_twice(rig, rig.world.state.effects)


def a_sent_row_planned_again(make_rig: MakeRig, patched: pytest.MonkeyPatch) -> None:
    phases = _phases(make_rig, patched)
    phases.go()
    again = "UPDATE delivery SET state = 'planned' WHERE state = 'sent'"
    with pytest.raises(RuleBroken):
        phases.rig.engine.ctx.db.write_here(lambda u: u.connection.execute(text(again)))
    assert states(phases.rig) == ["sent"]


# Mutants


@contextmanager
def _no_health() -> Iterator[None]:
    async def nothing(*_: Any) -> None:
        return None

    with patch("engine.workers.looks.need_healthy", nothing):
        yield


@contextmanager
def _journal_before_arming() -> Iterator[None]:
    real = Sender._arm

    def arm(self: Sender, uow: Any, claimed: Any, *args: Any) -> Any:
        row, seq = claimed.row, uow.connection.execute(text("SELECT send_seq + 1 FROM engine_state")).scalar_one()
        now = self._ctx.clock.now()
        armed = Armed(delivery_id=row.delivery_id, uuid=row.uuid, n=1, seq=seq, kind=row.kind, body="", armed_at=now)
        self._journal(claimed, armed, "")
        return real(self, uow, claimed, *args)

    with patch.object(Sender, "_arm", arm):
        yield


@contextmanager
def _deletes_cascade() -> Iterator[None]:
    from engine.services import archiving

    real = archiving._archive

    def archive(uow: Any, row: Any, now: Any) -> Any:
        of = f"(SELECT id FROM delivery WHERE campaign_id = {row.campaign_id})"
        for table in ("budget_use", "attempt"):
            uow.connection.exec_driver_sql(f"DELETE FROM {table} WHERE delivery_id IN {of}")
        uow.connection.exec_driver_sql(f"DELETE FROM delivery WHERE campaign_id = {row.campaign_id}")
        return real(uow, row, now)

    with patch.object(archiving, "_archive", archive):
        yield


@contextmanager
def _versions_by_position() -> Iterator[None]:
    real = versions.add

    def add(uow: Any, campaign_id: int, sequence: Sequence, now: Any) -> Any:
        before = uow.connection.execute(text("SELECT steps FROM sequence_version")).scalar_one()
        keys = [s.key for s in sequence_of(before).steps]
        steps = tuple(replace(s, key=key) for s, key in zip(sequence.steps, keys, strict=False))
        return real(uow, campaign_id, Sequence(steps=steps), now)

    with patch.object(versions, "add", add):
        yield


def _patched(owner: Any, name: str, value: Any) -> Callable[[], Any]:
    return lambda: patch.object(owner, name, value)


def _days_of_24_hours(self: WorkingHours, from_: datetime, working_days: int) -> datetime | None:
    return self.next_opening(from_ + timedelta(hours=24) * working_days)


MUTANTS: dict[str, tuple[Scene, Callable[[], Any]]] = {
    "a copy that isn't fresh is evidence": (a_copy_that_is_not_fresh, _no_health),
    "the clock isn't compared with the server's": (
        a_clock_set_ahead,
        _patched(Sender, "_is_clock_wrong", lambda _self: False),
    ),
    "no verify marks": (a_file_from_elsewhere, _patched(claiming.verifying, "is_doubtful", lambda *_: False)),
    "the journal before the arming": (an_arming_that_fails, _journal_before_arming),
    "a cascade takes history with it": (an_archived_campaign, _deletes_cascade),
    "versions by position": (a_step_taken_out, _versions_by_position),
    "a day has 24 hours": (
        the_day_after_a_change_of_clock,
        _patched(WorkingHours, "add_working_days", _days_of_24_hours),
    ),
    "without uq_delivery_one_open": (a_second_open_row, lambda: without("DROP INDEX uq_delivery_one_open")),
    "without uq_delivery_one_invite": (
        an_invitation_that_lapsed,
        lambda: without("DROP INDEX uq_delivery_one_invite"),
    ),
    "without uq_delivery_same_text": (the_same_text_twice, lambda: without("DROP INDEX uq_delivery_same_text")),
    "any move is legal": (a_sent_row_planned_again, lambda: without("DROP TRIGGER delivery_transition")),
}
"""With those of `tests/simulation/mutants.py` the whole list of the specification. This provider has no cache that its
answers could come from; in its place stands the account's health, before and after a reading."""


@pytest.mark.parametrize("name", MUTANTS)
def test_a_missing_safeguard_is_noticed_by_its_scene(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    scene, put_in = MUTANTS[name]
    with ExitStack() as stack:
        stack.enter_context(put_in())
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            scene(make_rig, monkeypatch)


@pytest.mark.parametrize("name", MUTANTS)
def test_the_scene_holds_with_the_safeguard(make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    MUTANTS[name][0](make_rig, monkeypatch)
