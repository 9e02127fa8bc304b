"""A hundred real SIGKILLs, at every named point and at random, many of them while the program recovers from another."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from tests.crash.enumerations import (
    INVITATION,
    ONE_MESSAGE,
    Place,
    kill_along,
    kill_at_random,
    kill_while_reconciling,
    points_of,
)
from tests.crash.fresh_folders import a_backup, an_import, kill_once, names_of_points, the_first_start
from tests.crash.harness import Launcher, Server, Tally

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs fork and SIGKILL")
POINTS = {
    *("before a commit", "after a commit", "before the journal", "in the journal's line", "before the journal's fsync"),
    *("after an fsync", "before connecting", "after asking to read"),
    *("before the first byte", "after the first byte", "after the headers", "after a part of the body"),
    *("after the last byte", "after the status line", "after the answer's headers", "inside the answer's body"),
    *("after the answer's body", "before looking at an unknown send", "after looking at an unknown send"),
    *("inside settling an unknown send", "inside a migration", "before a migration's commit", "after a migration"),
    *("before a rename", "after a rename", "inside an import's chunk"),
}
AT_RANDOM = 46
KILLS = 100


def _along_a_message(place: Place) -> None:
    names = [name for name in points_of(place, place.folder("whole"), ONE_MESSAGE) if name != "passed"]
    kill_along(place, ONE_MESSAGE, names, again=0.4)

    kill_while_reconciling(place, sorted(name for name in POINTS if "unknown send" in name))


def _along_what_is_done_once(place: Place) -> None:
    kill_along(place, INVITATION, range(4, 90, 11), again=0.3)
    for once in (the_first_start(place), a_backup(place), an_import(place)):
        kill_once(place, once, names_of_points(place, once))
    kill_once(place, the_first_start(place), range(30, 150, 30))


def _at_random(place: Place) -> None:
    kill_at_random(place, AT_RANDOM)


WAYS: tuple[Callable[[Place], None], ...] = (
    _along_a_message,
    _at_random,
    _along_what_is_done_once,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("server"), 1500)
    yield made
    made.close()


@pytest.mark.timeout(240)
def test_a_hundred_kills_send_nothing_twice_and_lose_nothing(tmp_path: Path, server: Server) -> None:
    """The ways go on side by side: each waits for its own processes most of the time."""

    def carry_out(way: Callable[[Place], None]) -> Tally:
        path, tally, launcher = tmp_path / way.__name__, Tally(), Launcher()
        path.mkdir()
        dice = Random(way.__name__)
        try:
            way(Place(path=path, server=server, launcher=launcher, tally=tally, dice=dice))
        finally:
            launcher.close()
        return tally

    total = Tally()
    with ThreadPoolExecutor(len(WAYS)) as pool:
        for tally in pool.map(carry_out, WAYS):
            assert tally.asked <= tally.kills
            total.add(tally)
    assert set(total.points) >= POINTS, POINTS - set(total.points)
    assert total.kills >= KILLS, total
    assert total.effects >= 40, total
    assert total.cold >= 3, total
