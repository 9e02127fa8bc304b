"""The one place that makes a request with an effect on a person. It takes the ticket of an armed attempt."""

from __future__ import annotations

from engine.domain.ledger import DeliveryKind
from engine.errors import Cause
from engine.provider.base import Provider, Verdict, WriteResult
from engine.services.sending.claiming import Claimed
from storage.repositories.deliveries import Armed


async def post(provider: Provider, claimed: Claimed, armed: Armed) -> WriteResult:
    """Make exactly one request for an armed attempt."""
    account_id, person = claimed.account.provider_account_id, claimed.lead_provider_id
    if armed.kind is DeliveryKind.VISIT:
        return await provider.visit(account_id, person or claimed.identifier)
    if person is None:
        return _impossible("the person's LinkedIn id isn't known")
    if armed.kind is DeliveryKind.INVITE:
        return await provider.invite(account_id, person, armed.body)
    if armed.kind is DeliveryKind.WITHDRAW:
        if claimed.invitation_id is None:
            return _impossible("the invitation's id could not be found")
        return await provider.withdraw(account_id, claimed.invitation_id)
    if not armed.body:
        return _impossible("there is no text")
    return await provider.send_message(account_id, person, armed.body, chat_id=claimed.row.chat_id)


def _impossible(why: str) -> WriteResult:
    return WriteResult(verdict=Verdict.NOT_SENT, cause=Cause.CONFIG, detail=why)
