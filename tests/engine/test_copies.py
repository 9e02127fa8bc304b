"""Copies of one file on one computer, and files put back: what each sent is known to the other, one sends at a time."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from engine.app import Engine
from engine.domain.practice_people import Character
from engine.errors import InUse
from engine.services import restoring
from storage.journal import JournalLine, SendJournal
from storage.paths import Paths
from tests.engine.scenes import BOTH, BRISK, WRITING, begin, folk
from tests.engine.test_restored_files import PEOPLE, THREE, back_up_and_go_on, reopened, restore, run_until, sends
from tests.fakes.judge import nothing_twice
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]
FRIEND = Character.ALREADY_CONNECTED


def journal_of(rig: Rig, lineage: str) -> SendJournal:
    return SendJournal(rig.paths.state, lineage, rig.one("SELECT db_uuid FROM engine_state"))


@pytest.mark.parametrize("way", ["a copy again", "the old file again"])
def test_what_was_sent_with_another_file_of_these_accounts_is_known(make_rig: MakeRig, way: str) -> None:
    """Back up, go on as another lineage, and put the backup back: only the other journal knows what was sent."""
    rig = make_rig(folk=PEOPLE, speed=BRISK)
    target = back_up_and_go_on(rig, before=5, after=2)
    first = journal_of(rig, restoring.look(target, rig.paths).info.lineage)
    kept = first.path.read_bytes()
    first.path.unlink()
    restore(rig, target)
    rig.run(rig.engine.start())
    rig.run(rig.engine.services.attention.resolve("h1", "go_on"))
    run_until(rig, 8)
    rig.run(rig.engine.close())
    if way == "the old file again":
        first.path.write_bytes(kept)
    restore(rig, target)
    made = {(line.uuid, line.kind) for line in first.of_this_data()}
    rig.run(rig.engine.start())
    for action, number in Counter(kind for _, kind in made).items():
        assert rig.one("SELECT count(*) FROM budget_use WHERE action = :a", a=action) >= number > 2
    known = {r.uuid for r in rig.rows("SELECT uuid FROM delivery JOIN attempt ON delivery_id = delivery.id")}
    known |= {r.uuid for r in rig.rows("SELECT uuid FROM lost_send")}
    assert {uuid for uuid, _ in made} <= known
    assert rig.engine.ctx.journal is not None
    seqs = [line.seq for line in rig.engine.ctx.journal.lines()]
    assert seqs == sorted(set(seqs)) and seqs[-1] == sends(rig)
    if way == "a copy again":
        rig.run(rig.engine.services.attention.resolve("h1", "go_on"))
    else:
        assert rig.one("SELECT hold FROM engine_state") == ""
    counted = "SELECT count(*) FROM budget_use WHERE action IN ('invite', 'message')"
    count = rig.one(counted)
    rig.crash()
    rig.run(rig.engine.start())
    assert rig.one(counted) == count
    rig.hurry(FAST)
    rig.run(rig.to_the_end())
    nothing_twice(rig, [e for e in rig.world.state.effects if e.kind in ("invite", "message")])
    assert [line for line in rig.run(rig.engine.services.status.check()) if not line.ok] == []


def test_copies_of_a_file_send_one_at_a_time_whatever_their_lineage(make_rig: MakeRig) -> None:
    rig = make_rig(folk=PEOPLE, speed=BRISK)
    target = back_up_and_go_on(rig, before=2, after=1)
    shutil.rmtree(rig.paths.state)
    rig.paths.state.mkdir()
    restore(rig, target)
    rig.run(rig.engine.claim())
    rig.run(rig.engine.start())
    (rig.folder / "copy").mkdir()
    copy = Paths(data=rig.folder / "copy", state=rig.paths.state)
    shutil.copy(target, copy.database)
    beside = Engine.open(copy, rig.clock, rig.engine.ctx.connections, Random(1))
    assert beside.ctx.journal is not None and rig.engine.ctx.journal is not None
    assert beside.ctx.journal.path != rig.engine.ctx.journal.path
    with pytest.raises(InUse, match="A copy of this data is open"):
        rig.run(beside.claim())
    rig.run(rig.engine.close())
    rig.run(beside.claim())
    rig.run(beside.close())


def test_a_file_that_a_restore_moved_aside_counts_as_put_back(make_rig: MakeRig) -> None:
    rig = make_rig(folk=PEOPLE, speed=BRISK)
    target = back_up_and_go_on(rig, before=5, after=1)
    _, aside = restoring.restore(target, rig.paths, rig.clock.wall())
    old = journal_of(reopened(rig), restoring.look(target, rig.paths).info.lineage)
    rig.run(rig.engine.close())
    kept = old.path.read_bytes()
    old.path.unlink()
    reopened(rig)
    rig.run(rig.engine.start())
    rig.run(rig.engine.services.attention.resolve("h1", "go_on"))
    run_until(rig, 8)
    rig.run(rig.engine.close())
    old.path.write_bytes(kept)
    seen = restore(rig, aside / "leadloom.db")
    assert seen.sends_since == 3
    rig.run(rig.engine.start())
    assert "This computer made 3 sends" in rig.one("SELECT words FROM activity WHERE kind = 'went_back'")


def test_a_number_that_a_copy_used_too_is_noticed(make_rig: MakeRig) -> None:
    """This file armed its send and ended before the journal's line; a copy then used the number for another."""
    rig = make_rig(folk=PEOPLE, speed=BRISK)
    rig.run(begin(rig, THREE))
    run_until(rig, 4)
    rig.run(rig.engine.close())
    journal = journal_of(reopened(rig), rig.one("SELECT lineage FROM engine_state"))
    rig.run(rig.engine.close())
    *before, last = journal.lines()
    journal.path.unlink()
    journal.append(*before, replace(last, uuid="of a copy"))
    reopened(rig)
    rig.run(rig.engine.start())
    assert rig.rows("SELECT uuid, seq FROM lost_send") == [("of a copy", last.seq + 1)]
    assert [line.seq for line in journal.lines()] == [*range(1, last.seq + 2)]
    rig.crash()
    rig.run(rig.engine.start())
    assert rig.one("SELECT count(*) FROM activity WHERE kind = 'went_back'") == 1


def test_a_row_that_this_file_has_as_sent_may_be_a_copys_too(make_rig: MakeRig) -> None:
    """What a copy did with it is not this file's second attempt without proof (seed 632)."""
    rig = make_rig(folk=PEOPLE, speed=BRISK)
    target = back_up_and_go_on(rig, before=5, after=1)
    lines = journal_of(reopened(rig), rig.one("SELECT lineage FROM engine_state")).lines()
    rig.run(rig.engine.close())
    first = next(iter(lines))
    journal_of(rig, "of a copy").append(replace(first, at_ms=first.at_ms + 3_600_000))
    restore(rig, target)
    rig.run(rig.engine.start())
    made = "SELECT boot_id, verdict FROM attempt JOIN delivery ON delivery.id = delivery_id WHERE uuid = :u ORDER BY n"
    own, copys = rig.rows(made, u=first.uuid)
    assert own.verdict == "sent" and copys == ("journal", None)
    assert [line for line in rig.run(rig.engine.services.status.check()) if not line.ok] == []


def test_a_second_message_of_one_text_that_the_file_does_not_know_is_no_trouble(make_rig: MakeRig) -> None:
    """The person said that the text may go out again, and a backup from before that was put back."""
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(days=1))
    rig.run(rig.add_campaign(WRITING.replace('"Writing"', '"Again"')))
    rig.run(rig.pass_time(days=1))
    target = rig.folder / "backup.db"
    rig.run(rig.engine.services.backups.make(target))
    attention = rig.engine.services.attention
    (item,) = rig.run(attention.list())
    assert "same text" in item.question
    rig.run(attention.resolve(item.id, "send_again"))
    run_until(rig, 2)
    rig.run(rig.engine.close())
    restore(rig, target)
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(days=2))
    assert len(rig.wire.writes) == 2
    assert [r.state for r in rig.rows("SELECT state FROM delivery ORDER BY id")] == ["sent", "sent"]
    assert [line for line in rig.run(rig.engine.services.status.check()) if not line.ok] == []


def test_a_doubted_message_whose_text_went_out_before_is_asked_about(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(days=1))
    rig.run(rig.add_campaign(WRITING.replace('"Writing"', '"Again"')))
    target = rig.folder / "backup.db"
    rig.run(rig.engine.services.backups.make(target))
    rig.run(rig.engine.close())
    shutil.rmtree(rig.paths.state)
    rig.paths.state.mkdir()
    restore(rig, target)
    rig.run(rig.engine.start())
    rig.run(rig.engine.services.attention.resolve("h1", "go_on"))
    rig.run(rig.pass_time(days=2))
    (item,) = rig.run(rig.engine.services.attention.list())
    assert "same text" in item.question
    assert rig.engine.supervisor is not None and rig.engine.supervisor.restarts == {}
    assert len(rig.wire.writes) == 1


def test_a_text_that_a_lost_send_brought_again_is_asked_about_once(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(days=1))
    target = rig.folder / "backup.db"
    rig.run(rig.engine.services.backups.make(target))
    again = WRITING.replace('"Writing"', '"Again"')
    rig.run(rig.add_campaign(again))
    rig.run(rig.pass_time(days=1))
    (item,) = rig.run(rig.engine.services.attention.list())
    rig.run(rig.engine.services.attention.resolve(item.id, "send_again"))
    run_until(rig, 2)
    rig.run(rig.engine.close())
    restore(rig, target)
    rig.run(rig.engine.start())
    rig.run(rig.add_campaign(again))
    seen = len(rig.wire.seen)
    rig.run(rig.pass_time(hours=30))
    (item,) = rig.run(rig.engine.services.attention.list())
    assert "same text" in item.question
    assert len([s for s in rig.wire.seen[seen:] if "chat_attendees" in s.path]) < 10
    assert len(rig.wire.writes) == 2


@pytest.mark.parametrize(("kind", "state"), [("visit", "skipped"), ("message", "superseded")])
def test_a_lost_send_of_a_row_that_was_given_up_lets_the_program_start(
    make_rig: MakeRig, kind: str, state: str
) -> None:
    """A visit while another row of the person is open, and a message whose step the sequence has no more."""
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(begin(rig, WRITING))
    rig.run(rig.engine.close())
    reopened(rig)
    row = "uuid, account_id, lead_id, enrolment_id, campaign_id, step_key, kind, state, due_ms, not_before_ms"
    of = f"'x', account_id, lead_id, enrolment_id, campaign_id, 'gone', '{kind}', 'superseded', due_ms, 0"
    left = f"INSERT INTO delivery ({row}) SELECT {of} FROM delivery LIMIT 1"
    rig.engine.ctx.db.write_here(lambda u: u.connection.exec_driver_sql(left))
    journal, at_ms = rig.engine.ctx.journal, int(rig.clock.now().timestamp() * 1000)
    assert journal is not None
    lost = [("x", kind)]
    if kind == "visit":
        lost.insert(0, (rig.one("SELECT uuid FROM delivery WHERE state = 'planned'"), "message"))
    for seq, (uuid, what) in enumerate(lost, start=sends(rig) + 1):
        journal.append(JournalLine(seq=seq, uuid=uuid, kind=what, body_sha="", person="p", at_ms=at_ms))
    rig.run(rig.engine.start())
    assert rig.one("SELECT state FROM delivery WHERE uuid = 'x'") in (state, "unknown")
    assert rig.one("SELECT count(*) FROM attempt WHERE boot_id = 'journal'") >= 1


def test_a_message_from_before_the_lead_was_imported_again_is_not_repeated(make_rig: MakeRig) -> None:
    """The file put back doesn't know the lead; the inbox shows the message once their id is known (seed 521)."""
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(rig.add_account())
    rig.run(rig.engine.services.campaigns.add(BOTH))
    target = rig.folder / "backup.db"
    rig.run(rig.engine.services.backups.make(target))
    rig.run(rig.engine.services.leads.import_file(rig.lead_list(), "Both"))
    rig.run(rig.engine.services.campaigns.start("Both"))
    rig.run(rig.engine.start())
    run_until(rig, 1)
    rig.run(rig.engine.close())
    rig.clock.go(minutes=30)
    restore(rig, target)
    rig.run(rig.engine.start())
    rig.run(rig.engine.services.leads.import_file(rig.lead_list(), "Both"))
    rig.run(rig.engine.services.campaigns.start("Both"))
    rig.run(rig.pass_time(days=4))
    nothing_twice(rig, rig.world.state.effects)
    assert rig.one("SELECT state FROM delivery WHERE step_key = 'message_1'") == "sent"
