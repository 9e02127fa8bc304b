"""No acceptance is missed because a pass over relations was interrupted, or because an item can't be understood."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from engine.domain.practice_people import Character, make_people
from engine.provider.simulated.records import Relation
from tests.engine.scenes import BRISK, INVITING
from tests.fakes.rig import Rig
from tests.fakes.wire import refusal

MakeRig = Callable[..., Rig]


def many_accept(rig: Rig) -> None:
    """Let every lead become a relation, the first one first."""
    now_ms = rig.world.advance()
    for place, person in enumerate(rig.people):
        rig.world._connected[person.provider_id] = now_ms + place
        rig.world.state.relations.append(Relation(provider_id=person.provider_id, connected_ms=now_ms + place))


def connected(rig: Rig) -> int:
    return int(rig.one("SELECT count(*) FROM enrolment WHERE connected_ms IS NOT NULL"))


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    people = tuple(p for p in make_people(400, 1) if p.character is Character.NEVER_ACCEPTS)[:105]
    rig = make_rig(folk=people, speed=BRISK)

    async def begin() -> None:
        name = await rig.add_account()
        await rig.add_campaign(INVITING)
        await rig.engine.services.relations.check(name, full=True)

    rig.run(begin())
    return rig


def check(rig: Rig) -> str:
    name = rig.run(rig.engine.services.accounts.list())[0].name
    return rig.run(rig.engine.services.relations.check(name)).ended_by


def test_what_an_interrupted_pass_did_not_reach_is_read_by_the_next(rig: Rig) -> None:
    many_accept(rig)
    second_page = rig.wire.on("GET", "/users/relations", refusal(503, "no_client_session"))
    second_page.matches = lambda request: request.url.path.endswith("/relations") and "cursor" in str(request.url)
    assert check(rig) == "failed"
    assert connected(rig) == 100
    assert check(rig) in ("end", "known")
    assert connected(rig) == 105
    assert check(rig) == "known"
    assert rig.wire.seen[-1].path.endswith("/relations")


def test_a_pass_over_two_pages_ends_at_the_first_known_one_the_next_time(rig: Rig) -> None:
    many_accept(rig)
    assert check(rig) in ("end", "known")
    assert connected(rig) == 105
    before = len(rig.wire.seen)
    assert check(rig) == "known"
    assert len(rig.wire.seen) == before + 1


def test_two_pages_that_begin_with_an_item_without_a_name_are_not_a_repetition(rig: Rig) -> None:
    nameless = {"object": "UserRelation", "first_name": "A", "last_name": "B", "created_at": 1, "headline": ""}
    people = iter(rig.people)

    def page(request: httpx.Request) -> bool:
        if not request.url.path.endswith("/relations"):
            return False
        person = next(people)
        named = {**nameless, "member_id": person.provider_id, "public_identifier": person.slug}
        cursor = None if person is rig.people[2] else person.slug
        form = {"object": "UserRelationsList", "items": [nameless, named], "cursor": cursor}
        rule.answer = httpx.Response(200, json=form)
        return True

    rule = rig.wire.on("GET", "/users/relations", httpx.Response(200), times=None)
    rule.matches = page
    assert check(rig) == "end"
    assert connected(rig) == 3


def test_a_name_beyond_ascii_is_matched_and_not_taken_for_a_new_one(make_rig: MakeRig) -> None:
    people = tuple(p for p in make_people(400, 1) if p.character is Character.NEVER_ACCEPTS and not p.slug.isascii())
    rig = make_rig(folk=people[:2], speed=BRISK)

    async def scene() -> None:
        await rig.add_account()
        await rig.add_campaign(INVITING)
        await rig.engine.start()
        await rig.pass_time(hours=2)

    rig.run(scene())
    assert len(rig.world.state.effects) == 2
    assert rig.rows("SELECT words FROM activity WHERE kind = 'renamed'") == []
    assert {r.public_identifier for r in rig.rows("SELECT public_identifier FROM lead")} == {p.slug for p in people[:2]}
