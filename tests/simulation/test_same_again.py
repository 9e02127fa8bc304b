"""A seed is the same run every time: whoever is told its number sees what the reporter saw."""

from __future__ import annotations

import pytest

from tests.simulation import twice
from tests.simulation.__main__ import main


def test_the_same_seed_gives_the_same_event_log() -> None:
    assert list(twice.differing([35], jobs=1)) == []


def test_a_difference_is_told_and_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(twice, "hash_of", lambda seed, order: f"{seed} {order if seed == 4 else ''}")
    assert main(["--seeds", "3", "--seed", "3", "--twice", "--jobs", "2"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "Seeds 3 to 5, 2 at once.",
        "seed 4: 4 1 is followed by 4 2",
        "3 seeds run twice, 1 with another event log.",
    ]
