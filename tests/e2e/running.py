"""The program as a person runs it: a real window on a screen of its own, its command line, the LinkedIn it talks to."""

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
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from engine.provider.simulated.api import KEY

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "main.py"
PROBE = Path(__file__).with_name("window_probe.py")
SOCKETS = "LEADLOOM_TEST_SOCKETS"
PROGRAMS = ("Xvfb", "openbox", "xdotool")
SPEED = "7200"
STEP_DEADLINE_S = 45.0
END_DEADLINE_S = 20.0
LOOK_S = 0.05
SCREEN = ("-screen", "0", "1400x900x24", "-nolisten", "tcp")
ALL_WEEK = "mon,tue,wed,thu,fri,sat,sun"
SETTINGS = (
    "time_zone=Europe/Paris", "invites_per_day=100", "invites_per_week=200", "messages_per_day=60",
    "profile_reads_per_day=100", "gap_min_s=90", "gap_max_s=240", "warm_up=off", "paid=yes",
    f"hours.days={ALL_WEEK}", "hours.start=00:00", "hours.end=23:59",
)  # fmt: skip


def are_there() -> bool:
    """Whether this machine can open a real window."""
    return all(shutil.which(name) for name in PROGRAMS)


def until(condition: Callable[[], Any], what: str | Callable[[], str], deadline_s: float = STEP_DEADLINE_S) -> Any:
    """Wait for a state that another process comes to; `what` is asked for its words when it doesn't."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(LOOK_S)
    raise AssertionError(f"{what if isinstance(what, str) else what()}: not within {deadline_s:.0f} s")


def end(process: subprocess.Popen[Any], number: int = signal.SIGTERM) -> None:
    """End a process in order, or else at once."""
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(END_DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()


@contextmanager
def screen() -> Iterator[str]:
    """A screen with a window manager; its name as X says it. The server chooses a free number itself."""
    server = subprocess.Popen(
        [str(shutil.which("Xvfb")), "-displayfd", "1", *SCREEN], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert server.stdout is not None
    name = f":{server.stdout.readline().decode().strip()}"
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    manager = subprocess.Popen([str(shutil.which("openbox"))], env={**os.environ, "DISPLAY": name}, **silent)
    yield name
    end(manager)
    end(server)


class Window:
    """A running window, asked over its socket."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._socket: socket.socket | None = None
        self._lines: Any = None

    def ask(self, *words: str) -> str:
        """Return the probe's answer; "" while there is no window yet."""
        if self._socket is None and not self._connect():
            return ""
        assert self._socket is not None
        self._socket.sendall(json.dumps(words).encode() + b"\n")
        line = self._lines.readline()
        assert line, "the window has gone"
        return str(json.loads(line))

    def until_said(self, fragment: str, deadline_s: float = STEP_DEADLINE_S) -> str:
        """Wait until words are on the screen; returns the whole of them."""
        return str(until(lambda: self.ask("said", fragment), lambda: f"“{fragment}” in {self.ask('text')}", deadline_s))

    def until_shown(self, control: str, deadline_s: float = STEP_DEADLINE_S) -> None:
        """Wait until a control can be used."""
        until(lambda: self.ask("where", control), lambda: f"“{control}” among {self.ask('names')}", deadline_s)

    def until_told(self, fragment: str) -> None:
        """Wait for a notice."""
        until(lambda: fragment in self.ask("toast"), lambda: f"“{fragment}” told, not “{self.ask('toast')}”")

    def _connect(self) -> bool:
        made = socket.socket(socket.AF_UNIX)
        made.settimeout(STEP_DEADLINE_S)
        try:
            made.connect(str(self._file))
        except OSError:
            made.close()
            return False
        self._socket, self._lines = made, made.makefile("r", encoding="utf-8")
        return True

    def forget(self) -> None:
        """Ask a new one next time."""
        if self._socket is not None:
            self._lines.close()
            self._socket.close()
            self._socket = None
        self._file.unlink(missing_ok=True)


class Running:
    """A data folder and everything that runs on it."""

    def __init__(self, folder: Path, display: str) -> None:
        self.folder, self.data, self.csv = folder, folder / "data", folder / "leads.csv"
        self.epoch = str(time.time())
        self.display = display
        sockets = folder / "s"
        sockets.mkdir()
        self.env = {
            **os.environ,
            "LEADLOOM_STATE": str(folder / "state"),
            "LEADLOOM_API_KEY": KEY,
            "LEADLOOM_THEME": "light",
            "XDG_CONFIG_HOME": str(folder / "config"),
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            SOCKETS: str(sockets),
        }
        self.window, self.practice = Window(sockets / "window"), Window(sockets / "practice")
        self.process: subprocess.Popen[bytes] | None = None
        self.server: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def address(self) -> str:
        """Where the LinkedIn of the test is."""
        return f"http://127.0.0.1:{self.port}"

    def serve(self, people: int = 60) -> None:
        """Start the LinkedIn of the test, and write its people to `csv`."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        words = ["practice", "serve", "--port", str(self.port), "--people", str(people), "--seed", "3"]
        words += ["--csv", str(self.csv), "--speed", SPEED, "--epoch", self.epoch]
        self.server = subprocess.Popen([sys.executable, str(MAIN), *words], env=self.env, stdout=subprocess.DEVNULL)
        until(lambda: self.csv.exists() and self._answers(), "the practice server")

    def _answers(self) -> bool:
        try:
            self.effects()
        except OSError:
            return False
        return True

    def effects(self) -> list[dict[str, Any]]:
        """Return what has really happened at LinkedIn."""
        with urllib.request.urlopen(f"{self.address}/practice/truth", timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)["effects"]
            return found

    def add_account(self) -> None:
        """Connect the served LinkedIn, at work all day."""
        self.run("account", "add", "--dsn", self.address, "--key-stdin", given=f"{KEY}\n")
        self.run("account", "set", self.read("account", "list")[0]["name"], *SETTINGS)

    def run(self, *words: str, given: str = "", data: Path | None = None) -> str:
        """Run a command to its end and return what it prints; on the data folder, or on the practice account's."""
        where = ["--data", str(data or self.data)]
        hurry = [] if data else ["--speed", SPEED, "--epoch", self.epoch]
        done = subprocess.run(
            [sys.executable, str(MAIN), *where, *hurry, *words],
            env=self.env, input=given, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def read(self, *words: str, data: Path | None = None) -> Any:
        """Return what a command prints as JSON."""
        return json.loads(self.run("--json", *words, data=data))

    def open_window(self, *words: str) -> Window:
        """Open the program and wait until every screen is there; returns the window that was asked for."""
        how = words or ("--speed", SPEED, "--epoch", self.epoch)
        self.process = subprocess.Popen(
            [sys.executable, str(PROBE), "--data", str(self.data), "--log-level", "error", *how], env=self.env
        )
        window = self.practice if "--demo" in words else self.window
        until(lambda: window.ask("ready") == "home", "the window")
        return window

    def end_window(self, number: int = signal.SIGTERM) -> int:
        """End the program in order; returns its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(END_DEADLINE_S)
        self.window.forget()
        self.practice.forget()
        return code

    def close(self) -> None:
        """End everything."""
        for process in (self.process, self.server):
            if process is not None:
                end(process)
        with suppress(AssertionError, OSError):
            if pid := self.practice.ask("pid"):
                os.kill(int(pid), signal.SIGTERM)
                until(lambda: not self.practice.ask("pid"), "the end of the practice window", END_DEADLINE_S)
        self.window.forget()
        self.practice.forget()
