"""Reading what each person will get before a Start: who, worst first, those with the same text together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Listed
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.domain import templates
from engine.domain.sequence_rules import text_limit
from engine.domain.sequences import Sequence, Step, chosen_variant, step_words
from engine.domain.text_shapes import names_in, shape_of
from engine.errors import NotFound, Refused
from engine.services import previews
from engine.services.context import Context
from engine.services.sending import people
from engine.services.sending.texts import SENDER, Held, values_of, write
from storage.repositories import activity, drafts, enrolments, own_texts
from storage.tables import enrolment
from storage.unit_of_work import UnitOfWork

LEFT_OUT = "left out by you before the start"
Rank = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class SameTexts:
    """People who get the same texts but for `names`, or are held for one reason; the worst case first."""

    people: tuple[int, ...]
    is_held: bool
    names: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class ReadThrough:
    """Everything that there is to read, worst first."""

    people: int
    held: int
    groups: tuple[SameTexts, ...]


@dataclass(frozen=True, kw_only=True)
class ReadText:
    """What a step brings to a person: a text, or why it is `held`; both empty for a step without a text.

    `defaults`: variables that are empty for them. `is_own`: written for them alone.
    """

    step: str
    title: str
    text: str
    held: str
    variable: str | None
    defaults: tuple[str, ...]
    is_own: bool
    has_text: bool
    limit: int


@dataclass(frozen=True, kw_only=True)
class ReadPerson:
    """A person and all that they will get."""

    enrolment_id: int
    lead_id: int
    name: str
    first_name: str
    about: str
    texts: tuple[ReadText, ...]


@dataclass(kw_only=True)
class _Grouping:
    """Gathers people by the shapes of their texts while they pass by."""

    sequence: Sequence
    sender: str
    is_paid: bool
    used: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    found: dict[object, list[tuple[Rank, int]]] = field(default_factory=dict)
    names: dict[object, frozenset[str]] = field(default_factory=dict)

    def add(self, row: Row[Any], own: Mapping[str, str]) -> None:
        """Put one lead to those whose texts are the same."""
        values, key = values_of(row, self.sender), row.identity_key
        shapes: list[object] = []
        names: frozenset[str] = frozenset()
        defaults = longest = 0
        for step in self.sequence.steps:
            mine = own.get(step.key)
            written = write(step, values, lead_key=key, is_paid=self.is_paid, own=mine)
            if isinstance(written, Held):
                self._put((step.key, written.reason), (0, 0, 0), row.enrolment_id, frozenset())
                return
            if written.text is None:
                continue
            used = () if mine is not None else self._used(step, chosen_variant(step, key))
            shape = shape_of(written.text, {n: values.get(n, "") for n in used if n != SENDER})
            shapes.append((step.key, row.enrolment_id if mine is not None else 0, shape))
            names |= names_in(shape)
            defaults += sum(1 for n in used if not values.get(n, "").strip())
            longest = max(longest, len(written.text))
        self._put(tuple(shapes), (1, -defaults, -longest), row.enrolment_id, names)

    def _used(self, step: Step, variant: int) -> tuple[str, ...]:
        place = (step.key, variant)
        if place not in self.used:
            self.used[place] = tuple(dict.fromkeys(use.name for use in templates.variables(step.texts[variant].text)))
        return self.used[place]

    def _put(self, shape: object, rank: Rank, enrolment_id: int, names: frozenset[str]) -> None:
        self.found.setdefault(shape, []).append((rank, enrolment_id))
        self.names[shape] = names

    def grouped(self) -> ReadThrough:
        """Return the groups, the worst case first."""
        ranked = sorted((sorted(members), shape) for shape, members in self._numbered())
        shapes = list(self.found)
        groups = tuple(
            SameTexts(
                people=tuple(enrolment_id for _, enrolment_id in members),
                is_held=members[0][0][0] == 0,
                names=self.names[shapes[place]],
            )
            for members, place in ranked
        )
        held = sum(len(g.people) for g in groups if g.is_held)
        return ReadThrough(people=sum(len(g.people) for g in groups), held=held, groups=groups)

    def _numbered(self) -> list[tuple[int, list[tuple[Rank, int]]]]:
        return list(enumerate(self.found.values()))


class ReadThroughs:
    """Use cases of reading everything before a Start."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def groups(self, campaign_id: int, *, progress: Callable[[int, int], None] | None = None) -> ReadThrough:
        """Write every text of everybody who waits for a Start; in chunks off the loop. Raises: NotFound."""
        ids = await self._ctx.db.read(lambda c: _waiting(c, campaign_id))
        sequence = (await self._ctx.db.look(lambda u: drafts.by_id(u, campaign_id))).sequence
        sender, is_paid = await self._ctx.db.read(lambda c: previews.sender(c, campaign_id))
        grouping = _Grouping(sequence=sequence, sender=sender, is_paid=is_paid)
        done = 0
        for chunk in previews.chunks(ids):
            await self._ctx.db.read(partial(_group_chunk, ids=chunk, grouping=grouping))
            done += len(chunk)
            if progress is not None:
                progress(done, len(ids))
        return await asyncio.to_thread(grouping.grouped)

    async def person(self, campaign_id: int, enrolment_id: int) -> ReadPerson:
        """Return all that one person will get. Raises: NotFound."""
        sequence = (await self._ctx.db.look(lambda u: drafts.by_id(u, campaign_id))).sequence
        sender, is_paid = await self._ctx.db.read(lambda c: previews.sender(c, campaign_id))
        found = await self._ctx.db.read(lambda c: _person(c, enrolment_id, sequence, sender, is_paid))
        if found is None:
            raise NotFound("This person isn't in the campaign any more.", "Go on with the next one.")
        return found

    async def write_own(self, enrolment_id: int, step_key: str, body: str | None) -> str | None:
        """Keep a text for one person alone; None: the campaign's again. Returns the one before. Raises: NotFound."""

        def change(uow: UnitOfWork) -> str | None:
            enrolments.load(uow, enrolment_id)
            return own_texts.put(uow, enrolment_id, step_key, body)

        return await self._ctx.db.write(change)

    async def leave_out(self, enrolment_id: int) -> None:
        """Take somebody whom no Start has reached out of the campaign. Raises: NotFound, Refused."""
        now = self._ctx.clock.now()

        def change(uow: UnitOfWork) -> None:
            _need_waiting(uow, enrolment_id)
            people.excluded(uow, enrolment_id, LEFT_OUT, now)
            enrolments.replan(uow, enrolment_id, now)

        await self._ctx.db.write(change)

    async def take_back(self, enrolment_id: int) -> None:
        """Undo `leave_out`. Raises: NotFound, Refused."""
        now = self._ctx.clock.now()

        def change(uow: UnitOfWork) -> None:
            found = _need_waiting(uow, enrolment_id)
            if found.facts.excluded_why != LEFT_OUT:
                raise Refused("This person wasn't left out here.")
            enrolments.set_facts(uow, enrolment_id, excluded_ms=None, excluded_why="")
            enrolments.replan(uow, enrolment_id, now)
            activity.note(
                uow,
                now,
                "decided",
                "Taken back into the campaign.",
                campaign_id=found.campaign_id,
                enrolment_id=enrolment_id,
                lead_id=found.lead_id,
            )

        await self._ctx.db.write(change)


def _need_waiting(uow: UnitOfWork, enrolment_id: int) -> enrolments.Enrolled:
    found = enrolments.load(uow, enrolment_id)
    if found.is_started:
        raise Refused("This person has been started already.", "Exclude them in Leads.")
    return found


def _waiting(connection: Connection, campaign_id: int) -> tuple[int, ...]:
    wanted = select(enrolment.c.id).where(
        enrolment.c.campaign_id == campaign_id,
        enrolment.c.started_ms.is_(None),
        enrolment.c.is_active == 1,
        enrolment.c.attention_why == "",
    )
    return tuple(connection.execute(wanted.order_by(enrolment.c.id)).scalars())


def _group_chunk(connection: Connection, ids: Listed[int], grouping: _Grouping) -> None:
    own = own_texts.of_enrolments(connection, ids)
    for row in previews.rows(connection, ids):
        grouping.add(row, own.get(row.enrolment_id, {}))


def _person(
    connection: Connection, enrolment_id: int, sequence: Sequence, sender: str, is_paid: bool
) -> ReadPerson | None:
    found = previews.page(connection, [enrolment_id], sender)
    if not found:
        return None
    lead = found[0]
    lead_id = connection.execute(select(enrolment.c.lead_id).where(enrolment.c.id == enrolment_id)).scalar_one()
    texts = [_read_text(sequence, s, lead, is_paid) for s in sequence.steps if s.texts or s.kind == "invite"]
    return ReadPerson(
        enrolment_id=enrolment_id,
        lead_id=lead_id,
        name=lead.name,
        first_name=lead.values.get("first_name", "").strip() or lead.name,
        about=lead.about,
        texts=tuple(texts),
    )


def _read_text(sequence: Sequence, step: Step, lead: previews.PreviewLead, is_paid: bool) -> ReadText:
    own = lead.own.get(step.key)
    written = write(step, lead.values, lead_key=lead.key, is_paid=is_paid, own=own)
    source = step.texts[chosen_variant(step, lead.key)].text if step.texts else ""
    used = () if own is not None else dict.fromkeys(use.name for use in templates.variables(source))
    is_held = isinstance(written, Held)
    return ReadText(
        step=step.key,
        title=step_words(sequence, step.key),
        text=(own or "") if isinstance(written, Held) else written.text or "",
        held=written.reason if isinstance(written, Held) else "",
        variable=written.variable if isinstance(written, Held) else None,
        defaults=() if is_held else tuple(n for n in used if not lead.values.get(n, "").strip()),
        is_own=own is not None,
        has_text=own is not None or bool(source.strip()),
        limit=text_limit(step.kind, is_paid),
    )
