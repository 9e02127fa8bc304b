"""What a read told about a person: identity, connection, invitation; for every enrolment of theirs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from engine.domain.enrolment import withdrawal_key
from engine.domain.identifiers import canonical_slug
from engine.domain.ledger import DeliveryState
from engine.domain.news import InvitationAccepted
from engine.domain.sequences import StepKind
from engine.provider.base import Profile
from storage.column_types import to_ms
from storage.queries.import_lists import forgotten_keys
from storage.repositories import activity, enrolments, leads
from storage.tables import account, chat, delivery, enrolment, lead, lead_alias
from storage.unit_of_work import UnitOfWork


class WrongPerson(Exception):
    """The provider answered with somebody else; nothing may be sent."""


class SamePerson(Exception):
    """The profile is another lead's: the two are one person."""

    def __init__(self, lead_id: int) -> None:
        super().__init__(f"the same person as lead {lead_id}")
        self.lead_id = lead_id


def resolve(uow: UnitOfWork, lead_id: int, profile: Profile, now: datetime) -> None:
    """Keep the provider's id and a renamed slug of a lead.

    Raises: WrongPerson when the id differs from the one known or the person was forgotten; SamePerson when it belongs
    to another lead.
    """
    row = uow.connection.execute(select(lead).where(lead.c.id == lead_id)).one()
    names = {f"member_id:{profile.provider_id}", f"slug:{canonical_slug(profile.public_identifier or '')}"}
    if forgotten_keys(uow.connection, names):
        raise WrongPerson("you asked to forget this person")
    if row.provider_id and row.provider_id != profile.provider_id:
        raise WrongPerson("LinkedIn answered with another person's profile")
    twin = uow.connection.execute(
        select(lead.c.id).where(lead.c.provider_id == profile.provider_id, lead.c.id != lead_id)
    ).scalar_one_or_none()
    if twin is not None:
        raise SamePerson(twin)
    columns = {"provider_id": profile.provider_id}
    columns |= {
        k: v
        for k in ("first_name", "last_name", "headline", "location")
        if not getattr(row, k) and (v := getattr(profile, k))
    }
    slug = canonical_slug(profile.public_identifier or "")
    if slug and slug != canonical_slug(row.public_identifier or ""):
        if row.public_identifier:
            words = f"LinkedIn now calls this profile “{slug}” (it was “{row.public_identifier}”); both are kept."
            activity.note(uow, now, "renamed", words, lead_id=lead_id)
        columns["public_identifier"] = slug
        _alias(uow, f"slug:{slug}", lead_id)
    _alias(uow, f"member_id:{profile.provider_id}", lead_id)
    leads.write(uow, lead_id, columns)
    _take_over_chats(uow, lead_id, profile.provider_id)


def _alias(uow: UnitOfWork, alias: str, lead_id: int) -> None:
    uow.connection.execute(sqlite_insert(lead_alias).values(alias=alias, lead_id=lead_id).on_conflict_do_nothing())


def _take_over_chats(uow: UnitOfWork, lead_id: int, provider_id: str) -> None:
    """Conversations that were a stranger's until the lead's id was known."""
    uow.connection.execute(
        update(chat).where(chat.c.provider_id == provider_id, chat.c.lead_id.is_(None)).values(lead_id=lead_id)
    )


def connected(
    uow: UnitOfWork, *, account_id: int, lead_id: int, at: datetime, now: datetime, was_connected: bool
) -> int:
    """Record a connection for every enrolment of a person on an account. Returns how many learnt something."""
    rows = uow.connection.execute(
        select(enrolment.c.id, enrolment.c.invited_ms, enrolment.c.campaign_id).where(
            enrolment.c.lead_id == lead_id, enrolment.c.account_id == account_id, enrolment.c.connected_ms.is_(None)
        )
    ).all()
    missed = _could_be_read(uow, account_id, at, now) and not _was_known(uow, account_id, lead_id)
    for row in rows:
        was_before = was_connected and row.invited_ms is None
        is_late = missed and not was_before
        enrolments.set_facts(uow, row.id, connected_ms=to_ms(at), was_connected=int(was_before), seen_late=int(is_late))
        words = "Already connected: no invitation is needed." if was_before else "Accepted the invitation."
        activity.note(
            uow,
            now,
            "connected",
            words,
            account_id=account_id,
            campaign_id=row.campaign_id,
            enrolment_id=row.id,
            lead_id=lead_id,
        )
        _end_implied_rows(uow, row.id, now)
        enrolments.replan(uow, row.id, now)
    if any(r.invited_ms is not None for r in rows):
        uow.happened(InvitationAccepted(at=now, account_id=account_id, lead_id=lead_id))
    return len(rows)


def _could_be_read(uow: UnitOfWork, account_id: int, at: datetime, now: datetime) -> bool:
    """Whether the last pass over relations that could show everybody began after this moment."""
    read_ms = uow.connection.execute(
        select(account.c.relations_whole_ms).where(account.c.id == account_id)
    ).scalar_one_or_none()
    # a reading "in the future" was made while the clock was wrong: it says nothing
    return read_ms is not None and to_ms(at) < read_ms <= to_ms(now)


def _was_known(uow: UnitOfWork, account_id: int, lead_id: int) -> bool:
    """Whether another campaign had noticed it: then this one only takes it over."""
    of_person = select(enrolment.c.id).where(
        enrolment.c.lead_id == lead_id, enrolment.c.account_id == account_id, enrolment.c.connected_ms.is_not(None)
    )
    return uow.connection.execute(of_person.limit(1)).first() is not None


def _end_implied_rows(uow: UnitOfWork, enrolment_id: int, now: datetime) -> None:
    """An invitation that needs no sending any more is skipped; its withdrawal is superseded by the new plan."""
    found = enrolments.load(uow, enrolment_id)
    keys = [s.key for s in found.sequence.steps if s.kind is StepKind.INVITE]
    uow.connection.execute(
        update(delivery)
        .where(
            delivery.c.enrolment_id == enrolment_id,
            delivery.c.step_key.in_(keys),
            delivery.c.state == DeliveryState.PLANNED,
        )
        .values(state=DeliveryState.SKIPPED, ended_ms=to_ms(now), reason="already connected")
    )


def invitation_keys(found: enrolments.Enrolled) -> tuple[str, ...]:
    """Return the keys of the invitation and of its implied withdrawal."""
    keys = [s.key for s in found.sequence.steps if s.kind is StepKind.INVITE]
    return (*keys, *(withdrawal_key(k) for k in keys))


def invited(uow: UnitOfWork, enrolment_id: int, now: datetime, *, by_hand: bool, is_unconfirmed: bool = False) -> None:
    """Record that an invitation is out."""
    enrolments.set_facts(
        uow, enrolment_id, invited_ms=to_ms(now), invited_by_hand=int(by_hand), is_unconfirmed=int(is_unconfirmed)
    )


def excluded(uow: UnitOfWork, enrolment_id: int, why: str, now: datetime) -> None:
    """End an enrolment for a reason that is final."""
    found = enrolments.load(uow, enrolment_id)
    enrolments.set_facts(uow, enrolment_id, excluded_ms=to_ms(now), excluded_why=why)
    activity.note(
        uow,
        now,
        "excluded",
        f"Excluded: {why}.",
        campaign_id=found.campaign_id,
        enrolment_id=enrolment_id,
        lead_id=found.lead_id,
    )


def needs_attention(uow: UnitOfWork, enrolment_id: int, why: str, now: datetime) -> None:
    """Hold an enrolment until a person decides."""
    found = enrolments.load(uow, enrolment_id)
    enrolments.set_facts(uow, enrolment_id, attention_why=why)
    activity.note(
        uow,
        now,
        "needs_attention",
        f"Needs you: {why}.",
        campaign_id=found.campaign_id,
        enrolment_id=enrolment_id,
        lead_id=found.lead_id,
    )
