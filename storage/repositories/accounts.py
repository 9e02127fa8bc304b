"""Accounts: status, breakers and what was last read of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from engine.domain.breaker import Opening
from engine.errors import NotFound, Topic
from storage.column_types import to_ms
from storage.repositories import activity
from storage.tables import account, breaker, campaign, outage
from storage.unit_of_work import UnitOfWork


def find(uow: UnitOfWork, name_or_id: str) -> Row[Any]:
    """Return the account of that name or id (ours or the provider's). Raises: NotFound."""
    rows = uow.connection.execute(select(account).where(account.c.removed_ms.is_(None)).order_by(account.c.id)).all()
    for matches in (
        lambda r: r.provider_account_id == name_or_id,
        lambda r: str(r.id) == name_or_id,
        lambda r: r.name.casefold() == name_or_id.casefold(),
    ):
        found = [r for r in rows if matches(r)]
        if len(found) == 1:
            return found[0]
        if found:
            raise NotFound(
                f"Several accounts are called “{name_or_id}”.", "Use the account's id.", topic=Topic.ACCOUNTS
            )
    raise NotFound(f"There is no account “{name_or_id}”.", "Check its name.", topic=Topic.ACCOUNTS)


def working_at(connection: Connection, address: str) -> dict[str, bool]:
    """Return the accounts of an address by the provider's id, and whether each works."""
    rows = connection.execute(
        select(account.c.provider_account_id, account.c.status).where(
            account.c.address == address, account.c.removed_ms.is_(None)
        )
    )
    return {row.provider_account_id: row.status == "ok" for row in rows}


def set_columns(uow: UnitOfWork, account_id: int, **columns: Any) -> None:
    """Write settings of an account."""
    uow.connection.execute(update(account).where(account.c.id == account_id).values(**columns))
    uow.changed("account", account_id)


def campaigns_in_its_hours(uow: UnitOfWork, account_id: int) -> list[int]:
    """Return the campaigns of an account that have no hours of their own."""
    followers = select(campaign.c.id).where(campaign.c.account_id == account_id, campaign.c.time_zone.is_(None))
    return list(uow.connection.execute(followers).scalars())


def mark_read(uow: UnitOfWork, account_id: int, **columns: Any) -> None:
    """Write how far an account was read: told as a change of its own, for which no worker has to wake."""
    uow.connection.execute(update(account).where(account.c.id == account_id).values(**columns))
    uow.changed("reading", account_id)


def set_status(
    uow: UnitOfWork, account_id: int, status: str, why: str, now: datetime, *, by_person: bool = False
) -> bool:
    """Set an account's health; returns whether it changed. Only a person (`by_person`) ends a restriction."""
    may_end = () if by_person else (account.c.status != "restricted",)
    changed = uow.connection.execute(
        update(account)
        .where(account.c.id == account_id, account.c.status != status, *may_end)
        .values(status=status, status_why=why, status_ms=to_ms(now))
    ).rowcount
    if changed:
        words = "The account works." if status == "ok" else f"The account stopped: {why}."
        activity.note(uow, now, "account_status", words, account_id=account_id)
        uow.changed("account", account_id)
    return bool(changed)


def breaker_level(uow: UnitOfWork, account_id: int, action: str) -> int:
    """Return how often an action's breaker has opened in a row."""
    level = uow.connection.execute(
        select(breaker.c.level).where(breaker.c.account_id == account_id, breaker.c.action == action)
    ).scalar_one_or_none()
    return level or 0


def open_breaker(uow: UnitOfWork, account_id: int, opening: Opening, now: datetime) -> None:
    """Store a stop of an account or of one of its actions."""
    values = {
        "opened_ms": to_ms(now),
        "until_ms": to_ms(opening.until),
        "why": opening.why,
        "level": opening.level,
        "is_open": 1,
    }
    added = sqlite_insert(breaker).values(account_id=account_id, action=opening.action, **values)
    uow.connection.execute(
        added.on_conflict_do_update(
            index_elements=[breaker.c.account_id, breaker.c.action],
            set_={**values, "until_ms": func.max(func.coalesce(breaker.c.until_ms, 0), to_ms(opening.until))},
        )
    )
    uow.changed("account", account_id)


def close_breakers(uow: UnitOfWork, account_id: int, actions: Iterable[str]) -> None:
    """A good answer came: forget how often these stopped."""
    uow.connection.execute(
        update(breaker)
        .where(breaker.c.account_id == account_id, breaker.c.action.in_(tuple(actions)), breaker.c.is_open == 1)
        .values(is_open=0, level=0)
    )


def note_outage(uow: UnitOfWork, account_id: int, *, began: datetime, ended: datetime, recovery_s: float) -> None:
    """Write down that reads failed for a while; `recovery_s`: real seconds from the first good answer to the last."""
    uow.connection.execute(
        insert(outage).values(
            account_id=account_id,
            began_ms=to_ms(began),
            ended_ms=to_ms(ended),
            recovery_ms=round(recovery_s * 1000),
        )
    )
