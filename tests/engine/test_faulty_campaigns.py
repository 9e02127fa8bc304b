"""Whole campaigns over a bad line: no duplicate, nobody lost, and an end. A failing seed is in the test's name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.domain.practice_people import Character
from tests.engine.scenes import folk, stages, states
from tests.engine.test_whole_campaigns import ENDS
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]
SOME = (
    Character.ACCEPTS_SOON,
    Character.NEVER_ACCEPTS,
    Character.ALREADY_CONNECTED,
    Character.ANSWERS_FIRST,
    Character.WRITES_FIRST,
    Character.DECLINES,
    Character.RENAMED,
)


@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("faults", ["rough", "hostile"])
def test_a_campaign_over_a_bad_line_reaches_its_end(make_rig: MakeRig, faults: str, seed: int) -> None:
    print("seed", seed)
    rig = make_rig(folk=folk(*SOME, seed=seed), speed=2.5 * FAST, seed=seed, faults=faults)

    async def campaign() -> None:
        await add_account_over_a_bad_line(rig)
        await rig.add_campaign()
        await rig.to_the_end()

    rig.run(campaign())
    found = {p.character: rig.enrolment(p).stage for p in rig.people}
    assert {c: s for c, s in found.items() if s not in ENDS[c] | {"needs_attention"}} == {}
    assert states(rig).count("human") <= rig.api.faults.counts.posts_lost_before_effect + 1
    assert stages(rig).count("needs_attention") <= len(rig.api.faults.counts.losses)
    judge(rig)


async def add_account_over_a_bad_line(rig: Rig) -> None:
    """Try until the account could be read: a person would."""
    from engine.errors import UserError

    for _ in range(20):
        try:
            await rig.add_account()
        except UserError:
            continue
        return
