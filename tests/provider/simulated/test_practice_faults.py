"""What goes wrong, how often, and that the truth stays the truth."""

from collections import Counter
from dataclasses import replace

import pytest

from engine.domain.practice_people import Character
from engine.provider.simulated.faults import PROFILES, Faults
from engine.provider.simulated.truth import truth_json
from engine.provider.simulated.wire import Dropped
from tests.provider.simulated.practising import Answer, Practice

REQUESTS = 10_000


def seen(answer: Answer | Dropped) -> str:
    """Tell what a client sees of an answer."""
    if isinstance(answer, Dropped):
        return "drop"
    return "garbage" if answer.status == 200 and isinstance(answer.json, bytes) else str(answer.status)


@pytest.mark.parametrize(
    ("name", "lost_after", "lost_before", "failed"),
    [("calm", 0.0, 0.0, 0.0), ("rough", 0.036, 0.036, 0.035), ("hostile", 0.09, 0.09, 0.087)],
)
def test_faults_come_as_often_as_ruled(name: str, lost_after: float, lost_before: float, failed: float) -> None:
    practice = Practice(faults=name, people=24)
    friend = practice.who(Character.ALREADY_CONNECTED)
    body = {"account_id": practice.account, "attendees_ids": [friend.provider_id], "text": "Hello"}
    posts = Counter(seen(practice.try_once("POST", "/chats", body)) for _ in range(REQUESTS))
    gets = Counter(seen(practice.try_once("GET", "/accounts")) for _ in range(REQUESTS))
    counts = practice.api.faults.counts
    assert counts.posts_lost_after_effect / REQUESTS == pytest.approx(lost_after, abs=0.006)
    assert counts.posts_lost_before_effect / REQUESTS == pytest.approx(lost_before, abs=0.006)
    assert counts.gets_failed / REQUESTS == pytest.approx(failed, abs=0.006)
    assert posts["201"] == REQUESTS - counts.posts_lost_after_effect - counts.posts_lost_before_effect
    assert len(practice.world.state.effects) == REQUESTS - counts.posts_lost_before_effect
    assert gets["200"] == REQUESTS - counts.gets_failed
    if failed:
        assert set(posts) == {"201", "drop", "504", "500", "502"}
        assert set(gets) == {"200", "drop", "500", "503", "garbage"}


def test_the_same_seed_gives_the_same_faults_and_another_seed_others() -> None:
    def faults_of(seed: int) -> list[str]:
        practice = Practice(faults="rough", seed=seed)
        return [seen(practice.try_once("GET", "/accounts")) for _ in range(500)]

    assert faults_of(1) == faults_of(1) != faults_of(2)


def test_a_lost_answer_names_the_effect_that_it_hid() -> None:
    always = replace(PROFILES["calm"], name="lost", writes_lost_after=1.0)
    practice = Practice(faults=always)
    person, friend = (practice.who(Character.NEVER_ACCEPTS), practice.who(Character.ALREADY_CONNECTED))
    for somebody in (person, friend, person):
        body = {"account_id": practice.account, "provider_id": somebody.provider_id}
        practice.try_once("POST", "/users/invite", body)
    counts = practice.api.faults.counts
    assert [loss.effect for loss in counts.losses] == [1, None, None]
    assert (counts.posts_lost_after_effect, counts.posts_refused_and_lost) == (1, 2)
    truth = truth_json(practice.api)
    assert truth["faults"]["posts_lost_after_effect"] == 1
    assert [(e["sequence"], e["kind"], e["provider_id"]) for e in truth["effects"]] == [
        (1, "invite", person.provider_id)
    ]


def test_a_hostile_provider_is_away_for_six_hours_and_counts_it_apart() -> None:
    practice = Practice(faults="hostile")
    begins_h = practice.api.faults.profile.outage_from_h
    assert 20 <= begins_h <= 60
    practice.time.go(hours=begins_h - 0.01)
    before = Counter(seen(practice.try_once("GET", "/accounts")) for _ in range(50))
    practice.time.go(hours=0.02)
    during = Counter(seen(practice.try_once("GET", "/accounts")) for _ in range(50))
    practice.time.go(hours=6)
    after = Counter(seen(practice.try_once("GET", "/accounts")) for _ in range(50))
    assert before["200"] > 35 < after["200"] and during["200"] == 0
    assert set(during) == {"503", "drop", "502"}
    assert practice.api.faults.counts.gets_failed_in_outage == 50


@pytest.mark.parametrize("is_fresh", [True, False])
def test_an_endless_cursor_never_ends_while_it_lasts(is_fresh: bool) -> None:
    endless = replace(PROFILES["calm"], endless_from_h=1.0, endless_for_h=12.0, endless_is_fresh=is_fresh)
    practice = Practice(faults=endless)
    assert practice.get("/users/relations", limit=1000).json["cursor"] is None
    practice.time.go(hours=2)
    for path in ("/users/relations", "/messages"):
        cursors, more = [], {}
        for _ in range(20):
            page = practice.get(path, limit=25, **more).json
            assert page["items"]
            cursors.append(page["cursor"])
            more = {"cursor": page["cursor"]}
        assert None not in cursors
        assert (len(set(cursors)) == 20) is is_fresh
    assert practice.get("/chats").json["cursor"] is None
    practice.time.go(hours=12)
    assert practice.get("/users/relations", limit=1000).json["cursor"] is None


def test_some_relations_lack_their_id_and_keep_their_urn() -> None:
    practice = Practice(faults=replace(PROFILES["calm"], items_without_id=0.25), extra_relations=400)
    items = practice.get("/users/relations", limit=1000).json["items"]
    lacking = [item for item in items if "member_id" not in item]
    assert 60 < len(lacking) < 140
    assert all(item["member_urn"].startswith("urn:li:fsd_profile:ACoAA") for item in lacking)


def test_ids_of_what_was_sent_may_be_null() -> None:
    practice = Practice(faults=replace(PROFILES["calm"], null_ids=1.0))
    answer = practice.write(practice.who(Character.ALREADY_CONNECTED), "Hello")
    assert answer.status == 201
    assert answer.json == {"object": "ChatStarted", "chat_id": None, "message_id": None}


def test_the_truth_tells_each_person_both_ways() -> None:
    practice = Practice()
    person = practice.who(Character.ANSWERS_FIRST)
    practice.invite(person)
    practice.time.go(hours=21)
    practice.write(person, "Hello")
    practice.time.go(hours=9)
    shown = next(p for p in truth_json(practice.api)["people"] if p["provider_id"] == person.provider_id)
    assert (shown["character"], shown["invited"]) == ("answers_first", True)
    assert shown["accepted_at"] == shown["connected_at"] is not None
    assert [message["is_ours"] for message in shown["messages"]] == [True, False]
    assert len(truth_json(practice.api)["people"]) == 24


def test_an_unknown_profile_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Faults("mild")
