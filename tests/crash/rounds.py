"""Rounds of kills: each has a server, folders and dice of its own, so that it repeats by seed and number alone.

Rounds go on side by side, each in a thread that waits for processes; what they found is counted as they end.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.crash.enumerations import (
    INVITATION,
    MESSAGES,
    VISIT,
    Place,
    kill_along,
    kill_at_random,
    kill_while_reconciling,
)
from tests.crash.fresh_folders import a_backup, an_import, kill_once, the_first_start
from tests.crash.harness import Broken, Launcher, Server, Tally

PEOPLE = 7200
"""Of one server; a new round has a new server and new people, 300 of them connected from the start."""
MOST_A_ROUND = 280
"""A kill uses up one of them at most."""
SAY_EVERY = 100
Kind = Callable[[Place, int], None]
KINDS: tuple[tuple[str, Kind], ...] = (
    ("two messages", lambda place, most: kill_along(place, MESSAGES, most_kills=most)),
    ("an invitation", lambda place, most: kill_along(place, INVITATION, most_kills=most)),
    ("reconciling", lambda place, most: kill_while_reconciling(place, most_kills=most)),
    ("at random", lambda place, most: kill_at_random(place, min(60, most))),
    ("first start", lambda place, most: kill_once(place, the_first_start(place), most_kills=most)),
    ("a visit", lambda place, most: kill_along(place, VISIT, most_kills=most)),
    ("a backup", lambda place, most: kill_once(place, a_backup(place), most_kills=most)),
    ("an import", lambda place, most: kill_once(place, an_import(place), most_kills=most)),
)
"""Each round is of one kind; they come again with other faults and other dice."""
FAULTS = ("calm", "rough")


@dataclass
class Count:
    """What all rounds came to so far; threads add to it."""

    wanted: int
    total: Tally = field(default_factory=Tally)
    begun: float = field(default_factory=time.monotonic)
    said: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def left(self) -> int:
        """How many kills are still wanted; none after something broke."""
        return 0 if self.total.broken else max(0, self.wanted - self.total.kills)

    def add(self, tally: Tally) -> None:
        """Add a round, and print a line for each hundred kills that are full."""
        with self.lock:
            self.total.add(tally)
            if self.total.kills // SAY_EVERY > self.said:
                self.said = self.total.kills // SAY_EVERY
                spent_s = time.monotonic() - self.begun
                print(f"{self.total.kills} kills, {self.total.starts} starts, {spent_s:.0f} s", flush=True)


def carry_out(seed: int, wanted: int, jobs: int, only: int | None) -> Tally:
    """Kill until the wanted number is reached, `jobs` rounds at a time; `only` is the one round to repeat."""
    count = Count(wanted)
    if only is not None:
        count.add(one_round(seed, only, wanted))
        return count.total
    number = 0
    with ThreadPoolExecutor(jobs, "round") as pool:
        while count.left:
            batch = [pool.submit(one_round, seed, number + n, count.left) for n in range(jobs)]
            number += jobs
            for done in as_completed(batch):
                count.add(done.result())
    return count.total


def one_round(seed: int, number: int, most_kills: int) -> Tally:
    """Kill in one way on a server of its own; at most so often, and a recovery's kills more."""
    name, kill = KINDS[number % len(KINDS)]
    tally, launcher = Tally(), Launcher()
    with tempfile.TemporaryDirectory(prefix="leadloom-crashes-") as folder:
        faults = FAULTS[number // len(KINDS) % len(FAULTS)]
        server = Server(Path(folder), PEOPLE, faults=faults, seed=100 + number)
        try:
            dice = Random(f"crashes {seed} {number}")
            place = Place(path=Path(folder), server=server, launcher=launcher, tally=tally, dice=dice)
            kill(place, min(most_kills, MOST_A_ROUND))
        except Broken as error:
            tally.broken.append(f"round {number} ({name}, {faults}): {error}")
        finally:
            launcher.close()
            server.close()
    return tally
