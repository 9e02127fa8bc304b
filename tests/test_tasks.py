"""The everyday commands: what they hand on, what they skip, and what they say when something is missing."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

import tasks


@pytest.fixture
def handed_on(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return the programs that a command would become; nothing is installed or started."""
    became: list[list[str]] = []

    def become(command: list[str]) -> int:
        became.append(command[1:])
        return 0

    monkeypatch.setattr(tasks, "_become", become)
    monkeypatch.setattr(tasks, "set_up", lambda kind: None)
    return became


@pytest.fixture
def setting_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """Set up into a folder of the test; the phases only note that they were asked for."""
    seen: dict[str, Any] = {"phases": []}
    monkeypatch.setattr(tasks, "STAMP", tmp_path / "stamp.json")
    monkeypatch.setattr(tasks, "venv_python", lambda: Path(__file__))
    for name in ("_install_system_packages", "_make_venv", "_install_python_packages"):
        monkeypatch.setattr(tasks, name, lambda *_, name=name: seen["phases"].append(name))
    monkeypatch.setattr(tasks, "_call", lambda *_, **__: 0)
    return seen


@pytest.mark.parametrize(
    ("given", "handed"),
    [
        (["run"], []),
        (["run", "--", "status", "--json"], ["status", "--json"]),
        (["run", "engine", "--until-idle", "--data", "x y"], ["engine", "--until-idle", "--data", "x y"]),
        (["demo"], ["--demo", "--play"]),
        (["demo", "--data", "d"], ["--demo", "--play", "--data", "d"]),
    ],
)
def test_what_follows_run_and_demo_goes_to_the_program(
    handed_on: list[list[str]], given: list[str], handed: list[str]
) -> None:
    assert tasks.main(given) == 0
    assert handed_on == [[str(tasks.ROOT / "main.py"), *handed]]


def test_a_command_that_takes_nothing_refuses_what_follows(handed_on: list[list[str]]) -> None:
    with pytest.raises(SystemExit) as ended:
        tasks.main(["setup", "--quickly"])
    assert ended.value.code == 2
    assert handed_on == []


def test_setting_up_says_its_phases_and_is_skipped_the_second_time(
    setting_up: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    tasks.set_up("dev")
    said = capsys.readouterr().out
    assert [line[:5] for line in said.splitlines() if line.startswith("[")] == ["[1/4]", "[2/4]", "[3/4]", "[4/4]"]
    assert f"about {tasks.DOWNLOAD_MB['dev']} MB to download" in said
    assert len(setting_up["phases"]) == 3
    tasks.set_up("dev")
    tasks.set_up("run")
    assert len(setting_up["phases"]) == 3
    assert capsys.readouterr().out == ""


def test_an_environment_for_running_is_not_enough_for_testing(setting_up: dict[str, Any]) -> None:
    tasks.set_up("run")
    tasks.set_up("dev")
    assert len(setting_up["phases"]) == 6


@pytest.mark.parametrize("damage", ["", "[]", '{"fits": 1}', "\x00"])
def test_a_damaged_stamp_means_setting_up_again(setting_up: dict[str, Any], damage: str) -> None:
    tasks.set_up("dev")
    tasks.STAMP.write_text(damage, encoding="utf-8")
    tasks.set_up("dev")
    assert len(setting_up["phases"]) == 6


def test_a_library_under_its_newer_name_is_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "libglib2.0-0t64 installed\nlibgl1 not-installed\nlibegl1 installed\n"
    monkeypatch.setattr(
        subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 1, stdout=lines, stderr="no packages found")
    )
    assert tasks._missing(["libglib2.0-0", "libgl1", "libegl1", "xvfb"]) == ["libgl1", "xvfb"]


def test_without_the_right_to_install_the_exact_line_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tasks.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(tasks, "_missing", lambda wanted: ["libgl1", "libegl1"])
    monkeypatch.setattr(tasks, "_right_to_install", lambda: None)
    tasks._install_system_packages("run")
    line = "sudo apt-get update && sudo apt-get install -y --no-install-recommends libgl1 libegl1"
    assert line in capsys.readouterr().out


def test_a_python_without_venv_gets_the_exact_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tasks, "_is_set_up", lambda kind: False)
    monkeypatch.setattr(tasks, "_install_system_packages", lambda kind: None)
    monkeypatch.setattr(tasks, "_venv_works", lambda: False)
    monkeypatch.setattr(tasks.importlib.util, "find_spec", lambda name: None)
    assert tasks.main(["setup"]) == 1
    name = f"python{tasks.sys.version_info.major}.{tasks.sys.version_info.minor}-venv"
    assert f"sudo apt-get install {name}" in capsys.readouterr().err


def test_an_unknown_benchmark_is_named_beside_those_that_exist(
    handed_on: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert tasks.main(["bench", "nonsense"]) == 1
    assert "There is no benchmark nonsense; there are:" in capsys.readouterr().err
    assert handed_on == []
