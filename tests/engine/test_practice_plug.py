"""Pull the plug: what is broken is really broken, nothing goes out twice, and what is told is what the ledger says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from engine.practice_plug import OUTAGE, SLEEP, Plug, told
from storage.queries.disturbances import Disturbance
from storage.queries.invariants import check_all
from tests.fakes.clock import FakeClock
from tests.fakes.rig import FAST, Rig


class SkippingClock(FakeClock):
    """A jumping clock that practice time can be moved on."""

    def skip(self, length: timedelta) -> None:
        self.jump(length.total_seconds())


@contextmanager
def _running(tmp_path: Path) -> Iterator[tuple[Rig, Plug]]:
    rig = Rig(tmp_path, speed=FAST)
    rig.clock.__class__ = SkippingClock

    async def begin() -> None:
        await rig.add_account()
        await rig.add_campaign()
        await rig.engine.start()
        await rig.pass_time(hours=3)

    rig.run(begin())
    yield rig, Plug(rig.engine, rig.clock, rig.plug)  # type: ignore[arg-type]
    assert [line.name for line in rig.engine.ctx.db.read_here(check_all) if not line.ok] == []
    rig.close()


@pytest.mark.parametrize("kind", ["kill", "network", "rubbish", "sleep"])
def test_nothing_goes_out_twice_and_everybody_is_reached(tmp_path: Path, kind: str) -> None:
    with _running(tmp_path) as (rig, plug):
        words = rig.run(plug.pull(kind))
        assert "Nothing went out twice" in words
        assert rig.plug.is_reachable and not rig.plug.answers_rubbish
        rig.run(rig.to_the_end())
        effects = [(e.kind, e.provider_id, e.text) for e in rig.world.state.effects if e.kind in ("invite", "message")]
        assert len(effects) == len(set(effects))
        assert rig.one("SELECT count(*) FROM enrolment WHERE is_active = 1") == rig.one(
            "SELECT count(*) FROM enrolment WHERE stage = 'needs_attention'"
        )


def test_nothing_goes_out_while_the_network_is_away(tmp_path: Path) -> None:
    with _running(tmp_path) as (rig, plug):
        before, began = len(rig.world.state.effects), rig.clock.now()

        async def watch() -> int:
            pulling = asyncio.create_task(plug.pull("network"))
            await rig.pass_time(seconds=(OUTAGE - timedelta(minutes=30)).total_seconds())
            meanwhile = len(rig.world.state.effects)
            await pulling
            return meanwhile

        assert rig.run(watch()) == before
        assert rig.clock.now() >= began + OUTAGE


def test_three_days_of_sleep_really_pass_at_once(tmp_path: Path) -> None:
    with _running(tmp_path) as (rig, plug):
        began = rig.clock.now()
        rig.run(plug.pull("sleep"))
        assert rig.clock.now() - began > SLEEP


def test_the_report_says_what_is_open() -> None:
    words = told(Disturbance(sent=1, unknown=2, questions=3, twice=0))
    assert words == (
        "Nothing went out twice; 1 has gone out since; 2 still being looked for and 3 waiting for your answer."
    )
    assert "1 went out twice" in told(Disturbance(sent=0, unknown=0, questions=0, twice=1))
