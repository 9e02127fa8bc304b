"""A list that is left while it is still being read: its file and its stage are closed, wherever the reading was."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import pytest

from engine.errors import BadFile, StorageError
from engine.services import import_sessions, import_undo, importing
from engine.services.import_reading import Reader, Source
from storage.import_stage import ImportStage
from tests.fakes.rig import Rig

MakeRig = Callable[..., Rig]


class Gate:
    """Holds the thread of a list at one place until the list was left."""

    def __init__(self) -> None:
        self.reached, self.left = threading.Event(), threading.Event()
        self.streams: list[BinaryIO] = []
        self.stages: list[ImportStage] = []

    def hold(self) -> None:
        self.reached.set()
        assert self.left.wait(10)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    made, open_source, make_stage = Gate(), Source.open, ImportStage.__init__

    def note_stream(source: Source) -> BinaryIO:
        made.streams.append(open_source(source))
        return made.streams[-1]

    def note_stage(stage: ImportStage, folder: Path) -> None:
        make_stage(stage, folder)
        made.stages.append(stage)

    monkeypatch.setattr(Source, "open", note_stream)
    monkeypatch.setattr(ImportStage, "__init__", note_stage)
    return made


async def leave(rig: Rig, gate: Gate) -> None:
    """Begin to read a list, and leave it as a window that closes does."""
    path = rig.folder / "list.csv"
    path.write_text("Name,Profile URL\n" + "Ana,linkedin.com/in/ana\n" * 5000, encoding="utf-8")
    session = rig.engine.services.imports.open_file(path)
    reading = asyncio.create_task(session.read())
    assert await asyncio.to_thread(gate.reached.wait, 10)
    reading.cancel()
    session.close()
    gate.left.set()
    with suppress(asyncio.CancelledError):
        await reading
    await asyncio.to_thread(session._thread.shutdown)


@pytest.mark.parametrize("place", ["the stage", "the file", "the rows"])
def test_nothing_stays_open(make_rig: MakeRig, gate: Gate, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    holder, name = {
        "the stage": (import_sessions, "ImportStage"),
        "the file": (Reader, "__init__"),
        "the rows": (Reader, "read_some"),
    }[place]
    real = getattr(holder, name)

    def held(*arguments: object) -> object:
        found = real(*arguments)
        gate.hold()
        return found

    monkeypatch.setattr(holder, name, held)
    rig = make_rig()
    asyncio.run(leave(rig, gate))  # with real threads: the rig's own loop has none
    assert [stream.closed for stream in gate.streams] == [True] * len(gate.streams)
    assert [stage.path.exists() for stage in gate.stages] == [False]


LIST = "First Name,Profile URL\n" + "".join(f"A,linkedin.com/in/a-{n}\n" for n in range(5))


def failing(rig: Rig, after: int, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let the disk be full after so many more writes."""
    real, left = rig.engine.ctx.db.write, [after]

    async def write(fn: Callable[..., object]) -> object:
        left[0] -= 1
        if left[0] < 0:
            raise StorageError("The disk is full.")
        return await real(fn)

    monkeypatch.setattr(rig.engine.ctx.db, "write", write)
    return monkeypatch


def count(rig: Rig, table: str) -> int:
    return int(rig.one(f"SELECT count(*) FROM {table}"))


@pytest.mark.parametrize("after", range(1, 8))
def test_an_undo_that_was_cut_short_is_finished_at_the_next_start(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    rig = make_rig()
    rig.run(rig.engine.services.campaigns.add('name = "C"\n[[steps]]\nkind = "invite"\n'))
    path = rig.folder / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    outcome = rig.run(rig.engine.services.leads.import_file(path, "C"))
    monkeypatch.setattr(import_undo, "CHUNK", 2)
    with monkeypatch.context() as full:
        failing(rig, after, full)
        with pytest.raises(StorageError):
            rig.run(rig.engine.services.imports.undo(outcome.batch_id))
    rig.crash()
    rig.run(rig.engine.start())
    assert (count(rig, "lead"), count(rig, "enrolment")) == (0, 0)
    assert rig.one("SELECT undone_ms FROM import_batch") is not None


def test_an_import_of_which_the_disk_took_a_part_is_taken_back_or_at_least_not_started(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig()
    rig.run(rig.add_account())
    rig.run(rig.engine.services.campaigns.add('name = "C"\n[[steps]]\nkind = "invite"\n'))
    path = rig.folder / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    monkeypatch.setattr(importing, "CHUNK", 2)
    with monkeypatch.context() as full:
        failing(rig, 3, full)
        with pytest.raises(StorageError):
            rig.run(rig.engine.services.leads.import_file(path, "C"))
    assert count(rig, "enrolment") == 4
    assert rig.run(rig.engine.services.campaigns.start("C")).contacted == 0
    rig.run(rig.engine.services.leads.import_file(path, "C"))
    assert count(rig, "enrolment") == 5


class CutOff(Exception):
    pass


def cut_off(*_: int) -> None:
    raise CutOff


@pytest.mark.parametrize("place", ["the rows", "the addresses"])
def test_a_list_of_which_a_part_was_read_is_not_judged_mended_or_imported(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    rig = make_rig()
    for name in ("READ_ROWS", "JUDGED_ROWS"):
        monkeypatch.setattr(import_sessions, name, 2)
    path = rig.folder / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    session = rig.engine.services.imports.open_file(path)
    if place == "the addresses":
        rig.run(session.read())
    with pytest.raises(CutOff):
        rig.run(
            session.read(progress=cut_off) if place == "the rows" else session.set_column(0, "profile_url", cut_off)
        )
    for refused in (
        lambda: session.judge(None),
        lambda: session.apply(None),
        lambda: session.edit(1, 0, "x"),
        lambda: session.set_column(1, "profile_url"),
    ):
        with pytest.raises(BadFile, match="not read to its end"):
            rig.run(refused())
    assert count(rig, "lead") == count(rig, "import_batch") == 0
    rig.run(session.read())
    assert rig.run(session.apply(None)).new == 5
    session.close()
