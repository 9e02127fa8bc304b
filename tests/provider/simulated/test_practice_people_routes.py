"""Accounts, profiles, invitations and relations, as the provider's papers describe them."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from engine.domain.practice_people import Character
from tests.provider.simulated.practising import Practice


def test_a_wrong_or_absent_key_gets_the_literal_answer(practice: Practice) -> None:
    for key in ("", "wrong"):
        answer = practice.ask("GET", "/accounts", key=key)
        assert answer.status == 401
        assert answer.json == {"status": 401, "type": "errors/missing_credentials", "title": "Missing credentials"}


def test_every_answer_has_the_real_date(practice: Practice) -> None:
    for path in ("/accounts", "/nothing"):
        date = parsedate_to_datetime(practice.get(path).date)
        assert abs(date - datetime.now(UTC)) < timedelta(seconds=5)


def test_an_unknown_route_is_a_404(practice: Practice) -> None:
    assert practice.get("/nothing").status == 404
    assert practice.ask("PUT", "/users/invite", {}).status == 404


def test_the_account_is_listed_with_its_source(practice: Practice) -> None:
    listed = practice.get("/accounts").json
    assert listed["object"] == "AccountList" and listed["cursor"] is None
    account = listed["items"][0]
    assert account["name"] == "Practice account" and account["type"] == "LINKEDIN"
    assert account["sources"] == [{"id": f"{practice.account}_MESSAGING", "status": "OK"}]
    assert account["connection_params"]["im"]["id"] == practice.get("/users/me").json["provider_id"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", account["created_at"])
    assert practice.get(f"/accounts/{practice.account}").json == account


@pytest.mark.parametrize("suffix", ["_MESSAGING", "x"])
def test_the_id_of_a_source_or_of_nobody_is_no_account(practice: Practice, suffix: str) -> None:
    wrong = practice.account + suffix
    paths = ("/users/me", "/users/relations", "/users/invite/sent", "/users/profile", "/chats", "/messages")
    for path in paths:
        answer = practice.ask("GET", path, account_id=wrong)
        assert (answer.status, answer.json["detail"]) == (404, "Account not found"), path
    assert practice.ask("GET", f"/accounts/{wrong}").status == 404
    assert practice.ask("POST", "/users/invite", {"account_id": wrong, "provider_id": "ACoAA"}).status == 404


def test_an_absent_account_is_a_400(practice: Practice) -> None:
    assert practice.ask("GET", "/users/relations").status == 400


def test_a_profile_is_found_by_slug_in_any_case_and_by_id_in_this_case_only(practice: Practice) -> None:
    person = next(p for p in practice.world.state.people if not p.slug.isascii())
    for identifier in (person.slug, person.public_identifier, person.slug.upper(), person.provider_id):
        assert practice.profile(identifier).json["provider_id"] == person.provider_id
    first, second = practice.world.state.people[:2]
    assert first.provider_id.lower() == second.provider_id.lower()
    known = {p.provider_id for p in practice.world.state.people}
    for pid in (first.provider_id, second.provider_id):
        shown = practice.profile(pid)
        assert shown.status == 422 or shown.json["provider_id"] == pid
        assert pid.upper() in known or practice.profile(pid.upper()).error == "invalid_recipient"


def test_a_profile_tells_the_relation_and_no_invitation_unless_open(practice: Practice) -> None:
    stranger = practice.profile(practice.who(Character.NEVER_ACCEPTS).slug).json
    assert (stranger["is_relationship"], stranger["network_distance"]) == (False, "SECOND_DEGREE")
    assert "invitation" not in stranger and "work_experience" not in stranger
    friend = practice.profile(practice.who(Character.ALREADY_CONNECTED).slug, linkedin_sections="experience").json
    assert (friend["is_relationship"], friend["network_distance"]) == (True, "FIRST_DEGREE")
    assert friend["work_experience"][0]["company"]
    by_hand = practice.profile(practice.who(Character.PENDING_BY_HAND).slug).json
    assert by_hand["invitation"] == {"type": "SENT", "status": "PENDING"}


def test_the_own_profile_is_marked_and_has_no_distance(practice: Practice) -> None:
    own = practice.profile(practice.world.state.owner.provider_id).json
    assert own["is_self"] is True and "network_distance" not in own


def test_the_address_called_profile_is_one_stranger_whatever_is_asked(practice: Practice) -> None:
    person = practice.who(Character.ACCEPTS_SOON)
    stranger = practice.get("/users/profile", identifier=person.slug).json
    assert stranger["provider_id"] not in {p.provider_id for p in practice.world.state.people[:24]}
    assert stranger["public_identifier"] == "profile"


def test_unknown_and_locked_profiles_can_not_be_reached(practice: Practice) -> None:
    locked = practice.who(Character.LOCKED)
    for identifier in ("nobody-of-this-name", locked.slug, locked.provider_id):
        answer = practice.profile(identifier)
        assert (answer.status, answer.error) == (422, "invalid_recipient")
        assert answer.json["title"] == "Recipient cannot be reached"


def test_a_renamed_person_answers_the_old_address_with_the_new_one(practice: Practice) -> None:
    person = practice.who(Character.RENAMED)
    assert person.old_slug
    assert practice.profile(person.old_slug).json["public_identifier"] == person.public_identifier != person.old_slug


def test_a_visit_is_an_effect_and_a_read_is_none(practice: Practice) -> None:
    person = practice.who(Character.ACCEPTS_SOON)
    practice.profile(person.slug)
    assert practice.world.state.effects == []
    practice.profile(person.slug, notify="true")
    assert [e.kind.value for e in practice.world.state.effects] == ["visit"]
    assert practice.profile(person.slug, notify="yes").status == 400


def test_invitations_are_answered_201_and_every_third_200(practice: Practice) -> None:
    willing = [p for p in practice.world.state.people[:24] if p.character is Character.NEVER_ACCEPTS][:6]
    answers = [practice.invite(p) for p in willing]
    assert [a.status for a in answers] == [201, 201, 200, 201, 201, 200]
    assert all(re.fullmatch(r"\d{19}", a.json["invitation_id"]) for a in answers)
    assert set(answers[0].json) == {"object", "invitation_id"}


def test_an_invitation_is_seen_in_the_list_and_in_the_profile_until_withdrawn(practice: Practice) -> None:
    person = practice.who(Character.NEVER_ACCEPTS)
    number = practice.invite(person).json["invitation_id"]
    newest = practice.get("/users/invite/sent", limit=1).json["items"][0]
    assert (newest["id"], newest["invited_user_id"], newest["date"]) == (number, person.provider_id, "Sent today")
    assert newest["invitation_text"] is None
    assert practice.profile(person.slug).json["invitation"] == {"type": "SENT", "status": "PENDING"}
    practice.time.go(days=23)
    drifted = practice.get("/users/invite/sent", limit=1).json["items"][0]
    assert (drifted["date"], drifted["parsed_datetime"]) == ("Sent 3 weeks ago", "2026-01-07T08:00:00.000Z")
    gone = practice.ask("DELETE", f"/users/invite/sent/{number}", account_id=practice.account)
    assert gone.json == {"object": "InvitationCanceled"}
    assert person.provider_id not in practice.sent_ids()
    assert "invitation" not in practice.profile(person.slug).json
    again = practice.ask("DELETE", f"/users/invite/sent/{number}", account_id=practice.account)
    assert again.status == 400 and "invalid_invitation_id" in again.json["detail"]


def test_a_second_invitation_waits_three_weeks_after_a_withdrawal(practice: Practice) -> None:
    person = practice.who(Character.NEVER_ACCEPTS)
    number = practice.invite(person).json["invitation_id"]
    assert practice.invite(person).error == "already_invited_recently"
    practice.ask("DELETE", f"/users/invite/sent/{number}", account_id=practice.account)
    assert practice.invite(person).error == "already_invited_recently"
    practice.time.go(days=20, hours=23)
    assert practice.invite(person).error == "already_invited_recently"
    practice.time.go(hours=2)
    assert practice.invite(person).status in (200, 201)


@pytest.mark.parametrize(
    ("character", "error"),
    [
        (Character.ALREADY_CONNECTED, "already_connected"),
        (Character.CANNOT_BE_INVITED, "cannot_invite_attendee"),
        (Character.LOCKED, "invalid_recipient"),
        (Character.PENDING_BY_HAND, "already_invited_recently"),
    ],
)
def test_who_can_not_be_invited_is_refused_without_an_effect(
    practice: Practice, character: Character, error: str
) -> None:
    answer = practice.invite(practice.who(character))
    assert (answer.status, answer.error) == (422, error)
    assert practice.world.state.effects == []


def test_a_slug_is_no_member_id(practice: Practice) -> None:
    body = {"account_id": practice.account, "provider_id": practice.who(Character.ACCEPTS_SOON).slug}
    answer = practice.ask("POST", "/users/invite", body)
    assert (answer.status, answer.error) == (400, "invalid_parameters")
    assert answer.json["detail"] == "User ID does not match provider's expected format."
    unknown = practice.ask("POST", "/users/invite", {**body, "provider_id": "ACoAA" + "x" * 34})
    assert (unknown.status, unknown.error) == (422, "invalid_recipient")


@pytest.mark.parametrize(("is_premium", "most"), [(False, 200), (True, 300)])
def test_notes_have_a_length(is_premium: bool, most: int) -> None:
    practice = Practice(is_premium=is_premium)
    person = practice.who(Character.NEVER_ACCEPTS)
    answer = practice.invite(person, "é" * (most + 1))
    assert (answer.status, answer.error) == (400, "too_many_characters")
    assert practice.invite(person, "é" * most).status == 201


def test_a_free_account_has_few_notes_a_month() -> None:
    practice = Practice(notes_per_month=1)
    first, second = [p for p in practice.world.state.people[:24] if p.character is Character.NEVER_ACCEPTS][:2]
    assert practice.invite(first, "Hello").status == 201
    assert practice.invite(second, "Hello").error == "cannot_resend_yet"
    assert practice.invite(second).status == 201
    practice.time.go(days=31)
    third = practice.who(Character.ACCEPTS_LATE)
    assert practice.invite(third, "Hello").status == 200


def test_the_weekly_limit_and_its_marks() -> None:
    practice = Practice(people=60, weekly_invitations=25)
    a_week_ago_ms = practice.time.now().timestamp() * 1000 - 7 * 86_400_000
    used = sum(i.is_ours and i.sent_ms > a_week_ago_ms for i in practice.world.state.invitations)
    willing = [
        p for p in practice.world.state.people[:60] if p.decides_after_s or p.character is Character.NEVER_ACCEPTS
    ]
    willing = [p for p in willing if p.character is not Character.PENDING_BY_HAND]
    marks = {}
    for number, person in enumerate(willing[: 25 - used], start=used + 1):
        answer = practice.invite(person)
        if "usage" in answer.json:
            marks[number] = answer.json["usage"]
    assert marks == {13: 50, 19: 75, 23: 90, 24: 95}
    refused = practice.invite(willing[25])
    assert (refused.status, refused.error) == (422, "cannot_resend_yet")
    practice.time.go(days=7, seconds=1)
    assert practice.invite(willing[25]).status in (200, 201)


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/users/invite/sent", 100),
        ("/users/invite/received", 100),
        ("/users/relations", 1000),
        ("/chats", 250),
        ("/messages", 250),
        ("/chat_attendees", 250),
        ("/accounts", 250),
    ],
)
def test_page_sizes_have_a_range(practice: Practice, path: str, most: int) -> None:
    for limit in (0, most + 1, "ten", ""):
        assert practice.get(path, limit=limit).status == 400
    assert practice.get(path, limit=most).status == 200


@pytest.mark.parametrize("path", ["/users/relations", "/messages", "/chats", "/chat_attendees", "/users/invite/sent"])
def test_pages_follow_each_other_without_gap_or_repetition(practice: Practice, path: str) -> None:
    whole = practice.get(path, limit=100).json
    assert whole["cursor"] is None and len(whole["items"]) > 2
    items, cursor = [], {}
    while True:
        page = practice.get(path, limit=2, **cursor).json
        items += page["items"]
        if page["cursor"] is None:
            break
        cursor = {"cursor": page["cursor"]}
    assert items == whole["items"]


@pytest.mark.parametrize("cursor", ["", "abc", "é", "WyJ4Il0=", "bnVsbA=="])
def test_a_cursor_of_ones_own_making_is_refused(practice: Practice, cursor: str) -> None:
    for path in ("/users/relations", "/messages", "/chats"):
        assert practice.get(path, cursor=cursor).status == 400


def test_a_cursor_of_another_list_is_refused(practice: Practice) -> None:
    cursor = practice.get("/users/relations", limit=1).json["cursor"]
    assert practice.get("/messages", cursor=cursor).status == 400


def test_relations_come_newest_first_with_milliseconds(practice: Practice) -> None:
    items = practice.get("/users/relations", limit=1000).json["items"]
    created = [item["created_at"] for item in items]
    assert created == sorted(created, reverse=True) and all(isinstance(at, int) for at in created)
    assert len(items) == 40 + 1
    assert items[0]["member_urn"] == f"urn:li:fsd_profile:{items[0]['member_id']}"
    name = items[5]["last_name"].upper()
    found = practice.get("/users/relations", filter=name).json["items"]
    assert items[5] in found and len(found) < len(items)


def test_received_invitations_can_be_accepted_and_declined(practice: Practice) -> None:
    first, second = practice.get("/users/invite/received").json["items"]
    for item, action, status in ((first, "accept", "ACCEPTED"), (second, "decline", "DECLINED")):
        body = {"provider": "LINKEDIN", "account_id": practice.account, "action": action}
        body["shared_secret"] = item["specifics"]["shared_secret"]
        answer = practice.ask("POST", f"/users/invite/received/{item['id']}", body)
        assert answer.json == {"object": "UserInvitationHandled", "status": status}
    assert practice.get("/users/invite/received").json["items"] == []
    assert practice.relation_ids()[0] == first["inviter"]["inviter_id"]


def test_a_hosted_link_is_given_and_its_date_is_checked(practice: Practice) -> None:
    body = {"type": "create", "providers": ["LINKEDIN"], "api_url": "http://127.0.0.1:1"}
    good = practice.ask("POST", "/hosted/accounts/link", {**body, "expiresOn": "2026-01-05T09:00:00.000Z"})
    assert good.status == 200 and good.json["url"].startswith("https://")
    for moment in ("2026-01-05T09:00:00Z", "2026-01-05T09:00:00.000000+00:00"):
        assert practice.ask("POST", "/hosted/accounts/link", {**body, "expiresOn": moment}).status == 400


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b'{"account_id": 5}'])
def test_a_body_that_is_no_such_object_is_a_400(practice: Practice, raw: bytes) -> None:
    for path in ("/users/invite", "/chats", "/hosted/accounts/link"):
        assert practice.ask("POST", path, raw=raw).status == 400


def test_a_disconnected_account_refuses_what_is_live(practice: Practice) -> None:
    practice.world.set_account_status("CREDENTIALS")
    assert practice.get("/accounts").json["items"][0]["sources"][0]["status"] == "CREDENTIALS"
    person = practice.who(Character.ALREADY_CONNECTED)
    answers = [practice.get(p) for p in ("/users/me", "/users/relations", "/users/invite/sent", "/users/profile")]
    answers += [practice.invite(person), practice.write(person, "Hello")]
    assert {(a.status, a.error) for a in answers} == {(401, "disconnected_account")}
    assert practice.world.state.effects == []
    practice.world.set_account_status("OK")
    assert practice.write(person, "Hello").status == 201
