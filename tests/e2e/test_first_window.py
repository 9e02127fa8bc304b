"""The running program in its real window, against the practice LinkedIn on a loopback port: pause, second start, time.

After Pause nothing is sent.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.practice_past import PRESENT, make_past
from storage.paths import Paths
from tests.e2e.hands import Hand, Mouse
from tests.e2e.running import MAIN, ROOT, Running, until

PRACTICE_CAMPAIGNS = ROOT / "resources" / "practice"
QUIET_S = 2.0
"""Four hours at this speed: sends come every few minutes."""
CLOSED_S = 3.0
"""Three hours at an hour a second."""
CAMPAIGN = """name = "First window"
[hours]
time_zone = "Europe/Paris"
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
start = "00:00"
end = "23:59"
[[steps]]
key = "invite"
kind = "invite"
note = ""
accept_within = "5d"
[[steps]]
key = "message"
kind = "message"
wait = "1d"
text = "Hi {{ first_name | default: 'there' }}"
"""


def assert_quiet(running: Running) -> None:
    """Nothing reaches LinkedIn any more."""
    before = len(running.effects())
    time.sleep(QUIET_S)
    assert len(running.effects()) == before


@pytest.fixture
def settled(running: Running, tmp_path: Path) -> Running:
    """A connected account and a draft with sixty people."""
    file = tmp_path / "campaign.toml"
    file.write_text(CAMPAIGN, encoding="utf-8")
    running.serve()
    running.add_account()
    running.run("campaign", "add", str(file))
    running.run("leads", "import", str(running.csv), "--campaign", "First window")
    return running


def test_a_campaign_is_started_paused_and_resumed(settled: Running, hand: Hand) -> None:
    window = settled.open_window()
    hand.press("Campaigns, 1")
    hand.press("Start… First window")
    hand.press("Ask me before each of the first 10 sends")
    hand.press("Start all 60")
    until(lambda: len(settled.effects()) >= 3, "the first sends")

    hand.press("Pause First window")
    window.until_shown("Resume First window")
    assert_quiet(settled)
    assert settled.read("campaign", "list")[0]["state"] == "paused"

    before = len(settled.effects())
    hand.press("Resume First window")
    until(lambda: len(settled.effects()) > before, "sending after the resume")

    hand.press("Pause everything")
    window.until_shown("Resume everything")
    assert_quiet(settled)

    assert settled.end_window() == 0
    checks = settled.read("check")
    assert checks["ok"], [c for c in checks["checks"] if not c["ok"]]


def test_a_second_start_shows_the_window_there_is(running: Running) -> None:
    running.open_window()
    second = subprocess.run(
        [sys.executable, str(MAIN), "--data", str(running.data)],
        env=running.env, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert second.returncode == 0, second.stderr
    assert running.process is not None and running.process.poll() is None


def test_practice_time_stands_still_while_the_program_is_closed(running: Running) -> None:
    folder = running.data / "practice"
    folder.mkdir(parents=True)
    state = running.folder / "state"
    state.mkdir()
    make_past(Paths(data=folder, state=state), PRACTICE_CAMPAIGNS, lambda _: None, days=1)
    clock = folder / "clock.json"

    def kept() -> datetime:
        return datetime.fromisoformat(json.loads(clock.read_text(encoding="utf-8"))["now"])

    window = running.open_window("--demo", "--play")
    until(lambda: kept().date() > PRESENT.date(), "days")
    Mouse(window, running.env).press("An hour of practice time a second")
    until(lambda: "an hour a second" in window.ask("band"), "the hurried clock")
    assert running.end_window(signal.SIGINT) == 0
    at_end = kept()
    time.sleep(CLOSED_S)

    window = running.open_window("--demo")
    shown = until(lambda: window.ask("band"), "the practice clock")
    paris = at_end.astimezone(ZoneInfo("Europe/Paris"))
    assert any(paris.strftime(form) in shown for form in ("%d Jan", "%-d Jan")), (shown, at_end)
    assert paris.strftime("%H:%M") in shown, (shown, at_end)
    assert kept() == at_end
