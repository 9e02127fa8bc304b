"""A command that is handed to a running engine says the same, and ends with the same code, as one on its own."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

import main
from engine.clock import Clock
from engine.console import door
from engine.console.parser import WRITES, make_parser
from engine.domain.practice_people import csv_text
from engine.services.use_cases import Services
from storage.paths import Paths
from tests.engine.console_scenes import Said
from tests.engine.scenes import BOTH, TEXT
from tests.engine.whole_program import PEOPLE, Program, RunningEngine, as_it_was, practice

NEEDS_EMAIL = BOTH.replace(TEXT, "Is {{ email }} right?").replace('"Both"', '"Mail"')


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Program]:
    """Return the program with the practice LinkedIn behind its practice account."""
    real = main.open_engine

    def open_engine(paths: Paths, clock: Clock, transport: object = None) -> Any:
        return real(paths, clock, transport or practice(clock))

    monkeypatch.setenv("LEADLOOM_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(main, "open_engine", open_engine)
    monkeypatch.setattr("getpass.getpass", lambda *_: "practice")
    monkeypatch.setattr(main, "LOCK_WAIT_S", 0.05)
    with as_it_was():
        yield Program(tmp_path / "data", capsys)


def _commands(folder: Path) -> list[list[str]]:
    files = {
        "both.toml": BOTH, "mail.toml": NEEDS_EMAIL, "leads.csv": csv_text(PEOPLE), "bad.toml": 'name = ""\nwait = 3\n',
        "none.csv": "Profile URL,First name\nnowhere,Ann\n", "empty.csv": "", "columns.csv": "Name\nAnn\n",
    }  # fmt: skip
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    at = {name.partition(".")[0]: str(folder / name) for name in files}
    return [
        ["account", "add", "--dsn", "example.com"],
        ["account", "add", "--dsn", "practice"],
        ["account", "set", "Practice account", "paid=yes", "warm_up=off"],
        ["account", "set", "Practice account", "paid=perhaps"],
        ["account", "set", "Practice account", "paid"],
        ["account", "check", "1", "--full"],
        ["account", "set-key", "1"],
        ["account", "remove", "Nobody"],
        ["campaign", "add", at["both"]],
        ["campaign", "add", at["both"]],
        ["campaign", "add", at["mail"]],
        ["campaign", "add", at["bad"]],
        ["leads", "import", at["leads"], "--campaign", "Both", "--dry-run"],
        ["leads", "import", at["leads"], "--campaign", "Both"],
        ["leads", "import", at["leads"], "--campaign", "Mail"],
        ["leads", "import", at["none"], "--campaign", "Both"],
        ["leads", "import", at["empty"], "--campaign", "Both"],
        ["leads", "import", at["columns"], "--campaign", "Both"],
        ["campaign", "start", "Mail"],
        ["campaign", "pause", "Mail"],
        ["campaign", "resume", "Both"],
        ["campaign", "edit", "Both", at["both"]],
        ["campaign", "archive", "Mail"],
        ["campaign", "unarchive", "Mail"],
        ["dnc", "add", "company", "Nobody & Sons", "--reason", "asked"],
        ["dnc", "remove", "nobody & sons"],
        ["leads", "exclude", "1", "--reason", "asked"],
        ["leads", "retry", "3"],
        ["leads", "skip", "3"],
        ["leads", "go-to", "3", "invite"],
        ["leads", "restart", "3"],
        ["leads", "continue", "3"],
        ["leads", "merge", "1", "3"],
        ["leads", "forget", "2"],
        ["leads", "forget", "nobody"],
        ["attention", "resolve", "d1", "skip"],
        ["account", "remove", "1"],
    ]


def _said(program: Program, commands: list[list[str]]) -> list[Said]:
    return [program(*command, *how) for command in commands for how in ([], ["--json"])]


def _comparable(said: Said) -> tuple[int, Any, str]:
    """Return what must be the same: everything but the seconds that a reading took."""
    if said.out.startswith("{") and "seconds" in said.json:
        return said.code, {**said.json, "seconds": 0}, said.err
    if "relations on" in said.out:
        return said.code, said.out.partition(" in ")[0], said.err
    return said.code, said.out, said.err


def test_every_writing_command_says_the_same_handed_over(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = _commands(tmp_path)
    assert {(c[0], c[1]) for c in commands} == {w for w in WRITES if w[1]}
    program.data = tmp_path / "alone"
    alone = _said(program, commands)
    assert {s.code for s in alone} == {0, 1, 2}
    program.data = tmp_path / "beside"
    monkeypatch.setenv("LEADLOOM_STATE", str(tmp_path / "state2"))
    with RunningEngine(program.paths):
        handed = _said(program, commands)
        assert json.loads(program("status", "--json").out)["engine_alive"] is True
    for command, one, other in zip([c for c in commands for _ in range(2)], alone, handed, strict=True):
        assert _comparable(one) == _comparable(other), command
    assert program("check").code == 0


def test_what_a_running_engine_was_told_is_read_beside_it(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "both.toml"
    path.write_text(BOTH, encoding="utf-8")
    with RunningEngine(program.paths):
        assert program("campaign", "add", str(path)).code == 0
        assert json.loads(program("campaign", "list", "--json").out)[0]["name"] == "Both"
        assert program("campaign", "export", "Both", str(tmp_path / "out.toml")).code == 0
    assert not program.paths.door.exists()


def test_only_who_can_read_the_token_is_let_in(program: Program) -> None:
    with RunningEngine(program.paths):
        found = json.loads(program.paths.door.read_text())
        assert program.paths.door.stat().st_mode & 0o077 == 0
        program.paths.door.write_text(json.dumps({**found, "token": "guessed"}))
        said = program("campaign", "archive", "Both")
        assert (said.code, said.out) == (3, "")
        assert "doesn't know this caller" in said.err
        program.paths.door.write_text(json.dumps(found))
        assert "There is no campaign" in program("campaign", "archive", "Both").err


def test_a_command_whose_answer_is_lost_is_not_given_a_second_time(tmp_path: Path) -> None:
    async def asked() -> dict[str, Any] | None:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.close()

        server = await asyncio.start_server(hang_up, host="127.0.0.1", port=0)
        address = tmp_path / "engine.json"
        address.write_text(json.dumps({"port": server.sockets[0].getsockname()[1], "token": "x"}))
        async with server:
            return await door.hand_over(address, make_parser().parse_args(["campaign", "archive", "Both"]), "")

    answer = asyncio.run(asked())
    assert answer is not None and (answer["code"], answer["out"]) == (1, [])
    assert "look at what came of it" in answer["err"][0]


def test_a_folder_with_a_long_name_that_is_not_ascii_has_a_door_too(tmp_path: Path) -> None:
    async def asked() -> dict[str, Any] | None:
        opened = door.Door(cast(Services, None), folder / "engine.json")
        await opened.open()
        try:
            return await door.hand_over(folder / "engine.json", make_parser().parse_args([]), "")
        finally:
            await opened.close()

    folder = tmp_path / ("Рассылка" * 12)[: max(8, 86 - len(str(tmp_path)))]
    folder.mkdir()
    assert len(str(folder / "engine.sock")) <= door.LONGEST_SOCKET_PATH < len(os.fsencode(folder / "engine.sock"))
    answer = asyncio.run(asked())
    assert answer is not None and answer["code"] == 3


def test_a_command_that_meets_a_fault_of_the_program_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> int:
        raise ZeroDivisionError

    async def asked() -> dict[str, Any] | None:
        opened = door.Door(cast(Services, None), tmp_path / "engine.json")
        await opened.open()
        try:
            return await door.hand_over(tmp_path / "engine.json", make_parser().parse_args(["check"]), "")
        finally:
            await opened.close()

    monkeypatch.setattr(door, "run_command", fail)
    answer = asyncio.run(asked())
    assert answer is not None and answer["code"] == 1
    assert "fault of its own" in answer["err"][0]
