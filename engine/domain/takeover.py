"""What a start finds: the file as it was left, a file that went back in time, or a copy from elsewhere. Pure.

The send journal outside the data folder knows every request that was about to be made, but for the oldest of very
many; the database knows how far its own count goes. Where the two disagree, the journal is right.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

ROUGH_STARTS = 3
ROUGH_WITHIN = timedelta(minutes=10)
"""Source: docs/sending.md: three starts within ten minutes, each with a send under way, wait for the person."""


class Found(StrEnum):
    """How the file stands to the journal."""

    AS_LEFT = "as_left"
    WENT_BACK = "went_back"
    COPY = "copy"


class Hold(StrEnum):
    """Why nothing is sent until a person has decided."""

    COPY = "copy"
    GAP = "gap"
    CRASHES = "crashes"
    DUPLICATE = "duplicate"


HOLD_WORDS = {
    Hold.COPY: "This data comes from another computer or folder. Is it now the only copy in use?",
    Hold.GAP: "This data went back in time, and the record of what was sent since has holes.",
    Hold.CRASHES: "Leadloom was cut off three times within ten minutes while something was being sent.",
    Hold.DUPLICATE: "Somebody has got the same text twice. Nothing is sent until you have looked into it.",
}
HOLD_ADVICE = {
    Hold.COPY: "Sends may have been made there since, so LinkedIn is read for them first. Only an invitation that "
    "ended there more than three weeks ago can't be seen any more, and may be made once more.",
    Hold.GAP: "Look at LinkedIn for what went out, then go on.",
    Hold.CRASHES: "The computer may have lost power, or another program may have ended it. Go on when that is over: "
    "what was being sent is looked for on LinkedIn first.",
    Hold.DUPLICATE: "Open LinkedIn and see who got it. Go on when you know why.",
}


@dataclass(frozen=True, kw_only=True)
class Takeover:
    """What a start must do. `lost` are the journal's numbers that the database doesn't know."""

    found: Found
    lost: tuple[int, ...] = ()
    has_gaps: bool = False
    newest_seq: int = 0


def judge(
    *, has_journal: bool, is_same_machine: bool, was_backup: bool, seqs: Collection[int], send_seq: int
) -> Takeover:
    """Judge a file by its journal. `seqs`: the numbers of the journal's whole lines; `send_seq`: the database's own.

    `was_backup`: it was put back; without a journal nobody knows what was sent since, had it sent nothing itself.
    """
    newest = max([*seqs, send_seq])
    if not is_same_machine or ((send_seq > 0 or was_backup) and not has_journal):
        return Takeover(found=Found.COPY, newest_seq=newest)
    lost = tuple(sorted(seq for seq in seqs if seq > send_seq))
    if not lost:
        return Takeover(found=Found.AS_LEFT, newest_seq=newest)
    has_gaps = len(lost) != lost[-1] - send_seq
    return Takeover(found=Found.WENT_BACK, lost=lost, has_gaps=has_gaps, newest_seq=newest)


def needs_verifying(verify_at: datetime | None, verified_at: datetime | None) -> bool:
    """Whether a planned message must be looked for first: the file may not know that it was sent."""
    return verify_at is not None and (verified_at is None or verified_at < verify_at)


def rough_starts(before: Sequence[datetime], now: datetime) -> tuple[datetime, ...]:
    """Return the starts that still count, with this one."""
    return (*(at for at in before if now - ROUGH_WITHIN < at <= now), now)


def is_too_rough(starts: Sequence[datetime]) -> bool:
    """Whether so many starts found a send under way that a person must look."""
    return len(starts) >= ROUGH_STARTS
