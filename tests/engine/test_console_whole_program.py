"""The whole program from its arguments on: exit codes, options on either side, pipes, the data folder's lock."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import main
from engine.console.parser import WRITES, make_parser
from storage.lock import ProcessLock
from tests.engine.scenes import BOTH
from tests.engine.whole_program import Program, RunningEngine, as_it_was

MAIN = Path(main.__file__).resolve()
COMMANDS = (
    ["account", "list"], ["account", "set", "A", "paid=yes"], ["account", "check", "A", "--full"],
    ["campaign", "add", "F"], ["campaign", "list"], ["campaign", "show", "N"], ["campaign", "check", "N"],
    ["campaign", "start", "N"],
    ["leads", "import", "F", "--campaign", "N", "--dry-run"], ["leads", "list"], ["leads", "export", "F"], ["why", "X"],
    ["check"], ["status"], ["attention", "list"], ["attention", "resolve", "d1", "skip"], ["engine", "--until-idle"],
    ["gui"], ["practice", "serve", "--port", "1"],
)  # fmt: skip
REAL_ACCOUNT = {
    "address": "https://api8.unipile.com:13851", "status": "ok", "time_zone": "UTC", "days": "mon", "end_minute": 1000
}  # fmt: skip
COMMON = ["--data", "D", "--speed", "2.5", "--epoch", "1700000000.5", "--log-level", "debug", "--json"]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Program]:
    monkeypatch.setenv("LEADLOOM_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(main, "LOCK_WAIT_S", 0.05)
    with as_it_was():
        yield Program(tmp_path / "data", capsys)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_common_options_stand_before_or_after_the_command(command: list[str]) -> None:
    parser = make_parser()
    before, after = parser.parse_args([*COMMON, *command]), parser.parse_args([*command, *COMMON])
    assert before == after
    assert (before.data, before.speed, before.epoch, before.json) == ("D", 2.5, 1700000000.5, True)
    plain = parser.parse_args(command)
    assert (plain.data, plain.speed, plain.epoch, plain.json) == (None, 1.0, None, False)


def test_done_and_refused_have_their_exit_codes(program: Program) -> None:
    assert program("campaign", "list", "--json").out == "[]"
    refused = program("campaign", "show", "Nowhere", "--json")
    assert refused.is_refusal and "There is no campaign" in refused.err
    assert program("engine", "--until-idle").code == 0
    assert program("engine", "--for", "0.1").code == 0
    assert program("check").code == 0


def test_a_hurried_clock_does_nothing_to_a_real_account(program: Program) -> None:
    assert program("status").code == 0
    with closing(sqlite3.connect(program.data / "leadloom.db")) as connection, connection:
        columns = connection.execute("PRAGMA table_info(account)").fetchall()
        row = {c[1]: 1 for c in columns if c[3] and c[4] is None} | REAL_ACCOUNT
        connection.execute(f"INSERT INTO account ({', '.join(row)}) VALUES (:{', :'.join(row)})", row)
    assert program("campaign", "list").code == 0
    refused = program("campaign", "list", "--speed", "2000")
    assert refused.is_refusal and "--speed" in refused.err


@pytest.mark.parametrize(
    "wrong",
    [
        ["campaign", "dance"], ["campaign"], ["dance"], ["status", "--speed", "0"], ["status", "--speed", "fast"],
        ["status", "--speed", "nan"], ["status", "--speed", "1000001"], ["status", "--epoch", "inf"],
        ["status", "--epoch", "1e300"], ["engine", "--for", "-1"], ["engine", "--for", "1", "--until-idle"],
        ["campaign", "start", "N", "--first", "0"], ["leads", "import", "F"], ["account", "add"], ["why"],
        ["attention", "resolve", "d1", "shrug"], ["status", "--log-level", "loud"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_has_an_exit_code_of_its_own(program: Program, wrong: list[str]) -> None:
    said = program(*wrong)
    assert (said.code, said.out) == (2, "")
    assert said.err and "Traceback" not in said.err


def test_a_data_folder_that_can_not_be_made_is_said(program: Program, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    program.data = tmp_path / "file" / "data"
    assert program("status").is_refusal


def test_a_holder_that_can_not_be_reached_stops_writers_and_lets_readers_read(program: Program, tmp_path: Path) -> None:
    program("campaign", "add", str(_campaign(tmp_path)))
    held = ProcessLock(program.paths.lock)
    assert held.acquire()
    try:
        for wrong in (["campaign", "archive", "Both"], ["account", "remove", "A"], ["engine", "--for", "0.1"]):
            said = program(*wrong, "--json")
            assert (said.code, said.out) == (3, "")
            assert said.err.startswith("Another Leadloom holds this data folder") and "\n" not in said.err
        assert json.loads(program("campaign", "list", "--json").out)[0]["state"] == "draft"
        assert json.loads(program("status", "--json").out)["engine_alive"] is True
        assert program("check").code == 0
    finally:
        held.release()
    assert json.loads(program("status", "--json").out)["engine_alive"] is False
    assert program("campaign", "archive", "Both").code == 0


def test_a_copy_of_a_folder_whose_engine_runs_does_not_send_beside_it(program: Program, tmp_path: Path) -> None:
    program("campaign", "list")
    here = program.data
    with RunningEngine(program.paths):
        shutil.copytree(here, tmp_path / "copy", ignore=shutil.ignore_patterns("*.lock", "engine.*"))
        program.data = tmp_path / "copy"
        said = program("engine", "--for", "0.1")
        assert said.code == 3
        assert said.err.startswith("A copy of this data is open in another Leadloom")
        assert program("status").code == 0
    assert program("engine", "--for", "0.1").code == 0


@pytest.mark.parametrize(
    "where", ["", "{}", "[]", '{"socket": "/nowhere", "token": "x"}', '{"port": 9, "token": 1}', "\xff"]
)
def test_a_door_that_leads_nowhere_is_a_holder_that_can_not_be_reached(program: Program, where: str) -> None:
    program("campaign", "list")
    program.paths.door.write_text(where, encoding="latin-1")
    held = ProcessLock(program.paths.lock)
    assert held.acquire()
    try:
        assert program("campaign", "archive", "Both").code == 3
    finally:
        held.release()
    assert program("campaign", "archive", "Both").code == 1


def _campaign(folder: Path) -> Path:
    path = folder / "both.toml"
    path.write_text(BOTH, encoding="utf-8")
    return path


def _as_process(folder: Path, *argv: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    surroundings = {**os.environ, "LEADLOOM_STATE": str(folder / "state"), **environment}
    return subprocess.run(
        [sys.executable, str(MAIN), "--data", str(folder / "data"), *argv],
        input=given.encode(), capture_output=True, env=surroundings, timeout=60, start_new_session=True, check=False,
    )  # fmt: skip


def test_a_closed_port_is_said_within_ten_seconds(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can take it, nobody answers
        began = time.monotonic()
        dsn = f"http://127.0.0.1:{closed.getsockname()[1]}"
        said = _as_process(tmp_path, "account", "add", "--dsn", dsn, "--key-stdin", "--json", given="practice\n")
        assert time.monotonic() - began < 10
    assert (said.returncode, said.stdout) == (1, b"")
    assert said.stderr.decode().splitlines() == [
        "This address can't be reached. Check the address and your connection, then try again."
    ]


def test_without_a_terminal_the_key_is_not_asked_for(tmp_path: Path) -> None:
    said = _as_process(tmp_path, "account", "add", "--dsn", "practice", given="secret\n")
    assert (said.returncode, said.stdout) == (2, b"")
    (line,) = said.stderr.decode().splitlines()
    assert "--key-stdin" in line


def test_a_pipe_gets_utf_8_whatever_the_code_page(tmp_path: Path) -> None:
    path = _campaign(tmp_path)
    path.write_text(BOTH.replace('"Both"', '"Grüße 世界 🎉"'), encoding="utf-8")
    old = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    assert _as_process(tmp_path, "campaign", "add", str(path), **old).returncode == 0
    said = _as_process(tmp_path, "campaign", "list", "--json", **old)
    assert json.loads(said.stdout.decode("utf-8"))[0]["name"] == "Grüße 世界 🎉"
    assert said.stderr == b""


def test_only_commands_that_write_wait_for_the_lock() -> None:
    reading = {("account", "list"), ("campaign", "list"), ("campaign", "show"), ("campaign", "check"), ("why", None)}
    assert not WRITES & reading
