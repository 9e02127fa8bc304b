"""What people do meanwhile: they answer, are renamed, were invited by hand, are connected; or we write ourselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.domain.practice_people import Character
from engine.domain.step_choice import Verb, decisions
from storage.repositories import enrolments
from tests.engine.scenes import BOTH, BRISK, INVITING, WRITING, begin, folk, ledger, stages
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]
FRIEND = Character.ALREADY_CONNECTED


def friend_after_first_message(make_rig: MakeRig) -> Rig:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(begin(rig, BOTH))
    rig.run(rig.pass_time(hours=3))
    assert rig.enrolment(rig.people[0], "Both").messages_sent == 1
    return rig


def test_a_reply_stops_the_follow_ups(make_rig: MakeRig) -> None:
    rig = friend_after_first_message(make_rig)
    rig.world.hear_from(rig.people[0].provider_id, "Thanks, not now.")
    rig.run(rig.to_the_end())
    assert stages(rig) == ["responded"]
    assert len(rig.wire.writes) == 1
    judge(rig)


def test_a_reply_that_only_the_look_before_the_send_can_see_stops_it(make_rig: MakeRig) -> None:
    rig = friend_after_first_message(make_rig)
    for workers in rig.engine.supervisor.accounts.values():
        workers.replies.next_at = rig.clock.now().replace(year=2030)
    rig.world.hear_from(rig.people[0].provider_id, "Thanks, not now.")
    rig.run(rig.pass_time(days=2))
    assert stages(rig) == ["responded"]
    assert len(rig.wire.writes) == 1
    judge(rig)


def test_a_message_written_by_hand_stops_the_sequence(make_rig: MakeRig) -> None:
    rig = friend_after_first_message(make_rig)
    rig.world.write_by_hand(rig.people[0].provider_id, "By the way, are you in Lyon?")
    rig.run(rig.pass_time(days=3))
    row = rig.enrolment(rig.people[0], "Both")
    assert row.hand_wrote_ms is not None
    assert row.stage == "messaged"
    assert "wrote to them yourself" in row.next_why
    assert len(rig.wire.writes) == 1
    judge(rig)


def test_somebody_who_is_connected_already_gets_no_invitation(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=FAST)
    rig.run(begin(rig, BOTH))
    rig.run(rig.to_the_end())
    row = rig.enrolment(rig.people[0], "Both")
    connected_ms = next(r.connected_ms for r in rig.world.state.relations if r.provider_id == rig.people[0].provider_id)
    assert (row.stage, row.was_connected, row.connected_ms, row.invited_ms) == ("completed", 1, connected_ms, None)
    judge(rig)


def test_a_renamed_person_is_known_under_both_names(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(Character.RENAMED), speed=FAST)
    rig.run(begin(rig, BOTH))
    rig.run(rig.to_the_end())
    person = rig.people[0]
    aliases = {r.alias for r in rig.rows("SELECT alias FROM lead_alias")}
    assert {f"slug:{person.slug}", f"slug:{person.old_slug}", f"member_id:{person.provider_id}"} <= aliases
    assert stages(rig) == ["completed"]
    assert any("now calls" in r.words for r in rig.rows("SELECT words FROM activity"))
    judge(rig)


def test_an_invitation_made_by_hand_counts_as_invited(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(Character.PENDING_BY_HAND), speed=FAST)
    rig.run(begin(rig, BOTH))
    rig.run(rig.to_the_end())
    row = rig.enrolment(rig.people[0], "Both")
    assert (row.stage, row.invited_by_hand) == ("completed", 1)
    assert [w.path for w in rig.wire.writes] == ["/api/v1/chats"] * 2 or len(rig.wire.writes) == 2
    judge(rig)


@pytest.mark.parametrize(
    ("character", "stage", "reason"),
    [
        (Character.LOCKED, "excluded", "locked"),
        (Character.CANNOT_BE_INVITED, "excluded", "can't be invited"),
        (Character.DECLINES, "withdrawn", "no longer open"),
        (Character.NEVER_ACCEPTS, "withdrawn", "not accepted in time"),
    ],
)
def test_who_can_not_be_won_ends_with_a_reason(
    make_rig: MakeRig, character: Character, stage: str, reason: str
) -> None:
    rig = make_rig(folk=folk(character), speed=FAST)
    rig.run(begin(rig, INVITING))
    rig.run(rig.to_the_end())
    (row,) = rig.run(rig.engine.services.leads.list())
    assert row.stage == stage
    assert reason in (row.reason or "")
    judge(rig)


def test_a_sequence_without_an_invitation_leaves_strangers_out(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(Character.NEVER_ACCEPTS), speed=BRISK)
    rig.run(begin(rig, WRITING))
    rig.run(rig.to_the_end())
    (row,) = rig.run(rig.engine.services.leads.list())
    assert (row.stage, row.reason) == ("excluded", "not connected")
    assert rig.wire.writes == []
    judge(rig)


def test_two_addresses_of_one_person_are_found_out_and_only_one_is_written_to(make_rig: MakeRig) -> None:
    (person,) = folk(Character.RENAMED)
    rig = make_rig(folk=(person,), speed=FAST)
    rig.people = (person, replace(person, old_slug=None))
    rig.run(begin(rig, BOTH))
    rig.run(rig.to_the_end())
    assert sorted(stages(rig)) == ["completed", "excluded"]
    assert any("same person as" in r.excluded_why for r in rig.rows("SELECT excluded_why FROM enrolment"))
    judge(rig)


def test_our_own_profile_is_never_invited(make_rig: MakeRig) -> None:
    rig = make_rig(people=1, speed=BRISK)
    rig.people = (rig.world.state.owner,)
    rig.run(begin(rig, INVITING))
    rig.run(rig.to_the_end())
    (row,) = rig.run(rig.engine.services.leads.list())
    assert (row.stage, row.reason) == ("excluded", "this is your own profile")
    assert rig.wire.writes == []


def test_an_excluded_lead_gets_nothing_more(make_rig: MakeRig) -> None:
    rig = friend_after_first_message(make_rig)
    assert rig.run(rig.engine.services.leads.exclude("1", "asked me to")) == 1
    rig.run(rig.to_the_end())
    assert stages(rig) == ["excluded"]
    assert len(rig.wire.writes) == 1
    judge(rig)


def test_a_forgotten_lead_leaves_no_name_and_is_never_imported_again(make_rig: MakeRig) -> None:
    rig = friend_after_first_message(make_rig)
    person = rig.people[0]
    rig.run(rig.engine.services.forgetting.forget("1"))
    rig.run(rig.to_the_end())
    outcome = rig.run(rig.engine.services.leads.import_file(rig.lead_list(), "Both"))
    assert (outcome.new, outcome.merged, len(outcome.problems)) == (0, 0, 1)
    tables = [r.name for r in rig.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'lead%'")]
    found = [t for t in tables for row in rig.rows(f"SELECT * FROM {t}") if any(person.last_name == v for v in row)]
    assert found == []
    assert len(rig.wire.writes) == 1
    assert [line for line in rig.run(rig.engine.services.status.check()) if not line.ok] == []


def test_a_profile_visit_is_made_once_even_without_an_answer(make_rig: MakeRig) -> None:
    import httpx

    rig = make_rig(folk=folk(Character.NEVER_ACCEPTS), speed=BRISK)
    lost = httpx.RemoteProtocolError("gone")
    rule = rig.wire.on("GET", "/users/*", lost, acts=True)
    rule.matches = lambda request: "notify" in str(request.url)
    rig.run(begin(rig, 'name = "Visiting"\n[[steps]]\nkind = "visit"\n'))
    rig.run(rig.to_the_end())
    assert ledger(rig)[0][:3] == ("visit", "sent", "assumed")
    assert stages(rig) == ["completed"]
    assert sum(1 for e in rig.world.state.effects if e.kind == "visit") == 1


@pytest.mark.parametrize("away", ["archived", "excluded"])
def test_what_is_written_by_hand_while_a_lead_is_away_is_known_when_they_come_back(
    make_rig: MakeRig, away: str
) -> None:
    rig = make_rig(folk=folk(FRIEND, FRIEND), speed=BRISK)
    rig.run(begin(rig, BOTH))
    rig.run(rig.pass_time(hours=5))
    assert stages(rig) == ["messaged", "messaged"]
    services = rig.engine.services
    if away == "archived":
        archived = rig.run(services.archiving.archive("Both"))
    else:
        excluded = rig.run(services.lead_changes.exclude([1], "later"))
    rig.world.write_by_hand(rig.people[0].provider_id, "By the way, are you in Lyon?")
    rig.run(rig.pass_time(hours=12))
    assert rig.one("SELECT count(*) FROM message WHERE author = 'hand'") == 1
    assert rig.one("SELECT count(*) FROM activity WHERE kind = 'hand_wrote'") == 0
    if away == "excluded":
        found = rig.run(rig.engine.ctx.db.look(lambda u: enrolments.load(u, 1)))
        assert found.hours is not None
        offered = decisions(found.facts, found.sequence, found.hours, rig.clock.now(), is_put_off=False)
        assert offered == (Verb.RESTART,)
    if away == "archived":
        rig.run(services.archiving.take_back(archived))
    else:
        rig.run(services.lead_changes.take_back_exclusion(excluded))
    rig.run(rig.pass_time(days=3))
    assert [row.messages_sent for row in rig.rows("SELECT messages_sent FROM enrolment ORDER BY id")] == [1, 2]
    assert rig.one("SELECT hand_wrote_ms FROM enrolment WHERE id = 1") is not None
