"""T2: everything is judged again against the database as it is now; then the point of no return."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from engine.domain import pacing, planner
from engine.domain.approvals import is_still_approved
from engine.domain.do_not_contact import LIST_WORDS
from engine.domain.enrolment import Act, next_action
from engine.domain.ledger import ACTION_OF_KIND, Action, DeliveryKind, DeliveryState
from engine.domain.limits import GAP_FLOOR_S, HARD_CEILING_PER_DAY, HARD_INVITES_PER_WEEK, WEEK, Full
from engine.domain.planner import Idle, Lane
from engine.errors import LeadloomBug
from engine.services.sending import verifying
from engine.services.sending.asking import ask_anew
from engine.services.sending.claiming import Claimed
from engine.services.sending.looking import Look, text_is_there
from engine.services.sending.people import needs_attention
from engine.services.sending.recording import settle_sent
from engine.services.sending.texts import Held, values_of, write
from storage.column_types import to_ms
from storage.queries.lane import account_uses, lane_account, lane_state
from storage.repositories import activity, approvals, deliveries, enrolments, own_texts, repeats, state
from storage.repositories.deliveries import Armed
from storage.tables import campaign, campaign_share, enrolment, lead
from storage.unit_of_work import UnitOfWork

NO_SUCH, MISSING, FAILED = 15, 6, 4
"""What a look weighs that says that there is nobody, holds nothing, or fails, which may be the line."""
MOST_UNREAD = 150
"""Looks at one person weigh so much before they are a question: 10, 25 or 38, an hour apart."""


@dataclass(frozen=True, kw_only=True)
class Unread:
    """What of one lead can't be read though the account works, and what such a look weighs."""

    what: str
    weight: int


@dataclass(frozen=True, kw_only=True)
class PutBack:
    """Nothing was sent; the row waits again."""

    until: datetime | None
    why: str


def arm(
    uow: UnitOfWork, claimed: Claimed, look: Look, *, now: datetime, allowance: timedelta, boot_id: str, rng: Random
) -> Armed | PutBack:
    """Judge everything again and arm, or put the row back."""
    blocked = _blocked(uow, claimed, now, allowance)
    if blocked is not None:
        return put_back(uow, claimed, blocked, now)
    body = _body(uow, claimed)
    if isinstance(body, Held):
        deliveries.release(uow, claimed.row.delivery_id, reason=body.reason)
        needs_attention(uow, _enrolment_id(claimed), f"the text can't be written: {body.reason}", now)
        enrolments.replan(uow, _enrolment_id(claimed), now)
        return PutBack(until=now, why=body.reason)
    request = approvals.standing(uow, claimed.row.delivery_id)
    if request is not None:
        if not is_still_approved(request.body, body):
            return _ask_anew(uow, claimed, request, now)
        body = request.body
    if body and claimed.row.kind is DeliveryKind.MESSAGE and repeats.has_same_text(uow, claimed.row, body):
        return _said_before(uow, claimed, body, now)
    if verifying.is_doubtful(uow, claimed.row):
        return put_back(uow, claimed, PutBack(until=now, why="LinkedIn is read for this message first"), now)
    if body and claimed.row.kind is DeliveryKind.MESSAGE and text_is_there(uow, claimed, body, look):
        return _found_there(uow, claimed, body, now)
    note_full = _note_full(uow, claimed, body, now, allowance)
    if note_full is not None:
        return put_back(uow, claimed, PutBack(until=note_full.until, why=note_full.why), now)
    _assert_ceilings(uow, claimed, body, now)
    account = lane_account(uow.connection, claimed.account.account_id)
    gap = pacing.draw_gap(rng, account.gap_min_s, account.gap_max_s)
    armed = deliveries.arm(uow, claimed.row, boot_id=boot_id, body=body, not_before=now + gap, now=now)
    _charge_share(uow, claimed)
    return armed


def _blocked(uow: UnitOfWork, claimed: Claimed, now: datetime, allowance: timedelta) -> PutBack | None:
    if state.load(uow).pause_epoch != claimed.pause_epoch:
        return PutBack(until=now, why="something was paused or resumed meanwhile")
    if enrolments.stop_if_listed(uow, _enrolment_id(claimed), claimed.row.lead_id, now):
        return PutBack(until=now, why=LIST_WORDS)
    found = enrolments.load(uow, _enrolment_id(claimed))
    action = next_action(found.facts, found.sequence, found.hours or claimed.account.hours)
    version = uow.connection.execute(
        select(enrolment.c.version_id).where(enrolment.c.id == found.enrolment_id)
    ).scalar_one()
    if version is None or found.sequence != claimed.sequence:
        return PutBack(until=now, why="the sequence was changed")
    open_row_is_ours = found.facts.open_row is None or found.facts.open_row.state == "claimed"
    if not open_row_is_ours or not isinstance(action, Act) or action.step_key != claimed.row.step_key:
        return PutBack(until=now, why="the plan changed meanwhile")
    account = lane_account(uow.connection, claimed.account.account_id)
    lane = lane_state(uow.connection, account, now, allowance, only_delivery_id=claimed.row.delivery_id)
    lane = _without_own_read(lane, claimed)
    choice = planner.choose(lane)
    return PutBack(until=choice.until, why=choice.why) if isinstance(choice, Idle) else None


def _ask_anew(uow: UnitOfWork, claimed: Claimed, request: approvals.Request, now: datetime) -> PutBack:
    """What would be sent is not, byte for byte, what was approved: nothing goes out, and the person is asked again."""
    why = "the text has changed since it was approved"
    deliveries.release(uow, claimed.row.delivery_id, reason=why)
    ask_anew(uow, deliveries.get(uow, claimed.row.delivery_id), request, now)
    return PutBack(until=now, why=why)


def _said_before(uow: UnitOfWork, claimed: Claimed, body: str, now: datetime) -> PutBack:
    """Another campaign has sent this very text to this person: not a second time unless the user says so."""
    why = "this person has got the same text before"
    deliveries.release(uow, claimed.row.delivery_id, reason=why, body=body)
    needs_attention(uow, _enrolment_id(claimed), f"{why}: send it again?", now)
    enrolments.replan(uow, _enrolment_id(claimed), now)
    return PutBack(until=now, why=why)


def _found_there(uow: UnitOfWork, claimed: Claimed, body: str, now: datetime) -> PutBack:
    verifying.take_lost(uow, claimed.row, body, now)
    deliveries.move(
        uow,
        claimed.row.delivery_id,
        DeliveryState.CLAIMED,
        DeliveryState.SENT,
        ended_ms=to_ms(now),
        resolved_by="read",
        body=body,
        body_sha=deliveries.body_hash(body),
        reason="the very text is in the conversation already",
    )
    settle_sent(uow, claimed.row, now, words="This very text is in the conversation already; it counts as sent.")
    enrolments.replan(uow, _enrolment_id(claimed), now)
    return PutBack(until=now, why="the text is there already")


def _without_own_read(lane: planner.LaneState, claimed: Claimed) -> planner.LaneState:
    """The profile read that this very row has used doesn't hold it back."""
    if not claimed.counts_profile_read or lane.full.get(Action.PROFILE_READ) is None:
        return lane
    return replace(lane, full={**lane.full, Action.PROFILE_READ: None})


def put_back(uow: UnitOfWork, claimed: Claimed, blocked: PutBack, now: datetime) -> PutBack:
    """Put a claimed row back, not before `blocked.until`."""
    later = blocked.until if blocked.until and blocked.until > now else None
    deliveries.release(uow, claimed.row.delivery_id, not_before=later, reason=blocked.why)
    enrolments.replan(uow, _enrolment_id(claimed), now)
    return blocked


def _body(uow: UnitOfWork, claimed: Claimed) -> str | Held | None:
    if claimed.row.kind not in (DeliveryKind.INVITE, DeliveryKind.MESSAGE):
        return None
    row = uow.connection.execute(select(lead).where(lead.c.id == claimed.row.lead_id)).one()
    step = claimed.sequence.step(claimed.row.step_key)
    written = write(
        step,
        values_of(row, claimed.account.first_name),
        lead_key=row.identity_key,
        is_paid=claimed.account.is_paid,
        own=own_texts.of_step(uow.connection, _enrolment_id(claimed), step.key),
    )
    return written if isinstance(written, Held) else written.text


def _note_full(uow: UnitOfWork, claimed: Claimed, body: str | None, now: datetime, allowance: timedelta) -> Full | None:
    if claimed.row.kind is not DeliveryKind.INVITE or not body:
        return None
    account = lane_account(uow.connection, claimed.account.account_id)
    return lane_state(uow.connection, account, now, allowance).full[Action.NOTE]


def _assert_ceilings(uow: UnitOfWork, claimed: Claimed, body: str | None, now: datetime) -> None:
    """Make sure of the ceilings of this very action: others may be passed by what the person does by hand."""
    is_invitation = claimed.row.kind is DeliveryKind.INVITE
    for action in (ACTION_OF_KIND[claimed.row.kind], *((Action.NOTE,) if is_invitation and body else ())):
        uses = account_uses(uow.connection, claimed.account.account_id, action, now)
        if sum(1 for u in uses if u > now - timedelta(hours=24)) > HARD_CEILING_PER_DAY[action]:
            raise LeadloomBug(f"more than {HARD_CEILING_PER_DAY[action]} of {action} in 24 hours")
    invites = account_uses(uow.connection, claimed.account.account_id, Action.INVITE, now) if is_invitation else ()
    if sum(1 for u in invites if u > now - WEEK) > HARD_INVITES_PER_WEEK:
        raise LeadloomBug(f"more than {HARD_INVITES_PER_WEEK} invitations in 7 days")
    last = deliveries.last_armed(uow, claimed.account.account_id)
    if last is not None and timedelta() <= now - last < timedelta(seconds=GAP_FLOOR_S):
        raise LeadloomBug(f"less than {GAP_FLOOR_S} seconds after the last send")


def _charge_share(uow: UnitOfWork, claimed: Claimed) -> None:
    """Write down what this send costs its campaign among those that share the account."""
    lane: Lane = planner.LANE_OF_KIND[claimed.row.kind]
    account_id, campaign_id = claimed.account.account_id, claimed.row.campaign_id
    weight = uow.connection.execute(select(campaign.c.weight).where(campaign.c.id == campaign_id)).scalar_one()
    rows = uow.connection.execute(
        select(campaign_share.c.campaign_id, campaign_share.c.virtual_millis, campaign.c.weight)
        .join(campaign, campaign.c.id == campaign_share.c.campaign_id)
        .where(campaign_share.c.account_id == account_id, campaign_share.c.lane == lane, campaign.c.state == "running")
    )
    shares = {row.campaign_id: (row.virtual_millis, row.weight) for row in rows}
    own, _ = shares.pop(campaign_id or 0, (0, weight))
    charged = sqlite_insert(campaign_share).values(
        account_id=account_id,
        campaign_id=campaign_id,
        lane=lane,
        virtual_millis=planner.charged_share(own, weight, tuple(shares.values())),
    )
    uow.connection.execute(
        charged.on_conflict_do_update(
            index_elements=[campaign_share.c.account_id, campaign_share.c.campaign_id, campaign_share.c.lane],
            set_={"virtual_millis": charged.excluded.virtual_millis},
        )
    )


def _enrolment_id(claimed: Claimed) -> int:
    if claimed.row.enrolment_id is None:
        raise LeadloomBug("a planned row without an enrolment")
    return claimed.row.enrolment_id


def note_look_failed(
    uow: UnitOfWork,
    claimed: Claimed,
    why: str,
    *,
    until: datetime,
    now: datetime,
    unread: Unread | None = None,
    is_free: bool = False,
) -> None:
    """A look that couldn't be made: nothing goes out; the row waits.

    What fails again for the same reason is told once. One that `is_free` costs no reading of a profile.
    """
    if claimed.counts_profile_read and is_free:
        deliveries.give_back_profile_read(uow, claimed.account.account_id)
    if unread is not None and deliveries.count_look(uow, claimed.row.delivery_id, unread.weight) >= MOST_UNREAD:
        deliveries.forget_looks(uow, claimed.row.delivery_id)
        needs_attention(uow, _enrolment_id(claimed), f"{unread.what} can't be read ({why}): look on LinkedIn", now)
    put_back(uow, claimed, PutBack(until=until, why=why), now)
    words = f"Could not be read ({why}); nothing was sent."
    if activity.is_newest(uow, claimed.row.lead_id, words):
        return
    activity.note(
        uow,
        now,
        "look_failed",
        words,
        account_id=claimed.account.account_id,
        campaign_id=claimed.row.campaign_id,
        enrolment_id=claimed.row.enrolment_id,
        lead_id=claimed.row.lead_id,
    )
