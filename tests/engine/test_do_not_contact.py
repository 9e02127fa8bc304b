"""The do-not-contact list: checked at import, planning and arming; adding stops at once, removing starts nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.domain.csv_verdicts import Happens
from engine.domain.do_not_contact import read_entry
from engine.domain.practice_people import Character, PracticePerson
from engine.errors import NotFound, Refused
from engine.services import importing
from engine.services.do_not_contact import DoNotContact
from storage.repositories import do_not_contact
from tests.engine.console_scenes import MOMENT, Console, assert_shape
from tests.engine.scenes import BOTH, BRISK, INVITING, WRITING, begin, folk, stages, states
from tests.fakes.judge import judge
from tests.fakes.rig import Rig

MakeRig = Callable[..., Rig]
FRIEND, NEVER = Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS
HEADER = "Profile URL,First name,Company,Email,Website\n"
ROWS = (
    "https://www.linkedin.com/in/jane-doe,Jane,Acme  SA,jane@mail.acme.com,\n"
    "https://www.linkedin.com/in/john-roe,John,Other,,https://other.org\n"
)


def listing(rig: Rig) -> DoNotContact:
    return rig.engine.services.do_not_contact


def add(rig: Rig, kind: str, text: str) -> Any:
    return rig.run(listing(rig).add(kind, text))


def put_in(rig: Rig, campaign: str, rows: str = ROWS, name: str = "list.csv") -> Any:
    path = rig.folder / name
    path.write_text(HEADER + rows, encoding="utf-8")
    return rig.run(rig.engine.services.leads.import_file(path, campaign))


def reasons(rig: Rig) -> list[str]:
    return [r.excluded_why for r in rig.rows("SELECT excluded_why FROM enrolment ORDER BY id")]


@pytest.fixture
def drafted(make_rig: MakeRig) -> Rig:
    """Return a rig with an account and a draft to import into."""
    rig = make_rig(people=2)
    rig.run(rig.add_account())
    rig.run(rig.engine.services.campaigns.add(INVITING))
    return rig


ENTRIES = [
    ("person", "https://www.linkedin.com/in/Jane-Doe"),
    ("person", "JANE@mail.acme.com"),
    ("company", "acme sa"),
    ("domain", "acme.com"),
]


@pytest.mark.parametrize(("kind", "text"), ENTRIES)
def test_a_row_whose_person_is_listed_makes_no_lead(drafted: Rig, kind: str, text: str) -> None:
    add(drafted, kind, text)
    found = put_in(drafted, "Inviting")
    assert (found.rows, found.new, len(found.problems)) == (2, 1, 1)
    assert found.problems[0].row == 2 and "on your do-not-contact list" in found.problems[0].problem
    assert [r.first_name for r in drafted.rows("SELECT first_name FROM lead")] == ["John"]


@pytest.mark.parametrize(("kind", "text"), ENTRIES)
def test_a_list_that_is_looked_at_says_which_row_is_left_out_and_why(drafted: Rig, kind: str, text: str) -> None:
    add(drafted, kind, text)

    async def look() -> Any:
        session = drafted.engine.services.imports.open_text(HEADER.replace(",", "\t") + ROWS.replace(",", "\t"))
        await session.read()
        await session.judge(None)
        rows = await session.page(range(1, 3))
        session.close()
        return rows

    first, second = drafted.run(look())
    assert (first.kind, second.kind) == (Happens.SKIPPED, Happens.NEW)
    assert first.words.startswith(f"skipped: on your do-not-contact list ({kind} “")


@pytest.mark.parametrize("chunk", [1, 5000])
@pytest.mark.parametrize(("kind", "text"), ENTRIES)
def test_a_second_row_doesnt_import_whose_first_row_is_listed(
    drafted: Rig, monkeypatch: pytest.MonkeyPatch, kind: str, text: str, chunk: int
) -> None:
    add(drafted, kind, text)
    monkeypatch.setattr(importing, "CHUNK", chunk)
    found = put_in(drafted, "Inviting", ROWS + "linkedin.com/in/jane-doe,Jane,Globex,,\n")
    assert (found.rows, found.new, [p.row for p in found.problems]) == (3, 1, [2, 4])
    assert [r.first_name for r in drafted.rows("SELECT first_name FROM lead")] == ["John"]
    assert drafted.rows("SELECT row FROM import_problem") == []


def test_a_list_that_is_looked_at_is_imported_without_both_rows_of_who_is_listed(drafted: Rig) -> None:
    add(drafted, "company", "Acme SA")

    async def look() -> Any:
        rows = HEADER + ROWS + "linkedin.com/in/jane-doe,Jane,Globex,,\n"
        session = drafted.engine.services.imports.open_text(rows.replace(",", "\t"))
        await session.read()
        await session.judge(None)
        words = [row.words for row in await session.page([1, 3])]
        outcome = await session.apply(None)
        session.close()
        return words, outcome

    words, outcome = drafted.run(look())
    assert [said.split(":")[0] for said in words] == ["skipped", "the same person as in row 2"]
    assert (outcome.rows, outcome.new, outcome.held) == (3, 1, 2)


@pytest.mark.parametrize(("kind", "text"), ENTRIES)
def test_adding_stops_whoever_is_named_before_anything_is_sent_and_nobody_else(
    drafted: Rig, kind: str, text: str
) -> None:
    put_in(drafted, "Inviting")
    drafted.run(drafted.engine.services.campaigns.start("Inviting"))
    done = add(drafted, kind, text)
    assert (done.people, stages(drafted)) == (1, ["excluded", "pending_invite"])
    assert states(drafted) == ["superseded", "planned"]
    assert reasons(drafted)[0] == done.entries[0].entry.words
    assert drafted.rows("SELECT lead_id FROM lead_claim") == [(2,)]


@pytest.mark.parametrize(("kind", "text"), ENTRIES)
def test_taking_the_addition_back_lets_them_go_on(drafted: Rig, kind: str, text: str) -> None:
    put_in(drafted, "Inviting")
    drafted.run(drafted.engine.services.campaigns.start("Inviting"))
    done = add(drafted, kind, text)
    assert drafted.run(listing(drafted).take_back_addition(done)) == 1
    assert (stages(drafted), states(drafted)) == (["pending_invite"] * 2, ["planned"] * 2)
    assert drafted.run(listing(drafted).list()) == []


def test_removing_an_entry_starts_nobody_and_can_be_taken_back(drafted: Rig) -> None:
    put_in(drafted, "Inviting")
    drafted.run(drafted.engine.services.campaigns.start("Inviting"))
    add(drafted, "company", "Acme SA")
    gone = drafted.run(listing(drafted).remove("ACME sa"))
    assert (stages(drafted)[0], drafted.run(listing(drafted).list())) == ("excluded", [])
    again = drafted.run(listing(drafted).take_back_removal(gone))
    assert (again.people, [x.entry for x in drafted.run(listing(drafted).list())]) == (0, [gone.entry])


def test_who_is_on_two_entries_stays_stopped_when_one_is_taken_back(drafted: Rig) -> None:
    put_in(drafted, "Inviting")
    first = add(drafted, "company", "Acme SA")
    add(drafted, "domain", "acme.com")
    drafted.run(listing(drafted).take_back_addition(first))
    assert stages(drafted)[0] == "excluded" and "domain" in reasons(drafted)[0]


def test_a_start_leaves_out_who_was_enrolled_before_they_were_known_to_be_listed(drafted: Rig) -> None:
    add(drafted, "company", "Acme SA")
    rows = ROWS.replace("Acme  SA", "")
    put_in(drafted, "Inviting", rows)
    drafted.run(drafted.engine.ctx.db.write(lambda u: _call_them(u, "Acme SA")))
    drafted.run(drafted.engine.services.campaigns.start("Inviting"))
    assert (stages(drafted), states(drafted)) == (["excluded", "pending_invite"], ["planned"])
    assert reasons(drafted)[0] == "on your do-not-contact list (company “Acme SA”)"


def _call_them(uow: Any, company: str) -> None:
    from storage.repositories import leads

    leads.write(uow, 1, {"company": company})


def test_who_is_listed_while_being_looked_at_gets_nothing(make_rig: MakeRig) -> None:
    (person,) = folk(FRIEND)
    rig = make_rig(folk=(replace(person, company="Acme"),), speed=BRISK)

    async def list_them() -> None:
        await listing(rig).add("company", "acme")

    rig.wire.on("GET", "/messages", before=list_them)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(hours=4))
    assert (stages(rig), rig.wire.writes) == (["excluded"], [])
    judge(rig)


def test_the_arming_transaction_itself_refuses_who_is_listed(make_rig: MakeRig) -> None:
    """Whatever came between: here the entry is there, and nothing has ended the enrolment yet."""
    (person,) = folk(FRIEND)
    rig = make_rig(folk=(replace(person, company="Acme"),), speed=BRISK)
    rig.run(begin(rig, BOTH))
    rig.run(rig.pass_time(hours=3))
    assert len(rig.wire.writes) == 1
    entry, now = read_entry("company", "acme"), rig.clock.now()
    rig.run(rig.engine.ctx.db.write(lambda u: do_not_contact.add(u, entry, "", now)))
    rig.run(rig.pass_time(days=2))
    assert (stages(rig), len(rig.wire.writes)) == (["excluded"], 1)
    assert reasons(rig) == ["on your do-not-contact list (company “acme”)"]
    judge(rig)


def test_never_contact_lists_chosen_people_and_is_taken_back(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER, NEVER))
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(BOTH))
    done = rig.run(listing(rig).never_contact([1, 2], "asked me to"))
    assert (done.people, len(done.entries), stages(rig)) == (2, 2, ["excluded"] * 2)
    assert {x.reason for x in rig.run(listing(rig).list())} == {"asked me to"}
    assert rig.run(listing(rig).take_back_addition(done)) == 2
    with pytest.raises(NotFound):
        rig.run(listing(rig).never_contact([99]))


def test_what_can_not_be_listed_is_refused_and_nothing_is_kept(drafted: Rig) -> None:
    for kind, text in (("person", "Jane Doe"), ("company", " "), ("domain", "acme")):
        with pytest.raises(Refused):
            add(drafted, kind, text)
    with pytest.raises(Refused):
        drafted.run(listing(drafted).add("company", "Acme", "x" * 201))
    with pytest.raises(NotFound):
        drafted.run(listing(drafted).remove("acme.com"))
    assert drafted.run(listing(drafted).list()) == []


def test_adding_twice_keeps_one_entry(drafted: Rig) -> None:
    assert add(drafted, "domain", "acme.com").entries != ()
    assert add(drafted, "domain", "https://ACME.com/").entries == ()
    assert len(drafted.run(listing(drafted).list())) == 1


def test_the_command_line_adds_lists_and_removes(drafted: Rig) -> None:
    console = Console(drafted)
    put_in(drafted, "Inviting")
    added = console.json("dnc", "add", "company", "Acme SA", "--reason", "a customer")
    assert_shape(added, {"added": [int], "stopped": int})
    assert added["stopped"] == 1
    entry = {"id": int, "kind": str, "entry": str, "reason": str, "added_at": MOMENT}
    assert_shape(console.json("dnc", "list"), [entry])
    assert "1 person stopped" in console.run("dnc", "add", "domain", "other.org").out
    assert console.run("dnc", "add", "domain", "nowhere").is_refusal
    assert_shape(console.json("dnc", "remove", str(added["added"][0])), {"removed": int, "kind": str, "entry": str})
    assert console.run("dnc", "remove", "acme sa").is_refusal
    assert [x["kind"] for x in console.json("dnc", "list")] == ["domain"]


def test_a_person_is_named_like_a_lead(make_rig: MakeRig) -> None:
    """Whoever is found under another name later, through the profile that LinkedIn shows, is stopped as well."""
    (person,) = folk(Character.RENAMED)
    rig = make_rig(folk=(person,), speed=BRISK)
    rig.run(listing(rig).add("person", f"linkedin.com/in/{person.slug}"))
    old: PracticePerson = replace(person, slug=person.old_slug or "")
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(BOTH, people=(old,)))
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=4))
    assert (stages(rig), rig.wire.writes) == (["excluded"], [])
    judge(rig)
