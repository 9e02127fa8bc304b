"""The API key is in the keyring only: a search of every file that a campaign leaves behind finds it nowhere."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

import main
from engine.errors import UserError
from engine.provider.simulated.api import PracticeApi
from engine.provider.simulated.transport import PracticeTransport
from tests.fakes.rig import CAMPAIGN, FAST, SETTINGS, Rig

KEY = "k3y-0f-the-canary-Zm9vYmFy"
ADDRESS = "http://127.0.0.1:5"
MakeRig = Callable[..., Rig]


@pytest.fixture
def root_logging() -> object:
    """Give the root logger back its handlers."""
    kept = logging.getLogger().handlers[:], logging.getLogger().level
    yield
    for handler in logging.getLogger().handlers:
        handler.close()
    logging.getLogger().handlers[:], level = kept
    logging.getLogger().setLevel(level)


@pytest.mark.usefixtures("root_logging")
def test_a_search_of_all_files_for_the_key_finds_nothing(make_rig: MakeRig, tmp_path: Path) -> None:
    rig = make_rig(people=12, speed=FAST, faults="rough")
    (rig.paths.data / "logs").mkdir()
    main.set_up_logging(rig.paths, "error")
    logging.getLogger().setLevel(logging.DEBUG)
    rig.wire._inner = PracticeTransport(PracticeApi(rig.world, wall=rig.clock.wall, key=KEY))
    rig.run(_campaign(rig))
    with pytest.raises(UserError) as refused:
        rig.run(rig.engine.services.accounts.add(ADDRESS, KEY + "-wrong"))
    assert KEY not in str(refused.value)
    logging.getLogger("anybody").error("X-API-KEY: %s went wrong", KEY)
    exported = tmp_path / "export.csv"
    assert rig.run(rig.engine.services.leads.export(exported)) == len(rig.people)
    files = [p for folder in (rig.paths.data, rig.paths.state) for p in folder.rglob("*") if p.is_file()]
    assert {"leadloom.db", "leadloom.log"} <= {p.name for p in files}
    assert any(p.suffix == ".jsonl" for p in files)
    assert [p.name for p in [*files, exported] if KEY.encode() in p.read_bytes()] == []


async def _campaign(rig: Rig) -> None:
    services = rig.engine.services
    await services.accounts.add(ADDRESS, KEY)
    await services.accounts.set((await services.accounts.list())[0].name, SETTINGS)
    await rig.add_campaign(CAMPAIGN)
    await rig.to_the_end()
