"""A real Secret Service for one program: a bus, a home and a gnome-keyring of its own, gone afterwards.

Run as a script inside `dbus-run-session` it starts the keyring, runs the program and ends the keyring.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("dbus-run-session", "gnome-keyring-daemon")
PASSWORD = "correct horse"
STARTED_WITHIN_S = 10.0
NOT_INHERITED = (
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "DBUS_SESSION_BUS_ADDRESS",
    "PYTHON_KEYRING_BACKEND",
    "GNOME_KEYRING_CONTROL",
)


def missing() -> list[str]:
    """Return the programs that this computer lacks."""
    return [name for name in NEEDED if shutil.which(name) is None]


def run(program: str, home: Path, *, is_unlocked: bool = True, has_bus: bool = True) -> Any:
    """Run a Python program with the keyring of `home`; returns the JSON that it printed."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    # Sockets need a short path, which a test's own folder is not.
    with tempfile.TemporaryDirectory(prefix="ll-") as runtime:
        data = home / ".local" / "share"
        (data / "keyrings").mkdir(parents=True, exist_ok=True)
        surroundings = {
            "HOME": str(home),
            "XDG_RUNTIME_DIR": runtime,
            "XDG_DATA_HOME": str(data),
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-c", program]
        if has_bus:
            lock = "unlocked" if is_unlocked else "locked"
            command = ["dbus-run-session", "--", sys.executable, __file__, lock, *command]
        done = subprocess.run(
            command, env={**kept, **surroundings}, capture_output=True, text=True, check=False, timeout=60, cwd=home
        )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def _serve(lock: str, command: list[str]) -> int:
    how = ["--unlock"] if lock == "unlocked" else ["--start"]
    daemon = subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", *how, "--components=secrets"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert daemon.stdin is not None
    daemon.stdin.write(PASSWORD.encode() if lock == "unlocked" else b"")
    daemon.stdin.close()
    try:
        _wait_for_service()
        return subprocess.run(command, check=False).returncode
    finally:
        daemon.terminate()
        daemon.wait(5)


def _wait_for_service() -> None:
    from jeepney import DBusAddress, new_method_call
    from jeepney.io.blocking import open_dbus_connection

    bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
    asked = new_method_call(bus, "NameHasOwner", "s", ("org.freedesktop.secrets",))
    end = time.monotonic() + STARTED_WITHIN_S
    with open_dbus_connection() as connection:
        while not connection.send_and_get_reply(asked).body[0]:
            if time.monotonic() > end:
                raise SystemExit("the keyring did not start")
            time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(_serve(sys.argv[1], sys.argv[2:]))
