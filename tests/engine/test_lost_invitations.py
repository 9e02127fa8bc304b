"""An invitation that only the send journal knows: its lead was imported again into a file that had been put back."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from engine.domain.ledger import QUIET_PERIOD
from engine.domain.practice_people import Character
from tests.engine.scenes import INVITING, folk, ledger
from tests.engine.test_restored_files import restore, run_until
from tests.fakes.rig import Rig

MakeRig = Callable[..., Rig]
LOST = httpx.RemoteProtocolError("Server disconnected without sending a response.")


def imported_again(make_rig: MakeRig) -> Rig:
    """Return a rig whose file knows nothing of the invitation that never arrived."""
    rig = make_rig(folk=folk(Character.NEVER_ACCEPTS), speed=60.0)
    rig.run(rig.add_account(invites_per_day="80"))
    rig.run(rig.engine.services.campaigns.add(INVITING))
    target = rig.folder / "backup.db"
    rig.run(rig.engine.services.backups.make(target))
    rig.wire.on("POST", "/users/invite", LOST)
    rig.run(rig.engine.services.leads.import_file(rig.lead_list(), "Inviting"))
    rig.run(rig.engine.services.campaigns.start("Inviting"))
    rig.run(rig.engine.start())
    run_until(rig, 1)
    rig.run(rig.engine.close())
    restore(rig, target)
    rig.run(rig.engine.services.leads.import_file(rig.lead_list(), "Inviting"))
    rig.run(rig.engine.services.campaigns.start("Inviting"))
    return rig


def test_it_gets_the_quiet_period_before_another_is_made(make_rig: MakeRig) -> None:
    rig = imported_again(make_rig)
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=1))
    first, second = rig.wire.writes
    assert second.at - first.at >= QUIET_PERIOD
    assert len(rig.world.state.effects) == 1


def test_it_is_remembered_when_nothing_came_of_the_first_look(make_rig: MakeRig) -> None:
    rig = imported_again(make_rig)

    async def pause() -> None:
        await rig.engine.services.pausing.pause_campaign("Inviting")

    rig.wire.on("GET", f"/users/{rig.people[0].slug}", before=pause)
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=3))
    rig.run(rig.engine.services.pausing.resume_campaign("Inviting"))
    rig.run(rig.pass_time(hours=1))
    assert len(rig.wire.writes) == 1
    assert ledger(rig)[0][:3] == ("invite", "sent", "assumed")
