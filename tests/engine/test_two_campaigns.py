"""The same person in two campaigns of one account: one after the other, never both, and no text twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest

from engine.domain.practice_people import Character
from engine.provider.simulated.records import EffectKind, from_ms
from tests.engine.scenes import BOTH, BRISK, INVITING, TEXT, WRITING, begin, folk, stages
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]
NEVER, FRIEND, SOON = Character.NEVER_ACCEPTS, Character.ALREADY_CONNECTED, Character.ACCEPTS_SOON
OTHER = BOTH.replace('"Both"', '"Other"').replace("thanks for connecting", "one more thing").replace("my note", "that")


async def both(rig: Rig, first: str, second: str) -> None:
    await rig.add_account()
    await rig.add_campaign(first)
    await rig.add_campaign(second)
    await rig.engine.start()


def stage_in(rig: Rig, campaign: str) -> str:
    return str(rig.enrolment(rig.people[0], campaign).stage)


def test_two_campaigns_never_work_on_the_same_person_at_once(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(SOON), speed=FAST)
    rig.run(both(rig, BOTH, OTHER))
    rig.run(rig.to_the_end())
    assert (stage_in(rig, "Both"), stage_in(rig, "Other")) == ("completed", "completed")
    campaigns = [
        r.campaign_id
        for r in rig.rows("SELECT d.campaign_id FROM attempt a JOIN delivery d ON d.id = a.delivery_id ORDER BY a.seq")
    ]
    assert campaigns == sorted(campaigns)
    assert [e.kind for e in rig.world.state.effects] == [EffectKind.INVITE] + [EffectKind.MESSAGE] * 4
    judge(rig)


def test_the_waiting_campaign_says_what_it_waits_for(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(SOON), speed=BRISK)
    rig.run(both(rig, BOTH, OTHER))
    rig.run(rig.pass_time(hours=1))
    assert "another campaign" in rig.enrolment(rig.people[0], "Other").next_why
    judge(rig)


def test_an_answer_stops_the_person_in_every_campaign(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(Character.ANSWERS_FIRST), speed=FAST)
    rig.run(both(rig, BOTH, OTHER))
    rig.run(rig.to_the_end())
    assert stages(rig) == ["responded", "responded"]
    judge(rig)


def test_the_same_text_is_not_sent_to_a_person_by_a_second_campaign(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(both(rig, WRITING, WRITING.replace('"Writing"', '"Again"')))
    rig.run(rig.to_the_end())
    assert len(rig.wire.writes) == 1
    assert stage_in(rig, "Again") == "needs_attention"
    assert "same text" in rig.enrolment(rig.people[0], "Again").attention_why
    judge(rig)


def test_the_same_text_goes_out_again_when_the_person_says_so(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(both(rig, WRITING, WRITING.replace('"Writing"', '"Again"')))
    rig.run(rig.to_the_end())
    (item,) = rig.run(rig.engine.services.attention.list())
    rig.run(rig.engine.services.attention.resolve(item.id, "send_again"))
    rig.run(rig.to_the_end())
    assert len(rig.wire.writes) == 2
    assert stages(rig) == ["completed", "completed"]
    assert [line for line in rig.run(rig.engine.services.status.check()) if not line.ok] == []


def test_an_invitation_that_an_archived_campaign_left_open_counts_for_the_next_one(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(Character.ACCEPTS_LATE), speed=FAST)
    rig.run(both(rig, INVITING, BOTH))
    rig.run(rig.pass_time(hours=10))
    rig.run(rig.engine.services.archiving.archive("Inviting"))
    rig.run(rig.to_the_end())
    assert stage_in(rig, "Both") == "completed"
    assert [e.kind for e in rig.world.state.effects] == [EffectKind.INVITE, EffectKind.MESSAGE, EffectKind.MESSAGE]
    judge(rig)


def test_a_person_that_was_invited_once_is_not_invited_by_a_second_campaign(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=FAST)
    rig.run(both(rig, INVITING, INVITING.replace('"Inviting"', '"Again"')))
    rig.run(rig.to_the_end())
    assert [e.kind for e in rig.world.state.effects] == [EffectKind.INVITE, EffectKind.WITHDRAW]
    assert stages(rig) == ["withdrawn", "excluded"]
    assert "invited before" in rig.enrolment(rig.people[0], "Again").excluded_why
    judge(rig)


def test_a_second_campaign_begins_when_the_first_is_archived(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(both(rig, BOTH, OTHER))
    rig.run(rig.engine.services.archiving.archive("Both"))
    rig.run(rig.to_the_end())
    assert stage_in(rig, "Other") == "completed"
    assert (
        rig.one("SELECT count(*) FROM attempt a JOIN delivery d ON d.id = a.delivery_id WHERE d.campaign_id = 1") == 0
    )
    judge(rig)


def test_a_second_campaign_goes_on_when_the_person_took_the_first_over_by_hand(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(SOON), speed=FAST)
    rig.run(begin(rig, BOTH))
    rig.run(rig.pass_time(hours=8))
    rig.world.write_by_hand(rig.people[0].provider_id, "Shall we talk?")
    # noticed only when the next message is about to go: the second campaign is there by then
    rig.run(rig.add_campaign(OTHER))
    rig.run(rig.to_the_end())
    first, second = (rig.enrolment(rig.people[0], name) for name in ("Both", "Other"))
    assert first.hand_wrote_ms is not None and second.hand_wrote_ms is None
    assert (second.stage, second.next_why) == ("completed", "every step has been carried out")
    assert [e.kind for e in rig.world.state.effects] == [EffectKind.INVITE] + [EffectKind.MESSAGE] * 2


@pytest.mark.parametrize("weights", [(1, 1), (3, 1)])
def test_two_campaigns_share_an_account_by_weight(make_rig: MakeRig, weights: tuple[int, int]) -> None:
    people = folk(*[NEVER] * 16)
    rig = make_rig(folk=people, speed=BRISK)
    first, second = (
        f'name = "{n}"\nweight = {w}\n{INVITING.partition(chr(10))[2]}' for n, w in zip("AB", weights, strict=True)
    )

    async def begin() -> None:
        await rig.add_account(invites_per_day="8")
        await rig.add_campaign(first, people=people[:8])
        await rig.add_campaign(second, people=people[8:])
        await rig.engine.start()
        await rig.pass_time(hours=9)

    rig.run(begin())
    invited = [e.provider_id for e in rig.world.state.effects]
    of_first = sum(1 for p in people[:8] if p.provider_id in invited)
    assert len(invited) >= 6
    assert abs(of_first / weights[0] - (len(invited) - of_first) / weights[1]) <= 1 / weights[0] + 1 / weights[1]
    judge(rig)


def test_the_days_invitations_are_spread_over_the_working_hours(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(*[NEVER] * 8), speed=BRISK)

    async def begin() -> None:
        await rig.add_account(invites_per_day="8")
        await rig.add_campaign(INVITING)
        await rig.engine.start()
        await rig.pass_time(hours=9)

    rig.run(begin())
    moments = [from_ms(e.at_ms) for e in rig.world.state.effects]
    assert len(moments) >= 6
    assert min(b - a for a, b in pairwise(moments)) > timedelta(minutes=40)


def test_a_message_with_the_text_of_an_earlier_note_goes_out(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(SOON), speed=FAST)
    note = INVITING.replace("accept_within", "note = \"Hi {{ first_name | default: 'there' }}\"\naccept_within")
    rig.run(rig.add_account(paid="yes"))
    rig.run(rig.add_campaign(note))
    rig.run(rig.to_the_end())
    later = WRITING.replace(TEXT, "Hi {{ first_name | default: 'there' }}")
    rig.run(rig.add_campaign(later))
    rig.run(rig.to_the_end())
    assert [e.kind for e in rig.world.state.effects] == [EffectKind.INVITE, EffectKind.MESSAGE]
    assert rig.world.state.effects[0].text == rig.world.state.effects[1].text
