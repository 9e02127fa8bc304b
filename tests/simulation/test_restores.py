"""Backups put back and sequences edited while a campaign runs: nothing goes out twice, and nobody is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.scenes import AGAIN, FRIEND, HELLO, INVITE, SOON, run, scene

PEOPLE = (FRIEND, FRIEND, FRIEND, SOON, SOON, SOON)
STEPS = INVITE + HELLO + AGAIN


@pytest.mark.parametrize("where", ["restore", "restore_elsewhere"])
def test_a_backup_that_is_put_back_makes_nothing_go_out_twice(tmp_path: Path, where: str) -> None:
    acts = [(4.0, "user", "back_up"), (30.0, "user", "back_up"), (52.0, "machine", where), (80.0, "machine", where)]
    ended = run(scene(STEPS, *PEOPLE, days=5, acts=acts), tmp_path)
    assert ended.person.restores.done == 2
    assert ended.findings.first == []


def test_a_campaign_that_a_backup_has_paused_goes_on_after_it_was_put_back(tmp_path: Path) -> None:
    """The judge would call its leads lost (seed 638)."""
    paused = [(4.0, "user", "pause_campaign"), (5.0, "user", "back_up"), (6.0, "later", "resume")]
    ended = run(scene(STEPS, *PEOPLE, days=5, acts=[*paused, (90.0, "machine", "restore")]), tmp_path)
    assert ended.person.restores.done == 1
    assert ended.findings.first == []


def test_a_sequence_is_edited_while_people_are_in_it(tmp_path: Path) -> None:
    acts = [(hour, "user", "edit") for hour in (4.0, 5.0, 9.0, 28.0, 30.0)]
    ended = run(scene(STEPS, *PEOPLE, days=5, acts=acts), tmp_path)
    assert ended.person.edits == 5
    assert ended.findings.first == []
