"""Campaigns as rows for lists: state, counts by stage, what is next."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from storage.queries.coming import planned_next
from storage.tables import account, campaign, campaign_start, delivery, enrolment

STARTING = "it is being started; if that was cut short, it goes on with the engine, or start it again"


@dataclass(frozen=True, kw_only=True)
class CampaignLine:
    """One campaign of a list; `next_ms` is when its next planned step is due."""

    campaign_id: int
    name: str
    state: str
    pause: str
    account: str | None
    leads: int
    ended: int
    stages: dict[str, int]
    next_ms: int | None
    next_action: str | None
    why: str
    is_starting: bool = False
    ask_left: int = 0


def campaign_lines(connection: Connection, *, with_archived: bool = False) -> list[CampaignLine]:
    """Return every campaign, the newest first."""
    rows = connection.execute(
        select(campaign, account.c.name.label("account_name"), campaign_start.c.campaign_id.label("starting_id"))
        .outerjoin(account, account.c.id == campaign.c.account_id)
        .outerjoin(campaign_start, campaign_start.c.campaign_id == campaign.c.id)
        .order_by(campaign.c.id.desc())
    ).all()
    counts: dict[int, dict[str, int]] = {}
    for c in connection.execute(
        select(enrolment.c.campaign_id, enrolment.c.stage, func.count()).group_by(
            enrolment.c.campaign_id, enrolment.c.stage
        )
    ):
        counts.setdefault(c[0], {})[c[1]] = c[2]
    lines = []
    for row in rows:
        if row.state == "archived" and not with_archived:
            continue
        stages = counts.get(row.id, {})
        leads = sum(stages.values())
        planned = _next(connection, row.id) if row.state in ("running", "paused") else None
        lines.append(
            CampaignLine(
                campaign_id=row.id,
                name=row.name,
                state=row.state,
                pause=row.pause,
                account=row.account_name,
                leads=leads,
                ended=sum(stages.get(s, 0) for s in ("responded", "completed", "withdrawn", "excluded")),
                stages=stages,
                next_ms=planned[0] if planned else None,
                next_action=planned[1] if planned else None,
                why=STARTING if row.starting_id is not None else _why(row.state, leads),
                is_starting=row.starting_id is not None,
                ask_left=row.ask_left,
            )
        )
    return lines


def _next(connection: Connection, campaign_id: int) -> tuple[int, str] | None:
    rows = planned_next(connection, [campaign_id], 1)
    return (rows[0].due_ms, rows[0].kind) if rows else None


def _why(state: str, leads: int) -> str:
    words = {
        "draft": "not started yet",
        "paused": "paused",
        "finished": "every lead has come to an end",
        "archived": "archived",
    }
    return words.get(state, "" if leads else "no leads yet: import some")


def sent_of_step(connection: Connection, campaign_id: int, step_key: str) -> int:
    """Count deliveries of a step."""
    return connection.execute(
        select(func.count())
        .select_from(delivery)
        .where(delivery.c.campaign_id == campaign_id, delivery.c.step_key == step_key, delivery.c.state == "sent")
    ).scalar_one()
