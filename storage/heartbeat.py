"""The engine's heartbeats in a small file of their own: a beat must not cost a commit."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path

from engine.domain.health import Beats

FILE = "heartbeat.json"


def read(folder: Path) -> tuple[Beats, datetime | None]:
    """Return the beats so far and the moment of the newest, nothing where there is no whole file."""
    try:
        form = json.loads((folder / FILE).read_text(encoding="utf-8"))
        beats = Beats(beats=int(form["beats"]), expected=int(form["expected"]), restarts=int(form["restarts"]))
        return beats, datetime.fromisoformat(form["at"]).astimezone(UTC)
    except (OSError, ValueError, KeyError, TypeError):
        return Beats(), None


def write(folder: Path, beats: Beats, at: datetime) -> None:
    """Put the beats in the file's place, whole or not at all; a full disk only costs the count."""
    unfinished = folder / f"{FILE}.unfinished"
    form = {"beats": beats.beats, "expected": beats.expected, "restarts": beats.restarts, "at": at.isoformat()}
    with contextlib.suppress(OSError):
        unfinished.write_text(json.dumps(form), encoding="utf-8")
        unfinished.replace(folder / FILE)
