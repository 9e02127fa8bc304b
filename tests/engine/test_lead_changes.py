"""Chosen leads: excluded, added, taken out; each taken back as if it had not been; held ones; notes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.domain.practice_people import Character
from engine.errors import NotFound, Refused
from engine.services.lead_changes import LONGEST_NOTE_CHARS, LONGEST_REASON_CHARS, LeadChanges
from tests.engine.scenes import BOTH, BRISK, INVITING, WRITING, begin, connect, deliver, folk, planned, stages, states
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]
FRIEND, SOON, NEVER = Character.ALREADY_CONNECTED, Character.ACCEPTS_SOON, Character.NEVER_ACCEPTS
TOKEN = 'name = "Token"\n[[steps]]\nkind = "message"\ntext = "About {{ company }}"\n'
OTHER = BOTH.replace('"Both"', '"Other"').replace("thanks for connecting", "one more thing").replace("my note", "that")
FACTS = "SELECT * FROM enrolment ORDER BY id"


def changes(rig: Rig) -> LeadChanges:
    return rig.engine.services.lead_changes


def facts(rig: Rig) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in rig.rows(FACTS)]


def test_excluded_people_get_nothing_and_go_on_where_they_were_when_taken_back(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(SOON, SOON), speed=BRISK)
    rig.run(begin(rig, BOTH))
    rig.run(rig.pass_time(hours=4))
    before, writes = facts(rig), len(rig.wire.writes)
    done = rig.run(changes(rig).exclude([row["id"] for row in before], "a  competitor"))
    assert (done.people, done.reason, stages(rig)) == (2, "a competitor", ["excluded", "excluded"])
    assert set(states(rig)) <= {"sent", "skipped", "superseded"}
    rig.run(rig.pass_time(days=3))
    assert len(rig.wire.writes) == writes
    assert rig.run(changes(rig).take_back_exclusion(done)) == 2
    kept = ("excluded_ms", "excluded_why", "attention_why", "started_ms", "invited_ms", "is_active")
    for was, now in zip(before, facts(rig), strict=True):
        assert {k: now[k] for k in kept} == {k: was[k] for k in kept}
    rig.hurry(FAST)
    rig.run(rig.to_the_end())
    assert len(rig.wire.writes) > writes
    judge(rig)


def test_taking_back_twice_or_after_another_exclusion_changes_nothing(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=BRISK)
    rig.run(begin(rig, INVITING))
    done = rig.run(changes(rig).exclude([1], "first"))
    rig.run(changes(rig).take_back_exclusion(done))
    assert rig.run(changes(rig).take_back_exclusion(done)) == 0
    rig.run(changes(rig).exclude([1], "second"))
    assert rig.run(changes(rig).take_back_exclusion(done)) == 0
    assert stages(rig) == ["excluded"]


def test_a_finished_campaign_goes_on_when_its_last_lead_does(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=BRISK)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=2))
    done = rig.run(changes(rig).exclude([1], "no"))
    assert rig.one("SELECT state FROM campaign") == "finished"
    rig.run(changes(rig).take_back_exclusion(done))
    assert rig.one("SELECT state FROM campaign") == "running"
    judge(rig)


def test_a_held_lead_is_excluded_too_and_held_again_when_taken_back(make_rig: MakeRig) -> None:
    first, second = folk(FRIEND, FRIEND)
    rig = make_rig(folk=(replace(first, company=""), second), speed=BRISK)
    rig.run(begin(rig, TOKEN))
    rig.run(rig.pass_time(hours=4))
    held = facts(rig)[0]["attention_why"]
    done = rig.run(changes(rig).exclude([1], "no"))
    assert stages(rig)[0] == "excluded"
    assert rig.run(rig.engine.services.attention.list()) == []
    rig.run(changes(rig).take_back_exclusion(done))
    assert (stages(rig)[0], facts(rig)[0]["attention_why"]) == ("needs_attention", held)
    assert rig.one("SELECT state FROM campaign") == "running"
    judge(rig)


def test_excluding_by_name_ends_a_held_lead(make_rig: MakeRig) -> None:
    first, second = folk(FRIEND, FRIEND)
    rig = make_rig(folk=(replace(first, company=""), second), speed=BRISK)
    rig.run(begin(rig, TOKEN))
    assert rig.run(rig.engine.services.leads.exclude("1", "no")) == 1
    assert stages(rig)[0] == "excluded"


def test_people_are_stopped_in_every_campaign_and_nobody_twice(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=BRISK)

    async def both() -> None:
        await rig.add_account()
        await rig.add_campaign(BOTH)
        await rig.add_campaign(OTHER)

    rig.run(both())
    done = rig.run(changes(rig).exclude([1, 2], "no"))
    assert (done.people, len(done.rows)) == (1, 2)
    assert rig.run(changes(rig).exclude([1], "again")).rows == ()
    assert rig.run(changes(rig).take_back_exclusion(done)) == 2
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=3))
    judge(rig)


@pytest.mark.parametrize("reason", ["", "   ", "x" * (LONGEST_REASON_CHARS + 1)])
def test_a_reason_is_needed(make_rig: MakeRig, reason: str) -> None:
    rig = make_rig(folk=folk(NEVER))
    with pytest.raises(Refused):
        rig.run(changes(rig).exclude([1], reason))


def test_stopping_half_way_keeps_what_is_done(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER, NEVER))
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(INVITING))
    assert rig.run(changes(rig).exclude([1, 2], "no", go_on=lambda done, of: False)).people == 0
    seen: list[tuple[int, int]] = []
    done = rig.run(changes(rig).exclude([1, 2], "no", go_on=lambda n, of: not seen.append((n, of))))
    assert (done.people, seen) == (2, [(0, 2)])


def draft(rig: Rig, text: str = OTHER) -> int:
    return int(rig.run(rig.engine.services.campaigns.add(text))[0])


def test_added_people_wait_for_the_next_start_and_are_taken_out_again(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER, NEVER), speed=BRISK)
    rig.run(begin(rig, INVITING))
    target = draft(rig)
    done = rig.run(changes(rig).add_to_campaign([1, 2], target))
    assert (done.campaign, len(done.enrolment_ids), done.there_before) == ("Other", 2, 0)
    again = rig.run(changes(rig).add_to_campaign([1, 2], target))
    assert (again.enrolment_ids, again.there_before) == ((), 2)
    rig.run(rig.pass_time(hours=3))
    assert rig.one("SELECT count(*) AS n FROM delivery WHERE campaign_id = :id", id=target) == 0
    assert rig.run(changes(rig).take_back_addition(done)) == 2
    assert rig.one("SELECT count(*) AS n FROM enrolment WHERE campaign_id = :id", id=target) == 0
    judge(rig)


def test_whom_a_start_has_reached_is_not_taken_out(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER, NEVER), speed=BRISK)
    rig.run(begin(rig, INVITING))
    target = draft(rig)
    added = rig.run(changes(rig).add_to_campaign([1], target))
    done = rig.run(changes(rig).take_out([1, 2, added.enrolment_ids[0], -1]))
    assert ([row["id"] for row in done.rows], done.kept) == ([added.enrolment_ids[0]], 3)
    assert rig.run(changes(rig).take_back_addition(added)) == 0
    judge(rig)


def test_taken_out_and_put_back_is_the_same_row_with_its_own_text(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER))
    rig.run(rig.add_account())
    target = draft(rig, WRITING)
    rig.run(rig.engine.services.leads.import_file(rig.lead_list(), "Writing"))
    rig.run(rig.engine.ctx.db.write(lambda u: own_text(u)))
    before = facts(rig)
    done = rig.run(changes(rig).take_out([1]))
    assert (facts(rig), own_rows(rig)) == ([], [])
    assert rig.run(changes(rig).put_back(done)) == 1
    assert rig.run(changes(rig).put_back(done)) == 0
    assert facts(rig) == before
    assert own_rows(rig) == ["Only for you"]
    assert before[0]["campaign_id"] == target


def own_text(uow: Any) -> None:
    from storage.repositories import own_texts

    own_texts.put(uow, 1, "message_1", "Only for you")


def own_rows(rig: Rig) -> list[str]:
    return [row.body for row in rig.rows("SELECT body FROM enrolment_text")]


def test_an_archived_or_missing_campaign_takes_nobody(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER))
    rig.run(rig.add_account())
    target = draft(rig)
    rig.run(rig.engine.services.archiving.archive("Other"))
    with pytest.raises(Refused):
        rig.run(changes(rig).add_to_campaign([-1], target))
    with pytest.raises(NotFound):
        rig.run(changes(rig).add_to_campaign([-1], 99))


def test_a_note_is_kept_and_searchable_fields_stay(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER))
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(INVITING))
    rig.run(changes(rig).write_note(1, "Met in Lyon.\n<b>Call</b> 🙂"))
    assert rig.run(rig.engine.services.lead_stories.story(1)).note == "Met in Lyon.\n<b>Call</b> 🙂"
    with pytest.raises(NotFound):
        rig.run(changes(rig).write_note(99, "x"))
    with pytest.raises(Refused):
        rig.run(changes(rig).write_note(1, "x" * (LONGEST_NOTE_CHARS + 1)))
    rig.run(rig.engine.services.forgetting.forget("1"))
    story = rig.run(rig.engine.services.lead_stories.story(1))
    assert (story.note, story.is_forgotten) == ("", True)


def test_whose_invitation_stays_open_is_excluded_too(make_rig: MakeRig) -> None:
    """Nothing comes for them until they accept; then the sequence would go on."""
    rig = make_rig(folk=folk(NEVER), speed=BRISK)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(BOTH))
    deliver(rig, 1)
    rig.run(rig.engine.services.recovery.skip(1))
    done = rig.run(changes(rig).exclude([1], "a competitor"))
    assert (done.people, stages(rig)) == (1, ["excluded"])
    connect(rig, 1)
    assert planned(rig) == []
