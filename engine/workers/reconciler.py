"""Settles one account's unknown rows by reading: on schedule, one at a time, for ever until settled or asked."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from engine.domain.ledger import DeliveryState
from engine.errors import KeyringError, ProviderError
from engine.provider.base import Provider
from engine.services.context import Context
from engine.services.sending import people, reconciling
from engine.services.sending.claiming import has_chat_with
from engine.services.sending.reconciling import Evidence
from engine.workers.looks import evidence_for, need_healthy, unread
from storage.column_types import from_ms, to_ms
from storage.queries.lane import ReadAccount, read_account
from storage.repositories import deliveries
from storage.tables import IS_OPEN, attempt, delivery, enrolment, lead
from storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Person:
    provider_id: str | None
    identifier: str
    has_chat: bool


class Reconciler:
    """Looks at each unknown row when its look is due."""

    def __init__(self, ctx: Context, account_id: int) -> None:
        self._ctx = ctx
        self._account_id = account_id
        self._wake = ctx.wakes.new()

    async def run(self) -> None:
        """Settle what is due, then sleep until the next look."""
        while not self._ctx.is_stopping:
            self._wake.clear()
            until = await self.run_once()
            await self._ctx.clock.wait(until, self._wake)

    async def run_once(self) -> datetime | None:
        """Look at every due row once; returns when the next look is due."""
        now = self._ctx.clock.now()
        looks = await self._ctx.db.read(lambda c: _looks(c, self._account_id))
        due = [row.id for row in looks if row.next_look_ms <= to_ms(now)]
        for delivery_id in due:
            with self._ctx.clock.held():
                await self._look_at(delivery_id)
            self._ctx.wakes.all()
        if due:
            looks = await self._ctx.db.read(lambda c: _looks(c, self._account_id))
        return from_ms(looks[0].next_look_ms) if looks else None

    async def _look_at(self, delivery_id: int) -> None:
        ctx = self._ctx
        row, armed_at, person, account = await ctx.db.read(lambda c: _load(c, delivery_id))
        try:
            provider = await ctx.connections.provider(account.address)
            provider_id = person.provider_id or await self._resolve(provider, account, row, person.identifier)
            evidence = await evidence_for(
                provider, account.provider_account_id, row, provider_id, armed_at, has_chat=person.has_chat
            )
        except ProviderError as error:
            evidence = unread(error)
        except KeyringError as error:
            evidence = Evidence(is_valid=False, why_not=error.title)
        except people.WrongPerson as error:
            evidence = Evidence(is_valid=False, is_gone=True, why_not=str(error))
        except people.SamePerson:
            evidence = Evidence(is_valid=False, is_gone=True, why_not="this person is another of your leads too")
        await ctx.db.write(lambda u: _settle(u, delivery_id, evidence, ctx.clock.now(), armed_at))

    async def _resolve(
        self, provider: Provider, account: ReadAccount, row: deliveries.DeliveryRow, identifier: str
    ) -> str:
        """Find out who a person is that a restored file hasn't met yet.

        Raises: ProviderError, WrongPerson, SamePerson.
        """
        ctx = self._ctx
        await ctx.db.write(lambda u: deliveries.use_profile_read(u, account.account_id, ctx.clock.now()))
        await need_healthy(provider, account.provider_account_id)
        profile = await provider.profile(account.provider_account_id, identifier)
        await ctx.db.write(
            lambda u: people.resolve(u, deliveries.get(u, row.delivery_id).lead_id, profile, ctx.clock.now())
        )
        return profile.provider_id


def _settle(uow: UnitOfWork, delivery_id: int, evidence: Evidence, now: datetime, armed_at: datetime) -> None:
    row = deliveries.get(uow, delivery_id)
    if row.state is DeliveryState.UNKNOWN:
        reconciling.settle(uow, row, evidence, now, armed_at)


def _looks(connection: Connection, account_id: int) -> Sequence[Any]:
    """Return the unknown rows and when their next looks are due, the earliest first."""
    return connection.execute(_LOOKS, {"account_id": account_id}).all()


_LOOKS = (
    select(delivery.c.id, delivery.c.next_look_ms)
    .where(
        delivery.c.account_id == bindparam("account_id"),
        IS_OPEN,
        delivery.c.state == DeliveryState.UNKNOWN,
        delivery.c.next_look_ms.is_not(None),
    )
    .order_by(delivery.c.next_look_ms, delivery.c.id)
)


def _load(connection: Connection, delivery_id: int) -> tuple[deliveries.DeliveryRow, datetime, _Person, ReadAccount]:
    row = connection.execute(select(delivery).where(delivery.c.id == delivery_id)).one()
    armed_ms = connection.execute(
        select(attempt.c.armed_ms).where(attempt.c.delivery_id == delivery_id).order_by(attempt.c.n.desc()).limit(1)
    ).scalar_one_or_none()
    if row.verified_ms is not None and (armed_ms is None or armed_ms < row.verified_ms):
        # a restored or copied file: it may have been sent at any time since the lead was enrolled
        armed_ms = connection.execute(
            select(enrolment.c.enrolled_ms).where(enrolment.c.id == row.enrolment_id)
        ).scalar_one()
    known = connection.execute(
        select(lead.c.provider_id, lead.c.public_identifier, lead.c.identity_key).where(lead.c.id == row.lead_id)
    ).one()
    person = _Person(
        provider_id=known.provider_id,
        identifier=known.public_identifier or known.identity_key.partition(":")[2],
        has_chat=has_chat_with(connection, row.account_id, row.lead_id),
    )
    armed_at = from_ms(armed_ms if armed_ms is not None else row.ended_ms)
    return deliveries.as_row(row), armed_at, person, read_account(connection, row.account_id)
