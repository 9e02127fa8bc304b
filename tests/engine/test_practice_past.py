"""The practice account's past: made by running it, there as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

import main as program
from engine import practice_past
from engine.practice_past import PRESENT, make_past
from engine.services.practice import PracticeFiles
from storage.database import Database
from storage.paths import Paths
from storage.queries.invariants import check_all

DAYS = 30


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    folder = tmp_path_factory.mktemp("practice")
    (folder / "data").mkdir()
    (folder / "state").mkdir()
    paths = Paths(data=folder / "data", state=folder / "state")
    told: list[int] = []
    make_past(paths, program.PRACTICE_CAMPAIGNS, told.append)
    assert told == list(range(1, DAYS + 1))
    return paths


def _rows(paths: Paths, sql: str) -> list[tuple[object, ...]]:
    database = Database(paths.database)
    try:
        return [tuple(row) for row in database.read_here(lambda c: c.execute(text(sql)).all())]
    finally:
        database.close()


def test_it_has_something_of_everything_and_a_draft_ready_to_start(past: Paths) -> None:
    stages = {
        (str(name), str(stage))
        for name, stage in _rows(
            past, "SELECT c.name, e.stage FROM enrolment e JOIN campaign c ON c.id = e.campaign_id GROUP BY 1, 2"
        )
    }
    running = {stage for name, stage in stages if name == "Agencies"}
    assert {"pending_invite", "invite_sent", "connected", "messaged", "responded"} <= running
    assert {"completed", "withdrawn", "responded", "excluded"} <= {s for name, s in stages if name != "Agencies"}
    assert dict(_rows(past, "SELECT name, state FROM campaign")) == {  # type: ignore[arg-type]
        "Founders in Lyon": "finished",
        "Agencies": "running",
        "Agencies, second round": "draft",
    }


def test_one_question_is_open_because_a_message_was_lost(past: Paths) -> None:
    assert _rows(past, "SELECT kind, count(*) FROM delivery WHERE state = 'human' GROUP BY 1") == [("message", 1)]


def test_every_invariant_holds(past: Paths) -> None:
    database = Database(past.database)
    try:
        assert [line.name for line in database.read_here(check_all) if not line.ok] == []
    finally:
        database.close()


def test_time_goes_on_where_the_past_ends(past: Paths) -> None:
    ended = PracticeFiles(past.data).saved_now()
    assert 0 <= (ended - PRESENT).total_seconds() < 3600
    assert not (past.data / "past").exists()


def test_a_past_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "state").mkdir()
    paths = Paths(data=tmp_path / "data", state=tmp_path / "state")

    def break_off(day: int) -> None:
        if day == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_past(paths, program.PRACTICE_CAMPAIGNS, break_off)
    assert list(paths.data.iterdir()) == []
    monkeypatch.setattr(practice_past, "PARTS", practice_past.PARTS[-1:])
    make_past(paths, program.PRACTICE_CAMPAIGNS, lambda _: None, days=1)
    assert sorted(path.name for path in paths.data.iterdir()) == ["clock.json", "leadloom.db", "world.json"]
