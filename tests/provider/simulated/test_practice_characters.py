"""Each character over virtual time, and the same world from the same seed."""

import json

import pytest

from engine.domain.practice_people import Character, PracticePerson
from engine.provider.simulated.world import World
from tests.provider.simulated.practising import Practice


def hours_until_connected(practice: Practice, person: PracticePerson, most: int = 200) -> int | None:
    for hour in range(most):
        if practice.profile(person.slug).json["is_relationship"]:
            assert practice.relation_ids()[0] == person.provider_id
            return hour
        practice.time.go(hours=1)
    return None


@pytest.mark.parametrize(
    ("character", "least_h", "most_h"),
    [
        (Character.ACCEPTS_SOON, 2, 20),
        (Character.ACCEPTS_LATE, 48, 96),
        (Character.ANSWERS_FIRST, 2, 20),
        (Character.ANSWERS_SECOND, 2, 20),
        (Character.WRITES_FIRST, 2, 20),
        (Character.RENAMED, 2, 20),
        (Character.PENDING_BY_HAND, 24, 48),
    ],
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_who_accepts_does_so_in_time(character: Character, least_h: int, most_h: int, seed: int) -> None:
    practice = Practice(seed=seed)
    person = practice.who(character)
    practice.invite(person)
    hours = hours_until_connected(practice, person)
    assert hours is not None and least_h <= hours <= most_h + 1
    assert person.provider_id not in practice.sent_ids()
    assert "invitation" not in practice.profile(person.slug).json
    newest = practice.get("/users/relations", limit=1).json["items"][0]
    assert 0 <= practice.time.now().timestamp() * 1000 - newest["created_at"] <= 3_600_000


def test_who_never_accepts_stays_pending(practice: Practice) -> None:
    person = practice.who(Character.NEVER_ACCEPTS)
    practice.invite(person)
    assert hours_until_connected(practice, person) is None
    assert practice.profile(person.slug).json["invitation"]["status"] == "PENDING"


def test_who_declines_vanishes_from_list_and_profile(practice: Practice) -> None:
    person = practice.who(Character.DECLINES)
    practice.invite(person)
    practice.time.go(hours=23)
    assert person.provider_id in practice.sent_ids()
    practice.time.go(hours=50)
    assert person.provider_id not in practice.sent_ids()
    assert "invitation" not in practice.profile(person.slug).json
    assert hours_until_connected(practice, person) is None


@pytest.mark.parametrize(("character", "needed"), [(Character.ANSWERS_FIRST, 1), (Character.ANSWERS_SECOND, 2)])
def test_answers_come_hours_after_the_right_message_and_once(
    practice: Practice, character: Character, needed: int
) -> None:
    person = practice.who(character)
    practice.invite(person, "a note, which is no message")
    practice.time.go(hours=21)
    for number in range(1, 4):
        practice.write(person, f"message {number}")
        before = len(practice.talk_with(person))
        practice.time.go(minutes=59)
        assert len(practice.talk_with(person)) == before
        practice.time.go(hours=8)
        assert len(practice.talk_with(person)) == before + (number == needed)
    assert [ours for ours, _ in practice.talk_with(person)].count(0) == 1


def test_who_writes_first_does_so_within_minutes(practice: Practice) -> None:
    person = practice.who(Character.WRITES_FIRST)
    practice.invite(person)
    practice.time.go(hours=20, minutes=10)
    talk = practice.talk_with(person)
    assert [ours for ours, _ in talk] == [0]
    practice.write(person, "Thank you")
    practice.time.go(days=9)
    assert len(practice.talk_with(person)) == 2


def test_others_never_write(practice: Practice) -> None:
    silent = [Character.ACCEPTS_SOON, Character.ALREADY_CONNECTED, Character.RENAMED, Character.ACCEPTS_LATE]
    people = [practice.who(character) for character in silent]
    for person in people:
        practice.invite(person)
    practice.time.go(days=5)
    for person in people:
        assert practice.write(person, "Hello").status == 201
    practice.time.go(days=30)
    assert all(len(practice.talk_with(person)) == 1 for person in people)


def test_an_accepted_note_becomes_the_first_message_of_a_conversation(practice: Practice) -> None:
    person = practice.who(Character.ACCEPTS_SOON)
    practice.invite(person, " Hello there ")
    assert practice.talk_with(person) == []
    practice.time.go(hours=21)
    note = practice.get(f"/chat_attendees/{person.provider_id}/messages").json["items"][0]
    assert (note["message_type"], note["is_sender"], note["text"]) == ("INVITATION", 1, "Hello there")


def test_a_withdrawn_invitation_is_not_accepted(practice: Practice) -> None:
    person = practice.who(Character.ACCEPTS_SOON)
    number = practice.invite(person).json["invitation_id"]
    practice.ask("DELETE", f"/users/invite/sent/{number}", account_id=practice.account)
    assert hours_until_connected(practice, person, 30) is None


def test_time_never_runs_backwards(practice: Practice) -> None:
    person = practice.who(Character.ALREADY_CONNECTED)
    practice.write(person, "one")
    practice.time.go(hours=-5)
    practice.write(person, "two")
    assert [text for _, text in practice.talk_with(person)] == ["two", "one"]


def campaign(practice: Practice, days: int) -> None:
    """Invite everybody, then write to whoever is connected twice a day."""
    leads = practice.world.state.people[: practice.world.state.leads]
    for person in leads:
        practice.invite(person)
        practice.time.go(minutes=5)
    for _ in range(days * 2):
        practice.time.go(hours=12)
        for person in leads:
            if practice.world.is_connected(person.provider_id) and len(practice.talk_with(person)) < 3:
                practice.write(person, f"Hello {person.first_name}, {len(practice.talk_with(person))}")


def test_the_same_seed_and_requests_give_the_same_effects() -> None:
    worlds = []
    for _ in range(2):
        practice = Practice(people=40, seed=5)
        campaign(practice, 6)
        worlds.append(practice.world.snapshot())
    assert worlds[0] == worlds[1]
    assert len(worlds[0]["effects"]) > 60


def test_looking_more_often_changes_nothing() -> None:
    often, seldom = Practice(people=40), Practice(people=40)
    for practice in (often, seldom):
        for person in practice.world.state.people[:40]:
            practice.invite(person)
    for _ in range(24 * 6):
        often.time.go(hours=1)
        often.get("/accounts")
    seldom.time.go(days=6)
    seldom.get("/accounts")
    assert often.relation_ids() == seldom.relation_ids()
    assert often.world.state.messages == seldom.world.state.messages


def test_a_snapshot_goes_through_json_and_the_world_goes_on_alike() -> None:
    whole, broken = Practice(people=40), Practice(people=40)
    for practice in (whole, broken):
        campaign(practice, 1)
    data = json.loads(json.dumps(broken.world.snapshot()))
    restored = Practice(world=World.restore(data, broken.time.now))
    restored.time = broken.time
    assert restored.world.snapshot() == broken.world.snapshot()
    for practice in (whole, restored):
        campaign(practice, 4)
    assert restored.world.snapshot() == whole.world.snapshot()


def test_a_damaged_snapshot_is_refused(practice: Practice) -> None:
    data = practice.world.snapshot()
    for damaged in ({**data, "format": 99}, {**data, "people": [{}]}, {}):
        with pytest.raises((ValueError, KeyError, TypeError)):
            World.restore(damaged, practice.time.now)
