"""The ledger's transitions: what is legal, and that no way leads from a send back to a send without proof."""

from __future__ import annotations

from engine.domain.ledger import (
    ACTION_OF_KIND,
    ENDED_STATES,
    OPEN_STATES,
    TRANSITIONS,
    DeliveryKind,
    DeliveryState,
    is_legal,
)

S = DeliveryState
FINAL = {S.SENT, S.REFUSED, S.SKIPPED}


def test_only_listed_moves_are_legal() -> None:
    assert {(a, b) for a in S for b in S if is_legal(a, b)} == set(TRANSITIONS)
    assert not any(is_legal(s, s) for s in S)


def test_nothing_leaves_a_final_state() -> None:
    assert {a for a, _ in TRANSITIONS} & FINAL == set()


def test_a_request_needs_a_claim_and_a_claim_needs_a_plan() -> None:
    assert {a for a, b in TRANSITIONS if b is S.SENDING} == {S.CLAIMED}
    assert {a for a, b in TRANSITIONS if b is S.CLAIMED} == {S.PLANNED}


def test_what_is_unknown_leaves_by_a_read_or_a_question_only() -> None:
    assert {b for a, b in TRANSITIONS if a is S.UNKNOWN} == {S.SENT, S.PLANNED, S.HUMAN}
    assert {a for a, b in TRANSITIONS if b is S.UNKNOWN} == {S.SENDING, S.PLANNED, S.CANCELLED, S.SUPERSEDED}


def test_every_state_can_be_reached_and_left_unless_it_is_final() -> None:
    assert {b for _, b in TRANSITIONS} == set(S)
    assert {a for a, _ in TRANSITIONS} == set(S) - FINAL
    assert frozenset(FINAL) == ENDED_STATES
    assert not OPEN_STATES & ENDED_STATES


def test_every_kind_counts_in_a_budget() -> None:
    assert set(ACTION_OF_KIND) == set(DeliveryKind)
