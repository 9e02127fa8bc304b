"""What an import will do with a row, in words: decided from the row and what is known of its person. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from engine.domain import identifiers
from engine.domain.csv_import import LeadDraft, RowProblem, merge
from engine.domain.do_not_contact import Entry

FIELD_WORDS = {
    "profile_url": "LinkedIn address",
    "first_name": "first name",
    "last_name": "last name",
    "full_name": "full name",
    "company": "company",
    "title": "title",
    "headline": "headline",
    "location": "location",
    "industry": "industry",
    "email": "e-mail",
    "website": "website",
}
NAMED_CHANGES = 3
_BRIEF = {
    identifiers.EMPTY.problem: "no LinkedIn address",
    identifiers.NOT_AN_ADDRESS.problem: "not a LinkedIn address",
    identifiers.OTHER_SITE.problem: "not on linkedin.com",
    identifiers.SHORT_LINK.problem: "a short link",
    identifiers.OLD_ADDRESS.problem: "an old address",
    identifiers.NO_PROFILE.problem: "not a person’s profile",
    identifiers.BAD_SLUG.problem: "an unreadable address",
    identifiers.BAD_ID.problem: "an unreadable address",
    identifiers.LOST_CASE.problem: "lost its capital letters",
    identifiers.NOBODY.problem: "names nobody",
    "This is a company's page, not a person's profile.": "a company’s address",
    "This is a school's page, not a person's profile.": "a school’s address",
    "This is a group, not a person's profile.": "a group’s address",
    "This is a job, not a person's profile.": "a job’s address",
    "This is a post, not a person's profile.": "a post’s address",
    "This is a search, not a person's profile.": "a search’s address",
}


class Happens(IntEnum):
    """What becomes of a row."""

    UNJUDGED = 0
    NEW = 1
    MERGED = 2
    UNCHANGED = 3
    TWICE = 4
    SKIPPED = 5
    TO_FIX = 6
    BLANK = 7


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What becomes of a row, and its words."""

    kind: Happens
    words: str


@dataclass(frozen=True, kw_only=True)
class KnownLead:
    """A lead that is there already. `busy_in`: the other campaign that is working on this person, if any."""

    fields: dict[str, str]
    custom: dict[str, str]
    busy_in: str = ""
    joins: bool = False
    """Whether the import enrols this lead in a campaign that it isn't in yet."""


BLANK = Verdict(kind=Happens.BLANK, words="an empty row")
NEW = Verdict(kind=Happens.NEW, words="new")
CONNECTED = Verdict(kind=Happens.NEW, words="new, already connected")
FORGOTTEN = Verdict(kind=Happens.SKIPPED, words="skipped: you asked to forget this person")


def listed_verdict(entry: Entry) -> Verdict:
    """Return the verdict on a row whose person must not be contacted."""
    return Verdict(kind=Happens.SKIPPED, words=f"skipped: {entry.words}")


def problem_verdict(problem: str) -> Verdict:
    """Return the verdict on a row that can't become a lead."""
    return Verdict(kind=Happens.TO_FIX, words=_BRIEF.get(problem, problem))


def unread_verdict(found: RowProblem | None) -> Verdict:
    """Return the verdict on a row that made no draft."""
    return BLANK if found is None else problem_verdict(found.problem)


def twice_verdict(first_row: int) -> Verdict:
    """Return the verdict on a row whose person stood in an earlier one."""
    return Verdict(kind=Happens.TWICE, words=f"the same person as in row {first_row}")


def known_verdict(draft: LeadDraft, known: KnownLead) -> Verdict:
    """Return the verdict on a row whose person is a lead already."""
    if known.busy_in:
        return Verdict(kind=Happens.SKIPPED, words=f"skipped: in {known.busy_in}")
    plan = merge(known.fields, known.custom, draft)
    added = [FIELD_WORDS[name] for name in plan.fields] + [n for n in plan.custom if not known.custom.get(n)]
    changed = [name for name in plan.custom if known.custom.get(name)]
    parts = [f"{verb} {_listed(names)}" for verb, names in (("adds", added), ("changes", changed)) if names]
    if parts:
        return Verdict(kind=Happens.MERGED, words=f"merged: {', '.join(parts)}")
    if known.joins:
        return Verdict(kind=Happens.MERGED, words="a lead you have, joins the campaign")
    return Verdict(kind=Happens.UNCHANGED, words="nothing new")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name.replace("_", " ") for name in names[:NAMED_CHANGES])
    return f"{shown} and {len(names) - NAMED_CHANGES} more" if len(names) > NAMED_CHANGES else shown
