"""An engine that is told to end does so within ten seconds, whatever it is doing, and nothing is lost by it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.domain.practice_people import Character
from tests.engine.scenes import BOTH, begin, folk, stages
from tests.fakes.judge import ledger_knows_every_effect, nothing_twice
from tests.fakes.rig import FAST, Rig
from tests.fakes.wire import Rule

MakeRig = Callable[..., Rig]
LONGEST_S = 10.0
"""Real seconds. Source: docs/sending.md and the command line's contract."""
HANGS_S = 29.0
WHERE = {
    "a profile read": ("GET", "/users/"),
    "relations": ("GET", "/users/relations"),
    "the inbox": ("GET", "/messages"),
    "the account": ("GET", "/accounts/"),
    "an invitation": ("POST", "/users/invite"),
    "a message": ("POST", "/chats"),
}


@pytest.mark.parametrize("where", WHERE)
def test_the_end_comes_in_time_while_this_hangs(make_rig: MakeRig, where: str) -> None:
    method, path = WHERE[where]
    rig = make_rig(folk=folk(Character.ALREADY_CONNECTED, Character.ACCEPTS_SOON, Character.NEVER_ACCEPTS), speed=60.0)
    rig.run(begin(rig, BOTH))
    ends: list[float] = []

    async def hang_then_stop() -> None:
        reached = False

        async def mark() -> None:
            nonlocal reached
            reached = True

        rule = Rule(
            matches=lambda r: r.method == method and path in r.url.path, before=mark, takes_s=HANGS_S, times=None
        )
        rig.wire.rules.insert(0, rule)
        assert rig.engine.supervisor is not None
        for workers in rig.engine.supervisor.accounts.values():
            workers.relations.hurry()
        for _ in range(12_000):
            await rig.clock.pause(0.5)
            if reached:
                break
        assert reached, where
        began = rig.clock.monotonic()
        await rig.engine.stop()
        ends.append(rig.clock.monotonic() - began)
        rig.wire.rules.remove(rule)

    rig.run(hang_then_stop())
    assert ends[0] <= LONGEST_S
    rig.run(rig.engine.close())
    rig.engine = rig._open()
    rig.run(rig.engine.start())
    rig.hurry(FAST)
    rig.run(rig.to_the_end())
    assert set(stages(rig)) <= {"completed", "withdrawn", "responded", "needs_attention"}
    effects = [e for e in rig.world.state.effects if e.kind in ("invite", "message", "withdraw")]
    nothing_twice(rig, effects)
    ledger_knows_every_effect(rig, effects)
    assert [line for line in rig.run(rig.engine.services.status.check()) if not line.ok] == []
