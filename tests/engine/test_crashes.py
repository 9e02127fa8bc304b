"""The process ends at every numbered point of a send and starts again: nothing twice, nobody lost."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from random import Random

import pytest

from engine.domain.practice_people import Character
from engine.errors import LeadloomBug
from engine.services.sending import recording
from storage.database import RuleBroken
from tests.engine.scenes import BRISK, HOURS, WRITING, attempts, begin, folk, ledger, stages, states
from tests.fakes.crashes import CrashAt, Crashed
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]
FRIEND, NEVER = Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS
SHORT = f'name = "Short"\n{HOURS}[[steps]]\nkind = "invite"\naccept_within = "3h"\n'


def run_with_a_crash(rig: Rig, toml: str, at: int) -> CrashAt:
    """Run a campaign whose engine ends at a point, start again, and run to the end."""
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(toml))
    return crash_on_the_way(rig, at)


def crash_on_the_way(rig: Rig, at: int) -> CrashAt:
    crash = CrashAt(rig, at)
    with contextlib.suppress(Crashed):
        rig.run(rig.to_the_end())
    crash.heal()
    rig.crash()
    rig.run(rig.to_the_end())
    return crash


def points_of(make_rig: MakeRig, toml: str, character: Character) -> int:
    rig = make_rig(folk=folk(character), speed=FAST)
    return run_with_a_crash(rig, toml, 10**9).passed


@pytest.mark.parametrize(
    ("toml", "character", "stride"), [(WRITING, FRIEND, 1), (SHORT, NEVER, 2)], ids=["message", "invitation"]
)
def test_a_crash_at_every_point_sends_nothing_twice_and_loses_nobody(
    make_rig: MakeRig, toml: str, character: Character, stride: int
) -> None:
    names = set()
    for at in range(3, points_of(make_rig, toml, character) + 1, stride):
        rig = make_rig(folk=folk(character), speed=FAST)
        crash = run_with_a_crash(rig, toml, at)
        names.add(crash.name)
        assert stages(rig)[0] in ("completed", "withdrawn", "needs_attention"), f"point {at}, {crash.name}"
        if stages(rig) == ["needs_attention"]:
            assert rig.world.state.effects == [], f"point {at}, {crash.name}: asked in vain"
        judge(rig)
    wanted = {f"{when} {what}" for when in ("before", "after") for what in ("a commit", "the journal", "the request")}
    assert stride > 1 or names == wanted


@pytest.mark.parametrize("seed", range(3))
def test_crashes_one_after_the_other_send_nothing_twice(make_rig: MakeRig, seed: int) -> None:
    dice = Random(seed)
    print("seed", seed)
    rig = make_rig(folk=folk(FRIEND, NEVER, Character.ACCEPTS_SOON), speed=FAST, seed=seed)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(SHORT.replace("3h", "2d") + '[[steps]]\nkind = "message"\ntext = "Hello there"\n'))
    for _ in range(3):
        crash = CrashAt(rig, dice.randrange(1, 40))
        with contextlib.suppress(Crashed):
            rig.run(rig.to_the_end())
        crash.heal()
        rig.crash()
    rig.run(rig.to_the_end())
    assert set(stages(rig)) <= {"completed", "withdrawn", "needs_attention"}
    judge(rig)


def crashed_in(make_rig: MakeRig, toml: str, character: Character, name: str) -> Rig:
    """Return a rig whose engine has ended at the first point of a name, not started again."""
    rig = make_rig(folk=folk(character), speed=BRISK)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(toml))
    crash = CrashAt(rig, name)
    with contextlib.suppress(Crashed):
        rig.run(rig.to_the_end())
    assert crash.name == name
    crash.heal()
    rig.crash()
    return rig


def test_a_row_that_was_being_sent_is_unknown_after_the_start_and_read_first(make_rig: MakeRig) -> None:
    rig = crashed_in(make_rig, WRITING, FRIEND, "before the request")
    assert states(rig) == ["sending"]
    rig.run(rig.engine.start())
    assert states(rig) == ["unknown"]
    rig.run(rig.pass_time(hours=2))
    assert states(rig) == ["human"]
    assert [a[0] for a in attempts(rig)] == [None]


def test_a_message_that_left_before_the_crash_is_found_and_not_repeated(make_rig: MakeRig) -> None:
    rig = crashed_in(make_rig, WRITING, FRIEND, "after the request")
    rig.run(rig.to_the_end())
    assert ledger(rig)[0][:3] == ("message", "sent", "read")
    assert stages(rig) == ["completed"]
    assert len(rig.wire.writes) == 1
    judge(rig)


@pytest.mark.parametrize("name", ["before the journal", "after the journal"])
def test_a_visit_under_way_counts_as_made(make_rig: MakeRig, name: str) -> None:
    visiting = (
        f'name = "Visiting"\n{HOURS}[[steps]]\nkind = "visit"\n[[steps]]\nkind = "invite"\naccept_within = "1d"\n'
    )
    rig = crashed_in(make_rig, visiting, NEVER, name)
    rig.run(rig.to_the_end())
    assert [row[:2] for row in ledger(rig)] == [("visit", "sent"), ("invite", "sent"), ("withdraw", "sent")]
    judge(rig)


def test_an_outcome_that_a_rule_of_the_database_refuses_is_read_instead(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)

    def refuse(*_: object, **__: object) -> None:
        raise RuleBroken("The database refused: CHECK constraint failed.")

    monkeypatch.setattr(recording, "record", refuse)
    rig.run(begin(rig, WRITING))
    rig.run(rig.to_the_end())
    assert ledger(rig)[0][:3] == ("message", "sent", "read")
    assert rig.engine.supervisor is not None and rig.engine.supervisor.restarts == {"sender 1": 1}
    judge(rig)


def test_a_claimed_row_is_planned_again(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)

    async def die() -> None:
        raise Crashed

    rig.wire.on("GET", "/chat_attendees/*", before=die)
    with contextlib.suppress(Crashed):
        rig.run(begin(rig, WRITING))
        rig.run(rig.pass_time(hours=2))
    assert states(rig) == ["claimed"]
    rig.crash()
    rig.run(rig.to_the_end())
    assert states(rig) == ["sent"]
    judge(rig)


def test_a_second_engine_on_the_same_folder_fences_the_first(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(WRITING))
    rig.run(rig.engine.start())
    rig.engine.ctx.db.write_here(lambda u: u.connection.exec_driver_sql("UPDATE engine_state SET boot_id = 'other'"))
    rig.run(rig.pass_time(hours=4))
    assert rig.wire.writes == []
    assert states(rig) == ["planned"]


def test_a_fenced_engine_gives_up_nothing_of_the_one_that_took_over(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(WRITING))
    rig.run(rig.engine.start())
    first = rig.engine
    assert first.supervisor is not None
    sender = first.supervisor.accounts[1].sender
    rig.engine.ctx.db.write_here(lambda u: u.connection.exec_driver_sql("UPDATE engine_state SET boot_id = 'other'"))
    others = "UPDATE delivery SET state = 'claimed', claim_boot = 'other'"
    rig.engine.ctx.db.write_here(lambda u: u.connection.exec_driver_sql(others))
    sender._is_broken_off = True
    sender.is_ready.set()
    with pytest.raises(LeadloomBug, match="taken over"):
        rig.run(sender.run_once())
    assert states(rig) == ["claimed"]
