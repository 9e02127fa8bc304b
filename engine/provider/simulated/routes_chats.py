"""The routes about conversations. Reads come from the provider's own copy, writes go to the practice LinkedIn."""

from __future__ import annotations

from collections.abc import Callable

from engine.domain.practice_people import PracticePerson
from engine.provider.simulated import refusals
from engine.provider.simulated.call import Call, Window, required
from engine.provider.simulated.records import Conversation, StoredMessage
from engine.provider.simulated.refusals import Refusal, invalid_parameters
from engine.provider.simulated.views_chats import attendee_json, chat_json, message_json
from engine.provider.simulated.wire import (
    Reply,
    cursor_place,
    json_reply,
    list_reply,
    truth_of,
    walk_back,
    whole_list_reply,
)

Dated = tuple[StoredMessage, Conversation]


def start_chat(call: Call) -> Reply:
    """POST /chats: write to one person, in the conversation with them if there is one."""
    fields = call.form()
    account_id = fields.get("account_id")
    attendees = fields.get("attendees_ids")
    if not account_id or not attendees:
        raise invalid_parameters("/account_id, /attendees_ids: Required property")
    call.check_account(account_id[-1])
    call.check_running()
    if len(attendees) > 1:
        raise Refusal(refusals.FEATURE_NOT_IMPLEMENTED)
    message = call.world.send(attendees[0], "".join(fields.get("text", [])[-1:]))
    answer = {"object": "ChatStarted", "chat_id": message.chat_id, "message_id": message.message_id}
    return json_reply(201, answer)


def send_message(call: Call) -> Reply:
    """POST /chats/{chat_id}/messages."""
    fields = call.form()
    chat = _chat(call, is_copy=False)
    for account_id in fields.get("account_id", []):
        call.check_account(account_id)
    call.check_running()
    text = "".join(fields.get("text", [])[-1:])
    world = call.world
    message = world.send_to_group(chat, text) if len(chat.others) > 1 else world.send(chat.others[0], text)
    return json_reply(201, {"object": "MessageSent", "message_id": message.message_id})


def list_chats(call: Call) -> Reply:
    """GET /chats: newest activity first."""
    call.check_copy()
    wanted = call.text("account_type")
    unread = truth_of(call.request.query, "unread")
    chats = call.world.state.conversations if wanted in (None, "LINKEDIN") else []
    return _chat_list(call, [c for c in chats if unread is None or unread == (c.unread > 0)])


def get_chat(call: Call) -> Reply:
    """GET /chats/{chat_id}, with its newest message."""
    chat = _chat(call)
    newest = call.world.messages_of(chat.chat_id)[-1]
    shown = chat_json(call.world, chat, newest)
    return json_reply(200, {**shown, "lastMessage": message_json(call.world, newest)})


def patch_chat(call: Call) -> Reply:
    """PATCH /chats/{chat_id}: mark as read or unread."""
    chat = _chat(call)
    fields = call.json()
    if required(fields, "action") != "setReadStatus" or not isinstance(fields.get("value"), bool):
        raise invalid_parameters("/action: Expected 'setReadStatus' with a boolean value")
    call.world.mark_read(chat.chat_id, is_read=fields["value"])
    return json_reply(200, {"object": "ChatPatched"})


def sync_chat(call: Call) -> Reply:
    """GET /chats/{chat_id}/sync: bring the copy of one conversation up to date."""
    chat = _chat(call, is_copy=False)
    call.check_running()
    status = "SYNC_STARTED" if call.world.refresh(chat.chat_id) else "SYNC_DONE"
    return json_reply(200, {"object": "ChatHistorySync", "chat_id": chat.chat_id, "status": status})


def list_chat_messages(call: Call) -> Reply:
    """GET /chats/{chat_id}/messages."""
    chat = _chat(call)
    return _message_list(call, call.world.messages_of(chat.chat_id), f"chat {chat.chat_id}", call.text("sender_id"))


def list_chat_attendees(call: Call) -> Reply:
    """GET /chats/{chat_id}/attendees."""
    chat = _chat(call)
    people = (call.world.state.owner, *(call.world.people[other] for other in chat.others))
    return whole_list_reply("ChatAttendeeList", [attendee_json(call.world, person) for person in people])


def list_messages(call: Call) -> Reply:
    """GET /messages: of all conversations."""
    call.check_copy()
    return _message_list(call, call.world.state.messages, "messages", call.text("sender_id"))


def get_message(call: Call) -> Reply:
    """GET /messages/{message_id}."""
    for message in reversed(call.world.state.messages):
        if message.message_id == call.parts[0] and message.copied_ms <= call.world.copy_ms:
            return json_reply(200, message_json(call.world, message))
    raise Refusal(refusals.MESSAGE_NOT_FOUND)


def list_attendees(call: Call) -> Reply:
    """GET /chat_attendees."""
    call.check_copy()
    page = walk_back(
        _attendees(call),
        start=cursor_place(call.request.query, "attendees"),
        limit=call.limit(250),
        keep=lambda _: True,
        write=lambda person: attendee_json(call.world, person),
    )
    return list_reply("ChatAttendeeList", "attendees", page)


def get_attendee(call: Call) -> Reply:
    """GET /chat_attendees/{id}."""
    return json_reply(200, attendee_json(call.world, _attendee(call)))


def list_attendee_chats(call: Call) -> Reply:
    """GET /chat_attendees/{id or provider_id}/chats."""
    call.check_copy()
    person = _attendee(call)
    return _chat_list(call, call.world.conversations_of(person.provider_id))


def list_attendee_messages(call: Call) -> Reply:
    """GET /chat_attendees/{id or provider_id}/messages: both sides of the conversation with them."""
    call.check_copy()
    person = _attendee(call)
    chat = call.world.conversation_with(person.provider_id)
    messages = [] if chat is None else call.world.messages_of(chat.chat_id)
    return _message_list(call, messages, f"attendee {person.provider_id}", None)


def _chat(call: Call, *, is_copy: bool = True) -> Conversation:
    """Find the conversation of the path; for reads of the copy it must have arrived there."""
    if is_copy:
        call.check_copy()
    chat = call.world.conversation(call.parts[0])
    if chat is None or (is_copy and not call.world.messages_of(chat.chat_id)):
        raise Refusal(refusals.CHAT_NOT_FOUND)
    return chat


def _attendees(call: Call) -> list[PracticePerson]:
    """Everybody with whom the copy has a conversation, ourselves first."""
    world = call.world
    known = {other: None for c in world.state.conversations if world.messages_of(c.chat_id) for other in c.others}
    return [world.state.owner, *(world.people[other] for other in known)]


def _attendee(call: Call) -> PracticePerson:
    """Find the attendee of the path by either id."""
    person = call.world.attendee(call.parts[0])
    if person is None:
        raise Refusal(refusals.ATTENDEE_NOT_FOUND)
    return person


def _message_list(call: Call, messages: list[StoredMessage], name: str, sender_id: str | None) -> Reply:
    window = call.window()
    copy_ms = call.world.copy_ms

    def keep(message: StoredMessage) -> bool:
        is_wanted = sender_id is None or message.sender_id == sender_id
        return is_wanted and message.copied_ms <= copy_ms and window.has(message.at_ms)

    page = walk_back(
        messages,
        start=cursor_place(call.request.query, name),
        limit=call.limit(250),
        keep=keep,
        write=lambda message: message_json(call.world, message),
        stop=lambda message: window.is_over(message.at_ms),
    )
    return list_reply("MessageList", name, page)


def _chat_list(call: Call, chats: list[Conversation]) -> Reply:
    window = call.window()
    dated: list[Dated] = []
    for chat in chats:
        messages = call.world.messages_of(chat.chat_id)
        if messages:
            dated.append((messages[-1], chat))
    dated.sort(key=_activity)
    page = walk_back(
        dated,
        start=cursor_place(call.request.query, "chats"),
        limit=call.limit(250),
        keep=_within(window),
        write=lambda item: chat_json(call.world, item[1], item[0]),
    )
    return list_reply("ChatList", "chats", page)


def _activity(item: Dated) -> tuple[int, str]:
    return item[0].at_ms, item[1].chat_id


def _within(window: Window) -> Callable[[Dated], bool]:
    return lambda item: window.has(item[0].at_ms)
