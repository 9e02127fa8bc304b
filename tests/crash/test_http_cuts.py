"""Every write is cut at another place on real sockets: the verdict is never more than is known, and all ends well."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.domain.practice_people import Character
from tests.crash.cutting_proxy import CUTS, CuttingProxy
from tests.crash.enumerations import INVITE, MESSAGE
from tests.crash.harness import Folder, Launcher, Server, Tally

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs fork")
SPEED = 60_000.0
"""Engine seconds a real second: a send that is asked about takes two hours."""
REQUEST_S = 0.6
"""The deadline of a request in this run; 30 s otherwise."""
VERDICTS = """SELECT a.verdict FROM attempt a JOIN delivery d ON d.id = a.delivery_id
    WHERE d.kind = '{kind}' ORDER BY a.seq"""
KINDS = {
    "message": (b"POST", Character.ALREADY_CONNECTED, MESSAGE.format(wait="0m", words="Hello")),
    "invite": (b"POST", Character.NEVER_ACCEPTS, INVITE.replace("3h", "3d")),
    "withdraw": (b"DELETE", Character.NEVER_ACCEPTS, INVITE),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("server"), 1200, speed=SPEED)
    yield made
    made.close()


def cut_every_write(place: Path, server: Server, kind: str) -> None:
    method, character, steps = KINDS[kind]
    proxy, launcher = CuttingProxy(server.address, method), Launcher()
    try:
        folder = Folder(place, server, launcher, Tally(), address=proxy.address, request_s=REQUEST_S)
        folder.fill(server.take(*[character] * len(CUTS)), steps)
        folder.to_the_end()
        verdicts = [v for (v,) in folder.look({"verdicts": VERDICTS.format(kind=kind)})["verdicts"]]
    finally:
        launcher.close()
        proxy.close()
    assert len(proxy.written) == len(CUTS)
    for written, verdict in zip(proxy.written, verdicts, strict=False):
        assert verdict in written.cut.verdicts, (kind, written.cut.name, verdict)
        assert verdict != "sent" or written.has_happened, (kind, written.cut.name)


@pytest.mark.timeout(240)
def test_a_write_cut_at_any_boundary_is_neither_repeated_nor_lost(tmp_path: Path, server: Server) -> None:
    with ThreadPoolExecutor(len(KINDS)) as pool:
        for done in [pool.submit(cut_every_write, tmp_path / kind, server, kind) for kind in KINDS]:
            done.result()
