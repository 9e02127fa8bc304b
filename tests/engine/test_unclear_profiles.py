"""A profile that says of an invitation what isn't known, or nothing at all, proves nothing; an ignored one stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from engine.domain.practice_people import Character
from engine.provider.simulated.views_people import profile_json
from tests.engine.scenes import INVITING, begin, folk, ledger, stages
from tests.engine.test_unknown_sends import lost_invitation
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]
NEVER = Character.NEVER_ACCEPTS


def profile_saying(rig: Rig, **said: Any) -> httpx.Response:
    """Return the profile of the first person as an answer that says this, too; None leaves something out."""
    form = profile_json(rig.world, rig.people[0], ()) | said
    return httpx.Response(200, json={name: value for name, value in form.items() if value is not None})


IGNORED = {"invitation": {"type": "SENT", "status": "IGNORED"}}
STRANGE = {"invitation": {"type": "SENT", "status": "SOMETHING_NEW"}}
SILENT = {"is_relationship": None, "network_distance": None, "invitation": None}


@pytest.mark.parametrize(("said", "proof"), [(IGNORED, "read"), (STRANGE, "assumed"), (SILENT, "assumed")])
def test_an_unknown_invitation_is_not_made_again_while_the_profile_does_not_say_that_there_is_none(
    make_rig: MakeRig, said: dict[str, Any], proof: str
) -> None:
    rig = lost_invitation(make_rig, acts=True)
    rig.wire.on("GET", f"/users/{rig.people[0].provider_id}", profile_saying(rig, **said), times=None)
    rig.hurry(FAST)
    rig.run(rig.pass_time(hours=30))
    assert ledger(rig)[0][:3] == ("invite", "sent", proof)
    assert len(rig.wire.writes) == 1


def test_an_invitation_that_the_person_ignored_stands(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=FAST)
    rig.wire.on("GET", f"/users/{rig.people[0].public_identifier}", profile_saying(rig, **IGNORED), times=None)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=30))
    assert (rig.wire.writes, stages(rig)) == ([], ["invite_sent"])


def test_nobody_is_invited_while_what_the_profile_says_of_an_invitation_is_not_understood(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=FAST)
    strange = rig.wire.on("GET", "/users/*", profile_saying(rig, **STRANGE), times=None)
    strange.matches = lambda r: r.url.path.endswith((rig.people[0].provider_id, rig.people[0].public_identifier))
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=30))
    assert rig.wire.writes == []
    strange.times = 0
    rig.run(rig.pass_time(days=2))
    assert stages(rig) == ["invite_sent"]


def test_nothing_is_withdrawn_or_booked_as_gone_while_the_profile_is_not_understood(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=FAST)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=30))
    strange = rig.wire.on("GET", f"/users/{rig.people[0].provider_id}", profile_saying(rig, **STRANGE), times=None)
    rig.run(rig.pass_time(days=9))
    assert (len(rig.wire.writes), stages(rig)) == (1, ["invite_sent"])
    strange.times = 0
    rig.run(rig.pass_time(days=3))
    assert (len(rig.wire.writes), stages(rig)) == (2, ["withdrawn"])


def test_a_profile_that_says_nothing_of_the_connection_books_no_invitation_as_gone(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=FAST)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=30))
    rig.wire.on("GET", f"/users/{rig.people[0].provider_id}", profile_saying(rig, **SILENT), times=None)
    rig.run(rig.pass_time(days=9))
    assert (len(rig.wire.writes), stages(rig)) == (1, ["invite_sent"])


def test_one_profile_that_is_silent_does_not_end_an_invitation_that_was_proven_unsent(make_rig: MakeRig) -> None:
    rig = lost_invitation(make_rig, acts=False)
    person, reads = rig.people[0].provider_id, list[httpx.Request]()
    rule = rig.wire.on("GET", f"/users/{person}", profile_saying(rig, **SILENT))

    def is_look(request: httpx.Request) -> bool:
        """Three readings prove that it was not sent; the fourth is the look before the next try."""
        if request.url.path.endswith(f"/users/{person}"):
            reads.append(request)
        return len(reads) == 4 and reads[-1] is request

    rule.matches = is_look
    rig.run(rig.pass_time(minutes=90))
    assert (len(rig.wire.writes), ledger(rig)[0][1]) == (2, "sent")
