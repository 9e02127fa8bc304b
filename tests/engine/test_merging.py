"""Two leads that are one person: both histories stay, one goes on, nothing goes out twice, and it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.domain.practice_people import Character
from engine.errors import Refused
from engine.services.merging import Merging
from engine.services.sending import looking, people
from storage.repositories import do_not_contact, enrolments
from tests.engine.console_scenes import Console
from tests.engine.scenes import BOTH, connect, deliver, folk, leave_open, planned, stages
from tests.fakes.judge import judge, nothing_twice
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]
NEVER = Character.NEVER_ACCEPTS
OTHER = BOTH.replace('"Both"', '"Other"')
ENDS = "SELECT id, lead_id, round, excluded_ms, excluded_why, attention_why, stage FROM enrolment ORDER BY id"
HELD = ("lead", "lead_alias", "enrolment", "delivery", "lead_claim", "message", "import_change", "enrolment_text")


def merging(rig: Rig) -> Merging:
    return rig.engine.services.merging


def everything(rig: Rig) -> dict[str, list[Any]]:
    return {table: [tuple(r) for r in rig.rows(f"SELECT * FROM {table} ORDER BY 1, 2")] for table in HELD}


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    """Return a started campaign with two leads, and one more with the second alone."""
    made = make_rig(folk=folk(NEVER, NEVER))
    made.run(made.add_account())
    made.run(made.add_campaign(BOTH))
    made.run(made.add_campaign(OTHER, people=made.people[1:]))
    return made


def test_both_histories_are_kept_and_the_one_that_is_further_goes_on(rig: Rig) -> None:
    deliver(rig, 2)
    history = rig.rows("SELECT words FROM activity WHERE lead_id IN (1, 2) ORDER BY id")
    rig.run(merging(rig).merge("1", "2"))
    assert [r.lead_id for r in rig.rows("SELECT lead_id FROM enrolment")] == [1, 1, 1]
    assert stages(rig)[:2] == ["excluded", "invite_sent"]
    assert set(history) <= set(rig.rows("SELECT words FROM activity WHERE lead_id = 1"))
    assert rig.one("SELECT count(*) FROM lead_alias WHERE lead_id = 1") == 2
    assert planned(rig) == [(2, "invite:withdraw")]
    judge(rig)


def test_what_one_lead_lacks_is_filled_from_the_other_and_the_other_is_hidden(rig: Rig) -> None:
    changes = rig.engine.services.lead_changes
    rig.run(changes.write_note(1, "First"))
    rig.run(changes.write_note(2, "Second"))
    rig.run(rig.engine.ctx.db.write(lambda u: _write(u, 1, {"company": "", "title": "Kept"})))
    company = rig.one("SELECT company FROM lead WHERE id = 2")
    rig.run(merging(rig).merge("1", "2"))
    (row,) = rig.rows("SELECT company, title, note FROM lead WHERE forgotten_ms IS NULL")
    assert tuple(row) == (company, "Kept", "First\n\nSecond")
    assert rig.run(rig.engine.services.leads.list(campaign="Other"))[0].lead == 1
    assert rig.run(rig.engine.ctx.db.look(lambda u: _find(u, "2"))) == 1


def test_the_story_of_a_merged_lead_is_that_of_the_one_that_goes_on(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER, NEVER, NEVER))
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(BOTH))
    stories = rig.engine.services.lead_stories
    rig.run(merging(rig).merge("2", "3"))
    rig.run(merging(rig).merge("1", "2"))
    told = [rig.run(stories.story(n)) for n in (1, 2, 3)]
    assert [story.lead_id for story in told] == [1, 1, 1] and told[0] == told[1] == told[2]
    assert not told[0].is_forgotten and len(told[0].campaigns) == 3
    rig.run(rig.engine.services.forgetting.forget("1"))
    assert rig.run(stories.story(3)).is_forgotten


def _write(uow: Any, lead_id: int, values: dict[str, str]) -> None:
    from storage.repositories import leads

    leads.write(uow, lead_id, values)


def _find(uow: Any, name: str) -> int:
    from storage.repositories import leads

    return int(leads.find(uow, name).id)


def test_who_answered_under_one_name_is_stopped_under_the_other(rig: Rig) -> None:
    now = rig.clock.now()
    rig.clock.go(hours=1)
    rig.run(rig.engine.ctx.db.write(lambda u: _answer(u, 2, rig)))
    assert rig.clock.now() > now
    rig.run(merging(rig).merge("1", "2"))
    assert stages(rig) == ["responded"] * 3
    assert planned(rig) == []
    judge(rig)


def _answer(uow: Any, enrolment_id: int, rig: Rig) -> None:
    from storage.column_types import to_ms
    from storage.repositories import enrolments

    enrolments.set_facts(uow, enrolment_id, replied_ms=to_ms(rig.clock.now()))
    enrolments.replan(uow, enrolment_id, rig.clock.now())


def test_who_is_connected_under_one_name_is_connected_under_the_other(rig: Rig) -> None:
    connect(rig, 2)
    rig.run(merging(rig).merge("1", "2"))
    assert rig.rows("SELECT id FROM enrolment WHERE connected_ms IS NULL") == []
    judge(rig)


def test_both_were_invited_and_nobody_is_a_third_time(rig: Rig) -> None:
    deliver(rig, 1, 2)
    rig.run(merging(rig).merge("1", "2"))
    rows = rig.rows("SELECT state, is_rearmed FROM delivery WHERE kind = 'invite' AND state = 'sent' ORDER BY id")
    assert rows == [("sent", 1), ("sent", 0)]
    judge(rig)


@pytest.mark.parametrize(("one", "other"), [("unknown", "unknown"), ("human", "sending")])
def test_two_open_sends_are_a_question_to_the_person(rig: Rig, one: str, other: str) -> None:
    leave_open(rig, 1, one)
    leave_open(rig, 2, other)
    before = everything(rig)
    with pytest.raises(Refused, match="isn't settled"):
        rig.run(merging(rig).merge("1", "2"))
    assert everything(rig) == before


def test_one_open_send_stays_open_and_its_enrolment_goes_on(rig: Rig) -> None:
    leave_open(rig, 2, "unknown")
    rig.run(merging(rig).merge("1", "2"))
    assert rig.rows("SELECT lead_id, enrolment_id FROM delivery WHERE state = 'unknown'") == [(1, 2)]
    assert stages(rig)[0] == "excluded"
    judge(rig)


@pytest.mark.parametrize("before", ["nothing", "invited", "connected", "noted"])
def test_taking_it_back_makes_two_leads_as_they_were(rig: Rig, before: str) -> None:
    if before in ("invited", "connected"):
        deliver(rig, 2)
    if before == "connected":
        connect(rig, 1, 2)
    if before == "noted":
        rig.run(rig.engine.services.lead_changes.write_note(2, "Second"))
    was = everything(rig)
    done = rig.run(merging(rig).merge("1", "2"))
    assert everything(rig) != was
    rig.run(merging(rig).take_back(done))
    assert everything(rig) == was
    judge(rig)


def test_what_was_planned_meanwhile_goes_back_with_its_enrolment(rig: Rig) -> None:
    deliver(rig, 2)
    done = rig.run(merging(rig).merge("1", "2"))
    connect(rig, 1)
    rig.run(merging(rig).take_back(done))
    assert rig.rows("SELECT lead_id FROM delivery WHERE enrolment_id = 2 AND step_key = 'message_1'") == [(2,)]
    judge(rig)


def test_two_people_of_linkedin_or_one_lead_are_not_merged(rig: Rig) -> None:
    for lead_id in (1, 2):
        rig.run(rig.engine.ctx.db.write(lambda u, i=lead_id: _write(u, i, {"provider_id": f"ACoA{i}"})))
    for other in ("1", "2"):
        with pytest.raises(Refused):
            rig.run(merging(rig).merge("1", other))


def test_two_leads_that_turn_out_to_be_one_wait_for_what_is_open_of_both(make_rig: MakeRig) -> None:
    """Each has a question on another account; the sender comes upon it that they are one person."""
    (person,) = folk(Character.RENAMED)
    rig = make_rig(folk=(person,), speed=FAST)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(BOTH, people=(person, replace(person, old_slug=None))))
    names = [r.name for r in rig.rows("SELECT name FROM pragma_table_info('account')")]
    changed = {"id": "2", "provider_account_id": "'other'", "name": "'Other'", "removed_ms": "1"}
    rig.engine.ctx.db.write_here(
        lambda u: u.connection.exec_driver_sql(
            f"INSERT INTO account SELECT {', '.join(changed.get(n, n) for n in names)} FROM account"
        )
    )
    asked = "uuid, account_id, lead_id, step_key, kind, state, due_ms, not_before_ms"
    for lead_id in (1, 2):
        row = f"INSERT INTO delivery ({asked}) VALUES ('q{lead_id}', 2, {lead_id}, 'm', 'message', 'human', 0, 0)"
        rig.engine.ctx.db.write_here(lambda u, row=row: u.connection.exec_driver_sql(row))
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=8))
    assert rig.engine.supervisor is not None and rig.engine.supervisor.restarts == {}
    assert looking.BOTH_OPEN in {r.reason for r in rig.rows("SELECT reason FROM delivery")}
    assert len([s for s in rig.wire.seen if s.path.endswith((person.slug, str(person.old_slug)))]) <= 3
    settle = "UPDATE delivery SET state = 'skipped' WHERE uuid IN ('q1', 'q2')"
    rig.engine.ctx.db.write_here(lambda u: u.connection.exec_driver_sql(settle))
    rig.run(rig.to_the_end())
    assert sorted(stages(rig)) == ["completed", "excluded"]
    nothing_twice(rig, rig.world.state.effects)


def test_a_merge_while_a_look_is_under_way_looks_again(make_rig: MakeRig) -> None:
    """What the look says is true of the lead that stays, and the one that is gone gets nothing of it."""
    (person,) = folk(Character.RENAMED)
    rig = make_rig(folk=(person,), speed=FAST)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(BOTH))
    rig.run(rig.add_campaign(OTHER, people=(replace(person, old_slug=None),), start=False))

    async def merge() -> None:
        await merging(rig).merge("2", "1")

    rig.wire.on("GET", f"/users/{person.old_slug}", before=merge)
    rig.run(rig.engine.start())
    rig.run(rig.to_the_end())
    assert rig.one("SELECT provider_id FROM lead WHERE id = 1") is None
    assert rig.one("SELECT stage FROM enrolment WHERE id = 1") == "completed"
    assert len([e for e in rig.world.state.effects if e.kind == "invite"]) == 1
    judge(rig)


def test_the_command_line_merges(rig: Rig) -> None:
    console = Console(rig)
    assert console.json("leads", "merge", "1", "2") == {"lead": 1, "merged": 2}
    assert console.run("leads", "merge", "1", "2").is_refusal
    assert console.run("leads", "merge", "1", "nobody").is_refusal


def ask_about(rig: Rig, enrolment_id: int) -> None:
    def ask(uow: Any) -> None:
        people.needs_attention(uow, enrolment_id, "it was refused", rig.clock.now())
        enrolments.replan(uow, enrolment_id, rig.clock.now())

    rig.run(rig.engine.ctx.db.write(ask))


def test_who_was_barred_as_a_person_bars_the_other_until_it_is_taken_back(rig: Rig) -> None:
    rig.run(rig.engine.services.do_not_contact.never_contact([2]))
    ask_about(rig, 1)
    before = everything(rig)
    merged = rig.run(merging(rig).merge("1", "2"))
    assert set(stages(rig)) == {"excluded"}
    rig.run(merging(rig).take_back(merged))
    assert everything(rig)["enrolment"] == before["enrolment"]
    judge(rig)


@pytest.mark.parametrize("gone", [1, 2])
def test_who_was_barred_under_either_name_stays_barred(rig: Rig, gone: int) -> None:
    keep = 3 - gone
    for lead_id in (1, 2):
        rig.run(rig.engine.ctx.db.write(lambda u, i=lead_id: _write(u, i, {"email": f"jane{i}@example.org"})))
    rig.run(rig.engine.services.do_not_contact.add("person", f"jane{gone}@example.org"))
    ask_about(rig, keep)
    before = rig.rows(ENDS)
    listed = rig.rows("SELECT * FROM do_not_contact")
    merged = rig.run(merging(rig).merge(str(keep), str(gone)))
    assert set(stages(rig)) == {"excluded"}
    with rig.engine.ctx.db._reader.begin() as connection:
        assert set(do_not_contact.entries_of_leads(connection, [keep])) == {keep}
    rig.run(merging(rig).take_back(merged))
    assert rig.rows(ENDS) == before
    assert rig.rows("SELECT * FROM do_not_contact") == listed
    judge(rig)
