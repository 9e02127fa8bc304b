"""What `check` finds: a planted breach by its name, and nothing that only a wrong clock makes look like one."""

from __future__ import annotations

from collections.abc import Callable

from engine.domain.practice_people import Character
from tests.engine.scenes import BOTH, begin, folk
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]


def broken(rig: Rig) -> list[str]:
    return [line.name for line in rig.run(rig.engine.services.status.check()) if not line.ok]


def plant(rig: Rig, *statements: str) -> None:
    for sql in statements:
        rig.engine.ctx.db.write_here(lambda u, sql=sql: u.connection.exec_driver_sql(sql))


def test_an_answer_that_was_seen_while_the_clock_was_set_back_is_no_breach(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(Character.ANSWERS_FIRST), speed=FAST)
    rig.run(begin(rig, BOTH))
    rig.run(rig.to_the_end())
    week_ms = 7 * 24 * 3600 * 1000
    plant(rig, f"UPDATE message SET seen_ms = seen_ms - {week_ms} WHERE author = 'lead'")
    assert broken(rig) == []
    plant(
        rig,
        f"UPDATE message SET at_ms = at_ms - {week_ms} WHERE author = 'lead'",
        f"UPDATE enrolment SET replied_ms = replied_ms - {week_ms}",
    )
    assert broken(rig) == ["nothing_sent_after_a_reply"]
