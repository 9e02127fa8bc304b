"""Conversations: what is written, what the provider's own copy shows, and when."""

import re

import pytest

from engine.domain.practice_people import Character
from engine.provider.simulated.wire import Reply, Request
from tests.provider.simulated.practising import Practice

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
BOUNDARY = "boundary7f"


def form(*parts: tuple[str, str], file: bool = False) -> bytes:
    """Write a multipart body."""
    head = '--{b}\r\nContent-Disposition: form-data; name="{n}"{f}\r\n\r\n{v}\r\n'
    body = "".join(head.format(b=BOUNDARY, n=name, v=value, f="") for name, value in parts)
    if file:
        body += head.format(b=BOUNDARY, n="attachments", v="x", f='; filename="a.pdf"')
    return f"{body}--{BOUNDARY}--\r\n".encode()


def send_form(practice: Practice, path: str, body: bytes) -> Reply:
    request = Request(
        method="POST",
        path="/api/v1" + path,
        headers={"x-api-key": "practice"},
        body=body,
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
    )
    reply = practice.api.handle(request)
    assert isinstance(reply, Reply)
    return reply


def test_a_form_and_a_json_body_write_the_same(practice: Practice) -> None:
    friend = practice.who(Character.ALREADY_CONNECTED)
    parts = [("account_id", practice.account), ("attendees_ids", friend.provider_id), ("text", "Grüß dich 👋\r\n2")]
    assert send_form(practice, "/chats", form(*parts)).status == 201
    assert practice.write(friend, "  second \n").json["object"] == "ChatStarted"
    assert practice.talk_with(friend) == [(1, "second"), (1, "Grüß dich 👋\n2")]
    assert [e.text for e in practice.world.state.effects] == ["Grüß dich 👋\n2", "second"]


def test_a_conversation_is_used_again(practice: Practice) -> None:
    friend = practice.who(Character.ALREADY_CONNECTED)
    first, second = (practice.write(friend, "one").json, practice.write(friend, "two").json)
    assert first["chat_id"] == second["chat_id"] and first["message_id"] != second["message_id"]
    path = f"/chats/{first['chat_id']}/messages"
    third = practice.ask("POST", path, {"text": "three", "account_id": practice.account})
    assert third.status == 201 and third.json["object"] == "MessageSent"
    assert [text for _, text in practice.talk_with(friend)] == ["three", "two", "one"]
    assert practice.ask("POST", path, {"text": "x", "account_id": "other"}).status == 404


def test_what_can_not_be_sent_is_refused_without_an_effect(practice: Practice) -> None:
    stranger, friend = (practice.who(Character.NEVER_ACCEPTS), practice.who(Character.ALREADY_CONNECTED))
    assert practice.write(stranger, "Hello").error == "no_connection_with_recipient"
    assert practice.write(friend, " \n").status == 400
    assert practice.write(friend, "x" * 8001).error == "too_many_characters"
    assert practice.write(friend, "\ud800").status == 400
    body = {"account_id": practice.account, "attendees_ids": [friend.slug], "text": "Hello"}
    assert practice.ask("POST", "/chats", body).error == "invalid_recipient"
    assert practice.ask("POST", "/chats", {**body, "attendees_ids": []}).status == 400
    assert practice.ask("POST", "/chats/unknown/messages", {"text": "x"}).status == 404
    parts = [("account_id", practice.account), ("attendees_ids", friend.provider_id), ("text", "Hello")]
    assert send_form(practice, "/chats", form(*parts, file=True)).status == 415
    for broken in (b"", b"--", form(*parts)[:-20], b"\xff" * 9):
        assert send_form(practice, "/chats", broken).status == 400
    assert practice.world.state.effects == []


def test_messages_look_as_documented(practice: Practice) -> None:
    friend = practice.who(Character.ALREADY_CONNECTED)
    sent = practice.write(friend, "Hello").json
    practice.world.hear_from(friend.provider_id, "Hi")
    theirs, ours = practice.get(f"/chats/{sent['chat_id']}/messages").json["items"]
    assert (ours["is_sender"], theirs["is_sender"]) == (1, 0)
    assert type(ours["is_sender"]) is int
    assert ours["sender_id"] == practice.world.state.owner.provider_id
    assert theirs["sender_id"] == friend.provider_id
    assert MOMENT.fullmatch(ours["timestamp"])
    assert (ours["message_type"], ours["is_event"], ours["deleted"]) == ("MESSAGE", 0, 0)
    assert practice.get(f"/messages/{ours['id']}").json == ours
    assert practice.get("/messages/unknown").status == 404


def test_a_chat_tells_its_newest_message_and_what_is_unread(practice: Practice) -> None:
    friend = practice.who(Character.ALREADY_CONNECTED)
    chat_id = practice.write(friend, "Hello").json["chat_id"]
    practice.time.go(minutes=1)
    practice.world.hear_from(friend.provider_id, "Hi")
    chat = practice.get(f"/chats/{chat_id}").json
    assert (chat["type"], chat["attendee_provider_id"], chat["unread_count"]) == (0, friend.provider_id, 1)
    assert (chat["lastMessage"]["text"], chat["lastMessage"]["timestamp"]) == ("Hi", chat["timestamp"])
    assert practice.get(f"/chats/{chat['provider_id']}").json == chat
    assert practice.get("/chats", limit=1).json["items"][0]["id"] == chat_id
    assert chat_id in [c["id"] for c in practice.get("/chats", unread="true").json["items"]]
    read = practice.ask("PATCH", f"/chats/{chat_id}", {"action": "setReadStatus", "value": True})
    assert read.json == {"object": "ChatPatched"}
    assert chat_id not in [c["id"] for c in practice.get("/chats", unread="true").json["items"]]
    assert practice.get("/chats/unknown").json["detail"] == "Chat not found"


def test_there_are_conversations_at_the_start_but_none_with_a_lead(practice: Practice) -> None:
    chats = practice.get("/chats").json["items"]
    assert len(chats) == 10
    group = next(c for c in chats if c["type"] == 1)
    assert "attendee_provider_id" not in group and group["name"]
    assert len(practice.get(f"/chats/{group['id']}/attendees").json["items"]) == 4
    assert practice.ask("POST", f"/chats/{group['id']}/messages", {"text": "Hello all"}).status == 201
    leads = {p.provider_id for p in practice.world.state.people[:24]}
    assert not leads & {c.get("attendee_provider_id") for c in chats}


def test_attendees_are_found_by_either_id_and_strangers_are_not(practice: Practice) -> None:
    friend, other = (practice.who(Character.ALREADY_CONNECTED), practice.who(Character.ACCEPTS_SOON))
    missing = practice.get(f"/chat_attendees/{friend.provider_id}/messages")
    assert (missing.status, missing.json["detail"]) == (404, "Attendee not found")
    chat_id = practice.write(friend, "Hello").json["chat_id"]
    shown = practice.get(f"/chat_attendees/{friend.provider_id}").json
    assert shown["is_self"] == 0 and shown["specifics"]["network_distance"] == "DISTANCE_1"
    for identifier in (friend.provider_id, shown["id"]):
        assert len(practice.get(f"/chat_attendees/{identifier}/messages").json["items"]) == 1
        assert [c["id"] for c in practice.get(f"/chat_attendees/{identifier}/chats").json["items"]] == [chat_id]
    assert practice.get(f"/chat_attendees/{other.provider_id}/chats").status == 404
    assert shown in practice.get("/chat_attendees").json["items"]


def test_before_and_after_are_exclusive_and_strictly_written(practice: Practice) -> None:
    friend = practice.who(Character.ALREADY_CONNECTED)
    for text in ("one", "two", "three"):
        practice.write(friend, text)
        practice.time.go(seconds=1)
    items = practice.get("/messages", limit=3).json["items"]
    assert [m["text"] for m in items] == ["three", "two", "one"]
    within = {"after": items[2]["timestamp"], "before": items[0]["timestamp"]}
    for path in ("/messages", f"/chat_attendees/{friend.provider_id}/messages"):
        assert [m["text"] for m in practice.get(path, **within).json["items"]] == ["two"]
    ours = practice.get("/messages", sender_id=friend.provider_id).json["items"]
    assert ours == []
    assert practice.get("/chats", after=items[0]["timestamp"]).json["items"] == []


@pytest.mark.parametrize(
    "moment",
    [
        "2026-01-05T08:00:00Z",
        "2026-01-05T08:00:00.000000Z",
        "2026-01-05T08:00:00.000+00:00",
        "2026-13-45T99:00:00.000Z",
        "2026-01-05 08:00:00.000Z",
        "yesterday",
    ],
)
def test_moments_without_three_digits_are_refused(practice: Practice, moment: str) -> None:
    for path in ("/messages", "/chats"):
        for name in ("before", "after"):
            assert practice.get(path, **{name: moment}).status == 400


def test_the_copy_may_lag_and_a_sync_brings_it_up_to_date() -> None:
    practice = Practice(chat_lag_s=30.0)
    friend = practice.who(Character.ALREADY_CONNECTED)
    chat_id = practice.write(friend, "Hello").json["chat_id"]
    assert practice.talk_with(friend) == []
    assert practice.get(f"/chats/{chat_id}").status == 404
    practice.time.go(seconds=30)
    assert practice.talk_with(friend) == [(1, "Hello")]
    practice.world.hear_from(friend.provider_id, "Hi")
    assert len(practice.talk_with(friend)) == 1
    assert practice.get(f"/chats/{chat_id}/sync").json["status"] == "SYNC_STARTED"
    assert len(practice.talk_with(friend)) == 2
    synced = {"object": "ChatHistorySync", "chat_id": chat_id, "status": "SYNC_DONE"}
    assert practice.get(f"/chats/{chat_id}/sync").json == synced


def test_while_disconnected_the_copy_stands_still_and_catches_up_later(practice: Practice) -> None:
    friend = practice.who(Character.ALREADY_CONNECTED)
    chat_id = practice.write(friend, "Hello").json["chat_id"]
    practice.time.go(hours=1)
    practice.world.set_account_status("CREDENTIALS")
    practice.time.go(hours=1)
    practice.world.hear_from(friend.provider_id, "Hi")
    assert practice.talk_with(friend) == [(1, "Hello")]
    assert practice.get(f"/chats/{chat_id}/sync").error == "disconnected_account"
    practice.world.set_account_status("ERROR")
    assert practice.talk_with(friend) == [(1, "Hello")]
    practice.world.set_account_status("OK")
    assert practice.talk_with(friend) == [(0, "Hi"), (1, "Hello")]


def test_what_the_owner_does_by_hand_is_seen_and_is_no_effect(practice: Practice) -> None:
    friend, stranger = (practice.who(Character.ALREADY_CONNECTED), practice.who(Character.NEVER_ACCEPTS))
    practice.world.write_by_hand(friend.provider_id, "By hand")
    practice.world.invite_by_hand(stranger.provider_id)
    assert practice.talk_with(friend) == [(1, "By hand")]
    assert stranger.provider_id in practice.sent_ids()
    assert practice.world.state.effects == []
