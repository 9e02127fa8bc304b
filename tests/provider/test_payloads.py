"""From captured answers to neutral values, and what is missing or odd in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
import pytest

from engine.provider import payloads
from engine.provider.base import (
    AccountInfo,
    Chat,
    InvitationState,
    Message,
    OwnProfile,
    Profile,
    Relation,
    SentInvitation,
)
from tests.provider import captured

S = TypeVar("S")


def _struct(kind: type[S], base: dict[str, Any], **changes: Any) -> S:
    return msgspec.convert({**base, **changes}, kind)


def _profile(**changes: Any) -> Profile | None:
    return payloads.profile(_struct(payloads.ProfilePayload, captured.PROFILE, **changes))


def _relation(**changes: Any) -> Relation | None:
    return payloads.relation(_struct(payloads.RelationPayload, captured.RELATION, **changes))


def _message(**changes: Any) -> Message | None:
    return payloads.message(_struct(payloads.MessagePayload, captured.MESSAGE, **changes))


def _account(**changes: Any) -> AccountInfo | None:
    return payloads.linkedin_account(_struct(payloads.AccountPayload, captured.ACCOUNT, **changes))


def test_an_account() -> None:
    assert _account() == AccountInfo(
        account_id="acc1",
        name="Jane Doe",
        provider_id="ACoOwn",
        public_identifier="jane-doe",
        source_statuses=("OK",),
        premium_features=("sales_navigator",),
        created_at=datetime(2026, 7, 1, 12, 50, 22, 378_000, tzinfo=UTC),
    )


def test_accounts_of_other_networks_are_left_out() -> None:
    assert _account(type="WHATSAPP") is None and _account(id="") is None


@pytest.mark.parametrize(
    "sources", [None, [], {}, 7, [{}], [7], [{"status": "CREDENTIALS"}], [{"status": "OK"}, {"status": None}]]
)
def test_an_account_is_healthy_only_when_every_source_says_ok(sources: Any) -> None:
    account = _account(sources=sources)
    assert account is not None and not account.is_healthy


def test_an_account_without_details() -> None:
    account = _account(connection_params=None, name=None, created_at=1)
    assert account is not None
    assert (account.name, account.provider_id, account.premium_features) == ("acc1", None, ())
    named = _account(name="", connection_params={"im": {"username": "Jane"}})
    assert named is not None and named.name == "Jane"


def test_the_own_profile() -> None:
    payload = _struct(payloads.OwnProfilePayload, captured.OWN_PROFILE)
    assert payloads.own_profile(payload) == OwnProfile(
        provider_id="ACoOwn", public_identifier="jane-doe", first_name="Jane", last_name="Doe", is_premium=True
    )
    bare = payloads.own_profile(payloads.OwnProfilePayload(provider_id="ACoOwn", premium="yes", first_name=None))
    assert bare is not None and (bare.first_name, bare.is_premium) == ("", False)
    assert payloads.own_profile(payloads.OwnProfilePayload(provider_id="")) is None


def test_a_profile() -> None:
    assert _profile() == Profile(
        provider_id="ACoBob",
        public_identifier="bob-lee",
        first_name="Bob",
        last_name="Lee",
        headline="Head of X",
        location="Paris",
        is_connected=False,
        connected_at=None,
        invitation=InvitationState.SENT_PENDING,
    )
    assert _profile(provider_id=" ") is None


@pytest.mark.parametrize(
    ("is_relationship", "distance", "is_connected"),
    [
        (True, None, True),
        (True, "SECOND_DEGREE", True),
        (False, "FIRST_DEGREE", True),
        (None, "FIRST_DEGREE", True),
        (False, None, False),
        (None, "OUT_OF_NETWORK", False),
        (False, "THIRD_DEGREE", False),
        (None, None, None),
        (None, "", None),
        ("true", 1, None),
        (1, [], None),
    ],
)
def test_connected_only_when_the_profile_says_so(is_relationship: Any, distance: Any, is_connected: Any) -> None:
    found = _profile(is_relationship=is_relationship, network_distance=distance)
    assert found is not None and found.is_connected is is_connected


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (None, None),
        ({"type": "SENT", "status": "PENDING"}, InvitationState.SENT_PENDING),
        ({"type": "SENT", "status": "WITHDRAWN"}, InvitationState.SENT_WITHDRAWN),
        ({"type": "SENT", "status": "IGNORED"}, InvitationState.SENT_IGNORED),
        ({"type": "RECEIVED", "status": "PENDING"}, InvitationState.RECEIVED_PENDING),
        ({"type": "RECEIVED", "status": "IGNORED"}, InvitationState.RECEIVED_OVER),
        ({"type": "RECEIVED", "status": "WITHDRAWN"}, InvitationState.RECEIVED_OVER),
        ({"type": "SENT", "status": "DECLINED"}, InvitationState.OTHER),
        ({"type": "SENT"}, InvitationState.OTHER),
        ({}, InvitationState.OTHER),
        ("SENT", InvitationState.OTHER),
        ({"type": [], "status": {}}, InvitationState.OTHER),
    ],
)
def test_an_invitation_that_cannot_be_read_is_not_none(value: Any, state: InvitationState | None) -> None:
    found = _profile(invitation=value)
    assert found is not None and found.invitation is state


@pytest.mark.parametrize("value", ["2026-07-01T00:00:00.000Z", 1782864000000])
def test_the_date_of_a_connection_comes_in_two_forms(value: Any) -> None:
    found = _profile(connected_at=value)
    assert found is not None and found.connected_at == datetime(2026, 7, 1, tzinfo=UTC)


def test_empty_texts_are_none() -> None:
    found = _profile(public_identifier="", first_name="", last_name=None, headline="\0", location=7)
    assert found == Profile(
        provider_id="ACoBob",
        public_identifier=None,
        first_name=None,
        last_name=None,
        is_connected=False,
        invitation=InvitationState.SENT_PENDING,
    )


def test_a_sent_invitation() -> None:
    payload = _struct(payloads.SentInvitationPayload, captured.SENT_INVITATION)
    assert payloads.sent_invitation(payload) == SentInvitation(
        invitation_id="7449262477600571392",
        provider_id="ACoBob",
        public_identifier="bob-lee",
        name="Bob Lee",
        text=None,
    )
    assert payloads.sent_invitation(payloads.SentInvitationPayload(id="")) is None


@pytest.mark.parametrize(
    ("changes", "provider_id"),
    [
        ({}, "ACoBob"),
        ({"member_urn": None}, "ACoBob"),
        ({"member_id": None}, "ACoBob"),
        ({"member_id": "", "member_urn": "urn:li:fsd_profile:ACoTail"}, "ACoTail"),
        ({"member_id": None, "member_urn": "119375570"}, None),
        ({"member_id": None, "member_urn": "urn:li:member:7"}, None),
        ({"member_id": None, "member_urn": "urn:li:fsd_profile:"}, None),
        ({"member_id": None, "member_urn": 7}, None),
    ],
)
def test_who_a_relation_is(changes: dict[str, Any], provider_id: str | None) -> None:
    found = _relation(**changes)
    assert found is not None and found.provider_id == provider_id
    assert found.connected_at == datetime(2026, 6, 30, 11, 25, 41, tzinfo=UTC)


def test_a_relation_that_nobody_can_name_is_unusable() -> None:
    assert _relation(member_id=None, member_urn=None, public_identifier="") is None


@pytest.mark.parametrize(("side", "is_ours"), [(1, True), (0, False), (True, True), (False, False)])
def test_messages_of_both_sides(side: Any, is_ours: bool) -> None:
    assert _message(is_sender=side) == Message(
        message_id="m1",
        chat_id="c1",
        text="Hello",
        at=datetime(2026, 4, 12, 19, 9, 31, 566_000, tzinfo=UTC),
        is_ours=is_ours,
        sender_id="ACoBob",
        kind="MESSAGE",
    )


def test_kinds_of_messages() -> None:
    found = _message(message_type="INVITATION", is_event=1, deleted=True, text=None)
    assert found is not None and (found.kind, found.is_event, found.is_deleted, found.text) == (
        "INVITATION",
        True,
        True,
        None,
    )
    bare = _message(message_type=None, is_event=None, deleted="x")
    assert bare is not None and (bare.kind, bare.is_event, bare.is_deleted) == ("MESSAGE", False, False)


@pytest.mark.parametrize(
    "changes",
    [{"id": ""}, {"chat_id": " "}, {"sender_id": ""}, {"timestamp": "now"}, {"is_sender": 2}, {"is_sender": None}],
)
def test_a_message_without_what_is_needed_is_unusable(changes: dict[str, Any]) -> None:
    assert _message(**changes) is None


def test_a_chat() -> None:
    payload = _struct(payloads.ChatPayload, captured.CHAT)
    at = datetime(2026, 6, 26, 7, 55, 47, tzinfo=UTC)
    assert payloads.chat(payload) == Chat(chat_id="c1", attendee_provider_id="ACoBob", kind=0, at=at)
    assert payloads.chat(payloads.ChatPayload(id="", type=0)) is None
