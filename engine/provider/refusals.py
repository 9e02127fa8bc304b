"""The rows of the error table, as data: status, type and route to verdict and cause.

It must not hold code that decides. A type without a row under a status that isn't listed as a whole is UNKNOWN.
Source of all rows: docs/provider.md, the error table (Unipile's OpenAPI document and live error bodies).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from engine.errors import Cause
from engine.provider.base import Verdict


class Route(Enum):
    """What a request is for; writes carry the `object`s, in lower case, that an answer must have to count as done.

    Source: Unipile's OpenAPI document; `Cancelled` is the other spelling of the documented `Canceled`.
    """

    INVITE = ("invite", frozenset({"userinvitationsent"}))
    WITHDRAW = ("withdraw", frozenset({"invitationcanceled", "invitationcancelled"}))
    MESSAGE = ("message", frozenset({"chatstarted", "messagesent"}))
    VISIT = ("visit", frozenset({"userprofile"}))
    READ = ("read", frozenset[str]())

    def __init__(self, label: str, expected_objects: frozenset[str]) -> None:
        self.label = label
        self.expected_objects = expected_objects


class Row(NamedTuple):
    """What an answer means. `read_cause` stands for reads where their cause differs from that of writes."""

    verdict: Verdict
    cause: Cause
    read_cause: Cause | None = None


_Key = tuple[int, str | None, Route | None]


def _rows(status: int, row: Row, types: str, routes: Iterable[Route | None] = (None,)) -> dict[_Key, Row]:
    return {(status, name, route): row for name in types.split() for route in routes}


def _every(status: int, row: Row) -> dict[_Key, Row]:
    """Return the row of a whole status, whatever the type."""
    return {(status, None, None): row}


_NOT_SENT = Verdict.NOT_SENT
_UNKNOWN = Verdict.UNKNOWN
_CONFIG = Row(_NOT_SENT, Cause.CONFIG)
_ACCOUNT = Row(_NOT_SENT, Cause.ACCOUNT)
_LEAD = Row(Verdict.REFUSED, Cause.LEAD)
_TEXT = Row(_NOT_SENT, Cause.TEXT)
_LIMIT = Row(_NOT_SENT, Cause.LIMIT)
_NO_SUCH = Row(_NOT_SENT, Cause.NOT_FOUND)
_NOT_CONNECTED = Row(_NOT_SENT, Cause.NOT_CONNECTED)
_ALREADY = Row(Verdict.GOAL_CHECK, Cause.ALREADY)
_FAULT = Row(_UNKNOWN, Cause.PROVIDER)
# A type that names our request but isn't on the list of proven refusals: still unknown for a write.
_UNPROVEN_CONFIG = Row(_UNKNOWN, Cause.PROVIDER, Cause.CONFIG)

ROWS: dict[_Key, Row] = {
    **_rows(400, _CONFIG, "invalid_parameters missing_parameters"),
    **_rows(400, _TEXT, "too_many_characters unescaped_characters"),
    # A withdrawal has no parameter but the invitation and the account.
    **_rows(400, _NO_SUCH, "invalid_invitation_id invalid_parameters", (Route.WITHDRAW,)),
    **_rows(
        400,
        _UNPROVEN_CONFIG,
        "malformed_request invalid_request content_too_large invalid_url limit_too_high invalid_action invalid_label",
    ),
    **_every(401, _ACCOUNT),
    **_rows(401, Row(_NOT_SENT, Cause.KEY), "missing_credentials"),
    **_rows(401, _CONFIG, "disconnected_feature multiple_sessions insufficient_privileges"),
    **_every(403, _ACCOUNT),
    **_rows(403, Row(_NOT_SENT, Cause.RESTRICTED), "account_restricted"),
    **_rows(
        403,
        _CONFIG,
        "account_mismatch insufficient_permissions resource_access_restricted feature_not_subscribed"
        " subscription_required",
    ),
    **_every(404, _NO_SUCH),
    **_rows(404, Row(_NOT_SENT, Cause.NOT_FOUND, Cause.LEAD), "invalid_resource_identifier"),
    **_every(408, _FAULT),
    **_every(415, _CONFIG),
    **_rows(422, _ALREADY, "already_invited_recently already_connected action_already_performed"),
    **_rows(422, _LIMIT, "cannot_resend_yet cannot_resend_within_24hrs limit_exceeded connection_limit_reached"),
    **_rows(
        422,
        _LEAD,
        "invalid_recipient cannot_invite_attendee user_unreachable blocked_recipient recipient_rejected",
    ),
    # Of a read they say nothing of the person: it is made again.
    **_rows(422, Row(Verdict.REFUSED, Cause.LEAD, Cause.PROVIDER), "cant_send_message unprocessable_entity"),
    **_rows(422, _NOT_CONNECTED, "invalid_recipient", (Route.MESSAGE,)),
    **_rows(422, _NOT_CONNECTED, "no_connection_with_recipient"),
    **_rows(422, Row(Verdict.REFUSED, Cause.TEXT), "invalid_message invalid_post"),
    **_rows(422, _ACCOUNT, "invalid_account unauthorized"),
    **_rows(
        422,
        _CONFIG,
        "limit_too_high insufficient_credits not_allowed_inmail payment_error comments_disabled"
        " insufficient_job_slot account_configuration_error invalid_headers realtime_client_not_initialized"
        " sender_rejected ip_rejected_by_server send_as_denied parent_mail_not_found invalid_reply_subject"
        " invalid_folder invalid_thread",
    ),
    # It speaks of LinkedIn not answering, which proves nothing about the request.
    **_rows(422, _FAULT, "provider_unreachable"),
    **_every(429, Row(_NOT_SENT, Cause.RATE)),
    **_every(500, _FAULT),
    **_every(501, _FAULT),
    **_rows(501, _UNPROVEN_CONFIG, "feature_not_implemented"),
    **_every(502, _FAULT),
    **_every(503, _FAULT),
    **_every(504, _FAULT),
}
