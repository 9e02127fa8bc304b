"""The command line's words about leads: names, JSON keys and exit codes."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable

import pytest

from engine.domain.practice_people import Character
from tests.engine.console_scenes import MOMENT, TEXT_OR_NULL, Console, assert_shape
from tests.engine.scenes import folk
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]
SOME = (Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS, Character.ANSWERS_FIRST, Character.LOCKED)
MAYBE = (MOMENT, None)
LEAD = {
    "lead": int, "public_identifier": TEXT_OR_NULL, "provider_id": TEXT_OR_NULL, "first_name": str, "last_name": str,
    "company": str, "campaign": str, "account": TEXT_OR_NULL, "stage": str, "step": int, "steps": int,
    "invited_at": MAYBE, "connected_at": MAYBE, "messages_sent": int, "replied_at": MAYBE,
    "next": {"action": TEXT_OR_NULL, "at": MAYBE, "why": str}, "reason": TEXT_OR_NULL,
}  # fmt: skip
IMPORTED = {
    "rows": int, "new": int, "merged": int, "unchanged": int,
    "problems": [{"row": int, "column": str, "problem": str}],
}  # fmt: skip
MORE = "Profile URL,First name\nhttps://www.linkedin.com/in/new-one,New\nnot an address,X\n"


@pytest.fixture
def begun(make_rig: MakeRig) -> Console:
    console = Console(make_rig(folk=folk(*SOME), speed=FAST))
    console.begin()
    return console


def test_leads_are_listed_through_their_lives(begun: Console) -> None:
    rows = begun.json("leads", "list", "--campaign", "Both")
    assert_shape(rows, [LEAD])
    assert [(r["steps"], r["step"], r["account"]) for r in rows] == [(3, 0, "Practice account")] * 4
    begun.rig.run(begun.rig.to_the_end())
    rows = begun.json("leads", "list")
    assert_shape(rows, [LEAD])
    assert sorted(r["stage"] for r in rows) == ["completed", "excluded", "responded", "withdrawn"]
    by_stage = {r["stage"]: r for r in rows}
    done = by_stage["responded"]
    assert (done["messages_sent"], done["replied_at"][-1], done["next"]["action"]) == (1, "Z", None)
    assert (done["step"], by_stage["completed"]["step"]) == (2, 3)
    assert by_stage["excluded"]["reason"] and by_stage["withdrawn"]["reason"] and done["reason"] is None
    assert begun.json("leads", "list", "--stage", "responded") == [done]


def test_a_draft_lists_its_leads_without_an_account(make_rig: MakeRig) -> None:
    console = Console(make_rig(people=1))
    console.json("campaign", "add", console.file("c.toml", 'name = "C"\n[[steps]]\nkind = "invite"\n'))
    console.json("leads", "import", console.file("l.csv", MORE), "--campaign", "C")
    (row,) = console.json("leads", "list")
    assert_shape(row, LEAD)
    assert (row["account"], row["provider_id"], row["next"]["action"]) == (None, None, None)
    assert (row["public_identifier"], row["stage"]) == ("new-one", "pending_invite")


def test_those_who_were_not_started_say_what_they_wait_for(make_rig: MakeRig) -> None:
    console = Console(make_rig(folk=folk(*SOME), speed=FAST))
    console.begin(first=1)
    begun, *waiting = console.json("leads", "list")
    assert begun["next"]["action"] == "invite"
    assert {row["next"]["why"] for row in waiting} == {"the next Start of the campaign hasn't come yet"}
    assert console.json("why", str(waiting[0]["lead"]))[0]["next"]["why"] == waiting[0]["next"]["why"]


def test_a_list_of_what_is_not_there_is_refused(begun: Console) -> None:
    for wrong in (["--campaign", "Nowhere"], ["--stage", "happy"]):
        assert begun.run("leads", "list", *wrong, "--json").is_refusal
    assert "invite_sent" in begun.run("leads", "list", "--stage", "happy").err


def test_importing_the_same_file_again_changes_nothing(begun: Console) -> None:
    before = begun.rig.rows("SELECT * FROM lead"), begun.rig.rows("SELECT * FROM enrolment")
    again = begun.json("leads", "import", str(begun.rig.lead_list()), "--campaign", "Both")
    assert again == {"rows": 4, "new": 0, "merged": 0, "unchanged": 4, "problems": []}
    assert (begun.rig.rows("SELECT * FROM lead"), begun.rig.rows("SELECT * FROM enrolment")) == before


def test_an_import_tells_every_row_that_made_no_lead(begun: Console) -> None:
    found = begun.json("leads", "import", begun.file("more.csv", MORE), "--campaign", "Both")
    assert_shape(found, IMPORTED)
    assert (found["rows"], found["new"]) == (2, 1)
    assert [(p["row"], p["column"]) for p in found["problems"]] == [(3, "Profile URL")]


def test_a_dry_run_says_what_would_happen_and_changes_nothing(begun: Console) -> None:
    before = begun.counts()
    path = begun.file("more.csv", MORE)
    found = begun.json("leads", "import", path, "--campaign", "Both", "--dry-run")
    assert_shape(found, IMPORTED)
    assert (found["rows"], found["new"], [p["row"] for p in found["problems"]]) == (2, 1, [3])
    assert begun.counts() == before
    assert begun.json("leads", "import", path, "--campaign", "Both") == found


def test_columns_can_be_named(begun: Console) -> None:
    path = begun.file("odd.csv", "Where,Who=it,Skip\nhttps://www.linkedin.com/in/odd-one,Odd,x\n")
    maps = ("--map", "Who=it=first_name", "--map", "Skip=ignore")
    begun.json("leads", "import", path, "--campaign", "Both", *maps)
    (row,) = begun.rig.rows("SELECT first_name, custom FROM lead WHERE public_identifier = 'odd-one'")
    assert row.first_name == "Odd" and '"skip"' not in row.custom


def test_a_column_that_is_not_there_is_refused_and_a_map_that_is_none_is_wrong_usage(begun: Console) -> None:
    before = begun.counts()
    path = begun.file("more.csv", MORE)
    absent = begun.run("leads", "import", path, "--campaign", "Both", "--map", "Absent=first_name")
    assert absent.is_refusal and "First name" in absent.err
    assert begun.run("leads", "import", path, "--campaign", "Both", "--map", "First name=1 2").is_refusal
    wrong = begun.run("leads", "import", path, "--campaign", "Both", "--map", "nonsense")
    assert (wrong.code, wrong.out) == (2, "") and "Column=field" in wrong.err
    assert begun.counts() == before


def test_leads_are_exported_as_a_list_that_no_spreadsheet_takes_for_formulas(begun: Console) -> None:
    evil = "Profile URL,First name\nhttps://www.linkedin.com/in/evil-one,=1+1\n"
    begun.json("leads", "import", begun.file("evil.csv", evil), "--campaign", "Both")
    out = begun.rig.folder / "out.csv"
    assert begun.json("leads", "export", str(out)) == {"rows": 5, "file": str(out)}
    assert out.read_bytes().count(codecs.BOM_UTF8) == 1
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    assert [int(r["lead"]) for r in rows] == [1, 2, 3, 4, 5]
    assert {r["campaign"] for r in rows} == {"Both"}
    assert next(r for r in rows if r["public_identifier"] == "evil-one")["first_name"] == "'=1+1"
    assert begun.json("leads", "export", str(out), "--campaign", "both")["rows"] == 5
    assert begun.run("leads", "export", str(begun.rig.folder)).is_refusal
    assert begun.run("leads", "export", str(out), "--campaign", "Nowhere").is_refusal


def test_a_lead_can_be_excluded(begun: Console) -> None:
    assert begun.json("leads", "exclude", "1", "--reason", "asked me to") == {"lead": "1", "campaigns": 1}
    slug = begun.rig.people[1].slug
    assert begun.json("leads", "exclude", f"https://www.linkedin.com/in/{slug}/")["campaigns"] == 1
    rows = {r["lead"]: (r["stage"], r["reason"]) for r in begun.json("leads", "list")}
    assert rows[1] == ("excluded", "asked me to")
    assert rows[2] == ("excluded", "excluded by you")


def test_a_forgotten_lead_leaves_no_name_and_is_not_imported_again(begun: Console) -> None:
    person = begun.rig.people[1]
    assert begun.json("leads", "forget", "2") == {"forgotten": "2"}
    assert person.slug not in begun.run("leads", "list").out
    names = {"n": person.first_name, "m": person.last_name}
    assert not begun.rig.rows("SELECT 1 FROM lead WHERE first_name = :n OR last_name = :m", **names)
    again = begun.json("leads", "import", str(begun.rig.lead_list()), "--campaign", "Both")
    assert (again["new"], [p["row"] for p in again["problems"]]) == (0, [3])
    assert begun.run("leads", "forget", "2").is_refusal


@pytest.mark.parametrize("verb", ["exclude", "forget"])
def test_a_lead_that_is_not_there_is_said_with_what_to_type(make_rig: MakeRig, verb: str) -> None:
    console = Console(make_rig(people=1))
    for name in ("nobody", "99", "²", "9" * 30, ""):
        said = console.run("leads", verb, name, "--json")
        assert said.is_refusal
        assert "There is no lead" in said.err and "leads list" in said.err
