"""Forgetting a person: nothing in the files names them any more, and they never come back by themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.domain.csv_verdicts import Happens
from engine.domain.practice_people import Character
from engine.errors import Refused
from engine.provider.base import Profile
from engine.services.sending import people
from tests.engine.scenes import BOTH, begin, connect, deliver, folk, leave_open, planned
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]
FRIEND, NEVER = Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS
HEADER = "Profile URL,First name,Last name,Company,Email,Secret\n"
ROW = "https://www.linkedin.com/in/quenby-zylstra,Quenby,Zylstra,Wuxtry Gmbh,quenby@wuxtry.example,Plumbago\n"
BROKEN = "nowhere,Quenby,Zylstra,Wuxtry Gmbh,quenby@wuxtry.example,Plumbago\n"
WORDS = ("quenby", "zylstra", "wuxtry", "plumbago", "ACoAAQuenby")


def put_in(rig: Rig, rows: str = ROW) -> int:
    path = rig.folder / "list.csv"
    path.write_text(HEADER + rows, encoding="utf-8")
    return rig.run(rig.engine.services.leads.import_file(path, "Both")).new


def found_in_files(rig: Rig) -> set[str]:
    """Return which of the person's words stand in the database's files, as bytes."""
    whole = b"".join(p.read_bytes() for p in rig.paths.data.glob("*") if p.is_file() and "db" in p.name).lower()
    return {word for word in WORDS if word.lower().encode() in whole or word.lower().encode("utf-16-le") in whole}


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    """Return a started campaign in which somebody with a name of her own has got a message, and is in everything."""
    made = make_rig(folk=folk(NEVER, NEVER))
    made.run(made.add_account())
    made.run(made.add_campaign(BOTH, start=False))
    put_in(made, ROW + BROKEN)
    made.run(made.engine.services.campaigns.start("Both"))
    deliver(made, 3)
    connect(made, 3)
    deliver(made, 3)
    services = made.engine.services
    made.run(services.lead_changes.write_note(3, "Quenby likes plumbago"))
    made.run(services.do_not_contact.add("person", "linkedin.com/in/quenby-zylstra", "Zylstra asked"))
    made.run(made.engine.ctx.db.write(lambda u: _name_everywhere(u)))
    assert found_in_files(made) == set(WORDS)
    return made


def _name_everywhere(uow: object) -> None:
    from sqlalchemy import text

    from storage.repositories import leads, own_texts

    own_texts.put(uow, 3, "message_2", "Dear Quenby")  # type: ignore[arg-type]
    leads.write(uow, 3, {"provider_id": "ACoAAQuenby"})  # type: ignore[arg-type]
    connection = uow.connection  # type: ignore[attr-defined]
    for sql in (
        "INSERT INTO lead_alias VALUES ('member_id:ACoAAQuenby', 3)",
        "INSERT INTO relation VALUES (1, 'ACoAAX', 'quenby-zylstra', 1), (1, 'quenby-zylstra', 'quenby-zylstra', 1)",
        "INSERT INTO chat VALUES (1, 'c', 3, 'ACoAAQuenby')",
        "INSERT INTO message (account_id, lead_id, provider_message_id, chat_id, author, kind, body, at_ms, seen_ms)"
        " VALUES (1, 3, 'm', 'c', 'lead', 'MESSAGE', 'I am Quenby', 1, 1)",
        "UPDATE delivery SET body = 'Hi Quenby', evidence = 'Quenby read it', reason = 'Quenby' WHERE lead_id = 3",
        "UPDATE enrolment SET next_why = 'Quenby waits' WHERE lead_id = 3",
    ):
        connection.execute(text(sql))


def test_names_and_texts_are_gone_from_every_file(rig: Rig) -> None:
    sent = rig.one("SELECT count(*) FROM delivery WHERE lead_id = 3 AND state = 'sent'")
    rig.run(rig.engine.services.forgetting.forget("3"))
    assert found_in_files(rig) == set()
    assert rig.one("SELECT count(*) FROM delivery WHERE lead_id = 3 AND state = 'sent'") == sent == 2
    assert rig.one("SELECT count(*) FROM lead_text WHERE lead_text MATCH 'quenby OR zyl*'") == 0
    assert rig.one("SELECT count(*) FROM forgotten") == 3
    judge(rig)


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        "https://fr.linkedin.com/in/Quenby-Zylstra/,Q,Z,,,\n",
        "https://www.linkedin.com/in/another-name,Q,Z,,QUENBY@wuxtry.example,\n",
        "https://www.linkedin.com/in/ACoAAQuenby,Q,Z,,,\n",
    ],
    ids=["the same row", "another form of the address", "the same e-mail address", "the id"],
)
def test_they_are_never_imported_again(rig: Rig, row: str) -> None:
    rig.run(rig.engine.services.forgetting.forget("3"))
    assert put_in(rig, row) == 0

    async def look() -> object:
        session = rig.engine.services.imports.open_text((HEADER + row).replace(",", "\t"))
        await session.read()
        await session.judge(None)
        (shown,) = await session.page([1])
        session.close()
        return shown.kind

    assert rig.run(look()) is Happens.SKIPPED


def test_a_second_row_without_the_e_mail_address_doesnt_bring_them_back(rig: Rig) -> None:
    rig.run(rig.engine.services.forgetting.forget("3"))
    row = "https://www.linkedin.com/in/another-name,Q,Z,,quenby@wuxtry.example,\n"
    assert put_in(rig, row + row.replace("quenby@wuxtry.example", "")) == 0


@pytest.mark.parametrize(("provider_id", "slug"), [("ACoAAQuenby", "somebody-else"), ("ACoAAOther", "Quenby-Zylstra")])
def test_who_comes_back_under_another_name_is_recognised_by_their_profile(
    rig: Rig, provider_id: str, slug: str
) -> None:
    rig.run(rig.engine.services.forgetting.forget("3"))
    assert put_in(rig, "https://www.linkedin.com/in/somebody-else,Q,,,,\n") == 1
    profile = Profile(provider_id=provider_id, public_identifier=slug, first_name="Quenby", last_name=None)
    with pytest.raises(people.WrongPerson, match="forget"):
        rig.run(rig.engine.ctx.db.write(lambda u: people.resolve(u, 4, profile, rig.clock.now())))


@pytest.mark.parametrize("state", ["claimed", "sending", "unknown", "human"])
def test_while_a_send_is_open_nobody_is_forgotten(rig: Rig, state: str) -> None:
    leave_open(rig, 1, state)
    with pytest.raises(Refused):
        rig.run(rig.engine.services.forgetting.forget("1"))
    assert rig.one("SELECT forgotten_ms FROM lead WHERE id = 1") is None


def test_who_was_forgotten_in_an_archived_campaign_stays_so_when_it_comes_back(rig: Rig) -> None:
    done = rig.run(rig.engine.services.archiving.archive("Both"))
    rig.run(rig.engine.services.forgetting.forget("1"))
    rig.run(rig.engine.services.archiving.take_back(done))
    assert planned(rig) == [(2, "invite")]
    assert rig.one("SELECT excluded_why FROM enrolment WHERE id = 1") == "forgotten"
    for verb in ("restart", "skip", "retry", "go_on"):
        with pytest.raises(Refused):
            rig.run(getattr(rig.engine.services.recovery, verb)(1))
    judge(rig)


def test_who_was_forgotten_is_added_to_no_campaign(rig: Rig) -> None:
    rig.run(rig.engine.services.forgetting.forget("1"))
    target = rig.run(rig.engine.services.campaigns.add(BOTH.replace('"Both"', '"Other"')))[0]
    done = rig.run(rig.engine.services.lead_changes.add_to_campaign([-1, -2], target))
    assert rig.rows(f"SELECT lead_id FROM enrolment WHERE id IN ({done.enrolment_ids[0]})") == [(2,)]
    assert len(done.enrolment_ids) == 1


def test_a_relation_that_was_forgotten_is_kept_without_a_name(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=FAST)
    rig.run(begin(rig, BOTH))
    rig.run(rig.to_the_end())
    slug = rig.people[0].slug
    named = "SELECT count(*) FROM relation WHERE public_identifier = :slug"
    assert rig.one(named, slug=slug) == 1
    rig.run(rig.engine.services.forgetting.forget("1"))
    rig.run(rig.engine.ctx.db.write(lambda u: u.connection.exec_driver_sql("DELETE FROM relation")))
    rig.run(rig.engine.services.relations.check("1", full=True))
    assert rig.one(named, slug=slug) == 0 and rig.one("SELECT count(*) FROM relation") > 0
