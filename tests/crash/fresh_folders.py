"""Kills what a person does once: the first start, a backup, an import. Each kill has a data folder of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from engine.domain.practice_people import csv_text, make_people
from storage.backup import inspect
from tests.crash.enumerations import INVITE, NO_POINT, Place, Points
from tests.crash.harness import HOURS, Broken, Folder

IMPORTED = 40
LEADS = "SELECT (SELECT count(*) FROM lead), (SELECT count(*) FROM enrolment)"


@dataclass(frozen=True, kw_only=True)
class Once:
    """A command, what goes before it, and what must hold after it was killed."""

    name: str
    words: tuple[str, ...]
    judge: Callable[[Folder], None]
    is_made: bool = True
    before: tuple[str, ...] = ()

    def folder(self, place: Place, mark: object) -> Folder:
        """Return a new folder, ready for the command."""
        folder = place.folder(f"{self.name} {mark}", is_made=self.is_made)
        if self.before:
            folder.run(*self.before)
        return folder


def kill_once(place: Place, once: Once, points: Points | None = None, *, most_kills: int = NO_POINT) -> None:
    """Kill a command at each point, by default at every one until it ends by itself."""
    until = place.tally.kills + most_kills
    for at in count(1) if points is None else points:
        folder = once.folder(place, at)
        is_killed = folder.run(*once.words, at=at)["killed"]
        once.judge(folder)
        if not is_killed or place.tally.kills >= until:
            return


def names_of_points(place: Place, once: Once) -> list[str]:
    """Run a command whole; returns the names of its points as they came first."""
    found: dict[str, int] = json.loads(once.folder(place, "whole").run(*once.words, at=NO_POINT)["said"])
    found.pop("passed")
    return list(found)


def the_first_start(_place: Place) -> Once:
    """Return the start that makes the database; the next one must find an empty folder or a whole file."""

    def judge(folder: Folder) -> None:
        folder.make()
        folder.judge()

    return Once(name="first start", words=("engine", "--until-idle"), judge=judge, is_made=False)


def a_backup(place: Place) -> Once:
    """Return the making of a backup; its file is whole or not there, and can be made again."""
    target = place.path / "backup.db"

    def judge(folder: Folder) -> None:
        if target.exists():
            inspect(target)
            target.unlink()
        folder.run("backup", str(target))
        inspect(target)
        target.unlink()
        folder.judge()

    return Once(name="backup", words=("backup", str(target)), judge=judge)


def an_import(place: Place) -> Once:
    """Return an import; after the next start the leads are all there or none is, and importing again makes it whole."""
    csv, campaign = place.path / "many.csv", place.path / "many.toml"
    csv.write_text(csv_text(make_people(IMPORTED, 999)), encoding="utf-8")
    campaign.write_text(f'name = "Many"\n{HOURS}{INVITE}', encoding="utf-8")
    words = ("leads", "import", str(csv), "--campaign", "Many")

    def judge(folder: Folder) -> None:
        folder.run()
        found = folder.look({"leads": LEADS})["leads"]
        if found not in ([[0, 0]], [[IMPORTED, IMPORTED]]):
            raise Broken(f"an import was left half done: {found}")
        folder.run(*words)
        found = folder.look({"leads": LEADS})["leads"]
        if found != [[IMPORTED, IMPORTED]]:
            raise Broken(f"an import that was repeated made {found}")
        folder.judge()

    return Once(name="import", words=words, judge=judge, before=("campaign", "add", str(campaign)))
