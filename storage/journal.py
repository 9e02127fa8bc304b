"""The send journal: one fsynced line per armed attempt, outside the data folder.

It is never part of a backup or a restore, so a file that went back in time is recognised by it.
A torn last line and a line with a wrong checksum are ignored.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import StorageError


@dataclass(frozen=True, kw_only=True)
class JournalLine:
    """One armed attempt, or the verdict of one that the database could not take."""

    seq: int
    uuid: str
    kind: str
    body_sha: str
    person: str
    at_ms: int
    verdict: str = ""


class SendJournal:
    """Appends to `sends-<lineage>.jsonl`."""

    def __init__(self, folder: Path, lineage: str) -> None:
        self.path = folder / f"sends-{lineage}.jsonl"

    def append(self, line: JournalLine) -> None:
        """Write one line and wait until the disk has it. Raises: StorageError."""
        form = {k: v for k, v in line.__dict__.items() if v != ""}
        text = json.dumps(form, separators=(",", ":"))
        record = f"{text}\t{zlib.crc32(text.encode()):08x}\n".encode()
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, record)
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise StorageError(
                f"The send journal can't be written ({error.strerror}).", "Nothing was sent; free some space."
            ) from error

    def lines(self) -> Iterator[JournalLine]:
        """Return the readable lines, oldest first."""
        if not self.path.exists():
            return
        with self.path.open("rb") as handle:
            for record in handle:
                line = _parsed(record)
                if line is not None:
                    yield line

    def newest_seq(self) -> int:
        """Return the highest sequence number, 0 for an empty or absent journal."""
        return max((line.seq for line in self.lines()), default=0)


def _parsed(record: bytes) -> JournalLine | None:
    text, tab, checksum = record.rstrip(b"\n").rpartition(b"\t")
    if not tab or f"{zlib.crc32(text):08x}".encode() != checksum:
        return None
    form: dict[str, Any] = json.loads(text)
    return JournalLine(
        seq=form["seq"],
        uuid=form["uuid"],
        kind=form["kind"],
        body_sha=form.get("body_sha", ""),
        person=form["person"],
        at_ms=form["at_ms"],
        verdict=form.get("verdict", ""),
    )
