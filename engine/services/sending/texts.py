"""The exact text that a lead gets for a step, or why it can't be written. Rendering rules live in the domain."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from engine.domain import templates
from engine.domain.sequence_rules import text_limit
from engine.domain.sequences import Step, chosen_variant
from storage.repositories.leads import TEXT_FIELDS

SENDER = "sender_first_name"


@dataclass(frozen=True, kw_only=True)
class Written:
    """A text ready to send; None for a step without one."""

    text: str | None


@dataclass(frozen=True, kw_only=True)
class Held:
    """Why this lead's text can't be written; `variable` is the one that is empty or guilty, if one is."""

    reason: str
    variable: str | None = None


def values_of(row: Row[Any], sender_first_name: str) -> dict[str, str]:
    """Return the variables of a lead's row."""
    values = {k: v for k, v in json.loads(row.custom).items() if isinstance(v, str)}
    values |= {name: getattr(row, name) for name in TEXT_FIELDS}
    values["full_name"] = f"{row.first_name} {row.last_name}".strip()
    values[SENDER] = sender_first_name
    return values


def write(
    step: Step, values: Mapping[str, str], *, lead_key: str, is_paid: bool, own: str | None = None
) -> Written | Held:
    """Render a step for a lead, strictly; `own` is what was written for this lead alone, and goes as it stands."""
    if own is None and (not step.texts or not step.texts[chosen_variant(step, lead_key)].text.strip()):
        return Written(text=None)
    if own is not None:
        rendered = templates.plain(own)
    else:
        rendered = templates.render(step.texts[chosen_variant(step, lead_key)].text, values)
    if isinstance(rendered, templates.HeldText):
        return Held(reason=rendered.reason, variable=rendered.variable)
    too_long = templates.length_problem(rendered.text, text_limit(step.kind, is_paid))
    return Held(reason=too_long) if too_long else Written(text=rendered.text)


def held_words(step_key: str, reason: str) -> str:
    """Return why a lead is held by the text of a step that may come much later."""
    return f"the text of step {step_key} can't be written: {reason}"


def held_step(why: str) -> str:
    """Return the step of which `held_words` speaks, or ""."""
    found = _HELD.match(why)
    return found["step"] if found else ""


_HELD = re.compile(r"the text of step (?P<step>\S+) can't be written: ")
