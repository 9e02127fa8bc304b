"""A list is looked at, mended, imported, taken back and imported again: on a real engine with a real file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.domain.csv_verdicts import Happens
from engine.errors import BadFile, Refused
from engine.services.import_sessions import ImportSession, Stopped
from tests.fakes.rig import Rig
from tests.matrix.reaching import Reached

MakeRig = Callable[..., Rig]
HEADER = "First Name,Last Name,Profile URL,Role sought"
TABLES = ("lead", "lead_alias", "enrolment", "delivery", "lead_claim", "import_problem", "lead_text")


def address(name: str) -> str:
    return f"https://www.linkedin.com/in/{name}"


def write(rig: Rig, *lines: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    path = rig.folder / "list.csv"
    path.write_bytes("\n".join([header, *lines, ""]).encode(encoding))
    return path


def opened(rig: Rig, path: Path, campaign_id: int | None = None) -> ImportSession:
    async def open_() -> ImportSession:
        session = rig.engine.services.imports.open_file(path)
        await session.read()
        await session.judge(campaign_id)
        return session

    return rig.run(open_())


def contents(rig: Rig) -> dict[str, list[tuple[object, ...]]]:
    """Everything that leads are made of, without ids and moments."""
    queries = {
        "lead": "SELECT identity_key, first_name, last_name, company, custom FROM lead ORDER BY 1",
        "alias": "SELECT alias FROM lead_alias ORDER BY 1",
        "enrolment": "SELECT campaign_id, stage, next_action FROM enrolment ORDER BY 1, 2",
        "delivery": "SELECT step_key, state FROM delivery ORDER BY 1, 2",
        "claim": "SELECT account_id FROM lead_claim",
        "problem": "SELECT row, problem, cells FROM import_problem ORDER BY row",
        "found": "SELECT count(*) FROM lead_text WHERE lead_text MATCH 'ana*'",
    }
    read = rig.engine.ctx.db.read_here
    return {
        name: [tuple(r) for r in read(lambda c, q=query: c.execute(text(q)).all())] for name, query in queries.items()
    }


def words(rig: Rig, session: ImportSession) -> list[str]:
    return [row.words for row in rig.run(session.page(range(1, session.rows + 1)))]


MIXED = (
    f"Ana,Pérez,{address('ana')},sales",
    "Bruno,Eriksson,linkedin.com/company/eriksson,engineer",
    f"Ana,P,{address('Ana')}/?x=y,chief",
    "Goran,Ünal,,engineer",
    f"Li,Na,{address('li')},designer",
)


def test_every_row_says_what_happens(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.run(rig.engine.services.leads.import_file(write(rig, f"Li,Na,{address('li')},"), None))
    session = opened(rig, write(rig, *MIXED))
    assert words(rig, session) == [
        "new",
        "a company’s address",
        "the same person as in row 2",
        "no LinkedIn address",
        "merged: adds role sought",
    ]
    assert session.counts == {Happens.NEW: 1, Happens.TO_FIX: 2, Happens.TWICE: 1, Happens.MERGED: 1}
    session.close()


def test_nothing_is_written_before_the_import(make_rig: MakeRig) -> None:
    rig = make_rig()
    before = contents(rig)
    session = opened(rig, write(rig, *MIXED))
    rig.run(session.edit(4, 2, address("goran")))
    assert contents(rig) == before
    session.close()


def test_a_mended_cell_is_judged_at_once_and_with_it_whoever_is_the_same_person(make_rig: MakeRig) -> None:
    rig = make_rig()
    session = opened(rig, write(rig, *MIXED))
    rig.run(session.edit(1, 2, "nonsense"))
    assert words(rig, session)[:3] == ["not a LinkedIn address", "a company’s address", "new"]
    rig.run(session.edit(4, 2, address("ana")))
    assert words(rig, session)[3] == "the same person as in row 4"
    session.close()


def test_another_meaning_of_a_column_judges_again(make_rig: MakeRig) -> None:
    rig = make_rig()
    path = write(rig, "Ana,ana-perez,x", "Bob,bob-b,y", header="First Name,Handle,Note")
    session = opened(rig, path)
    assert session.counts == {Happens.TO_FIX: 2}
    rig.run(session.set_column(1, "profile_url"))
    rig.run(session.judge(None))
    assert session.counts == {Happens.NEW: 2}
    rig.run(session.set_column(2, "company"))
    rig.run(session.set_column(0, "ignore"))
    rig.run(rig.engine.services.imports.apply(session, None))
    assert [(r[1], r[3], r[4]) for r in contents(rig)["lead"]] == [("", "x", '{"note":"x"}'), ("", "y", '{"note":"y"}')]
    session.close()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_encodings_and_delimiters_are_told_and_can_be_chosen(make_rig: MakeRig, encoding: str) -> None:
    rig = make_rig()
    path = rig.folder / "list.csv"
    path.write_bytes(f"Vorname;Profil\nJürgen;{address('juergen')}\n".encode(encoding))
    session = opened(rig, path)
    assert session.format is not None
    assert session.format.delimiter == ";"
    assert rig.run(session.page([1]))[0].cells == ("Jürgen", address("juergen"))
    rig.run(session.read(encoding=session.format.encoding, delimiter=","))
    assert len(session.columns.columns) == 1
    session.close()


def test_imported_taken_back_and_imported_again_gives_the_same(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.run(rig.add_account())
    rig.run(rig.engine.services.campaigns.add('name = "C"\n[[steps]]\nkind = "invite"\n'))
    rig.run(rig.engine.services.leads.import_file(write(rig, f"Li,,{address('li')},cook"), None))
    before = contents(rig)
    session = opened(rig, write(rig, *MIXED), 1)
    rig.run(session.edit(4, 2, address("goran")))
    imports = rig.engine.services.imports
    first = rig.run(imports.apply(session, 1))
    assert (first.new, first.merged, first.unchanged, first.held) == (2, 1, 1, 1)
    after = contents(rig)
    assert after != before
    taken = rig.run(imports.undo(first.batch_id))
    assert taken.is_whole
    assert (taken.leads, taken.values, taken.enrolments) == (2, 2, 3)
    assert contents(rig) == before
    rig.run(session.judge(1))
    again = rig.run(imports.apply(session, 1))
    assert again.batch_id != first.batch_id
    assert contents(rig) == after
    session.close()


def test_an_undo_is_done_once(make_rig: MakeRig) -> None:
    rig = make_rig()
    session = opened(rig, write(rig, *MIXED))
    done = rig.run(rig.engine.services.imports.apply(session, None))
    rig.run(rig.engine.services.imports.undo(done.batch_id))
    with pytest.raises(Refused, match="already"):
        rig.run(rig.engine.services.imports.undo(done.batch_id))
    session.close()


def test_a_value_changed_since_stays_and_is_said(make_rig: MakeRig) -> None:
    rig = make_rig()
    services = rig.engine.services
    rig.run(services.leads.import_file(write(rig, f"Li,,{address('li')},cook"), None))
    session = opened(rig, write(rig, f"Li,Na,{address('li')},chef"))
    done = rig.run(services.imports.apply(session, None))
    rig.run(services.leads.import_file(write(rig, f"Li,,{address('li')},smith"), None))
    taken = rig.run(services.imports.undo(done.batch_id))
    assert (taken.values, taken.values_kept, taken.is_whole) == (1, 1, False)
    assert contents(rig)["lead"] == [("slug:li", "Li", "", "", '{"role_sought":"smith"}')]
    session.close()


def test_whoever_was_contacted_stays_and_the_others_go(make_rig: MakeRig) -> None:
    rig = make_rig(people=6)
    rig.run(rig.add_account())
    name = rig.run(rig.add_campaign(people=rig.people[:2]))
    campaign_id = rig.run(rig.engine.services.campaigns.list())[0].campaign_id
    path = rig.lead_list(rig.people[2:])
    session = opened(rig, path, campaign_id)
    done = rig.run(rig.engine.services.imports.apply(session, campaign_id))
    assert done.new == 4
    assert done.trouble == ""
    sent = "SELECT count(*) FROM delivery WHERE state = 'sent' AND enrolment_id > 2"
    count = lambda query: rig.engine.ctx.db.read_here(lambda c: c.execute(text(query)).scalar_one())  # noqa: E731

    async def until_one_is_sent() -> None:
        await rig.engine.start()
        while not count(sent):
            await rig.pass_time(minutes=5)

    rig.run(until_one_is_sent())
    contacted = count(sent)
    taken = rig.run(rig.engine.services.imports.undo(done.batch_id))
    assert taken.enrolments_kept == taken.leads_kept == contacted
    assert taken.leads == 4 - contacted
    rows = rig.run(rig.engine.services.leads.list(campaign=name))
    assert len(rows) == 2 + contacted
    session.close()


def test_an_import_into_a_running_campaign_is_taken_back_before_it_begins(make_rig: MakeRig) -> None:
    rig = make_rig(people=6)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(people=rig.people[:2]))
    before = contents(rig)
    session = opened(rig, rig.lead_list(rig.people[2:]), 1)
    done = rig.run(rig.engine.services.imports.apply(session, 1))
    assert len(contents(rig)["delivery"]) == 6
    assert rig.run(rig.engine.services.imports.undo(done.batch_id)).is_whole
    assert contents(rig) == before
    session.close()


@pytest.mark.cells("double-F")
def test_who_is_in_another_running_campaign_is_left_out_unless_wanted(make_rig: MakeRig, reached: Reached) -> None:
    rig = make_rig(people=4)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign())
    rig.run(rig.engine.services.campaigns.add('name = "Second"\n[[steps]]\nkind = "invite"\n'))
    session = opened(rig, rig.lead_list(), 2)
    assert set(words(rig, session)) == {"skipped: in " + rig.run(rig.engine.services.campaigns.list())[-1].name}
    reached("double-F")
    done = rig.run(rig.engine.services.imports.apply(session, 2))
    assert (done.skipped, done.new, done.merged) == (4, 0, 0)
    rig.run(session.judge(2, takes_busy=True))
    assert session.counts == {Happens.MERGED: 4}
    assert rig.run(rig.engine.services.imports.apply(session, 2)).merged == 4
    session.close()


def test_kept_rows_are_mended_later_and_wait_again_after_an_undo(make_rig: MakeRig) -> None:
    rig = make_rig()
    imports = rig.engine.services.imports
    session = opened(rig, write(rig, *MIXED))
    first = rig.run(imports.apply(session, None))
    session.close()
    assert [(k.batch_id, k.rows) for k in rig.run(imports.kept())] == [(first.batch_id, 2)]
    kept, campaign_id = rig.run(imports.open_kept(first.batch_id))
    rig.run(kept.judge(campaign_id))
    assert [c.header for c in kept.columns.columns] == HEADER.split(",")
    rig.run(kept.edit(2, 2, address("goran")))
    done = rig.run(imports.apply(kept, None))
    assert (done.new, done.held) == (1, 0)
    assert [k.rows for k in rig.run(imports.kept())] == [1]
    rig.run(imports.undo(done.batch_id))
    assert [k.rows for k in rig.run(imports.kept())] == [2]
    assert rig.run(imports.drop_kept(first.batch_id)) == 2
    assert rig.run(imports.kept()) == []
    kept.close()


def test_importing_a_file_again_keeps_no_row_twice(make_rig: MakeRig) -> None:
    rig = make_rig()
    for _ in range(2):
        rig.run(rig.engine.services.leads.import_file(write(rig, *MIXED), None))
    assert [k.rows for k in rig.run(rig.engine.services.imports.kept())] == [2]


def test_a_stopped_import_leaves_nothing(make_rig: MakeRig) -> None:
    rig = make_rig()
    before = contents(rig)
    session = opened(rig, write(rig, *(f"A{n},B,{address(f'a{n}')},x" for n in range(5000))))
    with pytest.raises(Stopped):
        rig.run(rig.engine.services.imports.apply(session, None, lambda *_: session.stop()))
    assert contents(rig) == before
    session.close()


def test_an_import_stopped_while_its_texts_are_checked_leaves_nothing(make_rig: MakeRig) -> None:
    rig = make_rig(people=6)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(people=rig.people[:2]))
    before = contents(rig)
    session = opened(rig, rig.lead_list(rig.people[2:]), 1)
    with pytest.raises(Stopped, match="Nothing was imported"):
        rig.run(rig.engine.services.imports.apply(session, 1, planning=lambda *_: session.stop()))
    assert contents(rig) == before
    assert rig.run(rig.engine.services.imports.apply(session, 1)).new == 4
    session.close()


def test_a_killed_import_is_taken_back_at_the_next_start(make_rig: MakeRig) -> None:
    rig = make_rig()
    before = contents(rig)
    session = opened(rig, write(rig, *(f"A{n},B,{address(f'a{n}')},x" for n in range(5000))))

    class Killed(BaseException):
        pass

    def kill(*_: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        rig.run(rig.engine.services.imports.apply(session, None, kill))
    assert contents(rig)["lead"]
    rig.crash()
    rig.run(rig.engine.start())
    assert contents(rig) == before
    session.close()


def test_a_file_that_changed_or_went_is_imported_as_it_was_looked_at(make_rig: MakeRig) -> None:
    rig = make_rig()
    path = write(rig, *MIXED)
    session = opened(rig, path)
    path.unlink()
    assert rig.run(rig.engine.services.imports.apply(session, None)).new == 2
    session.close()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04" + b"\0" * 200, "This is an Excel workbook: save it as CSV, or paste the cells here."),
        (bytes(range(256)) * 40, "not a text file"),
        (b'a,b,c\n"open,2,3\n', "quotation mark"),
        (b",".join([b"x"] * 1_000_000) + b"\n", "columns"),
        (b"First Name,Profile URL\n", "no rows"),
    ],
    ids=["empty", "workbook", "binary", "open quote", "a million columns", "header only"],
)
def test_bad_files_get_a_sentence_and_leave_no_stage(make_rig: MakeRig, content: bytes, words: str) -> None:
    rig = make_rig()
    path = rig.folder / "list.csv"
    path.write_bytes(content)
    session = rig.engine.services.imports.open_file(path)
    with pytest.raises(BadFile) as refused:
        rig.run(session.read())
    assert words in str(refused.value)
    session.close()
    session._thread.shutdown(wait=True)
    assert list(rig.paths.data.glob("*.stage")) == []


def test_what_a_killed_window_left_is_cleared_at_the_start(make_rig: MakeRig) -> None:
    rig = make_rig()
    session = opened(rig, write(rig, *MIXED))
    left = rig.paths.data / "import-left.stage"
    left.write_bytes(b"x")
    rig.run(rig.engine.start())
    assert not left.exists()
    assert words(rig, session)[0] == "new"
    session.close()


def test_outlook_says_when_the_first_would_be_invited(make_rig: MakeRig) -> None:
    rig = make_rig(people=4)
    imports = rig.engine.services.imports
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(people=rig.people[:2], start=False))
    assert rig.run(imports.outlook(1)).goes_at_once is False
    rig.run(rig.engine.services.campaigns.start(rig.run(rig.engine.services.campaigns.list())[0].name))
    found = rig.run(imports.outlook(1))
    assert (found.kind, found.is_about, found.goes_at_once) == ("invite", True, True)
    assert found.at is not None
    assert found.at > rig.clock.now()
    rig.run(rig.engine.services.pausing.pause_all())
    assert rig.run(imports.outlook(1)).at is None


def test_whoever_has_a_text_of_her_own_stays(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.run(rig.engine.services.campaigns.add('name = "C"\n[[steps]]\nkind = "invite"\n'))
    session = opened(rig, write(rig, *MIXED), 1)
    done = rig.run(rig.engine.services.imports.apply(session, 1))
    own = "INSERT INTO enrolment_text (enrolment_id, step_key, body) VALUES (1, 'invite', 'Hi')"
    rig.run(rig.engine.ctx.db.write(lambda u: u.connection.execute(text(own))))
    taken = rig.run(rig.engine.services.imports.undo(done.batch_id))
    assert (taken.leads, taken.leads_kept, taken.enrolments_kept) == (1, 1, 1)
    session.close()
