"""Values to columns and back: moments, hours and sequences."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from engine.domain.sequences import Delay, DelayUnit, Sequence, Step, StepKind, Variant
from engine.domain.working_hours import DAY_NAMES, END_OF_DAY, WorkingHours

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
MINUTES_OF_DAY = 24 * 60
_ROW_ID = re.compile(r"\d{1,18}", re.ASCII)
"""What certainly fits into SQLite's 64 bits."""


def row_id_of(text: str) -> int | None:
    """Return the row id that a text is, or None."""
    return int(text) if _ROW_ID.fullmatch(text.strip()) else None


def to_ms(at: datetime) -> int:
    """Return whole milliseconds since 1970, rounded down."""
    return (at - _EPOCH) // _MS


def from_ms(ms: int) -> datetime:
    """Return an aware UTC moment."""
    return _EPOCH + ms * _MS


def maybe_from_ms(ms: int | None) -> datetime | None:
    """Return a moment, or None."""
    return None if ms is None else from_ms(ms)


def minute_of(at: time) -> int:
    """Return minutes since midnight; the end of the day is 1,440."""
    return MINUTES_OF_DAY if at == END_OF_DAY else at.hour * 60 + at.minute


def time_of(minute: int) -> time:
    """Return the time of day."""
    return END_OF_DAY if minute >= MINUTES_OF_DAY else time(minute // 60, minute % 60)


def days_text(days: frozenset[int]) -> str:
    """Return days as "mon,tue"."""
    return ",".join(DAY_NAMES[d] for d in sorted(days))


@lru_cache(maxsize=512)
def hours_of(time_zone: str, days: str, start_minute: int, end_minute: int) -> WorkingHours:
    """Return working hours from their columns."""
    chosen = frozenset(DAY_NAMES.index(d) for d in days.split(","))
    return WorkingHours(time_zone=time_zone, days=chosen, start=time_of(start_minute), end=time_of(end_minute))


def sequence_json(sequence: Sequence) -> str:
    """Return a sequence as the JSON that `sequence_of` reads."""
    return json.dumps([_step_form(s) for s in sequence.steps], ensure_ascii=False)


@lru_cache(maxsize=256)
def sequence_of(steps: str) -> Sequence:
    """Return the sequence stored in a version's `steps`."""
    return Sequence(steps=tuple(_step(form) for form in json.loads(steps)))


def _step_form(step: Step) -> dict[str, Any]:
    return {
        "key": step.key,
        "kind": step.kind,
        "wait": str(step.wait),
        "texts": [[v.share, v.text] for v in step.texts],
        "accept_within": str(step.accept_within),
        "on": step.on,
        "then": step.then_key,
        "else": step.else_key,
    }


def _step(form: Mapping[str, Any]) -> Step:
    return Step(
        key=form["key"],
        kind=StepKind(form["kind"]),
        wait=_delay(form["wait"]),
        texts=tuple(Variant(share=share, text=text) for share, text in form["texts"]),
        accept_within=_delay(form["accept_within"]),
        on=form["on"],
        then_key=form["then"],
        else_key=form["else"],
    )


def _delay(text: str) -> Delay:
    digits = text.rstrip("mhdw")
    return Delay(amount=int(digits), unit=DelayUnit(text[len(digits) :]))
