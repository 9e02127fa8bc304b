"""A file that went back in time, or came from another computer: nothing is sent twice, nobody is lost."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from engine.domain.practice_people import Character
from engine.domain.takeover import Hold
from engine.provider.simulated.records import EffectKind
from engine.services import restoring
from storage.column_types import from_ms
from storage.machine import FILE
from tests.engine.scenes import BOTH, BRISK, HOURS, INVITING, MESSAGE, WRITING, begin, folk, stages
from tests.fakes.judge import facts_of, judge, nothing_twice
from tests.fakes.rig import FAST, Rig
from tests.matrix.phases import LOST
from tests.matrix.reaching import Reached

MakeRig = Callable[..., Rig]
SOON, FRIEND = Character.ACCEPTS_SOON, Character.ALREADY_CONNECTED
PEOPLE = folk(*[SOON] * 6, *[FRIEND] * 6)
THREE = f"""name = "Three"
{HOURS}
[[steps]]
kind = "invite"
accept_within = "5d"
[[steps]]
kind = "message"
wait = "1h"
text = "Hi {{{{ first_name | default: 'there' }}}}, thanks for connecting."
[[steps]]
kind = "message"
wait = "1h"
text = "Did you see my note?"
"""

VISITING = f'name = "Visiting"\n{HOURS}[[steps]]\nkind = "visit"\n{MESSAGE}'


def sends(rig: Rig) -> int:
    return int(rig.one("SELECT send_seq FROM engine_state"))


def run_until(rig: Rig, count: int) -> None:
    """Let the campaign go on until so many sends were armed."""

    async def go_on() -> None:
        while int(rig.one("SELECT send_seq FROM engine_state")) < count:
            await rig.pass_time(minutes=5)

    rig.run(go_on())


def back_up_and_go_on(rig: Rig, *, before: int = 8, after: int = 10) -> Path:
    """Make a backup mid-campaign, then let more sends happen; the engine has stopped afterwards."""
    rig.run(begin(rig, THREE))
    run_until(rig, before)
    target = rig.folder / "backup.db"
    rig.run(rig.engine.services.backups.make(target))
    at_backup = restoring.look(target, rig.paths).info.send_seq
    run_until(rig, at_backup + after)
    rig.run(rig.engine.close())
    return target


def restore(rig: Rig, target: Path) -> restoring.RestoreLook:
    seen, aside = restoring.restore(target, rig.paths, rig.clock.wall())
    assert (aside / "leadloom.db").exists()
    rig.engine = rig._open()
    return seen


@pytest.mark.cells("restored-C")
def test_a_backup_restored_on_the_same_computer_sends_nothing_twice_and_loses_nobody(
    make_rig: MakeRig, reached: Reached
) -> None:
    rig = make_rig(folk=PEOPLE, speed=BRISK)
    target = back_up_and_go_on(rig)
    done = sends(reopened(rig))
    rig.run(rig.engine.close())
    seen = restore(rig, target)
    assert seen.sends_since == 10
    assert "10 sends have happened since this backup" in seen.words
    rig.run(rig.engine.start())
    assert "unknown" in {r.state for r in rig.rows("SELECT state FROM delivery")}
    reached("restored-C")
    assert sends(rig) == done
    assert "This computer made 10 sends that this data doesn't know" in rig.one(
        "SELECT words FROM activity WHERE kind = 'went_back'"
    )
    rig.hurry(FAST)
    rig.run(rig.to_the_end())
    judge(rig)
    assert set(stages(rig)) <= {"completed", "responded", "needs_attention"}, stages(rig)
    asked = rig.run(rig.engine.services.attention.list())
    assert asked == [], [(i.name, i.question) for i in asked]


def reopened(rig: Rig) -> Rig:
    rig.engine = rig._open()
    return rig


@pytest.mark.cells("restored-A")
def test_a_backup_restored_on_another_computer_waits_for_its_person_and_asks_before_messages(
    make_rig: MakeRig, tmp_path: Path, reached: Reached
) -> None:
    rig = make_rig(folk=PEOPLE, speed=BRISK)
    target = back_up_and_go_on(rig)
    shutil.rmtree(rig.paths.state)
    rig.paths.state.mkdir()
    seen = restore(rig, target)
    assert seen.sends_since is None
    assert "another computer" in seen.words
    writes = len(rig.wire.writes)
    rig.run(rig.engine.start())
    under_way = "SELECT count(*) FROM enrolment WHERE is_active = 1 AND started_ms IS NOT NULL"
    assert rig.one(under_way) == rig.one(f"{under_way} AND verify_ms IS NOT NULL") > 0
    reached("restored-A")
    rig.run(rig.pass_time(hours=30))
    assert len(rig.wire.writes) == writes
    (item,) = [i for i in rig.run(rig.engine.services.attention.list()) if i.kind == "hold"]
    rig.run(rig.engine.services.attention.resolve(item.id, "go_on"))
    rig.hurry(FAST)
    rig.run(rig.to_the_end())
    assert rig.rows("SELECT seq FROM attempt WHERE detail = 'paused just before it was sent'") == []
    effects = [e for e in rig.world.state.effects if e.kind in ("invite", "message")]
    nothing_twice(rig, effects)
    ended = facts_of(rig, "stage", "attention_why", "hand_wrote_ms")
    for row in ended:
        assert row.stage in ("completed", "responded", "needs_attention") or row.hand_wrote_ms is not None
    broken = [line for line in rig.run(rig.engine.services.status.check()) if not line.ok]
    assert broken == []


def test_an_invitation_that_a_restored_file_does_not_know_is_asked_about_and_not_made_again(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(Character.NEVER_ACCEPTS), speed=BRISK)
    rig.run(begin(rig, INVITING))
    target = rig.folder / "backup.db"
    rig.run(rig.engine.services.backups.make(target))
    run_until(rig, 1)
    (sent,) = [i for i in rig.world.state.invitations if i.provider_id == rig.people[0].provider_id]
    rig.world.withdraw(sent.invitation_id)
    rig.run(rig.engine.close())
    shutil.rmtree(rig.paths.state)
    rig.paths.state.mkdir()
    restore(rig, target)
    rig.run(rig.engine.start())
    attention = rig.engine.services.attention
    rig.run(attention.resolve("h1", "go_on"))
    rig.hurry(FAST)
    rig.run(rig.pass_time(days=40))
    (item,) = rig.run(attention.list())
    assert "may have been declined or taken back" in item.question
    assert [e.kind for e in rig.world.state.effects].count(EffectKind.INVITE) == 1
    rig.run(attention.resolve(item.id, "skip"))
    rig.run(rig.to_the_end())
    assert [e.kind for e in rig.world.state.effects].count(EffectKind.INVITE) == 1


def test_a_visit_that_a_restored_file_does_not_know_is_not_made_again(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(*[FRIEND] * 4), speed=BRISK)
    rig.run(begin(rig, VISITING))
    run_until(rig, 1)
    target = rig.folder / "backup.db"
    rig.run(rig.engine.services.backups.make(target))
    run_until(rig, 4)
    rig.run(rig.engine.close())
    restore(rig, target)
    rig.run(rig.engine.start())
    rig.hurry(FAST)
    rig.run(rig.to_the_end())
    visits = Counter(e.provider_id for e in rig.world.state.effects if e.kind is EffectKind.VISIT)
    assert set(visits.values()) == {1}
    assert [r.state for r in rig.rows("SELECT state FROM delivery WHERE kind = 'visit'")] == ["sent"] * 4
    judge(rig)


@pytest.mark.parametrize("from_elsewhere", [False, True])
def test_a_question_after_a_restore_says_what_is_true(make_rig: MakeRig, from_elsewhere: bool) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(begin(rig, WRITING))
    target = rig.folder / "backup.db"
    rig.run(rig.engine.services.backups.make(target))
    rig.wire.writing(LOST)
    run_until(rig, 1)
    at = from_ms(rig.one("SELECT armed_ms FROM attempt"))
    rig.run(rig.engine.close())
    if from_elsewhere:
        shutil.rmtree(rig.paths.state)
        rig.paths.state.mkdir()
    restore(rig, target)
    rig.run(rig.engine.start())
    attention = rig.engine.services.attention
    if from_elsewhere:
        rig.run(attention.resolve("h1", "go_on"))
    rig.run(rig.pass_time(days=1))
    (item,) = rig.run(attention.list())
    assert "connection broke" not in item.question
    if from_elsewhere:
        assert "restored or copied" in item.question
    else:
        assert f"the send journal says that it was being sent on {at:%d %b %H:%M} UTC" in item.question
    rig.wire.writing(LOST)
    rig.run(attention.resolve(item.id, "send_again"))
    rig.run(rig.pass_time(days=2))
    (item,) = rig.run(attention.list())
    assert "The connection broke" in item.question


def test_a_question_names_a_lost_send_to_the_same_person(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(WRITING))
    target = rig.folder / "backup.db"
    rig.run(rig.engine.services.backups.make(target))
    with closing(sqlite3.connect(target)) as file, file:
        file.execute("UPDATE lead SET provider_id = ?", (rig.people[0].provider_id,))
        file.execute("UPDATE delivery SET uuid = 'another'")
    rig.run(rig.engine.start())
    rig.wire.writing(LOST)
    run_until(rig, 1)
    at = from_ms(rig.one("SELECT armed_ms FROM attempt"))
    rig.run(rig.engine.close())
    with closing(sqlite3.connect(target)) as file, file:
        file.execute("UPDATE sequence_version SET steps = replace(steps, 'thanks', 'many thanks')")
    restore(rig, target)
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(days=2))
    (item,) = rig.run(rig.engine.services.attention.list())
    assert f"a message to them was being sent on {at:%d %b %H:%M} UTC" in item.question


def test_a_restored_file_counts_what_was_sent_since_in_its_budgets(make_rig: MakeRig) -> None:
    rig = make_rig(folk=PEOPLE, speed=BRISK)
    target = back_up_and_go_on(rig)
    restore(rig, target)
    rig.run(rig.engine.start())
    rig.run(rig.engine.stop())
    effects = [e for e in rig.world.state.effects if e.kind in ("invite", "message")]
    for kind in ("invite", "message"):
        used = rig.one("SELECT count(*) FROM budget_use WHERE action = :a", a=kind)
        assert used >= sum(1 for e in effects if e.kind == kind)


def test_a_journal_with_a_hole_holds_everything_until_the_person_has_looked(make_rig: MakeRig) -> None:
    rig = make_rig(folk=PEOPLE, speed=BRISK)
    target = back_up_and_go_on(rig)
    assert rig.engine.ctx.journal is not None
    journal = rig.engine.ctx.journal.path
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:-4], b"torn\n", *lines[-3:]]))
    restore(rig, target)
    writes = len(rig.wire.writes)
    rig.run(rig.engine.start())
    assert rig.one("SELECT hold FROM engine_state") == Hold.GAP
    rig.run(rig.pass_time(hours=30))
    assert len(rig.wire.writes) == writes


def test_a_second_restore_of_an_older_backup_is_seen_too(make_rig: MakeRig) -> None:
    rig = make_rig(folk=PEOPLE, speed=BRISK)
    target = back_up_and_go_on(rig, before=5, after=4)
    restore(rig, target)
    rig.run(rig.engine.start())
    run_until(rig, 12)
    rig.run(rig.engine.close())
    assert restore(rig, target).sends_since is not None
    rig.run(rig.engine.start())
    rig.hurry(FAST)
    rig.run(rig.to_the_end())
    judge(rig)


def test_the_first_start_of_a_folder_and_every_later_one_find_it_as_it_was_left(make_rig: MakeRig) -> None:
    rig = make_rig(folk=PEOPLE, speed=BRISK)
    rig.run(begin(rig, BOTH))
    for _ in range(3):
        run_until(rig, sends(rig) + 2)
        rig.crash()
        rig.run(rig.engine.start())
    assert rig.one("SELECT hold FROM engine_state") == ""
    assert rig.rows("SELECT 1 FROM activity WHERE kind IN ('went_back', 'held')") == []


def test_three_rough_starts_within_ten_minutes_hold_everything(make_rig: MakeRig) -> None:
    rig = make_rig(folk=PEOPLE, speed=1.0)
    rig.run(begin(rig, THREE))
    for _ in range(3):
        rig.run(rig.engine.stop())
        moved = "UPDATE delivery SET state = :s WHERE id = (SELECT min(id) FROM delivery WHERE state = :o)"
        _write(rig, moved, s="claimed", o="planned")
        _write(rig, moved, s="sending", o="claimed")
        rig.crash()
        rig.clock.go(minutes=2)
        rig.run(rig.engine.start())
    assert rig.one("SELECT hold FROM engine_state") == Hold.CRASHES


def _write(rig: Rig, sql: str, **values: str) -> None:
    from sqlalchemy import text

    rig.engine.ctx.db.write_here(lambda u: u.connection.execute(text(sql), values))


def test_the_id_of_a_computer_without_one_is_kept_in_the_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage import machine

    monkeypatch.setattr(machine, "_LINUX", ())
    first = machine.machine_id(tmp_path)
    assert first == machine.machine_id(tmp_path) == (tmp_path / FILE).read_text()
