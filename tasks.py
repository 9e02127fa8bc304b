#!/usr/bin/env python3
"""Everyday commands of the project: set up, run, test, check, measure.

It must need nothing but Python's standard library: it is what installs the rest.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "leadloom-setup.json"
OLDEST_PYTHON = (3, 11)
SOURCES = ("engine", "storage", "gui", "main.py")
TEST_LIMIT_S = 820
"""No further test is begun after so long, so that the whole command stays under 15 minutes, on a slow machine too."""
IN_MEMORY = Path("/dev/shm")
TEST_FILES_BYTES = 4 * 1024**3
"""Far more than a run of the tests leaves at any time."""

QT_LIBRARIES = ("libglib2.0-0", "libgl1", "libegl1", "libdbus-1-3", "libfontconfig1", "libxkbcommon0")
"""What Qt needs to load at all, as Debian names it."""
WINDOW_LIBRARIES = (
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxcb-shape0",
    "libxcb-xkb1",
    "libxkbcommon-x11-0",
)
"""What Qt needs to open a window under X."""
TEST_PROGRAMS = ("xvfb", "xdotool", "openbox", "gnome-keyring", "dbus")
"""What the tests of the real window and of the real keyring use; they are skipped without."""
DOWNLOAD_MB = {"run": 100, "dev": 133}
"""Measured on Linux; other systems differ a little."""


class Stop(Exception):
    """Something that the person must mend; its text says what and how."""


def main(argv: list[str] | None = None) -> int:
    """Carry out one command; returns the exit code."""
    if sys.version_info < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        print(f"Leadloom needs Python {wanted} or newer; this is {platform.python_version()}.", file=sys.stderr)
        return 2
    parser = _parser()
    arguments, rest = parser.parse_known_args(argv)
    if rest and not arguments.takes_rest:
        parser.error(f"unknown: {' '.join(rest)}")
    arguments.rest = rest[1:] if rest[:1] == ["--"] else rest
    try:
        return int(arguments.carry_out(arguments))
    except Stop as stop:
        _say(f"\n{stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tasks.py", description="Everyday commands of Leadloom.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(
        name: str, carry_out: Callable[[argparse.Namespace], int], words: str, *, takes_rest: bool = False
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=words, description=words)
        command.set_defaults(carry_out=carry_out, takes_rest=takes_rest)
        return command

    add("setup", _setup_command, "make .venv and install everything that running and testing need")
    add("run", _run_command, "open Leadloom; what follows goes to main.py", takes_rest=True)
    add("demo", _demo_command, "open Leadloom on the practice account", takes_rest=True)
    add("test", _test_command, "check and test everything; what follows goes to pytest", takes_rest=True)
    add("simulate", _simulate_command, "run seeds of the simulator: --seeds N [--seed FIRST]", takes_rest=True)
    add("crashes", _crashes_command, "kill the real program: --kills N [--seed S] [--jobs J]", takes_rest=True)
    lint = add("lint", _lint_command, "check style, types and import rules")
    lint.add_argument("--fix", action="store_true", help="mend what can be mended by itself")
    add("bench", _bench_command, "measure the promises of speed; what follows names benchmarks", takes_rest=True)
    if _screenshots().exists():
        add("screenshots", _screenshots_command, "make the pictures of the documentation", takes_rest=True)
    return parser


# --- commands


def _setup_command(_arguments: argparse.Namespace) -> int:
    set_up("dev")
    _say("Ready. python3 tasks.py demo opens the practice account.")
    return 0


def _run_command(arguments: argparse.Namespace) -> int:
    set_up("run")
    return _become([str(venv_python()), str(ROOT / "main.py"), *arguments.rest])


def _demo_command(arguments: argparse.Namespace) -> int:
    set_up("run")
    _say("Opening Leadloom on the practice account: nobody real receives anything.")
    return _become([str(venv_python()), str(ROOT / "main.py"), "--demo", "--play", *arguments.rest])


def _test_command(arguments: argparse.Namespace) -> int:
    set_up("dev")
    if _lint(fix=False):
        raise Stop("The tests were not run: mend the problems above first (python3 tasks.py lint --fix mends some).")
    _say("Tests:")
    environment = {"QT_QPA_PLATFORM": "offscreen", **_memory_for_tests(), **os.environ}
    command = [str(venv_python()), "-m", "pytest", f"--session-timeout={TEST_LIMIT_S}"]
    if not arguments.rest:
        command += ["-n", "2", "--dist", "loadfile"]
    return _call([*command, *arguments.rest], env=environment)


def _memory_for_tests() -> dict[str, str]:
    """Let the tests' files lie in memory where there is room for them: they wait for a disk thousands of times."""
    has_room = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > TEST_FILES_BYTES
    return {"PYTEST_DEBUG_TEMPROOT": str(IN_MEMORY)} if has_room else {}


def _simulate_command(arguments: argparse.Namespace) -> int:
    set_up("dev")
    return _call([str(venv_python()), "-m", "tests.simulation", *arguments.rest])


def _crashes_command(arguments: argparse.Namespace) -> int:
    set_up("dev")
    return _call([str(venv_python()), "-m", "tests.crash", *arguments.rest])


def _lint_command(arguments: argparse.Namespace) -> int:
    set_up("dev")
    return _lint(fix=arguments.fix)


def _bench_command(arguments: argparse.Namespace) -> int:
    set_up("dev")
    names = [p.stem for p in sorted((ROOT / "bench").glob("*.py")) if "\ndef main(" in p.read_text(encoding="utf-8")]
    unknown = set(arguments.rest) - set(names)
    if unknown:
        raise Stop(f"There is no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(names)}.")
    failed = []
    for name in arguments.rest or names:
        _say(f"== {name}")
        if _call([str(venv_python()), "-m", f"bench.{name}"], env={"QT_QPA_PLATFORM": "offscreen", **os.environ}):
            failed.append(name)
    if failed:
        raise Stop(f"Not fulfilled: {', '.join(failed)}.")
    return 0


def _screenshots_command(arguments: argparse.Namespace) -> int:
    set_up("dev")
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    return _call([str(venv_python()), str(_screenshots()), *arguments.rest], env=environment)


def _screenshots() -> Path:
    return ROOT / "docs" / "make_screenshots.py"


def _lint(*, fix: bool) -> int:
    checks = {
        "Style": ["ruff", "check", "--quiet", *(["--fix"] if fix else []), "."],
        "Layout": ["ruff", "format", "--quiet", *([] if fix else ["--check"]), "."],
        "Types": ["mypy"],
        "Import rules": ["lint-imports"],
    }
    failed = 0
    for name, (tool, *rest) in checks.items():
        _say(f"{name} ({shlex.join([tool, *rest])}):")
        is_clean = _call([_tool(tool), *rest]) == 0
        _say("  clean" if is_clean else "  not clean")
        failed |= not is_clean
    return failed


# --- setting up


def set_up(kind: str) -> None:
    """Make .venv fit the lock file of `kind` ("run" or "dev"); does nothing when it fits already."""
    if _is_set_up(kind):
        return
    phases = _Phases(4)
    phases.begin("System libraries")
    _install_system_packages(kind)
    phases.begin("Python environment in .venv")
    _make_venv()
    lock = ROOT / "requirements" / f"{kind}.txt"
    count = sum(1 for line in lock.read_text(encoding="utf-8").splitlines() if line[:1].isalnum())
    phases.begin(f"{count} Python packages, about {DOWNLOAD_MB[kind]} MB to download (Qt is most of it)")
    _install_python_packages(lock)
    phases.begin("Compiling, so that the program starts faster")
    sources = [str(ROOT / name) for name in SOURCES if (ROOT / name).exists()]
    _call([str(venv_python()), "-m", "compileall", "-q", "-j", "0", *sources])
    phases.end()
    STAMP.write_text(json.dumps({"kind": kind, "fits": _fingerprint()}), encoding="utf-8")


def venv_python() -> Path:
    """Return the interpreter of .venv."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


class _Phases:
    """Says which phase of how many begins, and how long the one before took."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._n = 0
        self._began = time.monotonic()

    def begin(self, words: str) -> None:
        self.end()
        self._n += 1
        self._began = time.monotonic()
        _say(f"[{self._n}/{self._count}] {words}")

    def end(self) -> None:
        if self._n:
            _say(f"      done in {time.monotonic() - self._began:.1f} s")


def _is_set_up(kind: str) -> bool:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        return stamp["fits"] == _fingerprint() and stamp["kind"] in (kind, "dev") and venv_python().exists()
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _fingerprint() -> str:
    """Return what .venv must fit: the lock files, the Python, the machine and the place."""
    digest = hashlib.sha256()
    for name in ("run.txt", "dev.txt"):
        digest.update((ROOT / "requirements" / name).read_bytes().replace(b"\r\n", b"\n"))
    digest.update(f"{platform.python_version()} {platform.machine()} {sys.platform} {ROOT}".encode())
    return digest.hexdigest()


def _make_venv() -> None:
    if _venv_works():
        return
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        name = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        raise Stop(f"This Python can't make environments. Run\n    sudo apt-get install {name}\nthen try again.")
    if _call([sys.executable, "-m", "venv", "--clear", str(VENV)]):
        raise Stop(f"The environment {VENV} could not be made; the lines above say why.")


def _venv_works() -> bool:
    wanted = f"{sys.version_info.major}.{sys.version_info.minor}"
    program = "import sys, pip; print('{}.{}'.format(*sys.version_info), sys.prefix)"
    try:
        asked = subprocess.run([str(venv_python()), "-c", program], capture_output=True, text=True, check=False)
    except OSError:
        return False
    version, _, prefix = asked.stdout.strip().partition(" ")
    return asked.returncode == 0 and version == wanted and Path(prefix) == VENV


def _install_python_packages(lock: Path) -> None:
    # The lock file names every package with its hashes: nothing is resolved, and nothing built from source.
    command = [str(venv_python()), "-m", "pip", "install", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    command += ["--compile", "--no-input", "--disable-pip-version-check", "-r", str(lock)]
    STAMP.unlink(missing_ok=True)
    if _call(command):
        raise Stop(
            "The packages could not be installed; the lines above say why. Without a network this can't work;"
            " behind a proxy, set HTTPS_PROXY. Then try again: what was downloaded is kept."
        )


def _install_system_packages(kind: str) -> None:
    """Install what Debian or Ubuntu lack, where that is allowed without asking for a password; else say how."""
    if not (shutil.which("dpkg-query") and shutil.which("apt-get")):
        return
    wanted = [*QT_LIBRARIES, *WINDOW_LIBRARIES, *(TEST_PROGRAMS if kind == "dev" else ())]
    if importlib.util.find_spec("ensurepip") is None and sys.executable.startswith("/usr/bin/"):
        wanted.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    missing = _missing(wanted)
    if not missing:
        _say("      all there")
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    before = _right_to_install()
    if before is not None:
        _say(f"      installing {' '.join(missing)}")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _call([*before, "apt-get", "update", "-qq"], env=environment, stdout=subprocess.DEVNULL)
        if _call([*before, *install], env=environment, stdout=subprocess.DEVNULL) == 0:
            importlib.invalidate_caches()
            return
    command = f"sudo apt-get update && sudo {shlex.join(install)}"
    _say(f"      Missing. Without them the window may not open. Run\n    {command}")


def _missing(wanted: list[str]) -> list[str]:
    """Return the packages that aren't installed. Newer Debians call some of them …t64."""
    both = [f"{name}{suffix}" for name in wanted for suffix in ("", "t64")]
    query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *both]
    lines = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()
    there = {line.split()[0] for line in lines if line.endswith(" installed")}
    return [name for name in wanted if not there & {name, f"{name}t64"}]


def _right_to_install() -> list[str] | None:
    """Return what to put before apt-get: nothing for root, sudo where it asks no password; None without the right."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n", "--preserve-env=DEBIAN_FRONTEND"]
    return None


# --- processes


def _tool(name: str) -> str:
    """Return a tool's program in .venv."""
    return str(venv_python().parent / (f"{name}.exe" if os.name == "nt" else name))


def _call(command: list[str], *, env: dict[str, str] | None = None, stdout: int | None = None) -> int:
    """Run a program in the project's folder; returns its exit code."""
    sys.stdout.flush()
    try:
        return subprocess.run(command, cwd=ROOT, check=False, env=env, stdout=stdout).returncode
    except OSError as error:
        raise Stop(f"{command[0]} can't be run ({error.strerror}). Delete {VENV} and try again.") from error


def _become(command: list[str]) -> int:
    """Run the program in this one's place, so that a signal reaches it."""
    # Python would otherwise read every module from its source again at each start.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    if os.name == "nt":
        return _call(command, env=environment)
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execve(command[0], command, environment)


def _say(words: str, *, file: TextIO | None = None) -> None:
    print(words, file=file, flush=True)


if __name__ == "__main__":
    sys.exit(main())
