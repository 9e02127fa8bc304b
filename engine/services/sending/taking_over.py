"""The first transaction of a start: the file is compared with the send journal, open rows are settled, doubts kept.

Nothing is sent from here. What the journal knows and the file doesn't is unknown until LinkedIn has been read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select, update

from engine.domain import takeover
from engine.domain.enrolment import noun
from engine.domain.ledger import QUIET_PERIOD, DeliveryKind, DeliveryState
from engine.domain.news import NeedsYou
from engine.domain.takeover import HOLD_WORDS, Found, Hold, Takeover
from engine.provider.base import Verdict
from engine.services.sending import asking
from engine.services.sending.recording import FIRST_LOOK_AFTER, settle_sent
from engine.services.sending.texts import Held
from storage.column_types import from_ms, to_ms
from storage.journal import JournalContent, JournalLine, SendJournal, person_hash
from storage.repositories import activity, deliveries, enrolments, lost_sends, repeats, state
from storage.repositories.deliveries import DeliveryRow
from storage.tables import IS_OPEN, attempt, delivery, enrolment, lead
from storage.unit_of_work import UnitOfWork

S = DeliveryState
RECALLED = (S.PLANNED, S.CANCELLED, S.SUPERSEDED)
KINDS = frozenset(DeliveryKind)
SPOKEN = (DeliveryKind.INVITE, DeliveryKind.MESSAGE)
ENDED_VISIT = "Leadloom ended while the profile was being visited; a visit is tried once, so it counts as made."


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What the start found."""

    takeover: Takeover
    journal: SendJournal
    """The one that lines go to from here: a copied file begins its own."""
    under_way: int
    lost: int
    """Sends that this computer knows and the file didn't."""
    pause_epoch: int
    """A hold raises it; the engine's twin follows, else nothing would leave after the person let it go on."""


def take_over(
    uow: UnitOfWork, journal: SendJournal, content: JournalContent, *, boot_id: str, machine_id: str, now: datetime
) -> Taken:
    """Take the database over and settle what is open. From here every other process is fenced from arming.

    Raises: StorageError when other journals' lines can't be taken into this file's own.
    """
    before = state.load(uow)
    judged = takeover.judge(
        has_journal=content.is_there,
        is_same_machine=before.machine_id == machine_id,
        was_backup=before.was_backup,
        seqs=content.attempts.keys(),
        send_seq=before.send_seq,
    )
    state.boot(uow, boot_id)
    state.raise_send_seq(uow, judged.newest_seq)
    under_way = _settle_open(uow, content.verdicts, now)
    lost = [content.attempts[seq] for seq in judged.lost]
    if judged.found is Found.COPY:
        journal = SendJournal(journal.path.parent, state.begin_lineage(uow, machine_id), journal.data)
        _doubt_all(uow, now)
        hold(uow, Hold.COPY, now)
    elif judged.has_gaps:
        _doubt_all(uow, now)
        hold(uow, Hold.GAP, now)
    if judged.found is not Found.AS_LEFT or before.was_backup or _is_shared(uow, content, before.send_seq):
        lost += _sent_with_copies(uow, journal, lost, judged.newest_seq)
    if lost:
        _go_forward(uow, lost, now)
    if under_way:
        _note_rough(uow, before.rough_starts, now)
    epoch = state.load(uow).pause_epoch
    return Taken(takeover=judged, journal=journal, under_way=under_way, lost=len(lost), pause_epoch=epoch)


def hold(uow: UnitOfWork, why: Hold, now: datetime) -> None:
    """Send nothing until a person has decided, and say why."""
    state.hold(uow, why, HOLD_WORDS[why], now)
    activity.note(uow, now, "held", HOLD_WORDS[why])
    uow.happened(NeedsYou(at=now, why=HOLD_WORDS[why]))


def _settle_open(uow: UnitOfWork, verdicts: Mapping[tuple[int, str], str], now: datetime) -> int:
    """Settle what the end of the process left open; returns how many requests may have been under way."""
    _take_verdicts(uow, verdicts, now)
    under_way = uow.connection.execute(select(delivery).where(IS_OPEN, delivery.c.state == S.SENDING)).all()
    claimed, sending = state.settle_open_rows(uow, now, now + FIRST_LOOK_AFTER)
    for enrolment_id in [*claimed, *sending]:
        enrolments.replan(uow, enrolment_id, now)
    for row in map(deliveries.as_row, under_way):
        asking.tell(uow, row, "unknown", ENDED_VISIT if row.kind is DeliveryKind.VISIT else _ended_words(row), now)
    return len(sending)


def _ended_words(row: DeliveryRow) -> str:
    words = f"Leadloom ended while the {noun(row.kind)} was being sent, so it is not known whether it was"
    return f"{words}; LinkedIn will be read."


def _take_verdicts(uow: UnitOfWork, verdicts: Mapping[tuple[int, str], str], now: datetime) -> None:
    """Believe the journal where the database could not be written any more when the answer came."""
    if not verdicts:
        return
    newest = select(func.max(attempt.c.seq)).where(attempt.c.delivery_id == delivery.c.id).scalar_subquery()
    rows = uow.connection.execute(select(delivery, newest.label("seq")).where(IS_OPEN, delivery.c.state == S.SENDING))
    for found in rows.all():
        row, verdict = deliveries.as_row(found), verdicts.get((found.seq, found.uuid))
        if verdict == Verdict.SENT:
            words = "the answer is in the send journal"
            deliveries.move(
                uow, row.delivery_id, S.SENDING, S.SENT, ended_ms=to_ms(now), resolved_by="response", reason=words
            )
            settle_sent(uow, row, now, words=f"{noun(row.kind).capitalize()} sent; {words}.")
        elif verdict == Verdict.NOT_SENT:
            deliveries.move(uow, row.delivery_id, S.SENDING, S.PLANNED, reason="proven not sent")
        if verdict in (Verdict.SENT, Verdict.NOT_SENT) and row.enrolment_id is not None:
            enrolments.replan(uow, row.enrolment_id, now)


def _doubt_all(uow: UnitOfWork, now: datetime) -> None:
    """Keep for every lead that is under way that messages may have been sent without this file."""
    uow.connection.execute(
        update(enrolment)
        .where(enrolment.c.is_active == 1, enrolment.c.started_ms.is_not(None))
        .values(verify_ms=to_ms(now))
    )


def _is_shared(uow: UnitOfWork, content: JournalContent, send_seq: int) -> bool:
    """Whether a copy of this file has used a number of the journal that this file has used for another send."""
    newest = max((seq for seq in content.attempts if seq <= send_seq), default=None)
    return newest is not None and not deliveries.is_attempt(uow, newest, content.attempts[newest].uuid)


def _sent_with_copies(
    uow: UnitOfWork, journal: SendJournal, lost: list[JournalLine], newest_seq: int
) -> list[JournalLine]:
    """Take what this computer sent with copies of this file into its own journal, and return it.

    A file that was put back may be older than the copy that began another journal.
    """
    known = deliveries.known_attempts(uow) | lost_sends.known(uow) | {(line.uuid, line.at_ms) for line in lost}
    unknown = [line for line in journal.of_this_data() if (line.uuid, line.at_ms) not in known]
    taken = [replace(line, seq=newest_seq + number) for number, line in enumerate(unknown, start=1)]
    if taken:
        journal.append(*taken)
        state.raise_send_seq(uow, taken[-1].seq)
    return taken


def _go_forward(uow: UnitOfWork, lost: list[JournalLine], now: datetime) -> None:
    strangers = set()
    for line in lost:
        found = uow.connection.execute(select(delivery).where(delivery.c.uuid == line.uuid)).one_or_none()
        if found is None or not _recall(uow, deliveries.as_row(found), line, now):
            lost_sends.add(uow, line)
            strangers.add(line.person)
            if line.kind in KINDS:
                deliveries.use_lost_budget(uow, line.account, DeliveryKind(line.kind), from_ms(line.at_ms))
    _doubt_people(uow, strangers, now)
    words = "one send" if len(lost) == 1 else f"{len(lost)} sends"
    activity.note(
        uow,
        now,
        "went_back",
        f"This computer made {words} that this data doesn't know: it went back in time, or is a copy. LinkedIn is read "
        "for them before anything goes on.",
    )


def _recall(uow: UnitOfWork, row: DeliveryRow, line: JournalLine, now: datetime) -> bool:
    """Let a row be unknown that the journal saw sent; False when another row of this person is open already."""
    at = from_ms(line.at_ms)
    if row.state not in RECALLED:
        deliveries.restore_attempt(uow, row, line.seq, at, row.body)
        return True
    if row.kind is not DeliveryKind.VISIT and _has_open_row(uow, row):
        return False
    wording = asking.word(uow, row) if row.kind in SPOKEN else None
    text = None if wording is None or isinstance(wording, Held) else wording.text
    deliveries.restore_attempt(uow, row, line.seq, at, text)
    if row.kind is DeliveryKind.VISIT:
        _count_as_made(uow, row, at, now)
        return True
    if row.kind in SPOKEN:
        repeats.rearm_like(uow, row, line.body_sha)
    deliveries.move(
        uow,
        row.delivery_id,
        row.state,
        S.UNKNOWN,
        body=text,
        body_sha=line.body_sha or None,
        # a message gets all its looks; an invitation's age decides whether it may be made again
        ended_ms=to_ms(now - QUIET_PERIOD) if row.kind is DeliveryKind.MESSAGE else line.at_ms,
        next_look_ms=to_ms(now),
        looks=0,
        reason="this data went back in time; the send journal knows of an attempt",
    )
    words = f"This data went back in time. The send journal knows of the {noun(row.kind)} of {at:%d %b %H:%M} UTC"
    asking.tell(uow, row, "unknown", f"{words}; LinkedIn will be read.", now)
    if row.enrolment_id is not None:
        enrolments.replan(uow, row.enrolment_id, now)
    return True


def _count_as_made(uow: UnitOfWork, row: DeliveryRow, at: datetime, now: datetime) -> None:
    """Nothing that can be read tells of a visit, and it is tried once."""
    why = "the send journal knows of it; a visit is tried once"
    if _has_open_row(uow, row):  # of a person at most one is open, and the way to "sent" leads through "unknown"
        if row.state is not S.PLANNED:
            deliveries.move(uow, row.delivery_id, row.state, S.PLANNED)
        deliveries.move(uow, row.delivery_id, S.PLANNED, S.SKIPPED, ended_ms=to_ms(at), reason=why)
    else:
        deliveries.move(uow, row.delivery_id, row.state, S.UNKNOWN, ended_ms=to_ms(at), next_look_ms=to_ms(now))
        deliveries.move(uow, row.delivery_id, S.UNKNOWN, S.SENT, resolved_by="assumed", reason=why)
    words = (
        f"This data went back in time. The send journal knows of the visit of {at:%d %b %H:%M} UTC; it counts as made."
    )
    asking.tell(uow, row, "sent", words, now)
    if row.enrolment_id is not None:
        enrolments.replan(uow, row.enrolment_id, now)


def _has_open_row(uow: UnitOfWork, row: DeliveryRow) -> bool:
    return (
        uow.connection.execute(
            select(delivery.c.id)
            .where(IS_OPEN, delivery.c.account_id == row.account_id, delivery.c.lead_id == row.lead_id)
            .limit(1)
        ).first()
        is not None
    )


def _doubt_people(uow: UnitOfWork, people: set[str], now: datetime) -> None:
    if not people:
        return
    known = uow.connection.execute(
        select(lead.c.id, lead.c.provider_id)
        .join(enrolment, enrolment.c.lead_id == lead.c.id)
        .where(lead.c.provider_id.is_not(None))
        .distinct()
    )
    for r in known.all():
        if person_hash(r.provider_id) in people:
            uow.connection.execute(update(enrolment).where(enrolment.c.lead_id == r.id).values(verify_ms=to_ms(now)))


def _note_rough(uow: UnitOfWork, before: tuple[datetime, ...], now: datetime) -> None:
    starts = takeover.rough_starts(before, now)
    state.note_rough_starts(uow, starts)
    if takeover.is_too_rough(starts):
        hold(uow, Hold.CRASHES, now)
