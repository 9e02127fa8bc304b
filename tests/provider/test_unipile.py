"""Routes, parameters and bodies as documented."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from engine.errors import Cause, ProviderError
from engine.provider.base import Page, Provider, Verdict
from tests.provider import captured
from tests.provider.calls import AFTER, READS, Ask
from tests.provider.captured import listed
from tests.provider.scripting import KEY, Scripted


def _run(scripted: Scripted, ask: Ask) -> Any:
    async def run() -> Any:
        return await ask(scripted.provider)

    return asyncio.run(run())


def _fails(scripted: Scripted, ask: Ask) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        _run(scripted, ask)
    return caught.value


@pytest.mark.parametrize("name", READS)
def test_a_read_asks_as_documented(name: str, scripted: Scripted) -> None:
    ask, answer, path, query = READS[name]
    found = _run(scripted.json(answer), ask)
    request = scripted.requests[0]
    assert request.url.path == f"/api/v1/{path}" and dict(request.url.params) == query
    assert request.headers["X-API-KEY"] == KEY and request.headers["Accept"] == "application/json"
    assert request.method == ("POST" if name == "hosted_link" else "GET")
    if isinstance(found, Page):
        assert len(found.items) == 1 and found.bad_items == 0 and found.is_known


def test_only_linkedin_accounts_are_listed_over_all_pages(scripted: Scripted) -> None:
    def pages(request: httpx.Request) -> httpx.Response:
        cursor = request.url.params.get("cursor")
        item = {**captured.ACCOUNT, "id": f"after-{cursor}"}
        return httpx.Response(200, json=listed("AccountList", item, cursor=None if cursor else "two"))

    scripted.answer = pages
    found = _run(scripted, lambda p: p.list_accounts())
    assert [account.account_id for account in found] == ["after-None", "after-two"]


@pytest.mark.parametrize("is_endless", [True, False])
def test_a_list_of_accounts_without_end_is_refused(is_endless: bool, scripted: Scripted) -> None:
    def pages(_: httpx.Request) -> httpx.Response:
        cursor = str(len(scripted.requests)) if is_endless else "again"
        return httpx.Response(200, json=listed("AccountList", cursor=cursor))

    scripted.answer = pages
    assert _fails(scripted, lambda p: p.list_accounts()).cause is Cause.PROVIDER
    assert len(scripted.requests) == (20 if is_endless else 2)


def test_an_account_that_is_not_the_one_asked_for(scripted: Scripted) -> None:
    assert _fails(scripted.json(captured.ACCOUNT), lambda p: p.account("acc2")).cause is Cause.PROVIDER
    other = {**captured.ACCOUNT, "type": "WHATSAPP"}
    assert _fails(scripted.json(other), lambda p: p.account("acc1")).cause is Cause.NOT_FOUND


@pytest.mark.parametrize(
    ("identifier", "path"),
    [
        ("josé-é", b"users/jos%C3%A9-%C3%A9"),
        ("a/../b", b"users/a%2F..%2Fb"),
        ("a?b#c%20", b"users/a%3Fb%23c%2520"),
    ],
)
def test_identifiers_are_encoded_once(identifier: str, path: bytes, scripted: Scripted) -> None:
    _run(scripted.json(captured.PROFILE), lambda p: p.profile("acc1", identifier))
    assert scripted.requests[0].url.raw_path == b"/api/v1/" + path + b"?account_id=acc1"


@pytest.mark.parametrize("identifier", ["me", "ME", "invite", "relations", "followers", "following"])
def test_a_slug_that_is_a_route_is_never_asked_for(identifier: str, scripted: Scripted) -> None:
    assert _fails(scripted, lambda p: p.profile("acc1", identifier)).cause is Cause.LEAD
    assert _run(scripted, lambda p: p.visit("acc1", identifier)).verdict is Verdict.NOT_SENT
    assert scripted.requests == []


@pytest.mark.parametrize("part", ["", ".", "..", "\ud800"])
def test_a_path_that_would_mean_something_else_is_never_sent(part: str, scripted: Scripted) -> None:
    assert _fails(scripted, lambda p: p.profile("acc1", part)).cause is Cause.CONFIG
    for ask in (lambda p: p.withdraw("acc1", part), lambda p: p.send_message("acc1", "A", "Hi", chat_id=part)):
        assert _run(scripted, ask).verdict is Verdict.NOT_SENT
    assert scripted.requests == []


def test_an_unknown_attendee_is_an_unknown_conversation(scripted: Scripted) -> None:
    body = {"type": "errors/resource_not_found", "title": "Resource not found", "detail": "Attendee not found"}
    found = _run(scripted.json(body, status=404), lambda p: p.attendee_messages("acc1", "ACoBob"))
    assert found == Page(items=(), cursor=None, is_known=False)


@pytest.mark.parametrize(
    "body",
    ["<html>", {"type": "errors/resource_not_found", "title": "Resource not found", "detail": "Account not found"}],
)
def test_a_404_that_is_not_about_the_attendee_is_an_error(body: Any, scripted: Scripted) -> None:
    error = _fails(scripted.json(body, status=404), lambda p: p.attendee_messages("acc1", "ACoBob"))
    assert error.cause is Cause.NOT_FOUND


@pytest.mark.parametrize(
    ("status", "body", "is_refreshed"),
    [
        (200, captured.CHAT_SYNC, True),
        (200, {**captured.CHAT_SYNC, "status": "SYNC_STARTED"}, True),
        (200, {**captured.CHAT_SYNC, "status": "SYNC_ERROR"}, False),
        (200, {"object": "Other", "status": "SYNC_DONE"}, False),
        (404, {}, False),
        (500, {}, False),
        (501, {"type": "errors/feature_not_implemented"}, False),
    ],
)
def test_whether_a_conversation_is_being_refreshed(
    status: int, body: Any, is_refreshed: bool, scripted: Scripted
) -> None:
    assert _run(scripted.json(body, status=status), lambda p: p.sync_chat("acc1", "c1")) is is_refreshed


def test_troubles_of_the_account_are_told_by_every_read(scripted: Scripted) -> None:
    scripted.json({"type": "errors/disconnected_account"}, status=401)
    for ask, *_ in READS.values():
        assert _fails(scripted, ask).cause is Cause.ACCOUNT


def test_links_to_log_in(scripted: Scripted) -> None:
    scripted.json(captured.HOSTED_LINK)
    assert _run(scripted, lambda p: p.hosted_link(expires_at=AFTER, name="n")) == "https://account.unipile.com/abc"
    _run(scripted, lambda p: p.hosted_link(expires_at=AFTER, reconnect_account_id="acc1"))
    first, second = (json.loads(request.content) for request in scripted.requests)
    shared = {"api_url": "http://practice.invalid", "expiresOn": "2026-04-01T10:00:00.123Z"}
    assert first == {"type": "create", "providers": ["LINKEDIN"], "name": "n", **shared}
    assert second == {"type": "reconnect", "reconnect_account": "acc1", **shared}


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "file:///x", "http://evil.example/", "https://a b", "https://a\nb"]
)
def test_a_link_that_is_not_https_is_refused(url: str, scripted: Scripted) -> None:
    error = _fails(scripted.json({"object": "HostedAuthUrl", "url": url}), lambda p: p.hosted_link(expires_at=AFTER))
    assert error.cause is Cause.PROVIDER


def test_an_invitation_with_and_without_a_note(scripted: Scripted) -> None:
    scripted.json({"object": "UserInvitationSent", "invitation_id": "7"}, status=201)
    assert _run(scripted, lambda p: p.invite("acc1", "ACoBob", "Hi “Bob”\nüé😀")).object_id == "7"
    _run(scripted, lambda p: p.invite("acc1", "ACoBob", None))
    _run(scripted, lambda p: p.invite("acc1", "ACoBob", ""))
    bare = {"account_id": "acc1", "provider_id": "ACoBob"}
    assert [json.loads(request.content) for request in scripted.requests] == [
        {**bare, "message": "Hi “Bob”\nüé😀"},
        bare,
        bare,
    ]
    request = scripted.requests[0]
    assert request.method == "POST" and request.url.path == "/api/v1/users/invite"
    assert request.headers["Content-Type"] == "application/json"


def test_a_withdrawal(scripted: Scripted) -> None:
    assert (
        _run(scripted.json({"object": "InvitationCanceled"}), lambda p: p.withdraw("acc1", "77")).verdict
        is Verdict.SENT
    )
    request = scripted.requests[0]
    assert (request.method, request.url.raw_path) == ("DELETE", b"/api/v1/users/invite/sent/77?account_id=acc1")


@pytest.mark.parametrize(
    ("chat_id", "path", "parts"),
    [
        (None, "/api/v1/chats", ["account_id=acc1", "attendees_ids=ACoBob", "text=Hi\nüé😀"]),
        ("c/1", "/api/v1/chats/c/1/messages", ["account_id=acc1", "text=Hi\nüé😀"]),
    ],
)
def test_messages_go_as_form_parts(chat_id: str | None, path: str, parts: list[str], scripted: Scripted) -> None:
    scripted.json({"object": "MessageSent", "message_id": None}, status=201)
    result = _run(scripted, lambda p: p.send_message("acc1", "ACoBob", "Hi\nüé😀", chat_id=chat_id))
    assert result.verdict is Verdict.SENT and result.object_id is None
    request = scripted.requests[0]
    assert request.url.path == path
    boundary = request.headers["Content-Type"].removeprefix("multipart/form-data; boundary=")
    found = []
    for part in request.content.decode().split(f"--{boundary}")[1:-1]:
        head, _, value = part.removeprefix("\r\n").removesuffix("\r\n").partition("\r\n\r\n")
        found.append(f"{head.removeprefix('Content-Disposition: form-data; name=').strip(chr(34))}={value}")
    assert found == parts


@pytest.mark.parametrize("text", ["", " \n", "half \ud83d"])
def test_a_text_that_cannot_be_sent_is_not_sent(text: str, scripted: Scripted) -> None:
    result = _run(scripted, lambda p: p.send_message("acc1", "ACoBob", text))
    assert (result.verdict, result.cause) == (Verdict.NOT_SENT, Cause.TEXT)
    result = _run(scripted, lambda p: p.invite("acc1", "ACoBob", "half \ud83d"))
    assert (result.verdict, result.cause, scripted.requests) == (Verdict.NOT_SENT, Cause.TEXT, [])


def test_a_visit_is_a_profile_read_that_shows(scripted: Scripted) -> None:
    assert _run(scripted.json(captured.PROFILE), lambda p: p.visit("acc1", "ACoBob")).verdict is Verdict.SENT
    assert scripted.requests[0].method == "GET"
    assert scripted.requests[0].url.raw_path == b"/api/v1/users/ACoBob?account_id=acc1&notify=true"
    scripted.json({"type": "errors/invalid_recipient"}, status=422)
    assert _run(scripted, lambda p: p.visit("acc1", "ACoBob")).verdict is Verdict.REFUSED


def test_the_provider_fits_its_protocol(scripted: Scripted) -> None:
    provider: Provider = scripted.provider
    asyncio.run(provider.aclose())
