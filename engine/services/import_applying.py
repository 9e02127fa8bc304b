"""The transactions of an import: a chunk of rows becomes leads, merges and enrolments, with a record to undo them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from engine.domain.csv_import import LeadDraft, Merge, RowProblem, merge
from engine.domain.do_not_contact import Entry, email_key, keys_of
from engine.domain.identifiers import IdentityKind
from storage.queries import import_lists
from storage.repositories import do_not_contact, imports, leads
from storage.repositories.imports import Change
from storage.repositories.leads import TEXT_FIELDS, NewLead
from storage.unit_of_work import UnitOfWork

CUSTOM = "custom."
"""How a changed variable is told from a changed field in the record of an import."""
FIRST_ROW_LEFT_OUT = "This person stands in an earlier row, which was left out."


@dataclass(kw_only=True)
class ImportOutcome:
    """What happened to each row: rows = new + merged + unchanged + skipped + problems."""

    rows: int = 0
    new: int = 0
    merged: int = 0
    unchanged: int = 0
    skipped: int = 0
    held: int = 0
    """How many problems there are, listed in `problems` or not."""
    problems: list[RowProblem] = field(default_factory=list)
    batch_id: int | None = None
    trouble: str = ""
    """What kept the campaign from taking the new leads up."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where the leads go. `first_new_id`: from this id on, leads are this import's own."""

    campaign_id: int | None
    account_id: int | None
    batch_id: int
    first_new_id: int
    skips_busy: bool = False
    """Leave out whoever another campaign is working on."""
    lists_problems: bool = True


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Rows to apply. `second`: rows of a person who stood in an earlier row; `fixed`: kept rows mended, by row."""

    drafts: Sequence[LeadDraft]
    problems: Sequence[RowProblem]
    second: frozenset[int] = frozenset()
    fixed: Mapping[int, int] = field(default_factory=dict)


def apply_chunk(uow: UnitOfWork, chunk: Chunk, outcome: ImportOutcome, target: Target | None, now: datetime) -> None:
    """Apply a chunk and count what happened; without a target only count."""
    drafts, refused = _without_forgotten(uow, chunk.drafts)
    known = leads.ids_by_alias(uow, (d.identity.key for d in drafts))
    drafts, barred = _without_listed(uow, drafts, known)
    problems = [*chunk.problems, *refused, *barred]
    if target is not None and target.skips_busy and target.campaign_id is not None:
        busy = import_lists.busy_elsewhere(uow.connection, known.values(), target.campaign_id)
        kept = [d for d in drafts if known.get(d.identity.key) not in busy]
        outcome.skipped += len(drafts) - len(kept)
        outcome.rows += len(drafts) - len(kept)
        drafts = kept
    fresh: dict[str, LeadDraft] = {}
    again: list[LeadDraft] = []
    for draft in drafts:
        key = draft.identity.key
        if key in known or key in fresh:
            again.append(draft)
        elif draft.row not in chunk.second:
            fresh[key] = draft
        elif target is None:  # an earlier chunk, of which nothing was written, may have brought them
            again.append(draft)
        else:
            problems.append(RowProblem(row=draft.row, column="", problem=FIRST_ROW_LEFT_OUT, cells=()))
    if target is None:
        _count_only(uow, again, known, chunk.second, outcome)
    else:
        _write(uow, fresh, again, known, chunk, outcome, target, now)
        imports.keep_problems(uow, target.batch_id, problems)
    outcome.new += len(fresh)
    outcome.held += len(problems)
    if target is None or target.lists_problems:
        outcome.problems += problems
    outcome.rows += len(fresh) + len(again) + len(problems)


def _write(
    uow: UnitOfWork,
    fresh: Mapping[str, LeadDraft],
    again: Sequence[LeadDraft],
    known: dict[str, int],
    chunk: Chunk,
    outcome: ImportOutcome,
    target: Target,
    now: datetime,
) -> None:
    ids = leads.add_many(uow, [_new_lead(k, d) for k, d in fresh.items()], now)
    imports.note_created(uow, target.batch_id, ids)
    known |= dict(zip(fresh, ids, strict=True))
    if target.campaign_id is not None:
        leads.enrol_many(uow, target.campaign_id, target.account_id, ids, target.batch_id, now)
    _merge_all(uow, again, known, chunk.second, outcome, target, now)
    used = {d.row for d in (*fresh.values(), *again)}
    fixed = [problem_id for row, problem_id in chunk.fixed.items() if row in used]
    if fixed:
        imports.mark_fixed(uow, target.batch_id, fixed)


def _new_lead(key: str, draft: LeadDraft) -> NewLead:
    is_slug = draft.identity.kind is IdentityKind.SLUG
    return NewLead(
        key=key,
        public_identifier=draft.identity.value if is_slug else None,
        fields=draft.fields,
        custom=draft.custom,
    )


def _merge_all(
    uow: UnitOfWork,
    again: Sequence[LeadDraft],
    known: Mapping[str, int],
    second: frozenset[int],
    outcome: ImportOutcome,
    target: Target,
    now: datetime,
) -> None:
    rows = leads.rows(uow, (known[d.identity.key] for d in again))
    changes: list[Change] = []
    for draft in again:
        lead_id = known[draft.identity.key]
        fields, custom = fields_of(rows[lead_id]), json.loads(rows[lead_id].custom)
        plan = merge(fields, custom, draft)
        variables = _gaps_only(plan.custom, custom) if draft.row in second else plan.custom
        is_enrolled_now = target.campaign_id is not None and bool(
            leads.enrol_many(uow, target.campaign_id, target.account_id, [lead_id], target.batch_id, now)
        )
        if plan.fields or variables:
            leads.change(uow, lead_id, plan.fields, {**custom, **variables} if variables else None)
            rows = {**rows, **leads.rows(uow, [lead_id])}
            if lead_id < target.first_new_id:
                changes += _changes(lead_id, plan, variables, custom)
        if plan.fields or variables or is_enrolled_now:
            outcome.merged += 1
        else:
            outcome.unchanged += 1
    imports.note_changes(uow, target.batch_id, changes)


def fields_of(row: Any) -> dict[str, str]:
    """Return a lead's text fields."""
    return {name: getattr(row, name) for name in TEXT_FIELDS}


def _changes(lead_id: int, plan: Merge, variables: Mapping[str, str], custom: Mapping[str, str]) -> list[Change]:
    return [
        *(Change(lead_id=lead_id, field=name, old="", new=value) for name, value in plan.fields.items()),
        *(
            Change(lead_id=lead_id, field=CUSTOM + name, old=custom.get(name), new=value)
            for name, value in variables.items()
        ),
    ]


def _gaps_only(changes: Mapping[str, str], custom: Mapping[str, str]) -> dict[str, str]:
    """A person's second row in one file fills gaps only, or importing it again would change variables to and fro."""
    return {name: value for name, value in changes.items() if not custom.get(name)}


def _count_only(
    uow: UnitOfWork,
    again: Sequence[LeadDraft],
    known: Mapping[str, int],
    second: frozenset[int],
    outcome: ImportOutcome,
) -> None:
    rows = leads.rows(uow, (known[d.identity.key] for d in again if d.identity.key in known))
    for draft in again:
        lead_id = known.get(draft.identity.key)
        if lead_id is None or draft.row in second:
            outcome.merged += 1
            continue
        plan = merge(fields_of(rows[lead_id]), json.loads(rows[lead_id].custom), draft)
        if plan.is_unchanged:
            outcome.unchanged += 1
        else:
            outcome.merged += 1


def _without_listed(
    uow: UnitOfWork, drafts: Sequence[LeadDraft], known: Mapping[str, int]
) -> tuple[list[LeadDraft], list[RowProblem]]:
    listed = listed_rows(uow.connection, drafts, known)
    refused = [
        RowProblem(row=d.row, column="", problem=f"This person is {listed[d.row].words}.", cells=())
        for d in drafts
        if d.row in listed
    ]
    return [d for d in drafts if d.row not in listed], refused


def listed_rows(connection: Connection, drafts: Sequence[LeadDraft], known: Mapping[str, int]) -> dict[int, Entry]:
    """Return which rows are on the do-not-contact list, by what the row says or what their lead is known by."""
    if do_not_contact.is_empty(connection):
        return {}
    of_row = {
        d.row: keys_of(
            aliases=[d.identity.key],
            email=d.fields.get("email", ""),
            website=d.fields.get("website", ""),
            company=d.fields.get("company", ""),
        )
        for d in drafts
    }
    listed = do_not_contact.entries_of_keys(connection, set().union(*of_row.values()))
    found = {row: next((listed[k] for k in sorted(keys) if k in listed), None) for row, keys in of_row.items()}
    of_leads = do_not_contact.entries_of_leads(connection, known.values())
    for draft in drafts:
        found[draft.row] = found[draft.row] or of_leads.get(known.get(draft.identity.key, 0))
    return {row: entry for row, entry in found.items() if entry is not None}


def _without_forgotten(uow: UnitOfWork, drafts: Sequence[LeadDraft]) -> tuple[list[LeadDraft], list[RowProblem]]:
    gone = forgotten_rows(uow.connection, drafts)
    refused = [
        RowProblem(row=d.row, column="", problem="You asked to forget this person.", cells=())
        for d in drafts
        if d.row in gone
    ]
    return [d for d in drafts if d.row not in gone], refused


def forgotten_rows(connection: Connection, drafts: Sequence[LeadDraft]) -> set[int]:
    """Return the rows whose person was forgotten, by their address or their e-mail address."""
    if not import_lists.has_forgotten(connection):
        return set()
    of_row = {d.row: {d.identity.key, f"email:{email_key(d.fields.get('email', ''))}"} for d in drafts}
    gone = import_lists.forgotten_keys(connection, set().union(*of_row.values()))
    return {row for row, keys in of_row.items() if keys & gone}
