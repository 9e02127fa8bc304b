"""How well it goes, in numbers: acceptances, recoveries, heartbeats; and the search for duplicates."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import text

from engine.domain.health import Beats, Target
from engine.domain.practice_people import Character
from engine.domain.takeover import Hold
from engine.errors import Cause, StorageError
from engine.services import audit
from engine.workers.housekeeper import ROUND_S
from engine.workers.read_health import RELATIONS, REPLIES
from storage import heartbeat
from tests.engine.scenes import BRISK, INVITING, WRITING, begin, folk
from tests.fakes.rig import FAST, Rig
from tests.fakes.wire import Rule, refusal

MakeRig = Callable[..., Rig]
FRIEND, SOON = Character.ALREADY_CONNECTED, Character.ACCEPTS_SOON


def targets(rig: Rig) -> dict[str, Target]:
    return {t.name: t for t in rig.run(rig.engine.services.status.health()).targets}


def broken_reads(rig: Rig) -> Rule:
    rule = Rule(matches=lambda request: request.method == "GET", answer=httpx.ReadError("the line is cut"), times=None)
    rig.wire.rules.insert(0, rule)
    return rule


def test_a_campaign_that_ran_to_its_end_was_processed_rightly_and_saw_every_acceptance(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(SOON, SOON, Character.NEVER_ACCEPTS, FRIEND), speed=FAST)
    rig.run(begin(rig, INVITING))
    rig.run(rig.to_the_end())
    found = targets(rig)
    assert (found["processed_rightly"].numerator, found["processed_rightly"].denominator) == (4, 4)
    seen = found["acceptances_seen_within_one_poll"]
    assert (seen.numerator, seen.denominator) == (2, 2)


def test_an_acceptance_that_a_whole_pass_did_not_show_counts_as_seen_late(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(Character.NEVER_ACCEPTS), speed=BRISK)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=8))
    (person,) = rig.people
    at = rig.clock.now() - timedelta(hours=7)
    rig.engine.ctx.db.write_here(
        lambda u: u.connection.execute(text("UPDATE lead SET provider_id = :p"), {"p": person.provider_id})
    )
    from engine.services.sending import people

    rig.engine.ctx.db.write_here(
        lambda u: people.connected(u, account_id=1, lead_id=1, at=at, now=rig.clock.now(), was_connected=False)
    )
    seen = targets(rig)["acceptances_seen_within_one_poll"]
    assert (seen.numerator, seen.denominator) == (0, 1)


def test_who_was_known_to_have_accepted_is_not_seen_late_by_the_next_campaign(make_rig: MakeRig) -> None:
    people = folk(SOON, Character.NEVER_ACCEPTS)
    rig = make_rig(folk=people, speed=FAST)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(days=4))
    rig.run(rig.add_campaign(INVITING.replace('"Inviting"', '"Other"'), people=people))
    rig.run(rig.pass_time(days=3))
    assert rig.one("SELECT count(*) FROM enrolment WHERE connected_ms IS NOT NULL AND invited_ms IS NOT NULL") == 2
    seen = targets(rig)["acceptances_seen_within_one_poll"]
    assert (seen.numerator, seen.denominator) == (2, 2)


def test_a_full_disk_is_no_outage_of_the_provider(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=1.0)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(minutes=5))
    assert rig.engine.supervisor is not None
    relations = rig.engine.supervisor.accounts[1].relations
    check, left = relations.check, [8]

    async def on_a_full_disk() -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise StorageError("The disk is full.")
        return await check()

    relations.check = on_a_full_disk  # type: ignore[method-assign,assignment]
    relations._reads.failed(RELATIONS, Cause.BROKEN)
    relations.hurry()
    rig.run(relations._reads.answered(REPLIES))
    rig.run(rig.pass_time(minutes=30))
    assert left[0] < 0
    found = targets(rig)["recovery_s"]
    assert found.value is None or found.value < 60


def test_every_read_goes_on_within_a_minute_of_the_first_good_answer(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=1.0)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(minutes=5))
    cut = broken_reads(rig)
    assert rig.engine.supervisor is not None
    (workers,) = rig.engine.supervisor.accounts.values()
    workers.relations.hurry()
    rig.run(rig.pass_time(hours=6))
    rig.wire.rules.remove(cut)
    rig.run(rig.pass_time(hours=1))
    found = targets(rig)["recovery_s"]
    assert found.denominator >= 1
    assert found.numerator == found.denominator
    assert found.value is not None and found.value < 60


def test_heartbeats_are_kept_over_runs_and_a_stall_is_seen(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND))
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(seconds=3 * ROUND_S))
    rig.run(rig.engine.stop())
    first, at = heartbeat.read(rig.paths.data)
    assert first.beats == first.expected >= 3 * ROUND_S - 1
    assert at == rig.clock.wall()
    rig.run(rig.engine.start())
    assert rig.engine.supervisor is not None
    rig.run(rig.pass_time(seconds=5))
    rig.clock.elapse(20.0)
    rig.run(rig.pass_time(seconds=2 * ROUND_S))
    alive = targets(rig)["alive"]
    assert alive.numerator < alive.denominator


def test_a_heartbeat_file_that_is_torn_counts_from_nothing(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND))
    (rig.paths.data / heartbeat.FILE).write_text('{"beats": 3, "exp')
    assert heartbeat.read(rig.paths.data) == (Beats(), None)
    (rig.paths.data / heartbeat.FILE).write_text(json.dumps({"beats": 3, "expected": 3}))
    assert heartbeat.read(rig.paths.data) == (Beats(), None)


def test_the_same_text_twice_in_a_conversation_stops_all_sending_and_is_told_once(
    make_rig: MakeRig,
) -> None:
    rig = make_rig(folk=folk(FRIEND, FRIEND), speed=BRISK)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(hours=4))
    body = rig.one("SELECT body FROM delivery WHERE state = 'sent' AND kind = 'message' LIMIT 1")
    row = rig.rows("SELECT account_id, lead_id FROM delivery WHERE state = 'sent' AND kind = 'message' LIMIT 1")[0]
    for n in range(2):
        rig.engine.ctx.db.write_here(
            lambda u, n=n: u.connection.execute(
                text(
                    "INSERT INTO message (account_id, lead_id, provider_message_id, chat_id, is_ours, author, kind, "
                    "body, at_ms, seen_ms) VALUES (:a, :l, :m, 'c', 1, 'us', 'MESSAGE', :b, 1, 1)"
                ),
                {"a": row.account_id, "l": row.lead_id, "m": f"copy{n}", "b": body},
            )
        )
    assert rig.run(audit.look_for_duplicates(rig.engine.ctx)) == 1
    assert rig.one("SELECT hold FROM engine_state") == Hold.DUPLICATE
    assert rig.run(rig.engine.services.status.health()).duplicates == 1
    assert rig.engine.ctx.pause_epoch == rig.one("SELECT pause_epoch FROM engine_state")
    rig.run(rig.engine.services.attention.resolve("h1", "go_on"))
    assert rig.run(audit.look_for_duplicates(rig.engine.ctx)) == 0
    assert rig.one("SELECT hold FROM engine_state") == ""
    assert rig.one("SELECT pause_epoch FROM engine_state") == rig.engine.ctx.pause_epoch


def test_an_honest_campaign_has_no_duplicates_and_a_backup_a_day(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND, FRIEND))
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(hours=30))
    assert rig.one("SELECT hold FROM engine_state") == ""
    assert rig.run(rig.engine.services.status.health()).duplicates == 0
    made = rig.run(rig.engine.services.backups.list())
    assert len(made) == 2


def test_being_asked_to_slow_down_ends_an_outage_without_a_long_recovery(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=1.0)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(minutes=5))
    cut = broken_reads(rig)
    assert rig.engine.supervisor is not None
    (workers,) = rig.engine.supervisor.accounts.values()
    workers.relations.hurry()
    rig.run(rig.pass_time(hours=1))
    rig.wire.rules.remove(cut)
    rig.wire.on("GET", "/users/relations", refusal(429, "too_many_requests"), times=3)
    rig.run(rig.pass_time(hours=8))
    found = targets(rig)["recovery_s"]
    assert found.numerator == found.denominator
