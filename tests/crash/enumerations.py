"""The ways in which the engine is killed: along a send, while it looks at an unknown one, at random.

Each goes on from point to point until a run ends by itself, and lets the two sides be compared after each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random

from engine.domain.practice_people import Character
from tests.crash.harness import Folder, Launcher, Server, Tally

MESSAGE = '[[steps]]\nkind = "message"\nwait = "{wait}"\ntext = "{words}, {{{{ first_name | default: \'friend\' }}}}"\n'
INVITE = '[[steps]]\nkind = "invite"\naccept_within = "3h"\n'
COMPOUND_POINTS = 16
NO_POINT = 10**9
MOMENTS_S = (0.02, 0.5)
"""When a kill at random falls, after the start: beyond it, a small campaign is idle."""
Points = Iterable[int | str]
"""Numbers of points, or names: the first of that name."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A short campaign for one person."""

    name: str
    characters: tuple[Character, ...]
    steps: str


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a kind of killing happens, and what it throws."""

    path: Path
    server: Server
    launcher: Launcher
    tally: Tally
    dice: Random

    def folder(self, name: str, *, is_made: bool = True) -> Folder:
        """Return a new data folder."""
        return Folder(self.path / name, self.server, self.launcher, self.tally, is_made=is_made)


ONE_MESSAGE = Scenario(
    name="one message", characters=(Character.ALREADY_CONNECTED,), steps=MESSAGE.format(wait="0m", words="Hello")
)
INVITATION = Scenario(name="an invitation", characters=(Character.NEVER_ACCEPTS,), steps=INVITE)
MESSAGES = Scenario(
    name="two messages",
    characters=(Character.ALREADY_CONNECTED,),
    steps=MESSAGE.format(wait="0m", words="Hello") + MESSAGE.format(wait="0m", words="And again"),
)
VISIT = Scenario(
    name="a visit",
    characters=(Character.ALREADY_CONNECTED,),
    steps='[[steps]]\nkind = "visit"\n' + MESSAGE.format(wait="1h", words="After a look"),
)
CROWD = (Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS, Character.ACCEPTS_SOON, Character.ANSWERS_FIRST)


def points_of(place: Place, folder: Folder, scenario: Scenario) -> dict[str, int]:
    """Run a scenario whole; returns how many points it `passed`, and by name where each came first."""
    folder.fill(place.server.take(*scenario.characters), scenario.steps)
    found: dict[str, int] = json.loads(folder.run(at=NO_POINT)["said"])
    return found


def kill_along(
    place: Place,
    scenario: Scenario,
    points: Points | None = None,
    *,
    again: float = 0.5,
    with_reads: bool = True,
    most_kills: int = NO_POINT,
) -> None:
    """Kill a scenario at each point, by default at every one until a run ends by itself.

    `again` is the share of kills that are followed by another one while the program recovers; `with_reads` counts
    requests that only read as points, too.
    """
    folder, until = place.folder(scenario.name), place.tally.kills + most_kills
    for at in count(1) if points is None else points:
        folder.fill(place.server.take(*scenario.characters), scenario.steps)
        is_killed = folder.run(at=at, with_reads=with_reads)["killed"]
        goes_on = is_killed
        while goes_on and place.dice.random() < again:
            goes_on = folder.run(at=place.dice.randrange(1, COMPOUND_POINTS))["killed"]
        folder.to_the_end()
        if not is_killed or place.tally.kills >= until:
            return


def kill_while_reconciling(place: Place, points: Points | None = None, *, most_kills: int = NO_POINT) -> None:
    """Leave a message's send open, and kill the run that looks at it at each point."""
    folder, until = place.folder("reconciling"), place.tally.kills + most_kills
    for at in count(1) if points is None else points:
        folder.fill(place.server.take(*ONE_MESSAGE.characters), ONE_MESSAGE.steps)
        folder.run(at="after the last byte")
        is_killed = folder.run(at=at, with_reads=False)["killed"]
        folder.to_the_end()
        if not is_killed or place.tally.kills >= until:
            return


def kill_at_random(place: Place, kills: int) -> None:
    """Kill from outside, at any moment, as often as wanted; the work is filled in beforehand."""
    folder = place.folder("at random")
    steps = INVITE.replace("3h", "2d") + MESSAGE.format(wait="0m", words="Hello")
    folder.fill(place.server.take(*CROWD * 5), steps)
    for _ in range(kills):
        if not folder.run(kill_after_s=place.dice.uniform(*MOMENTS_S))["killed"]:
            break
        folder.judge()
    folder.to_the_end()
