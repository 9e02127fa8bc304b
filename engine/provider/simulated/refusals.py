"""How the practice LinkedIn says no: the provider's own words, one table.

Raised by the world and by the routes, turned into an answer in one place. Decides nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Wording:
    """One refusal as it goes over the wire. Source: docs/provider.md, errors."""

    status: int
    type: str
    title: str
    detail: str | None = None


MISSING_CREDENTIALS = Wording(status=401, type="missing_credentials", title="Missing credentials")
DISCONNECTED_ACCOUNT = Wording(
    status=401,
    type="disconnected_account",
    title="Disconnected account",
    detail="The account appears to be disconnected from the provider service.",
)
ACCOUNT_NOT_FOUND = Wording(
    status=404, type="resource_not_found", title="Resource not found", detail="Account not found"
)
CHAT_NOT_FOUND = Wording(status=404, type="resource_not_found", title="Resource not found", detail="Chat not found")
MESSAGE_NOT_FOUND = Wording(
    status=404, type="resource_not_found", title="Resource not found", detail="Message not found"
)
ATTENDEE_NOT_FOUND = Wording(
    status=404, type="resource_not_found", title="Resource not found", detail="Attendee not found"
)
INVALID_INVITATION_ID = Wording(
    status=400,
    type="invalid_parameters",
    title="Invalid parameters",
    detail="invalid_invitation_id: the invitation was not found.",
)
INVALID_PROVIDER_ID = Wording(
    status=400,
    type="invalid_parameters",
    title="Invalid parameters",
    detail="User ID does not match provider's expected format.",
)
TOO_MANY_CHARACTERS = Wording(
    status=400,
    type="too_many_characters",
    title="Too many characters",
    detail="The text exceeds the number of characters that the provider allows.",
)
UNSUPPORTED_MEDIA_TYPE = Wording(
    status=415,
    type="unsupported_media_type",
    title="Unsupported media type",
    detail="The media type of the body or of an attachment is not supported.",
)
FEATURE_NOT_IMPLEMENTED = Wording(
    status=501,
    type="feature_not_implemented",
    title="Feature not implemented",
    detail="This feature is not available for this provider.",
)
INVALID_RECIPIENT = Wording(
    status=422,
    type="invalid_recipient",
    title="Recipient cannot be reached",
    detail="Make sure that the recipient ID is valid and that the corresponding profile is not locked.",
)
NO_CONNECTION = Wording(
    status=422,
    type="no_connection_with_recipient",
    title="Recipient cannot be reached",
    detail="The recipient appears not to be first degree connection.",
)
CANNOT_INVITE = Wording(
    status=422,
    type="cannot_invite_attendee",
    title="Cannot invite attendee",
    detail="This person does not accept invitations.",
)
ALREADY_INVITED = Wording(
    status=422,
    type="already_invited_recently",
    title="Should delay new invitation to this recipient",
    detail="An invitation has already been sent recently to this recipient. Please try again later.",
)
ALREADY_CONNECTED = Wording(
    status=422,
    type="already_connected",
    title="Already connected",
    detail="The recipient is already a first degree connection.",
)
CANNOT_RESEND_YET = Wording(
    status=422,
    type="cannot_resend_yet",
    title="Cannot resend yet",
    detail="You have reached a temporary provider limit. Please try again later.",
)


class Refusal(Exception):
    """The request is refused; nothing has happened."""

    def __init__(self, wording: Wording) -> None:
        super().__init__(wording.type)
        self.wording = wording


def invalid_parameters(detail: str) -> Refusal:
    """Return the refusal of a field that is absent, malformed or out of range."""
    return Refusal(Wording(status=400, type="invalid_parameters", title="Invalid parameters", detail=detail))


def no_route(method: str, path: str) -> Refusal:
    """Return the refusal of an address that doesn't exist."""
    detail = f"Cannot {method} {path}"
    return Refusal(Wording(status=404, type="resource_not_found", title="Resource not found", detail=detail))
