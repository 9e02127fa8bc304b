"""What must hold right before a request: a journal line, a fresh look, a clock that is right, the right person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from engine.domain.practice_people import Character
from engine.errors import StorageError
from engine.services.sending import arming
from engine.workers import sender
from tests.engine.scenes import BOTH, BRISK, INVITING, WRITING, attempts, begin, folk, ledger, stages, states, used
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig
from tests.fakes.wire import garbage, refusal

MakeRig = Callable[..., Rig]
FRIEND, NEVER, SOON = Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS, Character.ACCEPTS_SOON


def test_without_a_journal_line_nothing_is_posted(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    journal = rig.engine.ctx.journal
    assert journal is not None
    append, broken = journal.append, [True]

    def failing(line: object) -> None:
        if broken[0]:
            raise StorageError("The send journal can't be written (No space left on device).")
        append(line)  # type: ignore[arg-type]

    journal.append = failing  # type: ignore[method-assign]
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(hours=3))
    assert rig.wire.writes == []
    assert {a[0] for a in attempts(rig)} == {"not_sent"}
    assert used(rig, "message") == 0
    broken[0] = False
    rig.run(rig.to_the_end())
    assert len(rig.wire.writes) == 1
    judge(rig)


def test_a_look_older_than_five_seconds_is_refused(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=60.0)
    rig.wire.on("GET", "/sync", takes_s=6.0, times=3)
    rig.world.write_by_hand(rig.people[0].provider_id, "long ago")
    rig.clock.go(days=1)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(hours=1))
    late = [s for s in rig.wire.seen if s.path.endswith("/sync")]
    for slow in late[:3]:
        assert not [w for w in rig.wire.writes if 0 <= w.mono_s - slow.mono_s < 6.0]


def test_a_slow_look_ends_at_its_own_deadline_and_is_made_again(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=60.0)
    rule = rig.wire.on("GET", "/users/*", takes_s=8.0, times=2)
    rule.matches = lambda r: r.url.path.endswith(rig.people[0].public_identifier) or "/users/ACo" in r.url.path
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=1))
    assert states(rig) == ["sent", "planned"]
    looks = [s for s in rig.wire.seen if rule.matches(httpx.Request("GET", "http://x" + s.path))]
    assert len(looks) == 3
    judge(rig)


@pytest.mark.parametrize(("off_s", "sends"), [(-121, False), (121, False), (-110, True), (110, True)])
def test_a_clock_that_differs_from_the_servers_sends_nothing(make_rig: MakeRig, off_s: float, sends: bool) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.api._wall = lambda: rig.clock.wall() + timedelta(seconds=off_s)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(minutes=75))
    assert bool(rig.wire.writes) == sends
    if not sends:
        assert "clock" in ledger(rig)[0][3]


@pytest.mark.parametrize("seconds", [3600.0, -3600.0, 8 * 86400.0])
def test_after_a_jump_of_time_replies_and_relations_are_read_before_sending(make_rig: MakeRig, seconds: float) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(begin(rig, BOTH))
    rig.run(rig.pass_time(hours=3))
    seen, writes = len(rig.wire.seen), len(rig.wire.writes)
    rig.world.hear_from(rig.people[0].provider_id, "I am away, sorry.")
    rig.clock.jump(seconds)
    rig.run(rig.pass_time(days=3))
    after = [s.path.rsplit("/", 1)[-1] for s in rig.wire.seen[seen:]]
    assert {"messages", "relations"} <= set(after)
    assert len(rig.wire.writes) == writes
    assert stages(rig) == ["responded"]


def test_a_clock_set_back_sends_nothing_a_second_time(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER, FRIEND, SOON), speed=FAST)
    rig.run(begin(rig, BOTH))
    rig.run(rig.pass_time(days=2))
    rig.clock.jump(-86400.0)
    rig.run(rig.to_the_end())
    assert [line for line in rig.run(rig.engine.services.status.check()) if not line.ok] == []
    told = [(e.provider_id, e.kind, e.text) for e in rig.world.state.effects]
    assert len(told) == len(set(told))
    assert set(stages(rig)) == {"completed", "withdrawn"}


@pytest.mark.parametrize("days", [0.4, 3.4, 7.4, 42.4])
def test_a_clock_set_back_frees_no_budget_and_makes_nothing_due_again(make_rig: MakeRig, days: float) -> None:
    rig = make_rig(folk=folk(*[FRIEND] * 4, *[NEVER] * 3), speed=BRISK)
    limits = {"messages_per_day": "2", "invites_per_day": "1", "invites_per_week": "1", "profile_reads_per_day": "5"}
    rig.run(begin(rig, BOTH, **limits))
    rig.run(rig.pass_time(hours=8))
    before, due = Counter(w.path for w in rig.wire.writes), _due(rig)
    assert sum(before.values()) == 3
    rig.clock.jump(-days * 86400.0)
    rig.run(rig.engine.ctx.db.write(lambda u: u.connection.exec_driver_sql("UPDATE account SET not_before_ms = 0")))
    rig.run(rig.pass_time(hours=12))
    assert Counter(w.path for w in rig.wire.writes) == before
    assert _due(rig) == due


def _due(rig: Rig) -> list[tuple[int, int]]:
    rows = rig.rows("SELECT id, due_ms FROM delivery WHERE state = 'planned' ORDER BY id")
    return [tuple(r) for r in rows]


def test_another_persons_profile_is_never_invited(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=BRISK)
    other = rig.world.state.people[-1]
    rig.run(begin(rig, INVITING))
    rig.run(
        rig.engine.ctx.db.write(lambda u: u.connection.exec_driver_sql("UPDATE lead SET provider_id = 'ACoAAother'"))
    )
    person = {"object": "UserProfile", "provider": "LINKEDIN", "provider_id": other.provider_id}
    rig.wire.on("GET", "/users/ACoAA*", httpx.Response(200, json=person), times=None)
    rig.run(rig.pass_time(hours=2))
    assert rig.wire.writes == []
    assert stages(rig) == ["excluded"]


@pytest.mark.parametrize("answer", [garbage(), refusal(500, "unexpected_error"), httpx.ConnectError("no route")])
def test_what_can_not_be_read_is_not_written_to(make_rig: MakeRig, answer: httpx.Response | Exception) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rule = rig.wire.on("GET", "/chat_attendees/*", answer, times=None)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(hours=5))
    assert rig.wire.writes == []
    assert states(rig) == ["planned"]
    rule.times = 0
    rig.run(rig.to_the_end())
    assert stages(rig) == ["completed"]
    judge(rig)


def test_a_full_disk_after_a_send_is_waited_for_and_nothing_is_lost(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND, FRIEND), speed=60.0)
    db = rig.engine.ctx.db
    write, failing = db.write_here, [0]

    def full(fn: Callable[..., object]) -> object:
        if rig.wire.writes and failing[0] < 5:
            failing[0] += 1
            raise StorageError("The disk is full.")
        return write(fn)

    db.write_here = full  # type: ignore[assignment,method-assign]
    rig.run(begin(rig, WRITING))
    rig.run(rig.to_the_end())
    assert stages(rig) == ["completed", "completed"]
    assert len(rig.wire.writes) == 2
    judge(rig)


def test_nothing_is_sent_in_the_last_moment_before_closing(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(*[FRIEND] * 3), speed=BRISK)
    rig.clock.allowance = timedelta(minutes=30)
    rig.clock.go_to(rig.clock.now().replace(hour=15, minute=32))
    rig.run(begin(rig, WRITING.replace('wait = "1h"', 'wait = "0m"')))
    rig.run(rig.pass_time(hours=3))
    assert rig.wire.writes == []
    rig.run(rig.to_the_end())
    assert len(rig.wire.writes) == 3
    judge(rig)


@pytest.mark.parametrize(("where", "becomes"), [("arm", "planned"), ("post", "unknown")])
def test_an_error_that_breaks_a_send_off_leaves_no_row_behind(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch, where: str, becomes: str
) -> None:
    rig = make_rig(folk=folk(FRIEND))
    module = arming if where == "arm" else sender
    real, calls = getattr(module, where), []

    def breaking(*given: object, **named: object) -> object:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("a fault of ours")
        return real(*given, **named)

    monkeypatch.setattr(module, where, breaking)
    rig.run(begin(rig, WRITING))
    seen: set[str] = set()

    async def watch() -> None:
        for _ in range(420):
            await rig.pass_time(seconds=30)
            seen.add(states(rig)[-1])

    rig.run(watch())
    assert becomes in seen
    assert stages(rig) == [{"arm": "completed", "post": "needs_attention"}[where]]
    assert "claimed" not in states(rig) and "sending" not in states(rig)
    assert rig.engine.supervisor is not None and sum(rig.engine.supervisor.restarts.values()) == 1
    judge(rig)
