"""Forgetting a person: names and texts go, from the file too; salted hashes stay so that they never come back.

The ledger's rows stay without their texts. It can't be taken back.
"""

from __future__ import annotations

from datetime import datetime

from engine.errors import Refused, Topic
from engine.services.context import Context
from engine.services.lead_changes import exclude_leads
from storage.repositories import activity, enrolments, forgetting, leads
from storage.repositories.enrolment_facts import FORGOTTEN
from storage.scrub import scrub
from storage.unit_of_work import UnitOfWork


class Forgetting:
    """The use case."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def forget(self, name: str) -> None:
        """Erase a person's names and texts; they are never imported again. Raises: NotFound, Refused."""
        now = self._ctx.clock.now()
        await self._ctx.db.write(lambda u: _forget(u, leads.find(u, name).id, now))
        self._ctx.wakes.all()
        while await self._ctx.db.write(leads.purge_text):
            pass
        await self._ctx.db.in_writer_thread(scrub)


def _forget(uow: UnitOfWork, lead_id: int, now: datetime) -> None:
    if leads.rows(uow, [lead_id])[lead_id].forgotten_ms is not None:
        raise Refused("This person has been forgotten already.")
    if forgetting.has_open_row(uow, lead_id):
        raise Refused(
            "A send to this person is still open.", "Answer it first under “Needs you”.", topic=Topic.QUESTIONS
        )
    exclude_leads(uow, [lead_id], FORGOTTEN, now)
    ids = forgetting.erase(uow, lead_id, FORGOTTEN, now)
    activity.note(uow, now, "forgotten", "This person was forgotten.", lead_id=lead_id)
    for enrolment_id in ids:
        enrolments.replan(uow, enrolment_id, now)
    uow.changed("lead", lead_id)
