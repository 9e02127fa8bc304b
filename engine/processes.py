"""Other processes of this program: the practice window, drafts taken over for real, the window opened again."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

MAIN = Path(__file__).resolve().parents[1] / "main.py"


def program() -> list[str]:
    """Return how this program is started."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, str(MAIN)]


def open_practice(data: str | None) -> None:
    """Open the practice account in a process of its own."""
    subprocess.Popen([*program(), *_folder(data), "--demo"], start_new_session=True)


def open_again(data: str | None, *, is_practice: bool) -> None:
    """Open the window once more; it waits until this process has let the data folder go."""
    subprocess.Popen([*program(), *_folder(data), *(["--demo"] if is_practice else [])], start_new_session=True)


def use_for_real(data: str | None, texts: Sequence[str]) -> tuple[str, ...]:
    """Add campaign files as drafts to the real data folder, and open it; returns what was refused and why."""
    refused = []
    for text in texts:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "campaign.toml"
            file.write_text(text, encoding="utf-8")
            command = [*program(), *_folder(data), "campaign", "add", str(file)]
            done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)
        if done.returncode != 0:
            refused.append(done.stderr.strip())
    subprocess.Popen([*program(), *_folder(data)], start_new_session=True)
    return tuple(refused)


def _folder(data: str | None) -> list[str]:
    return ["--data", data] if data else []
