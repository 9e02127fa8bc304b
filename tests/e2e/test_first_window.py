"""The real program in a real window under X: a list is dropped, imported, started, paused and resumed by mouse,
against the practice LinkedIn on a loopback port. After Pause nothing is sent."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.practice_past import PRESENT, make_past
from engine.provider.simulated.api import KEY
from storage.paths import Paths

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "main.py"
PRACTICE_CAMPAIGNS = ROOT / "resources" / "practice"
PROGRAMS = ("Xvfb", "openbox", "xdotool")
SPEED = "7200"
STEP_DEADLINE_S = 30.0
QUIET_S = 2.0
"""Four hours at this speed: sends come every few minutes."""
END_DEADLINE_S = 10.0
DISPLAY_FROM = 91
SCREEN = ("-screen", "0", "1400x900x24", "-nolisten", "tcp")
CAMPAIGN = """name = "First window"
[hours]
time_zone = "Europe/Paris"
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
start = "00:00"
end = "23:59"
[[steps]]
key = "invite"
kind = "invite"
note = ""
accept_within = "5d"
[[steps]]
key = "message"
kind = "message"
wait = "1d"
text = "Hi {{ first_name | default: 'there' }}"
"""
SETTINGS = ["time_zone=Europe/Paris", "invites_per_day=100", "invites_per_week=200", "messages_per_day=60",
            "profile_reads_per_day=100", "gap_min_s=90", "gap_max_s=240", "warm_up=off", "paid=yes",
            "hours.days=mon,tue,wed,thu,fri,sat,sun", "hours.start=00:00", "hours.end=23:59"]  # fmt: skip

pytestmark = [
    pytest.mark.skipif(
        any(shutil.which(name) is None for name in PROGRAMS),
        reason=f"needs {', '.join(PROGRAMS)} to open a real window",
    ),
    pytest.mark.timeout(150),
]


def until(condition: Callable[[], Any], what: str, deadline_s: float = STEP_DEADLINE_S) -> Any:
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {deadline_s:.0f} s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def end(process: subprocess.Popen[Any], number: int = signal.SIGTERM) -> None:
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(END_DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A screen of its own with a window manager."""
    number = next(n for n in range(DISPLAY_FROM, DISPLAY_FROM + 60) if not Path(f"/tmp/.X11-unix/X{n}").exists())
    name = f":{number}"
    screen = subprocess.Popen(
        [shutil.which("Xvfb"), name, "-screen", "0", "1400x900x24", "-nolisten", "tcp"], stderr=subprocess.DEVNULL
    )
    until(lambda: Path(f"/tmp/.X11-unix/X{number}").exists(), "the screen")
    manager = subprocess.Popen(
        [shutil.which("openbox")], env={**os.environ, "DISPLAY": name}, stderr=subprocess.DEVNULL
    )
    yield name
    end(manager)
    end(screen)


class Program:
    """The running window, its command line, and what LinkedIn saw."""

    def __init__(self, folder: Path, display: str) -> None:
        self.folder, self.display, self.port = folder, display, free_port()
        self.data = folder / "data"
        self.epoch = str(time.time())
        self.env = {
            **os.environ,
            "LEADLOOM_STATE": str(folder / "state"),
            "LEADLOOM_API_KEY": KEY,
            "LEADLOOM_THEME": "light",
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
        }
        self.csv = folder / "leads.csv"
        self.server = subprocess.Popen(
            [sys.executable, str(MAIN), "practice", "serve", "--port", str(self.port), "--people", "60", "--seed", "3",
             "--csv", str(self.csv), "--speed", SPEED, "--epoch", self.epoch],
            env=self.env, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        until(lambda: self.csv.exists() and self._answers(), "the practice server")
        self.window: subprocess.Popen[bytes] | None = None

    def _answers(self) -> bool:
        try:
            self.effects()
        except OSError:
            return False
        return True

    def effects(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/practice/truth", timeout=5) as answer:
            return len(json.load(answer)["effects"])

    def run(self, *words: str, given: str = "") -> str:
        done = subprocess.run(
            [sys.executable, str(MAIN), "--data", str(self.data), "--speed", SPEED, "--epoch", self.epoch, *words],
            env=self.env, input=given, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def open_window(self, *words: str) -> None:
        driver = [sys.executable, str(Path(__file__).with_name("window_probe.py"))]
        how = words or ("--speed", SPEED, "--epoch", self.epoch)
        self.window = subprocess.Popen(
            [*driver, "--data", str(self.data), "--log-level", "error", *how],
            env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        until(lambda: self.ask("screen") == "home", "the window")

    def ask(self, *words: str) -> str:
        assert self.window is not None and self.window.stdin is not None and self.window.stdout is not None
        assert self.window.poll() is None, "the window has gone"
        self.window.stdin.write(json.dumps(words) + "\n")
        self.window.stdin.flush()
        return str(json.loads(self.window.stdout.readline()))

    def click(self, name: str) -> None:
        """Press a control with the mouse, found by its accessible name."""
        where = until(lambda: self.ask("where", name), f"“{name}”")
        x, y = where.split()
        for step in (["mousemove", "--sync", x, y], ["click", "1"]):
            subprocess.run([shutil.which("xdotool"), *step], env=self.env, check=True, timeout=10)

    def close(self) -> None:
        for process in (self.window, self.server):
            if process is not None:
                end(process)


@pytest.fixture
def program(tmp_path: Path, display: str) -> Iterator[Program]:
    made = Program(tmp_path, display)
    yield made
    made.close()


def test_list_dropped_started_paused_and_resumed_by_mouse(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "campaign.toml"
    file.write_text(CAMPAIGN, encoding="utf-8")
    program.run("account", "add", "--dsn", f"http://127.0.0.1:{program.port}", "--key-stdin", given=f"{KEY}\n")
    name = json.loads(program.run("--json", "account", "list"))[0]["name"]
    program.run("account", "set", name, *SETTINGS)
    program.run("campaign", "add", str(file))
    program.open_window()

    assert program.ask("drop", str(program.csv)) == "True"
    program.click("Import 60 into the draft")
    until(lambda: "60 new" in program.ask("toast"), "the import")
    program.click("Campaigns, 1")
    program.click("Start… First window")
    program.click("Ask me before each of the first 10 sends")
    program.click("Start all 60")
    until(lambda: program.effects() >= 3, "the first sends")

    program.click("Pause First window")
    until(lambda: program.ask("where", "Resume First window"), "the pause")
    at_pause = program.effects()
    time.sleep(QUIET_S)
    assert program.effects() == at_pause
    campaigns = json.loads(program.run("--json", "campaign", "list"))
    assert campaigns[0]["state"] == "paused"

    program.click("Resume First window")
    until(lambda: program.effects() > at_pause, "sending after the resume")

    program.click("Pause everything")
    until(lambda: program.ask("where", "Resume everything"), "the pause of everything")
    at_pause = program.effects()
    time.sleep(QUIET_S)
    assert program.effects() == at_pause

    assert program.window is not None
    program.window.send_signal(signal.SIGTERM)
    assert program.window.wait(END_DEADLINE_S) == 0
    checks = json.loads(program.run("--json", "check"))
    assert checks["ok"], [c for c in checks["checks"] if not c["ok"]]


def test_a_second_start_shows_the_window_there_is(program: Program) -> None:
    program.open_window()
    second = subprocess.run(
        [sys.executable, str(MAIN), "--data", str(program.data)],
        env=program.env, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert second.returncode == 0, second.stderr
    assert program.window is not None and program.window.poll() is None


def test_practice_window_runs_and_keeps_its_time(program: Program) -> None:
    folder = program.data / "practice"
    folder.mkdir(parents=True)
    make_past(Paths(data=folder, state=Path(program.env["LEADLOOM_STATE"])), PRACTICE_CAMPAIGNS, lambda _: None, days=1)
    program.open_window("--demo", "--play")
    clock = folder / "clock.json"
    until(lambda: json.loads(clock.read_text(encoding="utf-8"))["now"][:10] > PRESENT.date().isoformat(), "days")
    program.click("Pause practice time")
    until(lambda: "time is paused" in program.ask("band"), "the pause of time")
    assert program.window is not None
    program.window.send_signal(signal.SIGINT)
    assert program.window.wait(END_DEADLINE_S) == 0
    end(program.window)
    kept = json.loads(clock.read_text(encoding="utf-8"))["now"]
    program.open_window("--demo")
    shown = until(lambda: program.ask("band"), "the practice clock")
    wanted = datetime.fromisoformat(kept).astimezone(ZoneInfo("Europe/Paris"))
    assert any(wanted.strftime(form) in shown for form in ("%d Jan", "%-d Jan")), (shown, kept)
