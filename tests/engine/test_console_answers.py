"""What the command line tells: why, check, status, what needs a person; and how it speaks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.domain.practice_people import Character
from engine.errors import StorageError
from tests.engine.console_scenes import MOMENT, TEXT_OR_NULL, Console, assert_shape
from tests.engine.scenes import BOTH, folk
from tests.fakes.rig import FAST, Rig
from tests.fakes.wire import refusal

MakeRig = Callable[..., Rig]
SOME = (Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS, Character.ANSWERS_FIRST, Character.LOCKED)
MAYBE = (MOMENT, None)
ANSWER = {
    "about": str, "name": str, "state": str, "next": {"action": TEXT_OR_NULL, "at": MAYBE, "why": str},
    "history": [{"at": MOMENT, "words": str}],
}  # fmt: skip
STATUS = {
    "now": MOMENT, "engine_alive": bool, "paused": bool, "leads": int, "needs_attention": int, "replies": int,
    "accounts": [
        {
            "name": str, "status": str, "why": str, "relations_read_at": MAYBE, "replies_read_at": MAYBE,
            "budgets": [{"name": str, "used": int, "limit": int}], "next": {"at": MAYBE, "why": str},
        }
    ],
    "next": [{"lead": int, "name": str, "action": str, "at": MOMENT}],
}  # fmt: skip
ITEM = {
    "id": str, "kind": str, "lead": int, "name": str, "campaign": str, "question": str, "evidence": str,
    "text": TEXT_OR_NULL, "at": MAYBE, "choices": [str],
}  # fmt: skip
READING = (["account", "list"], ["campaign", "list"], ["leads", "list"], ["status"], ["check"], ["attention", "list"])


@pytest.fixture
def begun(make_rig: MakeRig) -> Console:
    console = Console(make_rig(folk=folk(*SOME), speed=FAST))
    console.begin()
    return console


def test_why_answers_for_a_lead_a_campaign_and_an_account(begun: Console) -> None:
    account = begun.json("account", "list")[0]["id"]
    person = begun.rig.people[1]
    address = f"https://www.linkedin.com/in/{person.slug}"
    asked = ((account, "account"), ("Practice account", "account"), ("both", "campaign"), (person.slug, "lead"))
    for name, about in (*asked, (address, "lead"), (f"{person.first_name} {person.last_name}", "lead")):
        answers = begun.json("why", name)
        assert_shape(answers, [ANSWER])
        assert [a["about"] for a in answers] == [about]
        assert answers[0]["next"]["why"]


def test_why_takes_a_number_for_the_lead_that_the_list_shows(begun: Console) -> None:
    for row in begun.json("leads", "list"):
        (answer,) = begun.json("why", str(row["lead"]))
        assert answer["about"] == "lead"
        assert row["first_name"] in answer["name"]
        assert (answer["state"], answer["next"]) == (row["stage"], row["next"])


def test_why_of_nothing_is_refused(make_rig: MakeRig) -> None:
    console = Console(make_rig(people=1))
    for name in ("nobody at all", "99", "9" * 30, "²", ""):
        assert console.run("why", name, "--json").is_refusal


def test_check_tells_of_a_broken_invariant(begun: Console) -> None:
    sound = begun.json("check")
    assert_shape(sound, {"ok": bool, "checks": [{"name": str, "ok": bool, "rows": int}]})
    assert sound["ok"] and "no_step_delivered_twice" in {c["name"] for c in sound["checks"]}
    assert all(c["ok"] and c["rows"] == 0 for c in sound["checks"])
    begun.rig.engine.ctx.db.write_here(
        lambda u: u.connection.exec_driver_sql("UPDATE enrolment SET stage = 'connected' WHERE id = 1")
    )
    broken = begun.run("check", "--json")
    assert (broken.code, broken.json["ok"]) == (1, False)
    assert [(c["name"], c["rows"]) for c in broken.json["checks"] if not c["ok"]] == [("stages_follow_from_facts", 1)]
    assert "BROKEN stages_follow_from_facts" in begun.run("check").out


def test_status_says_what_is_true_now(begun: Console) -> None:
    found = begun.json("status")
    assert_shape({key: found[key] for key in STATUS}, STATUS)
    assert (found["leads"], len(found["accounts"]), found["engine_alive"]) == (4, 1, False)
    assert [(n["lead"], n["action"]) for n in found["next"]] == [
        (1, "invite"),
        (2, "invite"),
        (3, "invite"),
        (4, "invite"),
    ]


def test_status_of_an_empty_folder_is_whole(make_rig: MakeRig) -> None:
    found = Console(make_rig(people=1)).json("status")
    assert_shape({key: found[key] for key in STATUS}, STATUS)
    assert (found["leads"], found["accounts"], found["next"]) == (0, [], [])


@pytest.fixture
def asked(make_rig: MakeRig) -> Console:
    """Return a console on a folder with one question."""
    console = Console(make_rig(folk=folk(Character.ALREADY_CONNECTED), speed=FAST))
    console.begin()
    console.rig.wire.on("POST", "/chats", refusal(400, "too_many_characters"))
    console.rig.run(console.rig.to_the_end())
    return console


def test_what_needs_a_person_is_listed_and_resolved(asked: Console) -> None:
    items = asked.json("attention", "list")
    (item,) = items
    assert_shape({key: item[key] for key in ITEM}, ITEM)
    assert asked.json("status")["needs_attention"] == 1
    assert asked.json("attention", "resolve", item["id"], "skip") == {"id": item["id"], "choice": "skip"}
    assert asked.json("attention", "list") == []
    assert asked.run("attention", "resolve", item["id"], "skip", "--json").is_refusal


def test_a_choice_that_there_is_not_is_wrong_usage(asked: Console) -> None:
    (item,) = asked.json("attention", "list")
    with pytest.raises(SystemExit) as wrong:
        asked.run("attention", "resolve", item["id"], "shrug")
    assert wrong.value.code == 2
    assert asked.run("attention", "resolve", item["id"], "sent").is_refusal
    assert len(asked.json("attention", "list")) == 1


def test_a_question_that_there_is_not_is_refused(make_rig: MakeRig) -> None:
    console = Console(make_rig(people=1))
    for name in ("d99", "e99", "x1", "d", "d²", "d" + "9" * 30, ""):
        assert console.run("attention", "resolve", name, "skip", "--json").is_refusal


def test_words_for_a_person_stay_out_of_the_json_and_the_other_way_round(begun: Console) -> None:
    for command in READING:
        assert not begun.run(*command).out.startswith(("[", "{"))
        said = begun.run(*command, "--json")
        assert said.json is not None and said.err == ""
        assert begun.run("--json", *command).json == said.json


def test_names_from_outside_can_not_steer_a_terminal(make_rig: MakeRig) -> None:
    console = Console(make_rig(people=1))
    console.json("campaign", "add", console.file("both.toml", BOTH))
    evil = 'Profile URL,First name\nhttps://linkedin.com/in/evil-one,"\x1b[2J\nE\x07vil"\n'
    console.json("leads", "import", console.file("l.csv", evil), "--campaign", "Both")
    said = console.run("leads", "list")
    assert said.out.count("\n") == 0 and "\x1b" not in said.out and "vil" in said.out
    refused = console.run("why", "\x1b[2Jno\nbody")
    assert refused.is_refusal and "\x1b" not in refused.err


def test_trouble_with_the_database_is_one_line(begun: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise StorageError("The disk is full.", "Free some space,\nthen try again.")

    monkeypatch.setattr(begun.rig.engine.ctx.db, "read", full)
    said = begun.run("leads", "list", "--json")
    assert said.is_refusal
    assert said.err == "The disk is full. Free some space, then try again."
