"""Backups that the simulated person takes and puts back, on the same machine or on another.

A restored file knows nothing of what came after it: what the person told the program since is told no more, and what
was sent since is not in it. Nothing may go out twice all the same.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.services import restoring
from storage.paths import Paths
from tests.fakes.rig import Rig
from tests.simulation.witness import Wishes, Witness

if TYPE_CHECKING:
    from tests.simulation.person import Person


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A backup, and what stood when it was taken."""

    path: Path
    wishes: Wishes
    may_be_paused: frozenset[str]
    imported_late: bool | None
    edits: dict[int, str]
    known: tuple[bool, ...]
    """Of each request so far, whether the file knows of it."""


class Restores:
    """Takes backups and puts them back."""

    def __init__(self, rig: Rig, wishes: Wishes, witness: Witness, person: Person) -> None:
        self._rig = rig
        self._wishes = wishes
        self._witness = witness
        self._person = person
        self.kept: list[Kept] = []
        self.done = 0
        self.elsewhere = 0

    async def take(self) -> None:
        """Take a backup. Raises: UserError."""
        path = self._rig.folder / f"backup-{len(self.kept)}.db"
        wishes, known = copy.deepcopy(self._wishes), tuple(not p.is_forgotten for p in self._witness.posts)
        imported_late, edits = self._person.imported_late, dict(self._person.files)
        await self._rig.engine.services.backups.make(path)
        self.kept.append(
            Kept(
                path=path,
                wishes=wishes,
                may_be_paused=frozenset(self._person.may_be_paused),
                imported_late=imported_late,
                edits=edits,
                known=known,
            )
        )

    def put_back(self, kept: Kept, *, is_elsewhere: bool) -> restoring.RestoreLook:
        """Let a backup take the database's place; the engine must be closed. Raises: BadBackup, StorageError."""
        if is_elsewhere:
            self.elsewhere += 1
            state = self._rig.folder / f"state-{self.elsewhere}"
            state.mkdir()
            self._rig.paths = Paths(data=self._rig.paths.data, state=state)
        seen, _ = restoring.restore(kept.path, self._rig.paths, self._rig.clock.wall())
        self.done += 1
        self._person.imported_late, self._person.files = kept.imported_late, dict(kept.edits)
        self._person.may_be_paused |= kept.may_be_paused
        self._tell_no_more(kept.wishes)
        self._witness.go_back(self._rig.paths, kept.known)
        return seen

    def _tell_no_more(self, before: Wishes) -> None:
        """Hold the program to what the file knows: the person has to say the rest again."""
        wishes = self._wishes
        wishes.everything_paused &= before.everything_paused
        wishes.paused = {k: v for k, v in wishes.paused.items() if before.paused.get(k) == v}
        wishes.archived &= before.archived
        wishes.excluded &= before.excluded
