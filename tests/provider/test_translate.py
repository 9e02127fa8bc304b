"""The error table, row by row, and that nothing outside it says "not sent"."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Cause, ProviderError
from engine.provider.base import Verdict
from engine.provider.refusals import ROWS, Route
from engine.provider.secret import Secret
from engine.provider.translate import SENTENCES, Answer, Failure, http_date, readable, retry_after_s, write_result

NOW = datetime(2026, 7, 1, 12, 0, 0, 500_000, tzinfo=UTC)
WRITES = [Route.INVITE, Route.WITHDRAW, Route.MESSAGE, Route.VISIT]
N, R, G, U = Verdict.NOT_SENT, Verdict.REFUSED, Verdict.GOAL_CHECK, Verdict.UNKNOWN
DECISIVE = {N, R, G}

# Written out here once more, on purpose: the table under test must not be its own witness.
EXPECTED: list[tuple[int, str, str, Verdict, Cause]] = [
    (400, "invalid_parameters missing_parameters", "invite message visit", N, Cause.CONFIG),
    (400, "too_many_characters unescaped_characters", "invite withdraw message visit", N, Cause.TEXT),
    (400, "invalid_parameters invalid_invitation_id", "withdraw", N, Cause.NOT_FOUND),
    (400, "invalid_invitation_id", "invite message visit", U, Cause.PROVIDER),
    (400, "malformed_request invalid_request content_too_large invalid_url limit_too_high", "*", U, Cause.PROVIDER),
    (400, "invalid_action invalid_label something_new", "*", U, Cause.PROVIDER),
    (401, "missing_credentials", "*", N, Cause.KEY),
    (401, "disconnected_account invalid_credentials expired_credentials wrong_account", "*", N, Cause.ACCOUNT),
    (401, "checkpoint_error captcha_not_supported expired_link something_new", "*", N, Cause.ACCOUNT),
    (401, "disconnected_feature multiple_sessions insufficient_privileges", "*", N, Cause.CONFIG),
    (403, "account_restricted", "*", N, Cause.RESTRICTED),
    (403, "session_mismatch action_required unknown_authentication_context new_one", "*", N, Cause.ACCOUNT),
    (403, "account_mismatch insufficient_permissions resource_access_restricted", "*", N, Cause.CONFIG),
    (403, "feature_not_subscribed subscription_required", "*", N, Cause.CONFIG),
    (404, "resource_not_found invalid_resource_identifier something_new", "*", N, Cause.NOT_FOUND),
    (415, "unsupported_media_type something_new", "*", N, Cause.CONFIG),
    (422, "already_invited_recently already_connected action_already_performed", "*", G, Cause.ALREADY),
    (422, "cannot_resend_yet cannot_resend_within_24hrs limit_exceeded connection_limit_reached", "*", N, Cause.LIMIT),
    (422, "invalid_recipient", "invite withdraw visit", R, Cause.LEAD),
    (422, "invalid_recipient", "message", N, Cause.NOT_CONNECTED),
    (422, "no_connection_with_recipient", "*", N, Cause.NOT_CONNECTED),
    (422, "cannot_invite_attendee user_unreachable blocked_recipient recipient_rejected", "*", R, Cause.LEAD),
    (422, "cant_send_message unprocessable_entity", "*", R, Cause.LEAD),
    (422, "invalid_message invalid_post", "*", R, Cause.TEXT),
    (422, "invalid_account unauthorized", "*", N, Cause.ACCOUNT),
    (422, "limit_too_high insufficient_credits not_allowed_inmail payment_error", "*", N, Cause.CONFIG),
    (422, "comments_disabled insufficient_job_slot account_configuration_error", "*", N, Cause.CONFIG),
    (422, "invalid_headers realtime_client_not_initialized sender_rejected", "*", N, Cause.CONFIG),
    (422, "ip_rejected_by_server send_as_denied parent_mail_not_found", "*", N, Cause.CONFIG),
    (422, "invalid_reply_subject invalid_folder invalid_thread", "*", N, Cause.CONFIG),
    (422, "provider_unreachable something_new recipient_cannot_be_reached", "*", U, Cause.PROVIDER),
    (429, "too_many_requests something_new", "*", N, Cause.RATE),
    (500, "unexpected_error provider_error authentication_intent_error", "*", U, Cause.PROVIDER),
    (501, "feature_not_implemented something_new", "*", U, Cause.PROVIDER),
    (503, "no_client_session no_channel no_handler network_down service_unavailable", "*", U, Cause.PROVIDER),
    (504, "request_timeout", "*", U, Cause.PROVIDER),
    (408, "request_timeout", "*", U, Cause.PROVIDER),
    (407, "proxy_auth_error", "*", U, Cause.PROVIDER),
    (409, "operation_canceled already_exists", "*", U, Cause.PROVIDER),
    (425, "auth_in_progress", "*", U, Cause.PROVIDER),
    (502, "proxy_error", "*", U, Cause.PROVIDER),
]
CASES = [
    (status, name, route, verdict, cause)
    for status, names, routes, verdict, cause in EXPECTED
    for name in names.split()
    for route in WRITES
    if routes == "*" or route.label in routes.split()
]
WHOLE_STATUSES = {401, 403, 404, 415, 429}
LISTED = {(status, name, route) for status, name, route, verdict, _ in CASES if verdict in DECISIVE}


def _answer(status: int, value: Any = None, *, body: bytes | None = None, **rest: Any) -> Answer:
    return Answer(status=status, body=json.dumps(value).encode() if body is None else body, at=NOW, **rest)


def _error(status: int, name: str) -> Answer:
    return _answer(status, {"status": status, "type": f"errors/{name}", "title": "Title", "detail": "Detail"})


@pytest.mark.parametrize(("status", "name", "route", "verdict", "cause"), CASES)
def test_every_row(status: int, name: str, route: Route, verdict: Verdict, cause: Cause) -> None:
    result = write_result(route, _error(status, name))
    assert (result.verdict, result.cause, result.http_status, result.error_type) == (verdict, cause, status, name)
    assert result.detail == f"{SENTENCES[cause]} Unipile says: Title: Detail"


def test_the_test_knows_every_row_of_the_table() -> None:
    tested = {(status, name) for status, name, *_ in CASES}
    assert {(status, name) for status, name, _ in ROWS if name} <= tested
    assert all(row.cause is Cause.PROVIDER for row in ROWS.values() if row.verdict is U)


@pytest.mark.parametrize("body", [b"", b"<html>no</html>", b"[]", b"null", b'{"type":7}', b'{"type":"errors/A b"}'])
@pytest.mark.parametrize("status", [300, 301, 302, 307, 308, 400, 408, 409, 422, 418, 451, 500, 501, 502, 503, 504])
def test_without_a_type_most_statuses_prove_nothing(status: int, body: bytes) -> None:
    result = write_result(Route.INVITE, _answer(status, body=body))
    assert (result.verdict, result.cause, result.error_type) == (U, Cause.PROVIDER, None)


@pytest.mark.parametrize("status", sorted(WHOLE_STATUSES))
def test_some_statuses_are_refusals_whatever_the_body(status: int) -> None:
    for body in (b"<html>", None):
        assert write_result(Route.MESSAGE, Answer(status=status, body=body, at=NOW)).verdict is N


@pytest.mark.parametrize(
    ("failure", "verdict", "cause"),
    [
        (Failure.NOT_BUILT, N, Cause.CONFIG),
        (Failure.NOT_CONNECTED, N, Cause.NETWORK),
        (Failure.TIMED_OUT, U, Cause.BROKEN),
        (Failure.BROKEN, U, Cause.BROKEN),
        (Failure.TOO_LARGE, U, Cause.BROKEN),
    ],
)
def test_failures(failure: Failure, verdict: Verdict, cause: Cause) -> None:
    result = write_result(Route.INVITE, failure)
    assert (result.verdict, result.cause, result.http_status) == (verdict, cause, None) and result.detail
    error = readable(failure)
    assert isinstance(error, ProviderError) and error.cause is cause


@pytest.mark.parametrize("status", [200, 201, 204, 299])
@pytest.mark.parametrize(
    ("route", "value", "object_id", "chat_id", "usage"),
    [
        (Route.INVITE, {"object": "UserInvitationSent", "invitation_id": "73", "usage": 75}, "73", None, 75.0),
        (Route.INVITE, {"object": "userinvitationSENT", "invitation_id": 73, "usage": "x"}, "73", None, None),
        (Route.INVITE, {"object": "UserInvitationSent", "usage": True}, None, None, None),
        (Route.INVITE, {"object": "UserInvitationSent", "usage": 101}, None, None, None),
        (Route.WITHDRAW, {"object": "InvitationCanceled"}, None, None, None),
        (Route.MESSAGE, {"object": "ChatStarted", "chat_id": "c", "message_id": None}, None, "c", None),
        (Route.MESSAGE, {"object": "MessageSent", "message_id": "m"}, "m", None, None),
        (Route.VISIT, {"object": "UserProfile", "provider_id": "ACo"}, None, None, None),
    ],
)
def test_2xx_with_the_expected_object_is_sent(
    status: int, route: Route, value: Any, object_id: str | None, chat_id: str | None, usage: float | None
) -> None:
    result = write_result(route, _answer(status, value, date="Wed, 01 Jul 2026 12:00:00 GMT"))
    assert (result.verdict, result.cause, result.http_status) == (Verdict.SENT, Cause.NONE, status)
    assert (result.object_id, result.chat_id, result.usage_percent) == (object_id, chat_id, usage)
    assert result.server_date == NOW.replace(microsecond=0)


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"",
        b"<html>OK</html>",
        b'{"object":"UserInvitationSent"',
        b'["UserInvitationSent"]',
        b'{"object":null}',
        b'{"object":"ChatStarted"}',
        b'{"status":422,"type":"errors/cannot_resend_yet","title":"t"}',
        b"[" * 100_000,
        b'{"object":"UserInvitationSent","x":NaN}',
    ],
)
def test_2xx_garbage_is_unknown(body: bytes | None) -> None:
    result = write_result(Route.INVITE, Answer(status=200, body=body, at=NOW))
    assert (result.verdict, result.cause) == (U, Cause.PROVIDER)


@pytest.mark.parametrize(
    ("status", "verdict", "cause"),
    [
        (401, N, Cause.NEW_API_KEY),
        (403, N, Cause.NEW_API_KEY),
        (404, N, Cause.NEW_API_KEY),
        (400, U, Cause.NEW_API_KEY),
        (422, U, Cause.NEW_API_KEY),
        (429, N, Cause.RATE),
        (500, U, Cause.PROVIDER),
    ],
)
@pytest.mark.parametrize("name", ["api/invalid_api_key", "provider/too_many_requests"])
def test_an_answer_of_the_newer_api_is_named(status: int, verdict: Verdict, cause: Cause, name: str) -> None:
    answer = _answer(status, {"object": "Error", "type": name, "status": status, "title": "t"})
    result = write_result(Route.INVITE, answer)
    assert (result.verdict, result.cause) == (verdict, cause)
    error = readable(answer)
    assert isinstance(error, ProviderError) and error.cause is cause
    if cause is Cause.NEW_API_KEY:
        sentence = "This key is for Unipile's new API, which Leadloom can't use yet; ask Unipile for v1 access"
        assert result.detail == error.title == sentence


def test_reads_name_the_cause_that_writes_may_not() -> None:
    for status, name, cause in [
        (400, "malformed_request", Cause.CONFIG),
        (501, "feature_not_implemented", Cause.CONFIG),
        (404, "invalid_resource_identifier", Cause.LEAD),
        (404, "resource_not_found", Cause.NOT_FOUND),
        (422, "invalid_recipient", Cause.LEAD),
        (429, "too_many_requests", Cause.RATE),
        (503, "no_handler", Cause.PROVIDER),
    ]:
        error = readable(_answer(status, {"type": f"errors/{name}"}, retry_after="7"))
        assert isinstance(error, ProviderError)
        assert (error.cause, error.http_status, error.error_type) == (cause, status, name)
        assert error.retry_after_s == 7 and error.title == SENTENCES[cause]
    answer = _answer(200, {})
    assert readable(answer) is answer


def _dated(delta_s: float) -> str:
    return format_datetime(NOW.replace(microsecond=0) + timedelta(seconds=delta_s), usegmt=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("86401", 86400),
        ("9" * 6000, 86400),
        (_dated(90), 90),
        (_dated(-90), 0),
        (_dated(1e6), 86400),
        (None, None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("١٢", None),
        ("soon", None),
        ("Wed, 99 Jul 2026 12:00:00 GMT", None),
        ("31 Dec 9999 23:59:59 -2359", None),
    ],
)
def test_retry_after(text: str | None, seconds: float | None) -> None:
    date = format_datetime(NOW.replace(microsecond=0), usegmt=True)
    assert retry_after_s(_answer(429, {}, retry_after=text, date=date)) == seconds
    assert write_result(Route.INVITE, _answer(429, {}, retry_after=text, date=date)).retry_after_s == seconds


def test_retry_after_counts_from_our_clock_without_a_date() -> None:
    assert retry_after_s(_answer(429, {}, retry_after=_dated(90))) == 89.5


def test_dates_without_a_zone_are_utc() -> None:
    assert http_date("Wed, 01 Jul 2026 12:00:00 -0000") == NOW.replace(microsecond=0)
    assert http_date("Wed, 01 Jul 2026 14:00:00 +0200") == NOW.replace(microsecond=0)


def test_the_key_is_taken_out_of_the_providers_words() -> None:
    answer = _answer(401, {"type": "errors/s3cret", "title": "bad key s3cret", "detail": "X-API-KEY: other1"})
    result = write_result(Route.INVITE, answer, key=Secret("s3cret"))
    error = readable(answer, key=Secret("s3cret"))
    assert isinstance(error, ProviderError)
    for text in (result.detail, repr(result), error.title, repr(error.args), str(error.error_type)):
        assert "s3cret" not in text and "other1" not in text
    assert write_result(Route.INVITE, _error(422, "limit_exceeded"), key=Secret("e")).cause is Cause.LIMIT


_NAMES = st.sampled_from(sorted({name for _, name, *_ in CASES} | {"Invalid_Recipient", "errors"})) | st.text(
    max_size=20
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
_BODIES = (
    st.builds(
        lambda prefix, name, rest: json.dumps({**rest, "type": prefix + name}).encode(),
        st.sampled_from(["errors/", "", "api/", "errors/errors/", "ERRORS/"]),
        _NAMES,
        st.dictionaries(st.sampled_from(["object", "title", "detail", "status", "usage"]), _JSON),
    )
    | st.builds(lambda value: json.dumps(value).encode(), _JSON)
    | st.binary(max_size=40)
    | st.none()
)


@given(st.sampled_from(WRITES), st.integers(100, 599), _BODIES, st.text(max_size=30) | st.none())
def test_no_input_says_not_sent_unless_listed(
    route: Route, status: int, body: bytes | None, header: str | None
) -> None:
    result = write_result(route, Answer(status=status, body=body, at=NOW, date=header, retry_after=header))
    if result.verdict is Verdict.SENT:
        assert 200 <= status <= 299
    elif result.verdict is not U:
        assert status in WHOLE_STATUSES or (status, result.error_type, route) in LISTED
    else:
        assert result.cause in (Cause.PROVIDER, Cause.NEW_API_KEY)
    assert result.retry_after_s is None or 0 <= result.retry_after_s <= 86400


def test_long_words_are_cut() -> None:
    result = write_result(Route.INVITE, _answer(400, {"type": "errors/invalid_parameters", "title": "x" * 9999}))
    assert result.detail is not None and result.detail.count("x") == 200 + SENTENCES[Cause.CONFIG].count("x")


@pytest.mark.parametrize("padding", range(0, 60, 7))
def test_a_key_that_an_answer_repeats_is_not_cut_into_a_part_that_stays(padding: int) -> None:
    key = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
    answer = _answer(401, {"type": "errors/unauthorized", "title": "." * padding + key * 20})
    result = write_result(Route.INVITE, answer, key=Secret(key))
    assert not any(key[i : i + 6] in result.detail for i in range(len(key) - 6))


@pytest.mark.parametrize("name", ["cant_send_message", "unprocessable_entity"])
def test_a_read_that_is_refused_without_a_word_of_the_person_is_made_again(name: str) -> None:
    found = readable(_error(422, name))
    assert isinstance(found, ProviderError) and found.cause is Cause.PROVIDER
