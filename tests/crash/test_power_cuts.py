"""The power goes, and a tail of the log or of the journal with it: the file opens whole, and nothing is sent twice."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.power import Left, check_opened, crashed_rig, open_on, run_to_the_end
from tests.fakes.rig import Rig

EVERY = int(os.environ.get("LEADLOOM_POWER_CUTS", "29"))
"""Every so many cuts are tried; 1 tries all of them."""
Crashed = Callable[[int | str], tuple[Rig, Left]]


@pytest.fixture
def crashed(tmp_path: Path) -> Iterator[Crashed]:
    made: list[Rig] = []

    def make(at: int | str) -> tuple[Rig, Left]:
        rig, left = crashed_rig(tmp_path / f"rig{len(made)}", at)
        made.append(rig)
        return rig, left

    yield make
    for rig in made:
        rig.close()


@pytest.mark.parametrize("point", ["after the journal", "after the request"])
def test_a_log_cut_anywhere_opens_whole_and_knows_every_send_of_the_journal(crashed: Crashed, point: str) -> None:
    rig, left = crashed(point)
    cuts = list(left.log_cuts())
    assert len(cuts) > 100
    for cut in [*cuts[::EVERY], cuts[-1]]:
        open_on(rig, left, log=cut)
        check_opened(rig, f"{left.point}, log of {cut} bytes")
        rig.run(rig.drop())
    rig.reopen()


def test_a_journal_cut_at_any_byte_of_its_last_line_is_read_to_the_line_before(crashed: Crashed) -> None:
    rig, left = crashed("after the request")
    cuts = list(left.journal_cuts())
    assert len(cuts) > 100
    for cut in [*cuts[::EVERY], cuts[-1]]:
        open_on(rig, left, journal=cut)
        check_opened(rig, f"journal of {cut} bytes")
        assert rig.one("SELECT count(*) FROM delivery WHERE state = 'unknown'") == 1
        rig.run(rig.drop())
    rig.reopen()


def test_after_a_lost_tail_of_the_log_the_campaign_ends_with_nothing_sent_twice(crashed: Crashed) -> None:
    number = len(list(crashed("after the request")[1].log_cuts()))
    for back in range(1, number, EVERY):
        rig, left = crashed("after the request")
        cut = list(left.log_cuts())[-back]
        open_on(rig, left, log=cut)
        run_to_the_end(rig, f"log of {cut} bytes, {back} cuts from its end")
