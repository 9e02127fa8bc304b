"""The command line's words about campaigns: names, JSON keys and exit codes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.domain.enrolment import Stage
from engine.domain.practice_people import Character
from tests.engine.console_scenes import ANOTHER_ACCOUNT, MOMENT, TEXT_OR_NULL, Console, assert_shape
from tests.engine.scenes import BOTH, TEXT, folk
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]
SOME = (Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS, Character.ANSWERS_FIRST, Character.LOCKED)
LINE = {"name": str, "state": str, "account": TEXT_OR_NULL, "leads": int, "ended": int, "stages": dict}
STEP = {"key": str, "kind": str, "wait": str, "sent": int}
SHOWN = {
    "name": str, "state": str, "pause": str, "account": TEXT_OR_NULL, "leads": int,
    "stages": {stage.value: int for stage in Stage}, "steps": [STEP], "next_at": (MOMENT, None), "why": str,
}  # fmt: skip
CHECKED = {
    "leads": int, "ok": bool, "problems": [{"step": str, "problem": str}],
    "held": [{"lead": int, "name": str, "step": str, "reason": str}],
}  # fmt: skip
TWO_ROWS = "Profile URL,First name,Email\nhttps://linkedin.com/in/one-one,One,one@x.org\nhttps://linkedin.com/in/two-two,Two,\n"


@pytest.fixture
def console(make_rig: MakeRig) -> Console:
    return Console(make_rig(folk=folk(*SOME), speed=FAST))


def test_a_campaign_goes_through_its_life(console: Console) -> None:
    path = console.file("both.toml", BOTH)
    assert console.json("campaign", "add", path) == {"campaign": "Both", "id": 1, "state": "draft"}
    assert_shape(console.json("campaign", "show", "Both"), SHOWN)
    console.json("account", "add", "--dsn", "practice")
    console.json("leads", "import", str(console.rig.lead_list()), "--campaign", "both")
    assert console.json("campaign", "check", "Both") == {"leads": 4, "ok": True, "problems": [], "held": []}
    assert console.json("campaign", "start", "Both") == {"contacted": 4, "held": []}
    (line,) = console.json("campaign", "list")
    assert_shape(line, LINE)
    assert (line["name"], line["state"], line["leads"], line["ended"]) == ("Both", "running", 4, 0)
    assert console.json("campaign", "pause", "Both") == {"campaign": "Both", "paused": "all"}
    assert console.run("campaign", "start", "Both").is_refusal
    assert console.json("campaign", "resume", "Both") == {"campaign": "Both", "paused": None}
    shown = console.json("campaign", "show", "Both")
    assert_shape(shown, SHOWN)
    assert [(s["kind"], s["sent"]) for s in shown["steps"]] == [("invite", 0), ("message", 0), ("message", 0)]
    assert console.json("campaign", "archive", "Both") == {"campaign": "Both", "state": "archived"}
    assert console.json("campaign", "list") == []
    assert console.run("campaign", "archive", "Both").is_refusal


def test_a_campaign_without_any_account_does_not_start_and_says_what_to_type(console: Console) -> None:
    console.json("campaign", "add", console.file("both.toml", BOTH))
    said = console.run("campaign", "start", "Both", "--json")
    assert said.is_refusal
    assert "Connect a LinkedIn account first." in said.err and "account add --dsn" in said.err
    assert console.json("campaign", "show", "Both")["state"] == "draft"


def test_a_campaign_says_that_it_must_name_one_of_several_accounts(console: Console) -> None:
    console.json("account", "add", "--dsn", "practice")
    console.add_row("account", address="http://127.0.0.1:1/api/v1", **ANOTHER_ACCOUNT)
    console.json("campaign", "add", console.file("both.toml", BOTH))
    said = console.run("campaign", "start", "Both")
    assert said.is_refusal
    assert "several LinkedIn accounts" in said.err and "account =" in said.err


def test_a_campaign_that_is_not_there_is_said_with_what_to_type(console: Console) -> None:
    for verb in ("show", "check", "start", "pause", "resume", "archive"):
        for name in ("Nowhere", "7", "²", "9" * 30):
            said = console.run("campaign", verb, name, "--json")
            assert said.is_refusal
            assert "There is no campaign" in said.err and "campaign list" in said.err


def test_only_invitations_or_only_follow_ups_can_be_paused(console: Console) -> None:
    console.begin()
    for part in ("invitations", "follow_ups"):
        assert console.json("campaign", "pause", "Both", "--only", part) == {"campaign": "Both", "paused": part}
        assert console.json("campaign", "show", "Both")["pause"] == part


def test_a_start_can_begin_with_a_few(console: Console) -> None:
    console.json("account", "add", "--dsn", "practice")
    console.json("campaign", "add", console.file("both.toml", BOTH))
    console.json("leads", "import", str(console.rig.lead_list()), "--campaign", "Both")
    assert console.json("campaign", "start", "Both", "--first", "1") == {"contacted": 1, "held": []}
    assert console.json("campaign", "start", "Both") == {"contacted": 3, "held": []}


def test_an_exported_campaign_is_the_same_campaign(console: Console) -> None:
    console.json("campaign", "add", console.file("both.toml", BOTH))
    out = str(console.rig.folder / "out.toml")
    assert console.json("campaign", "export", "Both", out) == {"campaign": "Both", "file": out}
    again = (console.rig.folder / "out.toml").read_text().replace('"Both"', '"Copy"')
    console.json("campaign", "add", console.file("copy.toml", again))
    steps = [r.steps for r in console.rig.rows("SELECT steps FROM sequence_version")]
    assert steps[0] == steps[1]
    assert console.run("campaign", "export", "Both", str(console.rig.folder)).is_refusal


def test_a_name_that_is_taken_is_refused(console: Console) -> None:
    path = console.file("both.toml", BOTH)
    console.json("campaign", "add", path)
    before = console.counts()
    assert console.run("campaign", "add", path, "--json").is_refusal
    assert console.counts() == before


def test_a_held_lead_is_named_and_the_others_start(console: Console) -> None:
    console.json("account", "add", "--dsn", "practice")
    console.json("campaign", "add", console.file("c.toml", BOTH.replace(TEXT, "Is {{ email }} right?")))
    console.json("leads", "import", console.file("l.csv", TWO_ROWS), "--campaign", "Both")
    checked = console.run("campaign", "check", "Both", "--json")
    assert checked.code == 1
    assert_shape(checked.json, CHECKED)
    assert [h["name"] for h in checked.json["held"]] == ["Two"]
    started = console.run("campaign", "start", "Both", "--json")
    assert (started.code, started.json["contacted"]) == (0, 1)
    assert_shape(started.json, {"contacted": int, "held": [{"lead": int, "name": str, "reason": str}]})
    assert started.err.startswith("Held: Two") and "email" in started.err and "\n" not in started.err
    assert [r["stage"] for r in console.json("leads", "list")] == ["pending_invite", "needs_attention"]


def test_a_campaign_file_lists_every_problem_with_its_place_at_once(console: Console) -> None:
    bad = """
name = ""
weight = 0
[hours]
time_zone = "Mars/Base"
days = ["someday"]
start = "25:00"
[[steps]]
kind = "dance"
[[steps]]
kind = "message"
wait = "soon"
text = "Hi {{ first_name"
colour = "red"
"""
    said = console.run("campaign", "add", console.file("bad.toml", bad), "--json")
    assert (said.code, said.out) == (1, "")
    _, *problems = said.err.split("\n")
    places = {line.strip().partition(": ")[0] for line in problems}
    assert places == {
        "name (line 2)", "weight (line 3)", "hours.time_zone (line 5)", "hours.days (line 6)", "hours.start (line 7)",
        "steps[1].kind (line 9)", "steps[2].wait (line 12)", "steps[2].text (line 13)", "steps[2].colour (line 14)",
    }  # fmt: skip
    assert console.counts()["campaign"] == 0


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00", b"name = ", b"", b'name = "X"\n', b"a" * 2_000_000, b"a" * 5_000_000, b"PK\x03\x04\x00\xff"],
)
def test_a_campaign_file_of_another_kind_is_said(console: Console, content: bytes) -> None:
    said = console.run("campaign", "add", console.file("bad.toml", content))
    assert (said.code, said.out) == (1, "")
    assert said.err and console.counts()["campaign"] == 0


def test_a_campaign_file_that_can_not_be_opened_is_said(console: Console) -> None:
    for path in ("nowhere.toml", str(console.rig.folder)):
        assert console.run("campaign", "add", path).is_refusal
