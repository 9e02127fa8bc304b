"""A hundred real SIGKILLs, at numbered points and at random, some of them while the program recovers from another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from engine.domain.practice_people import Character
from tests.crash.harness import (
    INVITATION,
    INVITE,
    MESSAGE,
    ONE_MESSAGE,
    Folder,
    Launcher,
    Server,
    Tally,
    kill_at_every_point,
    kill_at_random,
    points_of,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs fork and SIGKILL")
POINTS_OF_A_SEND = {
    *("before a commit", "after a commit", "before the journal", "in the journal's line", "before the journal's fsync"),
    *("after an fsync", "before the first byte", "after the first byte", "after the headers"),
    *("after a part of the body", "after bytes of the answer"),
}
POINTS_BEFORE_JOURNAL = 4
"""Claim, what the look found, arming."""


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    made = Launcher()
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("server"), 2400)
    yield made
    made.close()


@pytest.mark.timeout(240)
def test_a_kill_at_every_point_of_a_message_and_again_while_recovering(
    tmp_path: Path, server: Server, launcher: Launcher
) -> None:
    tally = Tally()
    folder = Folder(tmp_path / "folder", server, launcher, tally)
    points = points_of(folder, server, ONE_MESSAGE, with_reads=False)
    kill_at_every_point(
        folder,
        server,
        ONE_MESSAGE,
        Random("message"),
        again=0.5,
        with_reads=False,
        stride=12,
        closely_from=points["before the journal"] - POINTS_BEFORE_JOURNAL,
    )
    assert set(tally.points) >= POINTS_OF_A_SEND
    assert tally.kills >= 20, tally
    assert tally.asked <= tally.kills


@pytest.mark.timeout(240)
def test_kills_along_an_invitation_and_its_withdrawal(tmp_path: Path, server: Server, launcher: Launcher) -> None:
    tally = Tally()
    folder = Folder(tmp_path / "folder", server, launcher, tally)
    kill_at_every_point(folder, server, INVITATION, Random("invitation"), stride=9, again=0.5)
    assert tally.kills >= 5
    assert len(tally.points) >= 4


@pytest.mark.timeout(240)
def test_kills_at_random_moments_of_a_campaign(tmp_path: Path, server: Server, launcher: Launcher) -> None:
    tally = Tally()
    folder = Folder(tmp_path / "folder", server, launcher, tally)
    crowd = (Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS, Character.ACCEPTS_SOON, Character.ANSWERS_FIRST)
    folder.fill(server.take(*crowd * 5), INVITE.replace("3h", "2d") + MESSAGE.format(wait="0m", words="Hello"))
    kill_at_random(folder, Random("crowd"), 50)
    assert tally.kills >= 40
    assert tally.effects >= 20
    assert tally.asked <= tally.kills
