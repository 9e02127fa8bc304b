"""Imports as a person makes them: a list is opened, looked at, imported, taken back; what was kept is mended later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.errors import NotFound, UserError
from engine.services import import_undo, start_forecasts
from engine.services.campaigns import Campaigns
from engine.services.context import Context
from engine.services.import_applying import ImportOutcome
from engine.services.import_reading import Source, is_worth_importing
from engine.services.import_sessions import ImportSession, Progress, Stopped
from engine.services.import_undo import TakenBack
from engine.services.importing import columns_of
from engine.services.leads import takes_up_at_once
from storage.import_stage import clear_left_over
from storage.queries import import_lists
from storage.queries.import_lists import OpenProblems
from storage.repositories import campaigns, imports

PASTED = "Pasted rows"


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What importing into a campaign leads to: `kind` first, at `at`; None while something stops it, and `why`."""

    state: str
    goes_at_once: bool
    kind: str = ""
    at: datetime | None = None
    is_about: bool = False
    why: str = ""


class Imports:
    """Use cases of the screen "Import"."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def open_file(self, path: Path) -> ImportSession:
        """Return a session for a file; it isn't read yet."""
        return ImportSession(self._ctx, path.name, Source(name=path.name, path=path))

    def open_text(self, text: str) -> ImportSession:
        """Return a session for pasted rows. Raises: UserError."""
        if not is_worth_importing(text):
            raise UserError(
                "There are no leads to paste.", "Copy LinkedIn addresses, or cells of a spreadsheet, first."
            )
        return ImportSession(self._ctx, PASTED, Source(name=PASTED, text=text))

    async def open_kept(self, batch_id: int) -> tuple[ImportSession, int | None]:
        """Return a session with the rows that an import kept for mending, and its campaign. Raises: NotFound."""
        found = await self._ctx.db.look(lambda u: imports.find(u, batch_id))
        if found is None or found.undone_ms is not None:
            raise NotFound("This import has been taken back.")
        session = ImportSession(self._ctx, found.file_name, None, batch_id)
        await session.read_kept(columns_of(found.columns))
        return session, found.campaign_id

    async def kept(self) -> list[OpenProblems]:
        """Return the imports with rows that wait to be mended, the newest first."""
        return await self._ctx.db.read(import_lists.open_problems)

    async def drop_kept(self, batch_id: int) -> int:
        """Keep the rows of an import that weren't mended no longer. Returns how many."""
        return await self._ctx.db.write(lambda u: imports.drop_problems(u, batch_id))

    async def outlook(self, campaign_id: int) -> Outlook:
        """Return what importing into a campaign leads to, by the functions that plan and send. Raises: NotFound."""
        row = await self._ctx.db.look(lambda u: campaigns.get(u, campaign_id))
        goes = await takes_up_at_once(self._ctx, row)
        if not goes or row.state == "paused":
            return Outlook(state=row.state, goes_at_once=goes)
        now, allowance = self._ctx.clock.now(), self._ctx.clock.write_allowance()
        try:
            first = await self._ctx.db.look(lambda u: start_forecasts.first_of_new(u, row, now, allowance))
        except UserError as error:
            return Outlook(state=row.state, goes_at_once=True, why=error.title)
        if first is None:
            return Outlook(state=row.state, goes_at_once=True)
        return Outlook(
            state=row.state,
            goes_at_once=True,
            kind=str(first.kind),
            at=first.at,
            is_about=first.is_about,
            why=first.why,
        )

    async def apply(
        self,
        session: ImportSession,
        campaign_id: int | None,
        progress: Progress | None = None,
        planning: Progress | None = None,
    ) -> ImportOutcome:
        """Import a session's rows; a campaign that has begun takes the new people up.

        Raises: Stopped, NotFound, Refused, StorageError; then nothing was imported, or Stopped says what stays.
        """
        try:
            row = None
            if campaign_id is not None:
                row = await self._ctx.db.look(lambda u: campaigns.get(u, campaign_id))
                campaigns.need_state(row, ("draft", "running", "paused", "finished"), "filled")
            goes_on = row is not None and await takes_up_at_once(self._ctx, row)
            outcome = await session.apply(row, progress)
            if row is not None and goes_on and outcome.new + outcome.merged:
                await self._take_up(session, row.name, outcome, planning)
            return outcome
        finally:
            session.is_stopping = False

    async def _take_up(
        self, session: ImportSession, name: str, outcome: ImportOutcome, planning: Progress | None
    ) -> None:
        try:
            await Campaigns(self._ctx).take_up(name, progress=planning, should_stop=lambda: session.is_stopping)
        except UserError as error:
            outcome.trouble = str(error)
        if session.is_stopping and outcome.batch_id is not None:
            taken = await self.undo(outcome.batch_id)
            stays = f"{taken.leads_kept} leads stay: something has happened since."
            raise Stopped("The import was stopped.", "Nothing was imported." if taken.is_whole else stays)

    async def undo(self, batch_id: int, progress: Progress | None = None) -> TakenBack:
        """Take an import back. Raises: NotFound, Refused."""
        async with self._ctx.imports:
            return await import_undo.take_back(self._ctx, batch_id, progress)

    async def clean_up(self) -> None:
        """Take back what was cut short, and delete what a killed program left behind."""
        async with self._ctx.imports:
            clear_left_over(Path(self._ctx.db.path).parent)
            await import_undo.take_back_unfinished(self._ctx)
