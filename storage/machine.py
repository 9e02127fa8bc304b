"""What tells this computer from another: the operating system's own id, else one kept in the state folder."""

from __future__ import annotations

import hashlib
import secrets
import subprocess
import sys
from pathlib import Path

FILE = "machine.id"
_LINUX = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_ASK_S = 5.0


def machine_id(state: Path) -> str:
    """Return this computer's id, hashed; where the system has none, one is made and kept in `state`."""
    found = _of_the_system()
    return hashlib.sha256(f"leadloom {found}".encode()).hexdigest()[:32] if found else _kept(state / FILE)


def _of_the_system() -> str:
    """Return the system's id, "" where there is none. Source: machine-id(5), MachineGuid, IOPlatformUUID."""
    try:
        if sys.platform == "win32":
            import winreg

            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key:
                return str(winreg.QueryValueEx(key, "MachineGuid")[0])
        if sys.platform == "darwin":
            asked = ["/usr/sbin/ioreg", "-rd1", "-c", "IOPlatformExpertDevice"]
            told = subprocess.run(asked, capture_output=True, text=True, timeout=_ASK_S, check=False).stdout
            return next((line.split('"')[3] for line in told.splitlines() if "IOPlatformUUID" in line), "")
        return next((words for file in _LINUX if file.exists() and (words := file.read_text().strip())), "")
    except (OSError, subprocess.SubprocessError, IndexError):
        return ""


def _kept(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except OSError:
        made = secrets.token_hex(16)
        file.write_text(made, encoding="ascii")
        return made
