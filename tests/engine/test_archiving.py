"""A campaign that ends keeps its ledger and frees its people, but for whom a send is open; and it comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.domain.practice_people import Character
from engine.errors import Refused, StorageError
from engine.services import archiving
from tests.engine.console_scenes import Console
from tests.engine.scenes import BOTH, connect, deliver, folk, leave_open, planned, stages
from tests.fakes.judge import judge
from tests.fakes.rig import Rig

MakeRig = Callable[..., Rig]
NEVER = Character.NEVER_ACCEPTS
OTHER = BOTH.replace('"Both"', '"Other"').replace("thanks for connecting", "one more thing").replace("my note", "that")
CLAIMED = "SELECT enrolment_id FROM lead_claim ORDER BY enrolment_id"


@pytest.fixture
def two(make_rig: MakeRig) -> Rig:
    """Return two started campaigns with the same two people; the second waits for the first."""
    rig = make_rig(folk=folk(NEVER, NEVER))
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(BOTH))
    rig.run(rig.add_campaign(OTHER))
    deliver(rig, 1)
    connect(rig, 1)
    assert planned(rig) == [(1, "message_1"), (2, "invite")]
    return rig


def test_it_keeps_its_ledger_and_frees_its_people_for_other_campaigns(two: Rig) -> None:
    two.run(two.engine.services.archiving.archive("Both"))
    assert planned(two) == [(3, "message_1"), (4, "invite")]
    rows = two.rows("SELECT step_key, state FROM delivery WHERE campaign_id = 1 AND state <> 'superseded' ORDER BY id")
    assert rows == [("invite", "sent"), ("invite", "cancelled"), ("message_1", "cancelled")]
    assert two.rows(CLAIMED) == [(3,), (4,)]
    judge(two)


@pytest.mark.parametrize("state", ["claimed", "sending", "unknown", "human"])
def test_whom_a_send_is_open_to_is_freed_when_it_is_settled(two: Rig, state: str) -> None:
    row_id = leave_open(two, 1, state)
    two.run(two.engine.services.archiving.archive("Both"))
    assert two.one("SELECT state FROM delivery WHERE id = :id", id=row_id) == state
    assert two.rows(CLAIMED) == [(1,), (4,)] and planned(two) == [(4, "invite")]
    two.run(two.engine.ctx.db.write(lambda u: _settle(u, row_id, state, two)))
    assert (two.rows(CLAIMED), planned(two)) == ([(3,), (4,)], [(3, "message_1"), (4, "invite")])
    judge(two)


def _settle(uow: object, row_id: int, state: str, rig: Rig) -> None:
    from engine.domain.ledger import DeliveryState
    from storage.repositories import deliveries, enrolments

    new = DeliveryState.PLANNED if state == "claimed" else DeliveryState.SENT
    columns = {} if state == "claimed" else {"ended_ms": 1, "resolved_by": "read"}
    deliveries.move(uow, row_id, DeliveryState(state), new, **columns)  # type: ignore[arg-type]
    enrolments.replan(uow, 1, rig.clock.now())  # type: ignore[arg-type]


def test_taking_it_back_lets_everybody_go_on_where_they_were(two: Rig) -> None:
    two.run(two.engine.services.archiving.archive("Other"))
    before = planned(two), stages(two)[:2], two.rows(CLAIMED)
    done = two.run(two.engine.services.archiving.archive("Both"))
    two.run(two.engine.services.archiving.take_back(done))
    assert (planned(two), stages(two)[:2], two.rows(CLAIMED)) == before
    assert two.one("SELECT state FROM campaign WHERE id = 1") == "running"
    with pytest.raises(Refused):
        two.run(two.engine.services.archiving.take_back(done))
    judge(two)


def test_who_works_for_another_campaign_meanwhile_waits_when_it_comes_back(two: Rig) -> None:
    done = two.run(two.engine.services.archiving.archive("Both"))
    two.run(two.engine.services.archiving.take_back(done))
    assert planned(two) == [(3, "message_1"), (4, "invite")]
    assert "another campaign" in two.one("SELECT next_why FROM enrolment WHERE id = 1")
    judge(two)


def test_the_command_line_takes_it_out_paused(two: Rig) -> None:
    console = Console(two)
    console.json("campaign", "archive", "Both")
    assert console.run("campaign", "archive", "Both").is_refusal
    assert console.json("campaign", "unarchive", "Both") == {"campaign": "Both", "state": "paused"}
    assert console.run("campaign", "unarchive", "Both").is_refusal
    assert console.json("campaign", "resume", "Both")["paused"] is None


def test_an_archiving_that_was_cut_short_is_finished_at_the_next_start(two: Rig) -> None:
    from engine.services.archiving import _archive
    from storage.repositories import campaigns

    two.run(two.engine.ctx.db.write(lambda u: _archive(u, campaigns.find(u, "Both"), two.clock.now())))
    assert (1,) in two.rows(CLAIMED)
    two.crash()
    two.run(two.engine.start())
    two.run(two.pass_time(seconds=5))
    assert two.rows(CLAIMED) == [(3,), (4,)]


def test_leaving_the_archive_that_was_cut_short_is_finished_at_the_next_start(
    two: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = two.run(two.engine.services.archiving.archive("Both"))

    def full(*_: object, **__: object) -> None:
        raise StorageError("The disk is full.")

    with monkeypatch.context() as cut:
        cut.setattr(archiving, "_replan_some", full)
        with pytest.raises(StorageError):
            two.run(two.engine.services.archiving.take_back(done))
    two.crash()
    two.run(two.engine.services.archiving.finish())
    assert two.rows("SELECT id FROM enrolment WHERE next_why LIKE '%archived%' OR is_active = 0") == []
