"""The command that puts a backup in the data's place: it runs while no engine is open."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from engine.console.output import moment, one_line
from engine.services.restoring import RestoreLook

LOCK_WAIT_S = 10.0
HELD = 3


PutInPlace = Callable[[Path], tuple[RestoreLook, Path]]
"""Puts a file in the database's place; returns what it means, and where the old one is."""


class Lock(Protocol):
    """The data folder's lock."""

    def acquire(self, *, wait_s: float = 0.0) -> bool:
        """Take it; returns whether it was free within so many real seconds."""
        ...

    def release(self) -> None:
        """Give it back."""
        ...


def restore(arguments: argparse.Namespace, lock: Lock, put_in_place: PutInPlace) -> int:
    """Put a file in the database's place and say what it means; returns the exit code.

    Raises: BadBackup, StorageError.
    """
    if not lock.acquire(wait_s=LOCK_WAIT_S):
        print("Leadloom is open on this data folder: close it, then restore.", file=sys.stderr)
        return HELD
    try:
        seen, aside = put_in_place(Path(arguments.file))
    finally:
        lock.release()
    (_print_document if arguments.json else _print_words)(seen, aside)
    return 0


def _print_document(seen: RestoreLook, aside: Path) -> None:
    told = {
        "restored": str(seen.info.path),
        "taken_at": moment(seen.info.taken_at),
        "leads": seen.info.leads,
        "campaigns": seen.info.campaigns,
        "sends_since": seen.sends_since,
        "moved_aside": str(aside),
    }
    print(json.dumps(told, ensure_ascii=False, indent=1))


def _print_words(seen: RestoreLook, aside: Path) -> None:
    print(one_line(f"Restored {seen.info.path}: {seen.info.leads} leads, {seen.info.campaigns} campaigns."))
    print(one_line(seen.words))
    print(one_line(f"What was there before is kept in {aside}."))
