"""Whole campaigns, from the lead list to the last step, against the practice LinkedIn on virtual time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.domain.practice_people import Character
from engine.provider.simulated.records import EffectKind
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]
ENDS = {
    Character.ACCEPTS_SOON: {"completed"},
    Character.ACCEPTS_LATE: {"completed"},
    Character.NEVER_ACCEPTS: {"withdrawn"},
    Character.ALREADY_CONNECTED: {"completed"},
    Character.ANSWERS_FIRST: {"responded"},
    Character.ANSWERS_SECOND: {"completed", "responded"},  # the answer to the last message isn't waited for
    Character.WRITES_FIRST: {"responded"},
    Character.DECLINES: {"withdrawn"},
    Character.LOCKED: {"excluded"},
    Character.CANNOT_BE_INVITED: {"excluded"},
    Character.RENAMED: {"completed"},
    Character.PENDING_BY_HAND: {"completed"},
}


async def whole_campaign(rig: Rig) -> None:
    await rig.add_account()
    await rig.add_campaign()
    await rig.to_the_end()


@pytest.mark.parametrize("seed", [1, 2])
def test_every_character_ends_in_the_stage_that_it_implies(make_rig: MakeRig, seed: int) -> None:
    rig = make_rig(people=24, seed=seed, speed=FAST)
    rig.run(whole_campaign(rig))
    wrong = {p.slug: (p.character, s) for p in rig.people if (s := rig.enrolment(p).stage) not in ENDS[p.character]}
    assert wrong == {}
    assert rig.one("SELECT state FROM campaign") == "finished"
    judge(rig)


def effects_by_person(rig: Rig) -> dict[str, list[EffectKind]]:
    found: dict[str, list[EffectKind]] = {p.provider_id: [] for p in rig.people}
    for effect in rig.world.state.effects:
        found[effect.provider_id].append(effect.kind)
    return found


def test_each_person_gets_exactly_what_their_answers_call_for_and_a_second_import_adds_nothing(
    make_rig: MakeRig,
) -> None:
    rig = make_rig(people=24, seed=3, speed=FAST)
    rig.run(whole_campaign(rig))
    invite, message, withdraw = EffectKind.INVITE, EffectKind.MESSAGE, EffectKind.WITHDRAW
    wanted = {
        Character.ACCEPTS_SOON: [invite, message, message],
        Character.NEVER_ACCEPTS: [invite, withdraw],
        Character.ALREADY_CONNECTED: [message, message],
        Character.ANSWERS_FIRST: [invite, message],
        Character.ANSWERS_SECOND: [invite, message, message],
        Character.WRITES_FIRST: [invite],
        Character.DECLINES: [invite],
        Character.LOCKED: [],
        Character.CANNOT_BE_INVITED: [],
        Character.RENAMED: [invite, message, message],
        Character.PENDING_BY_HAND: [message, message],
    }
    got = effects_by_person(rig)
    assert {c: got[rig.who(c).provider_id] for c in wanted} == wanted
    before = rig.rows("SELECT * FROM enrolment"), rig.rows("SELECT * FROM lead"), len(rig.world.state.effects)

    async def again() -> None:
        outcome = await rig.engine.services.leads.import_file(rig.lead_list(), "Founders")
        assert (outcome.rows, outcome.new, outcome.merged, outcome.unchanged) == (24, 0, 0, 24)
        await rig.to_the_end()

    rig.run(again())
    after = rig.rows("SELECT * FROM enrolment"), rig.rows("SELECT * FROM lead"), len(rig.world.state.effects)
    assert after == before
    judge(rig)


def test_the_same_seed_gives_the_same_run(make_rig: MakeRig) -> None:
    logs = []
    for _ in range(2):
        rig = make_rig(people=8, seed=5, speed=FAST, faults="rough")
        rig.run(whole_campaign(rig))
        logs.append([(e.at_ms, e.kind, e.provider_id, e.text) for e in rig.world.state.effects])
    assert logs[0] == logs[1]
