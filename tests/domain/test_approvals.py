"""Asking before a send: what may go, what is asked about, and how many questions there may be."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.approvals import (
    ASKED_KINDS,
    STANDING,
    ApprovalState,
    Permission,
    is_still_approved,
    left_of,
    permission,
    room,
)
from engine.domain.ledger import DeliveryKind

A, P = ApprovalState, Permission
REQUESTS = st.none() | st.sampled_from(sorted(STANDING))


@pytest.mark.parametrize("kind", sorted(ASKED_KINDS))
@pytest.mark.parametrize(
    ("left", "request_", "expected"),
    [
        (0, None, P.GO),
        (3, None, P.ASK),
        (3, A.OPEN, P.WAIT),
        (0, A.OPEN, P.WAIT),
        (3, A.APPROVED, P.GO),
        (0, A.APPROVED, P.GO),
    ],
)
def test_what_carries_a_text_goes_only_approved_while_asking(
    kind: DeliveryKind, left: int, request_: ApprovalState | None, expected: Permission
) -> None:
    assert permission(kind, left, request_) is expected


@settings(derandomize=True)
@given(kind=st.sampled_from(sorted(DeliveryKind)), left=st.integers(0, 50), request_=REQUESTS)
def test_nothing_asked_about_goes_unapproved_and_nothing_else_is_asked_about(
    kind: DeliveryKind, left: int, request_: ApprovalState | None
) -> None:
    found = permission(kind, left, request_)
    if kind not in ASKED_KINDS:
        assert found is P.GO
    elif left and request_ is not A.APPROVED:
        assert found is not P.GO


@settings(derandomize=True)
@given(first=st.integers(0, 50), done=st.integers(0, 80), open_requests=st.integers(0, 80))
def test_there_are_never_more_questions_than_could_be_approved(first: int, done: int, open_requests: int) -> None:
    left = left_of(first, done)
    assert left == max(0, first - done)
    assert 0 <= room(left, open_requests) <= left
    assert room(left, open_requests) + open_requests <= max(left, open_requests)


@settings(derandomize=True)
@given(one=st.none() | st.text(max_size=5), other=st.none() | st.text(max_size=5))
def test_an_approval_holds_for_the_very_text_alone(one: str | None, other: str | None) -> None:
    assert is_still_approved(one, other) == (one == other)
    assert is_still_approved(one, one)


def test_a_text_that_only_looks_the_same_is_another_one() -> None:
    assert not is_still_approved("Zoe\u0308", "Zo\u00eb")
    assert not is_still_approved("a\u00a0b", "a b")
