"""What waits for a person, and what each of their decisions leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.domain.practice_people import DAY_S, Character
from engine.errors import NotFound, Refused
from tests.engine.scenes import BOTH, BRISK, INVITING, WRITING, begin, folk, stages, states
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig
from tests.fakes.wire import refusal

MakeRig = Callable[..., Rig]
FRIEND = Character.ALREADY_CONNECTED
TOKEN = 'name = "Token"\n[[steps]]\nkind = "message"\ntext = "About {{ company }}"\n'


def refused_text(make_rig: MakeRig) -> tuple[Rig, str]:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.wire.on("POST", "/chats", refusal(400, "too_many_characters"))
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(hours=4))
    (item,) = rig.run(rig.engine.services.attention.list())
    return rig, item.id


@pytest.mark.parametrize(
    ("choice", "stage", "writes"), [("send_again", "completed", 2), ("skip", "completed", 1), ("stop", "excluded", 1)]
)
def test_a_held_lead_goes_on_skips_or_stops(make_rig: MakeRig, choice: str, stage: str, writes: int) -> None:
    rig, item = refused_text(make_rig)
    rig.run(rig.engine.services.attention.resolve(item, choice))
    rig.run(rig.to_the_end())
    assert stages(rig) == [stage]
    assert len(rig.wire.writes) == writes
    assert rig.run(rig.engine.services.attention.list()) == []
    judge(rig)


def test_a_question_is_answered_once(make_rig: MakeRig) -> None:
    rig, item = refused_text(make_rig)
    rig.run(rig.engine.services.attention.resolve(item, "skip"))
    with pytest.raises(Refused):
        rig.run(rig.engine.services.attention.resolve(item, "skip"))


@pytest.mark.parametrize(("item", "choice", "error"), [("e1", "nonsense", Refused), ("x1", "skip", NotFound)])
def test_nonsense_is_refused(make_rig: MakeRig, item: str, choice: str, error: type[Exception]) -> None:
    rig, _ = refused_text(make_rig)
    with pytest.raises(error):
        rig.run(rig.engine.services.attention.resolve(item, choice))
    with pytest.raises(Refused):
        rig.run(rig.engine.services.attention.resolve("e1", "sent"))
    with pytest.raises(NotFound):
        rig.run(rig.engine.services.attention.resolve("d999", "sent"))
    with pytest.raises(NotFound):
        rig.run(rig.engine.services.attention.resolve("e999", "skip"))
    assert stages(rig) == ["needs_attention"]


def test_a_lead_without_a_value_that_its_text_needs_is_held_and_the_others_go(make_rig: MakeRig) -> None:
    first, second = folk(FRIEND, FRIEND)
    rig = make_rig(folk=(replace(first, company=""), second), speed=BRISK)
    rig.run(begin(rig, TOKEN))
    rig.run(rig.pass_time(hours=4))
    assert stages(rig) == ["needs_attention", "completed"]
    judge(rig)


def test_a_text_that_would_show_its_markup_is_never_sent(make_rig: MakeRig) -> None:
    (person,) = folk(FRIEND)
    rig = make_rig(folk=(replace(person, company="{{ secret }}"),), speed=BRISK)
    rig.run(begin(rig, TOKEN))
    rig.run(rig.to_the_end())
    assert stages(rig) == ["needs_attention"]
    assert rig.wire.writes == []


def test_a_withdrawal_that_is_skipped_leaves_the_invitation_open_and_a_late_acceptance_goes_on(
    make_rig: MakeRig,
) -> None:
    person = replace(folk(Character.ACCEPTS_LATE)[0], decides_after_s=20 * DAY_S)
    rig = make_rig(folk=(person,), speed=FAST)
    rig.wire.on("DELETE", "/users/invite/sent/*", refusal(400, "missing_parameters"), times=None)
    rig.run(begin(rig, BOTH))
    rig.run(rig.pass_time(days=9))
    (item,) = rig.run(rig.engine.services.attention.list())
    rig.run(rig.engine.services.attention.resolve(item.id, "skip"))
    assert stages(rig) == ["invite_sent"]
    assert rig.one("SELECT state FROM campaign") == "finished"
    rig.run(rig.pass_time(days=20))
    assert stages(rig) == ["completed"]
    assert rig.one("SELECT state FROM campaign") == "finished"
    judge(rig)


def test_somebody_who_has_invited_us_is_shown_and_not_invited(make_rig: MakeRig) -> None:
    rig = make_rig(people=1, speed=BRISK)
    inviter = next(i for i in rig.world.state.invitations if not i.is_ours)
    person = rig.world.people[inviter.provider_id]
    rig.people = (person,)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=3))
    assert stages(rig) == ["needs_attention"]
    assert rig.wire.writes == []
    assert set(states(rig)) <= {"planned", "superseded"}
    judge(rig)
