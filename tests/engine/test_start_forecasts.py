"""What the start sheet says before Start: who is first and when, the pace, the last invitation; and it comes true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from engine.domain.ledger import DeliveryKind
from engine.domain.practice_people import Character
from engine.errors import NotFound, Refused
from engine.provider.simulated.records import from_ms
from engine.services.start_forecasts import StartForecast
from tests.engine.scenes import BRISK, INVITING, WRITING, folk
from tests.fakes.rig import Rig
from tests.fakes.wire import refusal

MakeRig = Callable[..., Rig]
NEVER, FRIEND = Character.NEVER_ACCEPTS, Character.ALREADY_CONNECTED


def drafted(make_rig: MakeRig, toml: str, *characters: Character, **settings: str) -> Rig:
    rig = make_rig(folk=folk(*characters), speed=BRISK)
    rig.run(rig.add_account(**settings))
    rig.run(rig.add_campaign(toml, start=False))
    return rig


def forecast(rig: Rig, name: str, people: int | None = None) -> StartForecast:
    return rig.run(rig.engine.services.campaigns.forecast_start(name, people=people))


def test_the_first_send_is_the_one_that_then_goes_out(make_rig: MakeRig) -> None:
    rig = drafted(make_rig, INVITING, *[NEVER] * 6, invites_per_day="8")
    said = forecast(rig, "Inviting")
    assert said.first is not None and said.first.at is not None and said.last_invitation_at is not None
    assert (said.people, said.invitations, said.shared_with) == (6, 6, 0)
    assert (said.first.kind, said.first.step) == (DeliveryKind.INVITE, "Invitation without a note")
    assert said.first.name.startswith(rig.people[0].first_name)
    assert said.limit_per_day == 8 and 6 <= said.per_day <= 8 and not said.is_warming_up
    rig.run(rig.engine.services.campaigns.start("Inviting"))
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=9))
    moments = [from_ms(e.at_ms) for e in rig.world.state.effects]
    assert abs(moments[0] - said.first.at) < timedelta(minutes=15)
    assert len(moments) == 6
    assert abs(moments[-1] - said.last_invitation_at) < timedelta(hours=1)


def test_a_few_people_end_sooner_and_another_running_campaign_later(make_rig: MakeRig) -> None:
    people = folk(*[NEVER] * 20)
    rig = make_rig(folk=people, speed=BRISK)
    rig.run(rig.add_account(invites_per_day="4"))
    rig.run(rig.add_campaign(INVITING, people=people[:10], start=False))
    alone, few = forecast(rig, "Inviting"), forecast(rig, "Inviting", 5)
    assert few.people == 5 and alone.people == 10
    rig.run(rig.add_campaign(INVITING.replace('"Inviting"', '"Other"'), people=people[10:]))
    shared = forecast(rig, "Inviting")
    assert shared.shared_with == 1
    assert few.last_invitation_at and alone.last_invitation_at and shared.last_invitation_at
    assert few.last_invitation_at < alone.last_invitation_at < shared.last_invitation_at


def test_a_warm_up_is_said_and_a_sequence_without_an_invitation_has_no_last_one(make_rig: MakeRig) -> None:
    rig = drafted(make_rig, WRITING, FRIEND, warm_up="on")
    said = forecast(rig, "Writing")
    assert said.is_warming_up and said.per_day <= 5 < said.limit_per_day
    assert (said.invitations, said.last_invitation_at) == (0, None)
    assert said.first is not None and said.first.step == "Message 1 of 1"


def test_what_stops_the_account_is_said_instead_of_a_moment(make_rig: MakeRig) -> None:
    rig = drafted(make_rig, INVITING, NEVER)
    rig.run(rig.engine.services.pausing.pause_all())
    first = forecast(rig, "Inviting").first
    assert first is not None and (first.at, first.why) == (None, "everything is paused")


def test_the_first_campaign_of_a_real_account_is_known_as_such(make_rig: MakeRig) -> None:
    rig = drafted(make_rig, INVITING, NEVER)
    assert not forecast(rig, "Inviting").is_first_real
    address = "UPDATE account SET address = 'https://api1.unipile.com:13111/api/v1'"
    rig.engine.ctx.db.write_here(lambda u: u.connection.exec_driver_sql(address))
    assert forecast(rig, "Inviting").is_first_real
    started = "UPDATE campaign SET started_ms = 1, account_id = 1"
    rig.engine.ctx.db.write_here(lambda u: u.connection.exec_driver_sql(started))
    rig.run(rig.engine.services.campaigns.add(INVITING.replace('"Inviting"', '"Next"')))
    assert not forecast(rig, "Next").is_first_real


def test_nobody_waits_and_nothing_is_there(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=BRISK)
    rig.run(rig.engine.services.campaigns.add(INVITING))
    with pytest.raises(Refused):
        forecast(rig, "Inviting")
    with pytest.raises(NotFound):
        forecast(rig, "Nothing")
    rig.run(rig.add_account())
    said = forecast(rig, "Inviting")
    assert (said.first, said.people, said.last_invitation_at) == (None, 0, None)


def test_a_day_after_a_warning_of_linkedin_is_said_to_be_smaller(make_rig: MakeRig) -> None:
    rig = drafted(make_rig, INVITING, NEVER, NEVER, invites_per_day="8")
    rig.wire.on("POST", "/users/invite", refusal(429, "too_many_requests"))
    rig.run(rig.engine.services.campaigns.start("Inviting"))
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=1))
    rig.run(rig.add_campaign(INVITING.replace('"Inviting"', '"Other"'), people=folk(NEVER, seed=2), start=False))
    said = forecast(rig, "Other")
    assert said.is_eased and said.per_day in (3, 4)
