"""A list that is left while it is still being read: its file and its stage are closed, wherever the reading was."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import pytest

from engine.services import import_sessions
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
