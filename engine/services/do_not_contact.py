"""The do-not-contact list: adding an entry stops whoever it names at once, removing one restarts nobody by itself.

The entry is kept first: from that commit on nothing is armed for them, however many enrolments are ended after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from engine.domain.do_not_contact import Entry, read_entry
from engine.errors import Refused
from engine.services.context import Context
from engine.services.lead_changes import CHUNK, LONGEST_REASON_CHARS, exclude_leads, include
from storage.repositories import activity, do_not_contact, lead_choices, state
from storage.repositories.do_not_contact import Listed
from storage.unit_of_work import UnitOfWork

SCANNED_LEADS = 5000


@dataclass(frozen=True, kw_only=True)
class Barred:
    """Entries that were made, how many people they stopped, and why those enrolments were held before."""

    entries: tuple[Listed, ...]
    people: int
    held: dict[int, str]


class DoNotContact:
    """Use cases about whom the person never wants contacted."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def list(self) -> list[Listed]:
        """Return every entry, the newest first."""
        return await self._ctx.db.read(do_not_contact.entries)

    async def add(self, kind: str, text: str, reason: str = "") -> Barred:
        """Put a person (LinkedIn or e-mail address), a company or a domain on the list. Raises: Refused."""
        return await self._add([read_entry(kind, text)], reason)

    async def never_contact(self, lead_ids: Sequence[int], reason: str = "") -> Barred:
        """Put these leads on the list, each as a person. Raises: NotFound."""
        return await self._add(await self._ctx.db.look(lambda u: do_not_contact.people(u, lead_ids)), reason)

    async def remove(self, name: str) -> Listed:
        """Take an entry off the list, by number or by what it says; nobody goes on by it. Raises: NotFound, Refused."""
        now = self._ctx.clock.now()
        return await self._ctx.db.write(lambda u: _remove(u, do_not_contact.find(u, name), now))

    async def take_back_addition(self, done: Barred) -> int:
        """Take new entries off again and let whom they stopped go on. Returns in how many campaigns."""
        now, count = self._ctx.clock.now(), 0
        for listed in done.entries:
            await self._ctx.db.write(partial(_remove, listed=listed, now=now))
            rows = await self._ctx.db.look(lambda u, why=listed.entry.words: lead_choices.excluded_because(u, why))  # type: ignore[misc]
            for start in range(0, len(rows), CHUNK):
                part = [row.id for row in rows[start : start + CHUNK]]
                count += await self._ctx.db.write(
                    partial(_go_on, why=listed.entry.words, ids=part, held=done.held, now=now)
                )
        self._ctx.wakes.all()
        return count

    async def take_back_removal(self, listed: Listed) -> Barred:
        """Put a removed entry back; whoever was started meanwhile is stopped."""
        return await self._add([listed.entry], listed.reason)

    async def _add(self, entries: Sequence[Entry], reason: str) -> Barred:
        reason = " ".join(reason.split())
        if len(reason) > LONGEST_REASON_CHARS:
            raise Refused("This reason is too long.", f"Write at most {LONGEST_REASON_CHARS} characters.")
        now = self._ctx.clock.now()
        made, self._ctx.pause_epoch = await self._ctx.db.write(lambda u: _keep(u, entries, reason, now))
        held: dict[int, str] = {}
        people = 0
        for entry in entries:
            for part in await self._named(entry):
                rows = await self._ctx.db.write(partial(exclude_leads, ids=part, reason=entry.words, now=now))
                held |= {row_id: why for row_id, _, why in rows}
                people += len({lead_id for _, lead_id, _ in rows})
        self._ctx.wakes.all()
        return Barred(entries=tuple(made), people=people, held=held)

    async def _named(self, entry: Entry) -> Sequence[Sequence[int]]:
        found: list[int] = []
        after: int | None = 0
        while after is not None:
            part, after = await self._ctx.db.read(
                partial(do_not_contact.leads_on, entry=entry, after_id=after, limit=SCANNED_LEADS)
            )
            found += part
        return [found[start : start + CHUNK] for start in range(0, len(found), CHUNK)]


def _keep(uow: UnitOfWork, entries: Sequence[Entry], reason: str, now: datetime) -> tuple[list[Listed], int]:
    """Keep entries; a request on its way out is stopped too, if it can be. Returns the new ones."""
    made = []
    for entry in entries:
        listed, is_new = do_not_contact.add(uow, entry, reason, now)
        if is_new:
            made.append(listed)
            words = f"Never contact: {entry.kind} “{entry.shown}”."
            activity.note(uow, now, "listed", words)
    state.raise_pause_epoch(uow)
    return made, state.load(uow).pause_epoch


def _remove(uow: UnitOfWork, listed: Listed, now: datetime) -> Listed:
    if do_not_contact.remove(uow, listed.id):
        words = f"Taken off your do-not-contact list: {listed.entry.kind} “{listed.entry.shown}”."
        activity.note(uow, now, "unlisted", words)
    return listed


def _go_on(uow: UnitOfWork, *, why: str, ids: Sequence[int], held: dict[int, str], now: datetime) -> int:
    rows = [row for row in lead_choices.excluded_because(uow, why) if row.id in set(ids)]
    for row in rows:
        include(uow, row, held.get(row.id, ""), now)
    return len(rows)
