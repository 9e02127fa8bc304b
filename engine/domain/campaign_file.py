"""campaign.toml: a campaign as a file that people write, read into values and written back.

Reading says every problem with its place at once. Nothing here opens a file or knows an account.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

from engine.domain.campaign_steps import MOST_STEPS, WHOLE_SHARE, read_steps
from engine.domain.sequences import NO_DELAY, Step, StepKind
from engine.domain.suggestions import did_you_mean
from engine.domain.toml_reader import Problems, Table
from engine.domain.toml_text import line_numbers, toml_string, toml_strings
from engine.domain.working_hours import DAY_NAMES, check_time_zone, format_time_of_day, make_hours, parse_time_of_day
from engine.errors import BadFile, FileProblem, Refused, UserError

LONGEST_FILE_CHARS = 1_000_000
LONGEST_NAME_CHARS = 200
MOST_WEIGHT = 100
PAUSES = ("all", "invitations", "follow_ups")
OFFICE_DAYS = frozenset(range(5))
OFFICE_START, OFFICE_END = time(9), time(17)
ANY_ZONE = "Etc/UTC"

_TITLE = "The campaign file can't be used."
_ADVICE = "Mend what is listed and add it again; nothing was changed."
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ERROR_PLACE = re.compile(r"(.*) \(at (line \d+, column \d+|end of document)\)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class HoursDraft:
    """Working hours as the file gives them; closed days stay the account's."""

    time_zone: str
    days: frozenset[int]
    start: time
    end: time


@dataclass(frozen=True, kw_only=True)
class CampaignDraft:
    """A campaign that isn't stored yet. `account` is a name or an id; `hours` None: the account's.

    `pause` is None, or what is paused from the start: one of PAUSES.
    """

    name: str
    account: str | None
    hours: HoursDraft | None
    steps: tuple[Step, ...]
    weight: int = 1
    pause: str | None = None


def parse_campaign(text: str) -> CampaignDraft:
    """Read a campaign file.

    Raises: BadFile with every problem; variables' names can only be judged with leads at hand.
    """
    problems = Problems(lines=line_numbers(text) if len(text) <= LONGEST_FILE_CHARS else {})
    root = Table(values=_document(text), path=(), problems=problems)
    root.check_keys(("name", "account", "hours", "steps", "weight", "pause"))
    step_tables = root.tables("steps")
    if not 1 <= len(step_tables) <= MOST_STEPS:
        root.problem("steps", f"A campaign needs 1 to {MOST_STEPS} steps: write [[steps]].")
        step_tables = step_tables[:MOST_STEPS]
    draft = CampaignDraft(
        name=_name(root),
        account=_account(root),
        hours=_hours(root),
        steps=read_steps(step_tables),
        weight=root.whole("weight", 1, MOST_WEIGHT),
        pause=_pause(root),
    )
    if problems.found:
        raise BadFile(_TITLE, _ADVICE, tuple(problems.found))
    return draft


def format_campaign(draft: CampaignDraft) -> str:
    """Write a campaign file that reads back as the same draft; every step gets its key."""
    lines = [f"name = {toml_string(draft.name)}"]
    if draft.account is not None:
        lines.append(f"account = {toml_string(draft.account)}")
    if draft.weight != 1:
        lines.append(f"weight = {draft.weight}")
    if draft.pause is not None:
        lines.append(f"pause = {toml_string(draft.pause)}")
    if draft.hours is not None:
        lines += ["", "[hours]", *_hours_lines(draft.hours)]
    for step in draft.steps:
        lines += ["", "[[steps]]", *_step_lines(step)]
    return "\n".join(lines) + "\n"


def _document(text: str) -> dict[str, object]:
    if len(text) > LONGEST_FILE_CHARS:
        raise BadFile(_TITLE, "It is longer than a million characters: is it the right file?")
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        match = _ERROR_PLACE.fullmatch(str(error))
        problem, place = (match[1], match[2]) if match else (str(error), "the file")
        raise BadFile(_TITLE, _ADVICE, (FileProblem(place=place, problem=f"{problem}."),)) from error
    except (RecursionError, ValueError) as error:
        problem = "A value in it can't be read."
        raise BadFile(_TITLE, _ADVICE, (FileProblem(place="the file", problem=problem),)) from error


def checked_name(text: str) -> str:
    """Return a name that a person typed as it can be kept. Raises: Refused."""
    name = text.strip()
    if not _is_name(name):
        raise Refused(f"A campaign needs a name of one line, up to {LONGEST_NAME_CHARS} characters.")
    return name


def _is_name(name: str) -> bool:
    return name == name.strip() and 1 <= len(name) <= LONGEST_NAME_CHARS and not _UNPRINTABLE.search(name)


def _name(root: Table) -> str:
    name = root.text("name")
    if not _is_name(name):
        root.problem("name", f"A campaign needs a name of one line, up to {LONGEST_NAME_CHARS} characters.")
    return name


def _account(root: Table) -> str | None:
    if not root.has("account"):
        return None
    account = root.text("account")
    if not account.strip():
        root.problem("account", "Write the account's name or id, or leave the line out.")
    return account


def _pause(root: Table) -> str | None:
    if not root.has("pause"):
        return None
    pause = root.text("pause")
    if pause not in PAUSES:
        root.problem("pause", f"This must be one of {', '.join(PAUSES)}.{did_you_mean(pause, PAUSES)}")
    return pause


def _hours(root: Table) -> HoursDraft | None:
    table = root.table("hours")
    if table is None:
        return None
    table.check_keys(("time_zone", "days", "start", "end"))
    hours = HoursDraft(
        time_zone=table.text("time_zone"),
        days=_days(table),
        start=_time_of_day(table, "start", OFFICE_START),
        end=_time_of_day(table, "end", OFFICE_END),
    )
    try:
        check_time_zone(hours.time_zone)
    except UserError as error:
        table.problem("time_zone" if table.has("time_zone") else "", str(error))
    try:
        make_hours(ANY_ZONE, hours.days, hours.start, hours.end)
    except UserError as error:
        table.problem("", str(error))
    return hours


def _days(table: Table) -> frozenset[int]:
    names = table.values.get("days", list(DAY_NAMES[:5]))
    if not isinstance(names, list) or not names or any(name not in DAY_NAMES for name in names):
        table.problem("days", f"This must be a list of days out of {', '.join(DAY_NAMES)}.")
        return OFFICE_DAYS
    return frozenset(DAY_NAMES.index(name) for name in names)


def _time_of_day(table: Table, key: str, default: time) -> time:
    value = table.values.get(key, default)
    if isinstance(value, time):
        value = format_time_of_day(value) if value.replace(second=0, microsecond=0) == value else str(value)
    try:
        return parse_time_of_day(value if isinstance(value, str) else repr(value))
    except UserError as error:
        table.problem(key, str(error))
        return default


def _hours_lines(hours: HoursDraft) -> Iterator[str]:
    yield f"time_zone = {toml_string(hours.time_zone)}"
    yield f"days = {toml_strings(DAY_NAMES[day] for day in sorted(hours.days))}"
    yield f"start = {toml_string(format_time_of_day(hours.start))}"
    yield f"end = {toml_string(format_time_of_day(hours.end))}"


def _step_lines(step: Step) -> Iterator[str]:
    yield f"kind = {toml_string(step.kind)}"
    yield f"key = {toml_string(step.key)}"
    if step.wait != NO_DELAY:
        yield f"wait = {toml_string(str(step.wait))}"
    if len(step.texts) == 1 and step.texts[0].share == WHOLE_SHARE:
        yield f"{'note' if step.kind is StepKind.INVITE else 'text'} = {toml_string(step.texts[0].text)}"
    elif step.texts:
        yield "variants = ["
        for variant in step.texts:
            yield f"    {{ share = {variant.share}, text = {toml_string(variant.text)} }},"
        yield "]"
    if step.kind is StepKind.INVITE:
        yield f"accept_within = {toml_string(str(step.accept_within))}"
    if step.kind is StepKind.BRANCH:
        yield f"on = {toml_string(step.on)}"
        yield f"then = {toml_string(step.then_key)}"
        yield f"else = {toml_string(step.else_key)}"
