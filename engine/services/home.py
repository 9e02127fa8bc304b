"""What Home and the status line show, read in one transaction: nothing in it disagrees. Imports little on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from engine.services.context import Context
from engine.services.questions import Item, open_items
from engine.services.status import Overview, read_overview
from storage.column_types import from_ms
from storage.queries import lead_pages
from storage.queries.campaign_lists import CampaignLine, campaign_lines


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A reply that stopped a sequence."""

    lead_id: int
    name: str
    about: str
    text: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class HomeView:
    """Everything at one moment."""

    overview: Overview
    campaigns: list[CampaignLine]
    questions: list[Item]
    answers: list[Answer]


class Home:
    """Reads only."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def read(self, *, coming: int, answers: int) -> HomeView:
        """Return what is true now, with so many coming steps and newest replies."""
        present = self._ctx.present()
        return await self._ctx.db.read(
            lambda c: HomeView(
                overview=read_overview(c, present, coming),
                campaigns=campaign_lines(c),
                questions=open_items(c, present.now),
                answers=_answers(c, answers),
            )
        )


def _answers(connection: Connection, limit: int) -> list[Answer]:
    """Return the newest replies, one a person."""
    newest: dict[int, Answer] = {}
    for r in lead_pages.answers(connection, 4 * limit):
        newest.setdefault(
            r.lead_id,
            Answer(
                lead_id=r.lead_id,
                name=f"{r.first_name} {r.last_name}".strip() or r.public_identifier or "",
                about=", ".join(x for x in (r.title, r.company) if x),
                text=r.body,
                at=from_ms(r.at_ms),
            ),
        )
    return list(newest.values())[:limit]
