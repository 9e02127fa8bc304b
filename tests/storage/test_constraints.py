"""The database's own rules: what no code above it can break, however wrong it is."""

from __future__ import annotations

import pytest
from sqlalchemy import UniqueConstraint

from engine.domain.ledger import OPEN_STATES, TRANSITIONS, DeliveryState
from storage.database import RuleBroken
from storage.tables.columns import metadata
from tests.storage.conftest import Filled

S = DeliveryState
OPEN = sorted(OPEN_STATES)


def test_a_step_of_an_enrolment_has_one_row(filled: Filled) -> None:
    filled.delivery(1, "m1", "sent")
    with pytest.raises(RuleBroken):
        filled.delivery(1, "m1", "planned")
    filled.delivery(1, "m2", "planned")


DELETED_IN_NUMBERS = ("lead", "enrolment", "delivery")


def test_deleting_many_reads_no_other_table_as_a_whole() -> None:
    """Each key into what an undone import deletes is indexed: else a deletion takes as long as there are rows."""
    for table in metadata.tables.values():
        firsts = {column.name for index in table.indexes for column in list(index.columns)[:1]}
        firsts |= {next(iter(rule.columns)).name for rule in table.constraints if isinstance(rule, UniqueConstraint)}
        firsts |= {column.name for column in list(table.primary_key.columns)[:1]}
        for key in table.foreign_keys:
            if key.column.table.name in DELETED_IN_NUMBERS:
                assert key.parent.name in firsts, f"{table.name}.{key.parent.name}"


@pytest.mark.parametrize("state", OPEN)
def test_a_person_has_one_open_row_whichever_the_campaign(filled: Filled, state: str) -> None:
    filled.delivery(1, "m1", "claimed")
    with pytest.raises(RuleBroken):
        filled.delivery(3, "m1", state)
    filled.delivery(3, "m1", "planned")
    filled.delivery(2, "m1", state)


def test_a_claim_that_would_be_the_second_open_row_is_refused(filled: Filled) -> None:
    filled.delivery(1, "m1", "unknown")
    other = filled.delivery(3, "m1", "planned")
    with pytest.raises(RuleBroken):
        filled.do("UPDATE delivery SET state = 'claimed' WHERE id = :id", id=other)


def test_a_reply_typed_by_hand_stands_outside_the_one_open_row(filled: Filled) -> None:
    filled.delivery(1, "m1", "unknown")
    filled.delivery(3, "r1", "sending", "reply", body_sha="same")
    filled.delivery(1, "r2", "sent", "reply", body_sha="same")


@pytest.mark.parametrize("state", [*OPEN, "sent"])
def test_a_person_is_invited_once(filled: Filled, state: str) -> None:
    filled.delivery(1, "i", "sent", "invite")
    with pytest.raises(RuleBroken):
        filled.delivery(3, "i", state, "invite")


def test_a_person_may_be_invited_again_when_somebody_said_so(filled: Filled) -> None:
    filled.delivery(1, "i", "sent", "invite", is_rearmed=1)
    filled.delivery(3, "i", "claimed", "invite")


@pytest.mark.parametrize("state", [*OPEN, "sent"])
def test_a_text_reaches_a_person_once(filled: Filled, state: str) -> None:
    filled.delivery(1, "m1", "sent", body_sha="same")
    with pytest.raises(RuleBroken):
        filled.delivery(3, "m1", state, body_sha="same")
    filled.delivery(2, "m1", state, body_sha="same")
    filled.delivery(4, "m1", "planned", body_sha="same")


@pytest.mark.parametrize("old", list(S))
def test_every_illegal_move_aborts_and_every_legal_one_passes(filled: Filled, old: DeliveryState) -> None:
    for n, new in enumerate(s for s in S if s is not old):
        row = filled.delivery(1, f"{old}{n}", old, "reply")
        if (old, new) in TRANSITIONS:
            filled.do("UPDATE delivery SET state = :new WHERE id = :id", new=new, id=row)
            continue
        with pytest.raises(RuleBroken, match="illegal move"):
            filled.do("UPDATE delivery SET state = :new WHERE id = :id", new=new, id=row)
        assert filled.see(f"SELECT state FROM delivery WHERE id = {row}") == [(old,)]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("delivery", "state", "lost"),
        ("delivery", "kind", "poke"),
        ("delivery", "resolved_by", "luck"),
        ("account", "status", "fine"),
        ("campaign", "state", "open"),
        ("campaign", "pause", "some"),
        ("campaign", "weight", 0),
        ("enrolment", "is_active", 2),
    ],
)
def test_a_value_outside_its_list_is_refused(filled: Filled, table: str, column: str, value: object) -> None:
    filled.delivery(1)
    with pytest.raises(RuleBroken):
        filled.do(f"UPDATE {table} SET {column} = :value WHERE id = 1", value=value)


@pytest.mark.parametrize("table", ["account", "lead", "campaign", "enrolment", "sequence_version", "delivery"])
def test_history_can_not_be_deleted(filled: Filled, table: str) -> None:
    row = filled.delivery(1)
    filled.add("attempt", delivery_id=row, n=1, boot_id="b", seq=1, armed_ms=0)
    with pytest.raises(RuleBroken):
        filled.do(f"DELETE FROM {table} WHERE id = 1")


def test_a_sequence_number_is_used_once(filled: Filled) -> None:
    row = filled.delivery(1)
    filled.add("attempt", delivery_id=row, n=1, boot_id="b", seq=1, armed_ms=0)
    with pytest.raises(RuleBroken):
        filled.add("attempt", delivery_id=row, n=2, boot_id="b", seq=1, armed_ms=0)


def test_an_attempt_uses_each_budget_once(filled: Filled) -> None:
    use = {"account_id": 1, "action": "invite", "at_ms": 0, "delivery_id": 1, "attempt_n": 1}
    filled.add("budget_use", **use)
    with pytest.raises(RuleBroken):
        filled.add("budget_use", **use)
    filled.add("budget_use", **{**use, "action": "note"})


def test_names_of_campaigns_differ_in_more_than_their_case(filled: Filled) -> None:
    with pytest.raises(RuleBroken):
        filled.add("campaign", name="c1", state="draft", created_ms=0)


def test_there_is_one_row_of_the_engine(filled: Filled) -> None:
    with pytest.raises(RuleBroken):
        filled.add("engine_state", id=2, db_uuid="u", lineage="l", machine_id="m", boot_id="b")


def test_a_lead_is_enrolled_once_in_a_campaign_and_claimed_by_one_enrolment(filled: Filled) -> None:
    with pytest.raises(RuleBroken):
        filled.add("enrolment", campaign_id=1, lead_id=1, enrolled_ms=0)
    filled.add("lead_claim", account_id=1, lead_id=1, enrolment_id=1)
    with pytest.raises(RuleBroken):
        filled.add("lead_claim", account_id=1, lead_id=1, enrolment_id=3)


def test_an_identity_and_a_provider_id_belong_to_one_lead(filled: Filled) -> None:
    with pytest.raises(RuleBroken):
        filled.add("lead", identity_key="slug:1", created_ms=0)
    filled.do("UPDATE lead SET provider_id = 'ACo' WHERE id = 1")
    with pytest.raises(RuleBroken):
        filled.do("UPDATE lead SET provider_id = 'ACo' WHERE id = 2")


def test_a_delivery_has_one_standing_request(filled: Filled) -> None:
    row = filled.delivery(1)
    request = {"delivery_id": row, "campaign_id": 1, "asked_ms": 0, "version_id": 1}
    first = filled.add("approval", **request)
    with pytest.raises(RuleBroken):
        filled.add("approval", **request)
    filled.do("UPDATE approval SET state = 'changed' WHERE id = :id", id=first)
    filled.add("approval", **request, state="approved")
    with pytest.raises(RuleBroken):
        filled.do("UPDATE approval SET state = 'lost' WHERE id = :id", id=first)


@pytest.mark.parametrize(("ask_left", "state", "approved", "goes"), [
    (0, None, "", True),
    (1, None, "", False),
    (1, "open", "text", False),
    (0, "open", "text", False),
    (1, "approved", "text", True),
    (0, "approved", "text", True),
    (1, "approved", "text ", False),
    (0, "approved", "other", False),
    (1, "skipped", "text", False),
])  # fmt: skip
@pytest.mark.parametrize("kind", ["message", "invite", "visit"])
def test_while_a_campaign_asks_only_the_approved_text_can_be_sent(
    filled: Filled, ask_left: int, state: str | None, approved: str, goes: bool, kind: str
) -> None:
    row = filled.delivery(1, state="claimed", kind=kind)
    filled.do("UPDATE campaign SET ask_left = :left WHERE id = 1", left=ask_left)
    if state:
        filled.add("approval", delivery_id=row, campaign_id=1, asked_ms=0, version_id=1, state=state, body=approved)
    send = "UPDATE delivery SET state = 'sending', body = 'text' WHERE id = :id"
    if goes or kind == "visit":
        filled.do(send, id=row)
        return
    with pytest.raises(RuleBroken, match="nobody approved"):
        filled.do(send, id=row)


def test_an_invitation_approved_without_a_note_goes_without_one(filled: Filled) -> None:
    row = filled.delivery(1, state="claimed", kind="invite")
    filled.do("UPDATE campaign SET ask_left = 1 WHERE id = 1")
    filled.add("approval", delivery_id=row, campaign_id=1, asked_ms=0, version_id=1, state="approved")
    with pytest.raises(RuleBroken, match="nobody approved"):
        filled.do("UPDATE delivery SET state = 'sending', body = 'a note' WHERE id = :id", id=row)
    filled.do("UPDATE delivery SET state = 'sending' WHERE id = :id", id=row)
