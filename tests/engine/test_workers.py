"""Workers over long trouble: none ends for good, none loses what it was told, and one conversation stops no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from engine.domain.practice_people import Character
from engine.errors import StorageError
from engine.workers import supervisor
from tests.engine.scenes import BOTH, BRISK, begin, folk, stages
from tests.fakes.rig import Rig
from tests.fakes.wire import garbage, refusal

MakeRig = Callable[..., Rig]
FRIEND, NEVER = Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS


def test_a_worker_that_fails_for_a_day_works_again_when_the_trouble_is_over(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("CRITICAL")
    rig = make_rig(folk=folk(FRIEND))
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def work() -> None:
        if len(pauses) < 1_100:
            raise StorageError("The disk is full.")

    monkeypatch.setattr(rig.clock, "pause", pause)
    rig.run(supervisor.Supervisor(rig.engine.ctx)._supervised("a worker", work))
    assert len(pauses) == 1_100
    assert pauses[0] == supervisor.FIRST_RESTART_S and pauses[-1] == supervisor.LONGEST_RESTART_S


def test_an_account_whose_adding_could_not_be_read_gets_its_workers(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(minutes=1))
    real, failures = supervisor._account_ids, [1]

    def fail_once(connection: Any) -> list[int]:
        if failures:
            failures.pop()
            raise StorageError("The data folder can't be read or written.")
        return real(connection)

    monkeypatch.setattr(supervisor, "_account_ids", fail_once)
    rig.run(rig.engine.services.accounts.add("practice", "practice"))
    rig.run(rig.pass_time(minutes=30))
    assert failures == []
    assert rig.engine.supervisor is not None and rig.engine.supervisor.accounts.keys() == {1}


@pytest.mark.parametrize("answer", [refusal(404, "resource_not_found"), garbage(), httpx.ReadTimeout("too slow")])
def test_a_conversation_with_a_stranger_that_can_not_be_read_hides_no_reply(
    make_rig: MakeRig, answer: httpx.Response | Exception
) -> None:
    rig = make_rig(folk=folk(FRIEND, NEVER), speed=BRISK)
    rig.wire.on("GET", "/chats/*", answer, times=None)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(BOTH, people=rig.people[:1]))
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=3))
    rig.world.write_by_hand(rig.people[1].provider_id, "Lunch tomorrow?")
    rig.run(rig.pass_time(hours=1))
    rig.world.hear_from(rig.people[0].provider_id, "Yes, gladly.")
    rig.run(rig.pass_time(hours=1))
    assert stages(rig) == ["responded"]
    rig.run(rig.pass_time(hours=12))
    asked = len([s for s in rig.wire.seen if "/chats/" in s.path])
    rig.run(rig.pass_time(hours=12))
    assert len([s for s in rig.wire.seen if "/chats/" in s.path]) == asked <= 10


@pytest.mark.parametrize("trouble", ["connecting", "key", "added again", "key replaced"])
def test_only_the_person_ends_a_restriction(make_rig: MakeRig, trouble: str) -> None:
    rig = make_rig(folk=folk(NEVER, NEVER), speed=BRISK)
    rig.wire.on("POST", "/users/invite", refusal(403, "account_restricted"))
    rig.run(begin(rig, BOTH))
    rig.run(rig.pass_time(hours=1))
    assert rig.one("SELECT status FROM account") == "restricted"
    name = rig.one("SELECT name FROM account")
    if trouble == "connecting":
        rig.world.set_account_status("CONNECTING")
    elif trouble == "key":
        rig.wire.on("GET", "/accounts/*", refusal(401, "missing_credentials"), times=3)
    elif trouble == "key replaced":
        rig.run(rig.engine.services.accounts.set_key(name, "practice"))
    else:
        rig.run(rig.engine.services.accounts.add("practice", "practice"))
    rig.run(rig.pass_time(hours=1))
    rig.world.set_account_status("OK")
    rig.run(rig.pass_time(hours=3))
    assert rig.one("SELECT status FROM account") == "restricted"
    assert len(rig.wire.writes) == 1
    (item,) = rig.run(rig.engine.services.attention.list())
    rig.run(rig.engine.services.attention.resolve(item.id, "go_on"))
    rig.run(rig.pass_time(hours=3))
    assert rig.one("SELECT status FROM account") == "ok"
    assert len(rig.wire.writes) > 1
