"""The `[[steps]]` of a campaign file: each step read, and the rules between steps. No file is opened."""

from __future__ import annotations

import re

from engine.domain.sequences import DEFAULT_ACCEPT_WITHIN, NO_DELAY, Delay, DelayUnit, Step, StepKind, Variant
from engine.domain.suggestions import did_you_mean
from engine.domain.templates import check
from engine.domain.toml_reader import Table

MOST_STEPS = 50
MOST_VARIANTS = 10
MOST_SHARES = 1000
WHOLE_SHARE = 100
BRANCH_ON = "connected"

LONGEST_DELAYS = {
    DelayUnit.MINUTES: 365 * 24 * 60,
    DelayUnit.HOURS: 365 * 24,
    DelayUnit.DAYS: 365,
    DelayUnit.WORKING_DAYS: 260,
}
_DELAY = re.compile(r"(\d{1,6})(m|h|d|wd)", re.ASCII)
_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}", re.ASCII)
_KEYS_OF_KIND = {
    StepKind.VISIT: (),
    StepKind.INVITE: ("note", "variants", "accept_within"),
    StepKind.MESSAGE: ("text", "variants"),
    StepKind.WITHDRAW: (),
    StepKind.BRANCH: ("on", "then", "else"),
}
_TEXT_KEY = {StepKind.INVITE: "note", StepKind.MESSAGE: "text"}


def parse_delay(text: str) -> Delay:
    """Return a delay written 30m, 2h, 4d or 1wd, up to a year. Raises: ValueError with a sentence."""
    match = _DELAY.fullmatch(text)
    if match is None:
        raise ValueError(f"“{text[:20]}” is not a delay: write 30m, 2h, 4d or 1wd (working days).")
    delay = Delay(amount=int(match[1]), unit=DelayUnit(match[2]))
    if delay.amount > LONGEST_DELAYS[delay.unit]:
        raise ValueError(f"“{text}” is longer than a year.")
    return delay


def read_steps(tables: list[Table]) -> tuple[Step, ...]:
    """Return the steps; everything wrong with them is noted in the tables' problems."""
    kinds = [_kind(table) for table in tables]
    keys = _keys(tables, kinds)
    steps: list[Step] = []
    for table, kind, key in zip(tables, kinds, keys, strict=True):
        if kind is not None:
            step = _step(table, kind, key)
            _check_order(table, step, steps)
            steps.append(step)
    _check_branches(tables, kinds, keys, steps)
    return tuple(steps)


def default_keys(kinds: list[StepKind | None], taken: set[str]) -> list[str]:
    """Return a key for each kind: `invite`, `message_1`, `message_2` …, none of those taken."""
    counts: dict[str, int] = {}
    keys = []
    for kind in kinds:
        name = str(kind or "step")
        key = name if kind is StepKind.INVITE else ""
        while not key or key in taken or key in keys:
            counts[name] = counts.get(name, 0) + 1
            key = f"{name}_{counts[name]}"
        keys.append(key)
    return keys


def _kind(table: Table) -> StepKind | None:
    text = table.text("kind")
    if text in tuple(StepKind):
        return StepKind(text)
    if not table.has("kind"):
        table.problem("", f"The step has no kind: write one of {', '.join(StepKind)}.")
    elif text:
        table.problem("kind", f"There is no kind of step “{text[:40]}”.{did_you_mean(text, StepKind)}")
    return None


def _keys(tables: list[Table], kinds: list[StepKind | None]) -> list[str]:
    """Return the key of each step, given or made; a made key is never one that the file gives."""
    given = [table.text("key") if table.has("key") else "" for table in tables]
    made = iter(default_keys([k for k, key in zip(kinds, given, strict=True) if not key], set(given)))
    keys: list[str] = []
    for table, key in zip(tables, given, strict=True):
        if table.has("key") and not _KEY.fullmatch(key):
            table.problem("key", "A key is 1 to 60 letters, digits, _ or -.")
        elif key and key in keys:
            table.problem("key", f"Another step already has the key “{key}”.")
        keys.append(key or next(made))
    return keys


def _step(table: Table, kind: StepKind, key: str) -> Step:
    table.check_keys(("kind", "key", "wait", *_KEYS_OF_KIND[kind]))
    return Step(
        key=key,
        kind=kind,
        wait=_delay(table, "wait", NO_DELAY),
        texts=_texts(table, kind) if kind in _TEXT_KEY else (),
        accept_within=_accept_within(table) if kind is StepKind.INVITE else DEFAULT_ACCEPT_WITHIN,
        on=_branch_on(table) if kind is StepKind.BRANCH else "",
        then_key=_target(table, "then") if kind is StepKind.BRANCH else "",
        else_key=_target(table, "else") if kind is StepKind.BRANCH else "",
    )


def _delay(table: Table, key: str, default: Delay) -> Delay:
    text = table.text(key, str(default))
    try:
        return parse_delay(text)
    except ValueError as error:
        table.problem(key, str(error))
        return default


def _accept_within(table: Table) -> Delay:
    delay = _delay(table, "accept_within", DEFAULT_ACCEPT_WITHIN)
    if delay.amount == 0:
        table.problem("accept_within", "An invitation needs time to be accepted, for example 21d.")
    return delay


def _branch_on(table: Table) -> str:
    on = table.text("on", BRANCH_ON)
    if on != BRANCH_ON:
        table.problem("on", f"A branch can only be on “{BRANCH_ON}”.")
    return on


def _target(table: Table, key: str) -> str:
    if not table.has(key):
        table.problem("", f"The branch needs “{key}”: the key of a later step.")
    return table.text(key)


def _texts(table: Table, kind: StepKind) -> tuple[Variant, ...]:
    """Return the wordings: one under `note` or `text`, or several under `variants`."""
    text_key = _TEXT_KEY[kind]
    if not table.has("variants"):
        return (_variant(table, text_key, kind, WHOLE_SHARE),)
    if table.has(text_key):
        table.problem(text_key, f"Write either “{text_key}” or “variants”, not both.")
    variants = table.tables("variants")
    if not 1 <= len(variants) <= MOST_VARIANTS:
        table.problem("variants", f"There must be 1 to {MOST_VARIANTS} variants.")
    for variant in variants:
        variant.check_keys(("share", "text"))
    return tuple(_variant(v, "text", kind, v.whole("share", WHOLE_SHARE, MOST_SHARES)) for v in variants)


def _variant(table: Table, key: str, kind: StepKind, share: int) -> Variant:
    text = table.text(key)
    if kind is StepKind.MESSAGE and not text.strip():
        table.problem(key if table.has(key) else "", f"A message needs a text: {key} = “…”.")
    for problem in check(text, None):
        table.problem(key, f"{problem.message} (line {problem.line}, column {problem.column} of the text)")
    return Variant(share=share, text=text)


def _check_order(table: Table, step: Step, before: list[Step]) -> None:
    is_invited = any(earlier.kind is StepKind.INVITE for earlier in before)
    if step.kind is StepKind.INVITE and is_invited:
        table.problem("", "A sequence can invite only once.")
    if step.kind is StepKind.WITHDRAW and not is_invited:
        table.problem("", "There is no invitation before this step to withdraw.")


def _check_branches(tables: list[Table], kinds: list[StepKind | None], keys: list[str], steps: list[Step]) -> None:
    by_key = {step.key: step for step in steps}
    for index, (table, kind) in enumerate(zip(tables, kinds, strict=True)):
        if kind is StepKind.BRANCH:
            step = by_key[keys[index]]
            for name, target in (("then", step.then_key), ("else", step.else_key)):
                if target and target not in keys:
                    table.problem(name, f"There is no step “{target[:60]}”.{did_you_mean(target, keys)}")
                elif target and target not in keys[index + 1 :]:
                    table.problem(name, f"The step “{target}” must come after the branch.")
