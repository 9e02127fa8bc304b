"""Power cuts without a special file system: what stood on the disk at a crash is copied, a tail of it is dropped, and
the program is opened on the rest.

SQLite promises that what was committed is on the disk; here the log may lose any tail, as on a disk that lies. Then
the send journal must stop what the database forgot. The journal may lose any tail of its last line.
"""

from __future__ import annotations

import contextlib
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.domain.practice_people import Character
from storage.journal import SendJournal
from tests.engine.scenes import HOURS, INVITE, MESSAGE, folk
from tests.fakes.crashes import CrashAt, Crashed
from tests.fakes.judge import nothing_twice
from tests.fakes.rig import FAST, Rig

PEOPLE = (Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS)
CAMPAIGN = f'name = "Both"\n{HOURS}{INVITE.replace("5d", "1d")}{MESSAGE}'
WAL_HEAD_BYTES = 32
FRAME_HEAD_BYTES = 24
PAGE_SIZE_AT = 8
"""Source: sqlite.org/fileformat2.html, section 4.1: the page size stands in bytes 8 to 11 of a log."""
IN_A_FRAME_BYTES = 100
ENDS = {"completed", "withdrawn", "needs_attention", "responded"}


@dataclass(frozen=True, kw_only=True)
class Left:
    """What stood on the disk when the power went."""

    point: str
    database: bytes
    log: bytes
    journal: bytes

    def log_cuts(self) -> Iterator[int]:
        """Return every length that the log may be cut to: each boundary of a frame, and inside each frame."""
        if len(self.log) < WAL_HEAD_BYTES:
            return
        (page_bytes,) = struct.unpack(">I", self.log[PAGE_SIZE_AT : PAGE_SIZE_AT + 4])
        frame_bytes = FRAME_HEAD_BYTES + page_bytes
        yield 0
        for start in range(WAL_HEAD_BYTES, len(self.log), frame_bytes):
            yield start
            yield start + IN_A_FRAME_BYTES

    def journal_cuts(self) -> Iterator[int]:
        """Return every length that the journal may be cut to inside its last line."""
        last = self.journal.rstrip(b"\n").rfind(b"\n") + 1
        yield from range(last, len(self.journal))


def crashed_rig(folder: Path, at: int | str) -> tuple[Rig, Left]:
    """Run a campaign until a point, and return what the disk held then; nothing of the program is left open."""
    folder.mkdir()
    rig = Rig(folder, folk=folk(*PEOPLE), speed=FAST)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(CAMPAIGN))
    copy = folder / "left"
    crash = CrashAt(rig, at, on_death=lambda: _copy(rig, copy))
    with contextlib.suppress(Crashed):
        rig.run(rig.to_the_end())
    if not crash.is_dead:
        _copy(rig, copy)
    crash.heal()
    rig.run(rig.drop())
    journals = [f.read_bytes() for f in sorted((copy / "state").glob("sends-*.jsonl"))]
    log = copy / "data" / "leadloom.db-wal"
    return rig, Left(
        point=crash.name,
        database=(copy / "data" / "leadloom.db").read_bytes(),
        log=log.read_bytes() if log.exists() else b"",
        journal=journals[0] if journals else b"",
    )


def _copy(rig: Rig, target: Path) -> None:
    shutil.copytree(rig.paths.data, target / "data")
    shutil.copytree(rig.paths.state, target / "state")


def open_on(rig: Rig, left: Left, *, log: int | None = None, journal: int | None = None) -> None:
    """Put what was left into the rig's folder, the log and the journal cut to so many bytes, and start on it."""
    for name in ("leadloom.db-wal", "leadloom.db-shm"):
        (rig.paths.data / name).unlink(missing_ok=True)
    (rig.paths.data / "leadloom.db").write_bytes(left.database)
    kept = left.log if log is None else left.log[:log]
    if kept:
        (rig.paths.data / "leadloom.db-wal").write_bytes(kept)
    for path in rig.paths.state.glob("sends-*.jsonl"):
        path.write_bytes(left.journal if journal is None else left.journal[:journal])
    rig.reopen()
    rig.run(rig.engine.start())


def check_opened(rig: Rig, what: str) -> None:
    """Raise AssertionError unless the file is whole and knows of every send in its journal."""
    assert rig.rows("PRAGMA integrity_check") == [("ok",)], what
    broken = [line.name for line in rig.run(rig.engine.services.status.check()) if not line.ok]
    assert broken == [], f"{what}: {broken}"
    lineage, send_seq = rig.rows("SELECT lineage, send_seq FROM engine_state")[0]
    newest = max((line.seq for line in SendJournal(rig.paths.state, lineage, "").lines()), default=0)
    assert send_seq >= newest, f"{what}: the database counts {send_seq} sends, its journal {newest}"


def run_to_the_end(rig: Rig, what: str) -> None:
    """Let a person confirm what is held, start what was forgotten to be started, and the campaign end.

    Raises: AssertionError when anything happened twice or somebody is left.
    """
    for item in rig.run(rig.engine.services.attention.list()):
        if item.kind == "hold":
            rig.run(rig.engine.services.attention.resolve(item.id, "go_on"))
    if rig.rows("SELECT 1 FROM campaign WHERE state = 'draft'") and rig.rows("SELECT 1 FROM enrolment"):
        rig.run(rig.engine.services.campaigns.start("Both"))
    rig.run(rig.to_the_end())
    nothing_twice(rig, rig.world.state.effects)
    stages = {row.stage for row in rig.rows("SELECT stage FROM enrolment")}
    assert stages <= ENDS, f"{what}: {stages}"
    check_opened(rig, what)
