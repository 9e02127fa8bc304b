"""A person's answers to "may this go out?": the card that asks, and what approve, skip and stop lead to."""

from __future__ import annotations

from datetime import datetime

from engine.domain.approvals import ApprovalState, is_still_approved
from engine.domain.ledger import DeliveryState
from engine.errors import NotFound, Refused
from engine.services.sending import people
from engine.services.sending.asking import ask_anew, tell, word
from engine.services.sending.texts import Held
from storage.column_types import to_ms
from storage.repositories import approvals, deliveries, enrolments
from storage.repositories.approvals import Request
from storage.repositories.deliveries import DeliveryRow
from storage.unit_of_work import UnitOfWork

Objection = tuple[str, str]
"""What keeps a decision from being carried out, and what to do; the transaction stands nevertheless."""
CHANGED: Objection = ("The text has changed since you were asked.", "Read the new one and decide again.")


def resolve(uow: UnitOfWork, request_id: int, choice: str, now: datetime) -> Objection | None:
    """Carry out a decision. Raises: NotFound, Refused."""
    request = approvals.find(uow, request_id)
    if request is None:
        raise NotFound(f"There is no question a{request_id}.", "Look at what needs you.")
    row = deliveries.get(uow, request.delivery_id)
    if request.state is not ApprovalState.OPEN:
        raise Refused("This question has been answered already.")
    if row.state is not DeliveryState.PLANNED or row.enrolment_id is None:
        raise Refused("This isn't going to be sent any more.", "Nothing needs to be decided.")
    objection = None
    if choice == "approve":
        objection = _approve(uow, row, request, now)
    else:
        _refuse(uow, row, request, choice, now)
    enrolments.replan(uow, row.enrolment_id, now)
    return objection


def _approve(uow: UnitOfWork, row: DeliveryRow, request: Request, now: datetime) -> Objection | None:
    wording = word(uow, row)
    if isinstance(wording, Held) or not is_still_approved(request.body, wording.text):
        ask_anew(uow, row, request, now)
        return CHANGED
    approvals.decide(uow, request, ApprovalState.APPROVED, now)
    approvals.count_approved(uow, request.campaign_id, now)
    tell(uow, row, "decided", "You approved it.", now)
    return None


def _refuse(uow: UnitOfWork, row: DeliveryRow, request: Request, choice: str, now: datetime) -> None:
    is_stop = choice == "stop"
    approvals.decide(uow, request, ApprovalState.STOPPED if is_stop else ApprovalState.SKIPPED, now)
    deliveries.move(
        uow,
        row.delivery_id,
        DeliveryState.PLANNED,
        DeliveryState.SKIPPED,
        ended_ms=to_ms(now),
        resolved_by="human",
        reason="you skipped it",
    )
    tell(uow, row, "decided", f"You decided: {'stop this lead' if is_stop else 'skip this step'}.", now)
    if is_stop and row.enrolment_id is not None:
        people.excluded(uow, row.enrolment_id, "stopped by you", now)
