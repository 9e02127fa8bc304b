"""What each kind of answer to a write leads to: the row, the budget, the breaker, the account, the other leads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from engine.domain.practice_people import Character
from storage.column_types import from_ms
from storage.queries.lane import lane_account
from tests.engine.scenes import BRISK, INVITING, WRITING, attempts, begin, folk, ledger, stages, states, used
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig
from tests.fakes.wire import garbage, refusal

MakeRig = Callable[..., Rig]
NEVER = Character.NEVER_ACCEPTS
FRIEND = Character.ALREADY_CONNECTED


def inviting(make_rig: MakeRig, people: int = 1, speed: float = BRISK) -> Rig:
    return make_rig(folk=folk(*[NEVER] * people), speed=speed)


def breakers(rig: Rig) -> list[tuple[str, int, timedelta]]:
    rows = rig.rows("SELECT action, level, until_ms - opened_ms FROM breaker WHERE is_open = 1")
    return [(action, level, timedelta(milliseconds=ms)) for action, level, ms in rows]


def test_no_connection_gives_the_budget_back_and_tries_again(make_rig: MakeRig) -> None:
    rig = inviting(make_rig)
    rig.wire.on("POST", "/users/invite", httpx.ConnectError("no route"))
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=1))
    assert attempts(rig) == [("not_sent", "network"), ("sent", "none")]
    assert (states(rig)[0], used(rig, "invite")) == ("sent", 1)
    judge(rig)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 302, 418])
def test_a_status_that_proves_nothing_leaves_the_row_unknown(make_rig: MakeRig, status: int) -> None:
    rig = inviting(make_rig)
    rig.wire.on("POST", "/users/invite", refusal(status, "unexpected_error"))
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(minutes=7))
    assert states(rig) == ["unknown"]
    assert used(rig, "invite") == 1
    judge(rig)


@pytest.mark.parametrize(
    "answer",
    [httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("gone"), httpx.ReadError("reset"), garbage(200)],
    ids=["read timeout", "disconnected", "reset", "html with 200"],
)
def test_a_broken_exchange_leaves_the_row_unknown(make_rig: MakeRig, answer: httpx.Response | Exception) -> None:
    rig = inviting(make_rig)
    rig.wire.on("POST", "/users/invite", answer)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(minutes=7))
    assert states(rig) == ["unknown"]


def test_a_429_stops_invitations_for_four_hours_and_doubles(make_rig: MakeRig) -> None:
    rig = inviting(make_rig)
    rig.wire.on("POST", "/users/invite", refusal(429, "too_many_requests"), times=2)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=1))
    assert breakers(rig) == [("invite", 1, timedelta(hours=4))]
    assert len(rig.wire.writes) == 1
    rig.run(rig.pass_time(hours=4))
    assert breakers(rig) == [("invite", 2, timedelta(hours=8))]
    first, second = rig.wire.writes
    assert second.at - first.at >= timedelta(hours=4)
    rig.run(rig.pass_time(hours=24))
    assert (states(rig)[0], breakers(rig)) == ("sent", [])
    judge(rig)


def test_a_429_that_asks_for_longer_gets_longer(make_rig: MakeRig) -> None:
    rig = inviting(make_rig)
    rig.wire.on("POST", "/users/invite", refusal(429, "too_many_requests", **{"retry-after": "36000"}))
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=1))
    assert breakers(rig) == [("invite", 1, timedelta(hours=10))]


def test_a_stop_of_invitations_lets_messages_go_on(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER, FRIEND), speed=BRISK)
    rig.wire.on("POST", "/users/invite", refusal(429, "too_many_requests"), times=None)
    both = INVITING.replace("Inviting", "A") + '[[steps]]\nkind = "message"\nwait = "1h"\ntext = "Hello"\n'
    rig.run(begin(rig, both))
    rig.run(rig.pass_time(hours=3))
    assert [w.path for w in rig.wire.writes] == ["/api/v1/users/invite", "/api/v1/chats"]


@pytest.mark.parametrize("kind", ["cannot_resend_yet", "limit_exceeded", "cannot_resend_within_24hrs"])
def test_a_limit_of_linkedin_stops_invitations_and_keeps_the_lead(make_rig: MakeRig, kind: str) -> None:
    rig = inviting(make_rig)
    rig.wire.on("POST", "/users/invite", refusal(422, kind))
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=1))
    assert breakers(rig) == [("invite", 1, timedelta(hours=4))]
    assert states(rig) == ["planned"]
    rig.run(rig.pass_time(hours=5))
    assert states(rig)[0] == "sent"
    judge(rig)


def test_a_limit_that_hides_a_pending_invitation_is_seen_through(make_rig: MakeRig) -> None:
    rig = inviting(make_rig)

    async def invite_by_hand() -> None:
        rig.world.invite_by_hand(rig.people[0].provider_id)

    rig.wire.on("POST", "/users/invite", refusal(422, "cannot_resend_yet"), before=invite_by_hand)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=1))
    assert stages(rig) == ["invite_sent"]
    assert rig.enrolment(rig.people[0], "Inviting").invited_by_hand == 1


@pytest.mark.parametrize("kind", ["already_invited_recently", "action_already_performed", "already_connected"])
def test_a_refusal_whose_goal_is_met_by_a_pending_invitation_counts_as_sent(make_rig: MakeRig, kind: str) -> None:
    rig = inviting(make_rig)

    async def invite_by_hand() -> None:
        rig.world.invite_by_hand(rig.people[0].provider_id)

    rig.wire.on("POST", "/users/invite", refusal(422, kind), before=invite_by_hand)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=1))
    assert stages(rig) == ["invite_sent"]
    assert breakers(rig) == []
    assert len(rig.wire.writes) == 1


def test_a_refusal_whose_goal_is_met_by_a_connection_goes_on_with_messages(make_rig: MakeRig) -> None:
    person = replace(folk(Character.ACCEPTS_SOON)[0], decides_after_s=0.0)
    rig = make_rig(folk=(person,), speed=BRISK)

    async def connect() -> None:
        rig.world.invite_by_hand(person.provider_id)

    rig.wire.on("POST", "/users/invite", refusal(422, "already_connected"), before=connect)
    rig.run(begin(rig, INVITING.replace("Inviting", "A")))
    rig.run(rig.pass_time(minutes=20))
    assert stages(rig) == ["completed"]


def test_a_goal_that_is_not_met_waits_three_weeks_and_blames_nobody_else(make_rig: MakeRig) -> None:
    rig = inviting(make_rig, people=2)
    rig.wire.on("POST", "/users/invite", refusal(422, "already_invited_recently"))
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=2))
    due = [
        from_ms(r.due_ms) for r in rig.rows("SELECT due_ms FROM delivery WHERE state = 'planned' AND kind = 'invite'")
    ]
    assert len(due) == 1
    assert due[0] - rig.clock.now() > timedelta(days=21)
    assert sorted(stages(rig)) == ["invite_sent", "pending_invite"]
    assert breakers(rig) == []


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (refusal(401, "missing_credentials"), "key"),
        (refusal(401, "disconnected_account"), "disconnected"),
        (refusal(403, "account_restricted"), "restricted"),
    ],
    ids=["key", "disconnected", "restricted"],
)
def test_trouble_of_the_account_stops_all_its_writes_and_keeps_the_lead(
    make_rig: MakeRig, answer: httpx.Response, status: str
) -> None:
    rig = inviting(make_rig, people=3)
    rig.wire.on("POST", "/users/invite", answer)
    rig.wire.on("GET", "/accounts/*", refusal(503, "no_client_session"), times=None)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=3))
    assert rig.one("SELECT status FROM account") == status
    assert len(rig.wire.writes) == 1
    assert set(states(rig)) == {"planned"}
    judge(rig)


def test_a_disconnected_account_comes_back_by_itself_and_goes_on(make_rig: MakeRig) -> None:
    rig = inviting(make_rig, people=2)
    rig.run(begin(rig, INVITING))
    rig.world.set_account_status("CREDENTIALS")
    rig.run(rig.pass_time(hours=2))
    assert rig.one("SELECT status FROM account") == "disconnected"
    assert rig.wire.writes == []
    rig.world.set_account_status("OK")
    rig.run(rig.pass_time(hours=2))
    assert rig.one("SELECT status FROM account") == "ok"
    assert len(rig.wire.writes) == 2
    judge(rig)


def test_a_restriction_does_not_end_by_itself(make_rig: MakeRig) -> None:
    rig = inviting(make_rig, people=2)
    rig.wire.on("POST", "/users/invite", refusal(403, "account_restricted"))
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=8))
    assert rig.one("SELECT status FROM account") == "restricted"
    assert len(rig.wire.writes) == 1


@pytest.mark.parametrize("kind", ["cannot_invite_attendee", "invalid_recipient", "user_unreachable"])
def test_a_final_refusal_excludes_that_lead_only(make_rig: MakeRig, kind: str) -> None:
    rig = inviting(make_rig, people=2)
    rig.wire.on("POST", "/users/invite", refusal(422, kind))
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=2))
    assert sorted(stages(rig)) == ["excluded", "invite_sent"]
    assert used(rig, "invite") == 2
    judge(rig)


def test_five_refused_people_in_a_row_stop_all_writes(make_rig: MakeRig) -> None:
    rig = inviting(make_rig, people=7)
    rig.wire.on("POST", "/users/invite", refusal(422, "cannot_invite_attendee"), times=None)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=3))
    assert len(rig.wire.writes) == 5
    assert breakers(rig) == [("write", 1, timedelta(hours=4))]
    judge(rig)


def test_a_stop_after_five_refusals_doubles_as_well(make_rig: MakeRig) -> None:
    rig = inviting(make_rig, people=7)
    rig.wire.on("POST", "/users/invite", refusal(422, "cannot_invite_attendee"), times=None)
    rig.run(begin(rig, INVITING))
    pauses = []
    for writes in (5, 6):
        while len(rig.wire.writes) < writes:
            rig.run(rig.pass_time(minutes=10))
        until = from_ms(rig.one("SELECT until_ms FROM breaker WHERE action = 'write'"))
        pauses.append(round((until - rig.wire.writes[-1].at) / timedelta(hours=1)))
    assert pauses == [4, 8]


def test_a_message_to_somebody_who_is_not_connected_waits_a_day_and_then_asks(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=6000)
    rig.wire.on("POST", "/chats", refusal(422, "no_connection_with_recipient"), times=None)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(days=4))
    first, second, *_ = rig.wire.writes
    assert second.at - first.at >= timedelta(hours=24)
    assert len(rig.wire.writes) == 3
    assert stages(rig) == ["needs_attention"]
    judge(rig)


def test_a_refused_text_is_shown_to_the_person(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.wire.on("POST", "/chats", refusal(400, "too_many_characters"))
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(hours=4))
    assert stages(rig) == ["needs_attention"]
    assert len(rig.wire.writes) == 1
    (item,) = rig.run(rig.engine.services.attention.list())
    assert "refused" in item.question


def test_a_withdrawal_whose_invitation_is_gone_ends_the_lead(make_rig: MakeRig) -> None:
    rig = inviting(make_rig, speed=FAST)
    rig.wire.on("DELETE", "/users/invite/sent/*", refusal(400, "invalid_invitation_id"))
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(days=8))
    assert stages(rig) == ["withdrawn"]
    assert [row[:2] for row in ledger(rig)] == [("invite", "sent"), ("withdraw", "skipped")]


def test_the_same_invitation_id_twice_does_not_hold_the_account_up(make_rig: MakeRig) -> None:
    rig = inviting(make_rig, people=2)
    twice = httpx.Response(201, json={"object": "UserInvitationSent", "invitation_id": "7"})
    rig.wire.on("POST", "/users/invite", twice, acts=True, times=2)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=2))
    assert stages(rig) == ["invite_sent", "invite_sent"]
    judge(rig)


def test_after_a_warning_half_as_many_invitations_a_day_go_out_for_a_week(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(*[NEVER] * 20), speed=BRISK)
    warns = httpx.Response(201, json={"object": "UserInvitationSent", "usage": 90})
    rig.wire.on("POST", "/users/invite", warns)
    rig.run(begin(rig, INVITING, **{"invites_per_day": "8", "warm_up": "off"}))
    rig.run(rig.pass_time(days=4))
    days = Counter(w.at.date() for w in rig.wire.writes)
    first, second, third = (days[d] for d in sorted(days)[:3])
    assert first in (3, 4) and second in (4, 5) and third in (5, 6)
    said = rig.rows("SELECT words FROM activity WHERE kind = 'warned'")
    assert [r.words for r in said] == [
        "LinkedIn says that 90 % of its limit for invitations is used. "
        "After this warning at most 4 a day are sent, one more every day, for a week."
    ]


def test_half_of_linkedins_limit_is_told_and_changes_nothing(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(*[NEVER] * 10), speed=BRISK)
    rig.wire.on("POST", "/users/invite", httpx.Response(201, json={"object": "UserInvitationSent", "usage": 50}))
    rig.run(begin(rig, INVITING, **{"invites_per_day": "8", "warm_up": "off"}))
    rig.run(rig.pass_time(hours=20))
    assert len(rig.wire.writes) >= 7
    said = rig.rows("SELECT words FROM activity WHERE kind = 'warned'")
    assert [r.words for r in said] == ["LinkedIn says that 50 % of its limit for invitations is used."]


def test_a_warning_concerns_the_account_that_got_it_alone(make_rig: MakeRig) -> None:
    rig = inviting(make_rig)
    rig.wire.on("POST", "/users/invite", refusal(429, "too_many_requests"))
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=1))
    kept = "address, status, time_zone, days, start_minute, end_minute, created_ms"
    another = f"INSERT INTO account (provider_account_id, name, {kept}) SELECT 'other', 'Other', {kept} FROM account"
    rig.engine.ctx.db.write_here(lambda u: u.connection.exec_driver_sql(another))
    warned = [rig.engine.ctx.db.read_here(lambda c, i=i: lane_account(c, i).limits.warnings) for i in (1, 2)]
    assert [bool(w) for w in warned] == [True, False]
