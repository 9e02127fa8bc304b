"""The send journal: one fsynced line per armed attempt, outside the data folder.

It is never part of a backup or a restore, so a file that went back in time is recognised by it.
A torn last line and a line with a wrong checksum are ignored.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import logging
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import StorageError

log = logging.getLogger(__name__)
_BINARY = getattr(os, "O_BINARY", 0)
MOST_BYTES, KEPT_LINES = 12_000_000, 40_000
"""Some 45,000 lines; then 400 days of 100 sends are kept, by number: a clock set ahead makes no line old."""
ROOM_BYTES = 64 * 1024
"""Of a file that is written to prove that there is room: far more than a line."""


@dataclass(frozen=True, kw_only=True)
class JournalLine:
    """One armed attempt, or the verdict of one that the database could not take."""

    seq: int
    uuid: str
    kind: str
    body_sha: str
    person: str
    at_ms: int
    account: str = ""
    verdict: str = ""
    data: str = ""
    """Whose send it is: the data's own id, which all its copies have."""


@dataclass(frozen=True, kw_only=True)
class JournalContent:
    """What a journal holds: attempts by number, and the verdicts that the database may have missed, by row."""

    is_there: bool
    attempts: dict[int, JournalLine]
    verdicts: dict[tuple[int, str], str]
    """By number and the row's uuid: a copy of the file may have used the same number."""


class SendJournal:
    """Appends to `sends-<lineage>.jsonl`; `data` is the id of the data that it belongs to."""

    def __init__(self, folder: Path, lineage: str, data: str) -> None:
        self.path = folder / f"sends-{lineage}.jsonl"
        self.data = data

    def read(self) -> JournalContent:
        """Return everything that can be read; blocks."""
        attempts, verdicts = {}, {}
        for line in self.lines():
            if line.verdict:
                verdicts[line.seq, line.uuid] = line.verdict
            else:
                attempts[line.seq] = line
        return JournalContent(is_there=self.path.exists(), attempts=attempts, verdicts=verdicts)

    def begin(self) -> None:
        """Make the file where there is none: from here a missing journal means a copied database. Raises: StorageError.

        It must be there before the first arming, whose line follows its commit.
        """
        try:
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | _BINARY, 0o600))
        except OSError as error:
            raise StorageError(
                f"The send journal can't be written ({error.strerror}).", f"Check the folder {self.path.parent}."
            ) from error

    def need_room(self) -> None:
        """Prove that lines can be written: it can be opened, and a file beside it takes a few. Raises: StorageError."""
        beside = self.path.with_name(f"{self.path.name}.room")
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _BINARY, 0o600))
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, 0o600)
            try:
                _write_whole(handle, bytes(ROOM_BYTES))
                os.fsync(handle)
            finally:
                os.close(handle)
                beside.unlink(missing_ok=True)
        except OSError as error:
            raise _refused(error) from error

    def of_this_data(self) -> list[JournalLine]:
        """Return every attempt of this data and its copies on this computer, the oldest first; blocks.

        Raises: StorageError.
        """
        try:
            lines = [line for path in self.path.parent.glob("sends-*.jsonl") for line in _lines(path)]
        except OSError as error:
            raise StorageError(
                f"A send journal can't be read ({error.strerror}).", f"Check the folder {self.path.parent}."
            ) from error
        found = {(line.uuid, line.at_ms): line for line in lines if line.data == self.data and not line.verdict}
        return sorted(found.values(), key=lambda line: (line.at_ms, line.seq))

    def append(self, *lines: JournalLine) -> None:
        """Write lines and wait until the disk has them. Raises: StorageError."""
        try:
            _append(self.path, [replace(line, data=self.data) for line in lines])
        except OSError as error:
            raise _refused(error) from error

    def shorten(self) -> None:
        """Drop the oldest lines of a very long journal; blocks. A kill leaves the old file or the new one.

        Where there is no room for the new one the old one stays.
        """
        kept = self.path.with_suffix(".new")
        try:
            if self.path.stat().st_size > MOST_BYTES and (lines := list(self.lines())):
                kept.unlink(missing_ok=True)
                _append(kept, lines[-KEPT_LINES:])
                kept.replace(self.path)
                sync_folder(self.path.parent)
        except OSError as error:
            log.warning("the send journal could not be shortened: %s", error.strerror)
            with contextlib.suppress(OSError):
                kept.unlink(missing_ok=True)

    def lines(self) -> Iterator[JournalLine]:
        """Return the readable lines, oldest first."""
        if self.path.exists():
            yield from _lines(self.path)


def sync_folder(folder: Path) -> None:
    """Wait until the disk knows which files a folder holds, where the system can tell."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def person_hash(provider_id: str) -> str:
    """Return what stands for a person in the journal, which holds no names and no ids."""
    return hashlib.sha256(provider_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _append(path: Path, lines: Sequence[JournalLine]) -> None:
    record = b"".join(map(_record, lines))
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _BINARY, 0o600)
    try:
        _write_whole(handle, record if _ends_a_line(handle) else b"\n" + record)
        os.fsync(handle)
    finally:
        os.close(handle)


def _lines(path: Path) -> Iterator[JournalLine]:
    with path.open("rb") as handle:
        for record in handle:
            line = _parsed(record)
            if line is not None:
                yield line


def _record(line: JournalLine) -> bytes:
    text = json.dumps({k: v for k, v in line.__dict__.items() if v != ""}, separators=(",", ":"))
    return f"{text}\t{zlib.crc32(text.encode()):08x}\n".encode()


def _parsed(record: bytes) -> JournalLine | None:
    text, tab, checksum = record.rstrip(b"\n").rpartition(b"\t")
    if not tab or f"{zlib.crc32(text):08x}".encode() != checksum:
        return None
    try:
        form: dict[str, Any] = json.loads(text)
        return JournalLine(
            seq=form["seq"],
            uuid=form["uuid"],
            kind=form["kind"],
            body_sha=form.get("body_sha", ""),
            person=form["person"],
            at_ms=form["at_ms"],
            account=form.get("account", ""),
            verdict=form.get("verdict", ""),
            data=form.get("data", ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _ends_a_line(handle: int) -> bool:
    """Whether the file is empty or ends in a line end: a torn tail must not take the next line with it."""
    if os.fstat(handle).st_size == 0:
        return True
    os.lseek(handle, -1, os.SEEK_END)
    return os.read(handle, 1) == b"\n"


def _refused(error: OSError) -> StorageError:
    return StorageError(f"The send journal can't be written ({error.strerror}).", "Nothing was sent; free some space.")


def _write_whole(handle: int, record: bytes) -> None:
    """Write all or raise: a full disk may take a part without an error."""
    if os.write(handle, record) != len(record):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
