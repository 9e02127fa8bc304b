"""One table from what HTTP did to what it means: a verdict for writes, a cause for reads.

It must not know httpx, read a clock or decide what happens next. Everything that the table doesn't list is
UNKNOWN for a write: only a listed refusal may say "not sent".
Source of all rows: docs/provider.md, the error table (Unipile's OpenAPI document and live error bodies).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from engine.errors import Cause, ProviderError
from engine.provider.address import NEW_API_SENTENCE
from engine.provider.base import Verdict, WriteResult
from engine.provider.refusals import ROWS, Route, Row
from engine.provider.secret import Secret, redact
from engine.provider.wire import ErrorBody, read_error_body, read_receipt

RETRY_AFTER_MAX_S = 24 * 3600.0
_DETAIL_MAX_CHARS = 200
_DIGITS = re.compile(r"[0-9]+")


class Failure(StrEnum):
    """Why there is no answer."""

    NOT_BUILT = "not_built"  # refused here, before a connection was asked for
    NOT_CONNECTED = "not_connected"  # DNS, connecting, TLS or the pool: no byte of the request left
    TIMED_OUT = "timed_out"
    BROKEN = "broken"  # reset, protocol error, or anything else on the way
    TOO_LARGE = "too_large"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A complete HTTP answer. `body` is decompressed, None when it couldn't be; `at` is the wall clock."""

    status: int
    body: bytes | None
    at: datetime
    date: str | None = None
    retry_after: str | None = None

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx; whether the body fits is another question."""
        return self.status // 100 == 2


Outcome = Answer | Failure

_FAILURES: dict[Failure, tuple[Verdict, Cause, str]] = {
    Failure.NOT_BUILT: (Verdict.NOT_SENT, Cause.CONFIG, "The request could not be written."),
    Failure.NOT_CONNECTED: (Verdict.NOT_SENT, Cause.NETWORK, "No connection to Unipile."),
    Failure.TIMED_OUT: (Verdict.UNKNOWN, Cause.BROKEN, "Unipile took too long to answer."),
    Failure.BROKEN: (Verdict.UNKNOWN, Cause.BROKEN, "The connection to Unipile broke off."),
    Failure.TOO_LARGE: (Verdict.UNKNOWN, Cause.BROKEN, "Unipile's answer was too large."),
}

_UNLISTED = Row(Verdict.UNKNOWN, Cause.PROVIDER)

SENTENCES: dict[Cause, str] = {
    Cause.NONE: "Done.",
    Cause.NETWORK: "No connection to Unipile.",
    Cause.BROKEN: "The connection to Unipile broke off.",
    Cause.PROVIDER: "Unipile had a fault or answered something that can't be understood.",
    Cause.KEY: "Unipile refused the API key.",
    Cause.NEW_API_KEY: NEW_API_SENTENCE,
    Cause.ACCOUNT: "The LinkedIn account must be connected again.",
    Cause.RESTRICTED: "LinkedIn restricted this account.",
    Cause.RATE: "LinkedIn takes no more requests for now.",
    Cause.LIMIT: "A limit of LinkedIn was reached.",
    Cause.CONFIG: "Unipile did not accept the request, or the account lacks a feature.",
    Cause.LEAD: "This person can't be reached.",
    Cause.TEXT: "The text was not accepted.",
    Cause.NOT_CONNECTED: "This person is not a connection.",
    Cause.ALREADY: "This person may already be invited or connected.",
    Cause.NOT_FOUND: "Unipile doesn't know this account, conversation, person or invitation.",
}


def write_result(route: Route, outcome: Outcome, *, key: Secret | None = None) -> WriteResult:
    """Return what one attempt to write came to. Total: every input has a result, by default UNKNOWN.

    `key` is taken out of the provider's words, which may repeat the request's headers.
    """
    if isinstance(outcome, Failure):
        verdict, cause, sentence = _FAILURES[outcome]
        return WriteResult(verdict=verdict, cause=cause, detail=sentence)
    server_date = http_date(outcome.date)
    if outcome.is_success:
        receipt = read_receipt(outcome.body, route.expected_objects)
        if receipt is None:
            return WriteResult(
                verdict=Verdict.UNKNOWN,
                cause=Cause.PROVIDER,
                http_status=outcome.status,
                detail=SENTENCES[Cause.PROVIDER],
                server_date=server_date,
            )
        return WriteResult(
            verdict=Verdict.SENT,
            http_status=outcome.status,
            server_date=server_date,
            object_id=receipt.object_id,
            chat_id=receipt.chat_id,
            usage_percent=receipt.usage_percent,
        )
    body = read_error_body(outcome.body)
    row = find_row(outcome.status, body, route)
    shown = _without_key(body, key)
    return WriteResult(
        verdict=row.verdict,
        cause=row.cause,
        http_status=outcome.status,
        error_type=shown.short_type,
        detail=_detail(row.cause, shown),
        retry_after_s=retry_after_s(outcome),
        server_date=server_date,
    )


def readable(outcome: Outcome, *, key: Secret | None = None) -> Answer | ProviderError:
    """Return the answer of a read when it is 2xx, its body still to be read; else the error it ended in."""
    if isinstance(outcome, Failure):
        _, cause, sentence = _FAILURES[outcome]
        return ProviderError(cause, sentence)
    if outcome.is_success:
        return outcome
    body = read_error_body(outcome.body)
    row = find_row(outcome.status, body, Route.READ)
    shown = _without_key(body, key)
    cause = row.read_cause or row.cause
    return ProviderError(
        cause,
        _detail(cause, shown),
        http_status=outcome.status,
        error_type=shown.short_type,
        retry_after_s=retry_after_s(outcome),
        server_date=http_date(outcome.date),
    )


def find_row(status: int, body: ErrorBody, route: Route) -> Row:
    """Return the most special row: status, type and route; status and type; status alone; else UNKNOWN."""
    if body.is_new_api and status != 429:
        row = ROWS.get((status, None, None), _UNLISTED)
        return Row(row.verdict, Cause.NEW_API_KEY if 400 <= status <= 499 else row.cause)
    for key in ((status, body.short_type, route), (status, body.short_type, None), (status, None, None)):
        if key in ROWS:
            return ROWS[key]
    return _UNLISTED


def retry_after_s(answer: Answer) -> float | None:
    """Return the seconds to wait, 0 to 24 h; None when absent or garbage. Source: RFC 9110, section 10.2.3."""
    text = (answer.retry_after or "").strip()
    if _DIGITS.fullmatch(text):
        return min(float(text), RETRY_AFTER_MAX_S)
    until = http_date(text)
    if until is None:
        return None
    now = http_date(answer.date) or answer.at
    return min(max((until - now).total_seconds(), 0.0), RETRY_AFTER_MAX_S)


def http_date(text: str | None) -> datetime | None:
    """Return an HTTP date as aware UTC, None when it isn't one."""
    if not text:
        return None
    try:
        parsed = parsedate_to_datetime(text)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _without_key(body: ErrorBody, key: Secret | None) -> ErrorBody:
    if key is None:
        return body
    is_key_in_type = body.short_type is not None and key.reveal() in body.short_type
    words = redact(body.words, (key,))  # before it is cut: a part of the key would not be found
    return replace(body, short_type=None if is_key_in_type else body.short_type, words=words)


def _detail(cause: Cause, body: ErrorBody) -> str:
    if cause is Cause.NEW_API_KEY or not body.words:
        return SENTENCES[cause]
    return f"{SENTENCES[cause]} Unipile says: {body.words[:_DETAIL_MAX_CHARS]}"
