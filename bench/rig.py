"""An engine on a throw-away data folder, for the performance programs."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

from engine.app import Engine
from engine.clock import SystemClock
from engine.provider.base import Provider
from engine.provider.secret import Secret
from engine.services.connections import Connections
from storage.credentials import MemoryCredentials
from storage.paths import open_paths

CAMPAIGN = """name = "Bench"
[hours]
time_zone = "Europe/Paris"
[[steps]]
kind = "invite"
[[steps]]
kind = "message"
wait = "1wd"
text = "Hi {{ first_name }}, how is {{ company }}?"
"""


def open_bench_engine(data: Path) -> Engine:
    """Open an engine that knows no network."""
    os.environ["LEADLOOM_STATE"] = str(data / "state")
    return Engine.open(open_paths(data), SystemClock(), Connections(MemoryCredentials(), _no_provider), Random(1))


def _no_provider(_address: str, _key: Secret) -> Provider:
    raise AssertionError("a performance program asked for the network")
