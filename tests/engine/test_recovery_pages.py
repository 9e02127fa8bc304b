"""docs/recovery.md as somebody follows it who knows nothing else: six broken folders, each put right by its page."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from engine.domain.practice_people import Character
from engine.errors import KeyringError, StorageError
from engine.services import restoring
from tests.engine.console_scenes import Console, Said
from tests.engine.scenes import BOTH, BRISK, WRITING, begin, folk, stages
from tests.fakes.crashes import CrashAt, Crashed
from tests.fakes.judge import judge, nothing_twice
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "recovery.md").read_text(encoding="utf-8")
FRIEND, SOON = Character.ALREADY_CONNECTED, Character.ACCEPTS_SOON
PEOPLE = folk(*[FRIEND] * 4, *[SOON] * 3)


class Reader:
    """Knows one section of the page, and types what stands there."""

    def __init__(self, rig: Rig, heading: str) -> None:
        self.rig = rig
        section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
        assert section, heading
        self.sees = re.findall(r"\*\*You see:\*\* `([^`]+)`", section)[0]
        self.commands = [c for block in re.findall(r"```\n(.*?)```", section, re.DOTALL) for c in block.splitlines()]

    def types(self, command: str, **names: str) -> Said:
        """Type a command of the page, with a name in place of each capital word."""
        assert command in self.commands
        words = [names.get(word, word) for word in command.split()]
        assert not [w for w in words if re.fullmatch("[A-Z]{2,}", w)], words
        if words[0] == "engine":
            self.rig.run(self.rig.engine.start())
            self.rig.hurry(FAST)
            self.rig.run(self.rig.to_the_end())
            return Said(code=0, out="", err="")
        if words[0] == "restore":
            with contextlib.suppress(StorageError):
                self.rig.run(self.rig.engine.close())
            restoring.restore(Path(words[1]), self.rig.paths, self.rig.clock.wall())
            self.rig.engine = self.rig._open()
            return Said(code=0, out="", err="")
        return Console(self.rig).run(*words)

    def told(self) -> str:
        """Return everything that the state, the questions and the history say."""
        console = Console(self.rig)
        lines = [console.run("status").out, console.run("attention", "list").out]
        lines += [r.words for r in self.rig.rows("SELECT words FROM activity")]
        return "\n".join(lines)


def test_killed_while_sending(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=FAST)
    reader = Reader(rig, "The program was killed while it was sending")
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(WRITING))
    crash = CrashAt(rig, "before the request")
    with contextlib.suppress(Crashed):
        rig.run(rig.to_the_end())
    crash.heal()
    rig.crash()
    rig.run(rig.engine.start())
    assert reader.sees in reader.told()
    reader.types("engine") if rig.engine.supervisor is None else rig.run(rig.to_the_end())
    listed = reader.types("attention list")
    asked = re.match(r"(d\d+)", listed.out)
    assert asked is not None, listed.out
    assert "Leadloom ended while sending" in listed.out
    assert reader.types("attention resolve ID send_again", ID=asked[1]).code == 0
    rig.run(rig.to_the_end())
    assert stages(rig) == ["completed"]
    judge(rig)


def test_full_disk(make_rig: MakeRig) -> None:
    rig = make_rig(folk=PEOPLE, speed=BRISK)
    reader = Reader(rig, "The disk is full")
    rig.run(begin(rig, BOTH))
    rig.run(rig.pass_time(hours=1))
    limit = _raw(rig).execute("PRAGMA page_count").fetchone()[0]
    _raw(rig).execute(f"PRAGMA max_page_count = {limit}")
    with pytest.raises(StorageError) as refused:
        rig.engine.ctx.db.write_here(
            lambda u: u.connection.exec_driver_sql(
                "INSERT INTO activity (at_ms, kind, words) VALUES (1, 'x', hex(zeroblob(200000)))"
            )
        )
    assert str(refused.value) == reader.sees
    rig.run(rig.pass_time(hours=2))
    _raw(rig).execute("PRAGMA max_page_count = 1073741823")
    rig.hurry(FAST)
    rig.run(rig.to_the_end())
    assert reader.types("status").code == 0
    judge(rig)


def _raw(rig: Rig) -> sqlite3.Connection:
    with rig.engine.ctx.db._writer.connect() as connection:
        found = connection.connection.dbapi_connection
    assert isinstance(found, sqlite3.Connection)
    return found


def _campaign_with_backup(rig: Rig, target: Path) -> None:
    """Run a campaign half-way, back up, and let it go on for a day."""
    rig.run(begin(rig, BOTH))
    rig.run(rig.pass_time(minutes=62))
    rig.run(rig.engine.services.backups.make(target))
    rig.run(rig.pass_time(hours=5))


def test_restored_backup(make_rig: MakeRig) -> None:
    rig = make_rig(folk=PEOPLE, speed=BRISK)
    reader = Reader(rig, "A backup was restored")
    target = rig.folder / "b.db"
    _campaign_with_backup(rig, target)
    reader.types("restore FILE", FILE=str(target))
    reader.types("engine")
    assert reader.sees in reader.told()
    assert reader.types("check").code == 0
    judge(rig)


def test_locked_keyring(make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = make_rig(folk=folk(FRIEND))
    reader = Reader(rig, "The keyring is locked")
    rig.run(begin(rig, WRITING))
    rig.run(rig.engine.close())
    rig.engine = rig._open()
    connections = rig.engine.ctx.connections
    provider, is_locked = connections.provider, [True]

    async def locked(address: str) -> object:
        if is_locked[0]:
            raise KeyringError("The keyring is locked.", "Unlock it, then try again.")
        return await provider(address)

    monkeypatch.setattr(connections, "provider", locked)
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=1))
    assert reader.sees in reader.told()
    assert rig.wire.writes == []
    is_locked[0] = False
    rig.run(rig.pass_time(minutes=10))
    assert rig.one("SELECT status FROM account") == "ok"
    assert "account set-key ACCOUNT" in reader.commands
    rig.run(rig.to_the_end())
    assert stages(rig) == ["completed"]
    judge(rig)


def test_corrupt_page(make_rig: MakeRig) -> None:
    rig = make_rig(folk=PEOPLE, speed=BRISK)
    reader = Reader(rig, "The database file is damaged")
    target = rig.paths.backups / "leadloom-20260105-090000-daily.db"
    rig.paths.backups.mkdir()
    _campaign_with_backup(rig, target)
    rig.run(rig.engine.close())
    _damage(rig.paths.database)
    with pytest.raises(StorageError) as refused:
        _start_anew(rig)
    assert str(refused.value) == reader.sees
    reader.types("restore BACKUP", BACKUP=str(restoring.newest_first(rig.paths)[0]))
    reader.types("engine")
    assert reader.types("check").code == 0
    judge(rig)


def _start_anew(rig: Rig) -> None:
    rig.engine = rig._open()
    rig.run(rig.engine.start())


def _damage(database: Path) -> None:
    """Overwrite the root page of a table in the middle of the file."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'delivery'").fetchone()[0]
    with database.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xa5" * size)


def test_second_computer(make_rig: MakeRig) -> None:
    rig = make_rig(folk=PEOPLE, speed=BRISK)
    reader = Reader(rig, "The data folder came to a second computer")
    rig.run(begin(rig, BOTH))
    rig.run(rig.pass_time(hours=2))
    rig.run(rig.engine.close())
    copy = rig.folder / "copy.db"
    shutil.copy(rig.paths.database, copy)
    rig.engine = rig._open()
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=4))
    rig.run(rig.engine.close())
    for file in rig.paths.data.glob("leadloom.db*"):
        file.unlink()
    shutil.copy(copy, rig.paths.database)
    shutil.rmtree(rig.paths.state)
    rig.paths.state.mkdir()
    rig.engine = rig._open()
    rig.run(rig.engine.start())
    writes = len(rig.wire.writes)
    rig.run(rig.pass_time(hours=20))
    assert reader.sees in reader.told()
    assert len(rig.wire.writes) == writes
    assert reader.types("attention resolve h1 go_on").code == 0
    rig.hurry(FAST)
    rig.run(rig.to_the_end())
    nothing_twice(rig, [e for e in rig.world.state.effects if e.kind in ("invite", "message")])
    assert Console(rig).run("check").code == 0
