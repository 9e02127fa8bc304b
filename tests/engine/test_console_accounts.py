"""The command line's words about accounts: names, JSON keys and exit codes."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from engine.domain.practice_people import Character
from tests.engine.console_scenes import Console, assert_shape
from tests.engine.scenes import folk
from tests.fakes.rig import FAST, Rig
from tests.fakes.wire import refusal

MakeRig = Callable[..., Rig]
SOME = (Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS)
EVERY_SETTING = {
    "time_zone": ("America/New_York", "time_zone", "America/New_York"),
    "hours.days": ("mon,wed", "days", "mon,wed"),
    "hours.start": ("08:30", "start_minute", 510),
    "hours.end": ("24:00", "end_minute", 1440),
    "invites_per_day": ("7", "invites_per_day", 7),
    "invites_per_week": ("33", "invites_per_week", 33),
    "messages_per_day": ("8", "messages_per_day", 8),
    "profile_reads_per_day": ("9", "profile_reads_per_day", 9),
    "gap_min_s": ("120", "gap_min_s", 120),
    "gap_max_s": ("1200", "gap_max_s", 1200),
    "warm_up": ("off", "has_warm_up", 0),
    "paid": ("yes", "is_paid", 1),
}


@pytest.fixture
def console(make_rig: MakeRig) -> Console:
    made = Console(make_rig(folk=folk(*SOME), speed=FAST))
    made.json("account", "add", "--dsn", "practice")
    return made


def test_an_account_is_added_listed_and_removed(console: Console) -> None:
    assert console.json("account", "add", "--dsn", "practice") == {"accounts": ["Practice account"]}
    (line,) = console.json("account", "list")
    assert line == {"id": console.rig.world.state.account_id, "name": "Practice account", "status": "ok"}
    assert console.json("account", "remove", "practice ACCOUNT") == {"removed": "practice ACCOUNT"}
    assert console.json("account", "list") == []


@pytest.mark.parametrize("key", EVERY_SETTING)
def test_each_setting_can_be_set_by_its_name(console: Console, key: str) -> None:
    value, column, stored = EVERY_SETTING[key]
    account = console.json("account", "list")[0]["id"]
    assert console.json("account", "set", account, f"{key}={value}") == {"changed": {key: value}}
    assert console.rig.one(f"SELECT {column} FROM account") == stored


def test_all_settings_can_be_set_at_once(console: Console) -> None:
    pairs = [f"{key}={value}" for key, (value, _, _) in EVERY_SETTING.items()]
    assert console.json("account", "set", "Practice account", *pairs)["changed"].keys() == EVERY_SETTING.keys()
    columns = ", ".join(column for _, column, _ in EVERY_SETTING.values())
    assert tuple(console.rig.rows(f"SELECT {columns} FROM account")[0]) == tuple(
        s for _, _, s in EVERY_SETTING.values()
    )


@pytest.mark.parametrize(
    "setting",
    [
        "speed=1", "time_zone=Mars/Base", "time_zone=", "hours.days=someday", "hours.days=", "hours.start=9",
        "invites_per_day=101", "invites_per_day=-1", "invites_per_day=many", "invites_per_day=²", "invites_per_day=--5",
        "invites_per_day=" + "9" * 5000, "gap_min_s=89", "paid=perhaps", "invites_per_week=201", "gap_max_s=91",
        "hours.start=18:00", "hours.end=25:00", "warm_up=",
    ],
)  # fmt: skip
def test_a_setting_that_can_not_be_taken_changes_nothing(console: Console, setting: str) -> None:
    before = console.rig.rows("SELECT * FROM account")
    said = console.run("account", "set", "1", "messages_per_day=9", setting)
    assert said.is_refusal
    assert "invalid literal" not in said.err
    assert console.rig.rows("SELECT * FROM account") == before


def test_every_setting_that_can_not_be_taken_is_named_at_once(console: Console) -> None:
    said = console.run("account", "set", "1", "paid=perhaps", "gap_min_s=1", "colour=red")
    assert said.is_refusal
    assert all(key in said.err for key in ("paid", "gap_min_s", "colour"))


def test_what_is_no_setting_at_all_is_wrong_usage(console: Console) -> None:
    said = console.run("account", "set", "1", "nothing")
    assert (said.code, said.out) == (2, "")
    assert said.err == "“nothing” is not a setting. Write KEY=VALUE."


def test_adding_an_account_again_keeps_its_settings(console: Console) -> None:
    console.json("account", "set", "1", "invites_per_day=3")
    console.json("account", "add", "--dsn", "practice")
    assert [r.invites_per_day for r in console.rig.rows("SELECT invites_per_day FROM account")] == [3]


@pytest.mark.parametrize("command", [["set", "X", "paid=yes"], ["check", "X"], ["remove", "X"], ["set-key", "X"]])
def test_an_account_that_is_not_there_is_said_with_what_to_type(console: Console, command: list[str]) -> None:
    said = console.run("account", *command, "--json")
    assert said.is_refusal
    assert "“X”" in said.err and "account list" in said.err


def test_relations_are_read_on_demand(console: Console) -> None:
    found = console.json("account", "check", "Practice account", "--full")
    assert_shape(found, {"pages": int, "read": int, "matched": int, "seconds": (int, float), "ended_by": str})
    assert (found["pages"], found["ended_by"]) == (1, "end")
    assert console.json("account", "check", "1")["ended_by"] in ("known", "end")


@pytest.mark.parametrize(("status", "kind"), [(500, "unexpected_error"), (429, "too_many_requests")])
def test_relations_that_can_not_be_read_are_said_in_words(console: Console, status: int, kind: str) -> None:
    console.rig.wire.on("GET", "/users/relations", refusal(status, kind))
    failed = console.run("account", "check", "1", "--json")
    assert (failed.code, failed.json["ended_by"]) == (1, "failed")
    assert len(failed.err.split()) > 5 and "\n" not in failed.err


def test_an_account_stays_while_a_campaign_of_it_runs(make_rig: MakeRig) -> None:
    console = Console(make_rig(folk=folk(*SOME), speed=FAST))
    name = console.begin()
    said = console.run("account", "remove", name)
    assert said.is_refusal and "Both" in said.err
    console.json("campaign", "archive", "Both")
    assert console.json("account", "remove", name) == {"removed": name}


def test_a_new_key_is_checked_before_it_replaces_the_old_one(console: Console) -> None:
    assert console.json("account", "set-key", "1") == {"account": "1"}
    for key, words in (("wrong", "The key is wrong."), ("", "There is no key."), (" ", "There is no key.")):
        console.key = key
        said = console.run("account", "set-key", "1")
        assert said.is_refusal and words in said.err
    console.key = "practice"
    assert console.json("account", "check", "1")["ended_by"] in ("end", "known")


@pytest.mark.parametrize("path", ["/accounts", "/users/me"])
def test_a_read_that_fails_while_adding_is_tried_again(make_rig: MakeRig, path: str) -> None:
    console = Console(make_rig(folk=folk(*SOME)))
    console.rig.wire.on("GET", path, httpx.ReadError("reset"), times=1)
    console.rig.wire.on("GET", path, refusal(503, "no_client_session"), times=1)
    assert console.json("account", "add", "--dsn", "practice") == {"accounts": ["Practice account"]}
    assert console.rig.one("SELECT public_identifier FROM account")
    assert len([s for s in console.rig.wire.seen if s.path.endswith(path)]) == 3


def test_a_wrong_key_is_not_tried_again(make_rig: MakeRig) -> None:
    console = Console(make_rig(folk=folk(*SOME)), key="wrong")
    assert console.run("account", "add", "--dsn", "practice").is_refusal
    assert len(console.rig.wire.seen) == 1
