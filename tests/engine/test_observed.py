"""What is done by hand on LinkedIn counts in the account's budgets, once; a restricted account waits for its person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from engine.domain.ledger import Action
from engine.domain.limits import DAY
from engine.domain.practice_people import Character, make_people
from engine.provider.simulated.state import Conversation
from storage.column_types import from_ms
from storage.repositories import deliveries
from tests.engine.scenes import BRISK, INVITING, WRITING, begin, folk, stages
from tests.fakes.rig import Rig
from tests.fakes.wire import refusal

MakeRig = Callable[..., Rig]
NEVER, FRIEND = Character.NEVER_ACCEPTS, Character.ALREADY_CONNECTED


def observed(rig: Rig, action: str) -> list[int]:
    """Return the moments (ms) of what was done by hand."""
    rows = rig.rows("SELECT at_ms FROM budget_use WHERE source = 'observed' AND action = :a ORDER BY id", a=action)
    return [r.at_ms for r in rows]


def next_check(rig: Rig) -> None:
    """Let the next reading of relations come by, with what follows it."""
    rig.run(rig.pass_time(hours=6))


def test_invitations_made_by_hand_count_once_and_those_from_before_as_long_ago(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER, *[Character.ACCEPTS_LATE] * 3), speed=BRISK)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(INVITING, people=rig.people[:1]))
    rig.run(rig.engine.start())
    next_check(rig)
    before = observed(rig, "invite")
    assert before != [] and set(before) == {0}
    by_hand = rig.people[1]
    rig.world.invite_by_hand(by_hand.provider_id)
    next_check(rig)
    next_check(rig)
    after = observed(rig, "invite")
    assert len(after) == len(before) + 1
    assert rig.clock.now() - timedelta(hours=13) < from_ms(after[-1]) <= rig.clock.now()


def test_our_own_invitation_is_never_counted_a_second_time(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER, NEVER), speed=BRISK)
    rig.run(begin(rig, INVITING))
    next_check(rig)
    next_check(rig)
    assert set(observed(rig, "invite")) == {0}
    assert rig.one("SELECT count(*) FROM budget_use WHERE action = 'invite' AND source = 'ours'") == 2


def test_messages_written_by_hand_count_whoever_gets_them(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND, FRIEND, NEVER), speed=BRISK)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(WRITING, people=rig.people[:1]))
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=2))
    assert observed(rig, "message") == []
    rig.world.write_by_hand(rig.people[1].provider_id, "Lunch tomorrow?")
    rig.world.write_by_hand(rig.people[0].provider_id, "By the way")
    rig.run(rig.pass_time(hours=2))
    assert len(observed(rig, "message")) == 2


def test_an_answer_is_heard_though_nobody_says_whose_another_chat_is(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER, FRIEND), speed=BRISK)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(INVITING, people=rig.people[:1]))
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=2))
    rig.wire.on("GET", "/chats/*", refusal(429, "too_many_requests"), times=None)
    rig.world.write_by_hand(rig.people[1].provider_id, "Lunch?")
    rig.world.hear_from(rig.people[0].provider_id, "Yes, gladly")
    rig.run(rig.pass_time(hours=2))
    assert stages(rig) == ["responded"]


def open_group(rig: Rig, *others: str) -> None:
    """Let a conversation of several be there, in which nobody has written."""
    world, chat = rig.world, Conversation(chat_id="g", provider_chat_id="2-g", others=others, name="Old colleagues")
    world._chats["g"] = len(world.state.conversations)
    world.state.conversations.append(chat)
    world._note_attendees(chat)


@pytest.mark.parametrize("is_ours_first", [True, False])
def test_a_group_in_which_a_lead_writes_is_not_their_conversation(make_rig: MakeRig, is_ours_first: bool) -> None:
    rig = make_rig(folk=folk(NEVER, FRIEND), speed=BRISK)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(INVITING, people=rig.people[:1]))
    lead, owner = rig.people[0].provider_id, rig.world.state.owner.provider_id
    open_group(rig, lead, rig.people[1].provider_id)
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=2))
    for writer in (owner, lead) if is_ours_first else (lead, owner):
        rig.world.advance()
        rig.world._add_message("g", writer, "Who comes on Friday?")
        rig.run(rig.pass_time(hours=2))
    assert rig.rows("SELECT lead_id, provider_id FROM chat WHERE chat_id = 'g'") == [(None, None)]
    assert stages(rig) == ["responded"]
    assert rig.one("SELECT count(*) FROM message WHERE is_ours = 1") == 0


def test_the_day_s_limit_holds_for_both_together(make_rig: MakeRig) -> None:
    rig = make_rig(people=30, speed=BRISK)
    rig.run(rig.add_account(invites_per_day="6"))
    others = [p for p in make_people(30, 1) if p.character is NEVER][:4]
    rig.run(rig.engine.start())
    next_check(rig)
    for person in others:
        rig.world.invite_by_hand(person.provider_id)
    next_check(rig)
    rig.run(rig.add_campaign(INVITING))
    rig.run(rig.pass_time(hours=20))
    rows = rig.rows("SELECT at_ms FROM budget_use WHERE action = 'invite' AND at_ms > 0 ORDER BY at_ms")
    moments = [from_ms(r.at_ms) for r in rows]
    assert len(moments) > 6
    assert max(sum(1 for m in moments if end - DAY < m <= end) for end in moments) == 6


def test_a_restricted_account_asks_with_what_linkedin_said_and_goes_on_gently(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER, NEVER))
    rig.wire.on("POST", "/users/invite", refusal(403, "account_restricted"))
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=2))
    (item,) = [i for i in rig.run(rig.engine.services.attention.list()) if i.kind == "account"]
    said, *answers = item.evidence
    assert "restricted" in said.words and said.at is None
    assert "403" in answers[0].words and answers[0].at == rig.wire.writes[-1].at
    assert item.choices == ("go_on",)
    writes = len(rig.wire.writes)
    rig.run(rig.engine.services.attention.resolve(item.id, "go_on"))
    decided = rig.clock.now()
    rig.run(rig.pass_time(hours=3))
    assert rig.one("SELECT status FROM account") == "ok"
    later = rig.wire.writes[writes:]
    assert later != []
    gap_max_s = rig.one("SELECT gap_max_s FROM account")
    assert later[0].at - decided >= timedelta(seconds=2 * gap_max_s)
    assert [i for i in rig.run(rig.engine.services.attention.list()) if i.kind == "account"] == []


@pytest.mark.parametrize("action", [Action.INVITE, Action.WITHDRAW, Action.NOTE])
def test_what_is_done_by_hand_beyond_a_ceiling_stops_no_other_action(make_rig: MakeRig, action: Action) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(WRITING))
    now = rig.clock.now()
    for n in range(201):
        rig.engine.ctx.db.write_here(lambda u, n=n: deliveries.observe(u, 1, action, f"by hand {n}", now))
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=3))
    assert rig.engine.supervisor is not None and rig.engine.supervisor.restarts == {}
    assert stages(rig) == ["completed"]
