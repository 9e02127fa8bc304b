"""A defined outcome for every answer in which a field is missing, null or of another type."""

from __future__ import annotations

import asyncio
import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from engine.errors import Cause, ProviderError
from engine.provider.base import Verdict, WriteResult
from tests.provider.calls import READS, WRITES, Ask
from tests.provider.scripting import Scripted

ODD_VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    1e300,
    "",
    "\0",
    "\ud800",
    " ",
    "x" * 5000,
    [],
    [None],
    {},
    {"a": 1},
]


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    keys: Any = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield (*place, key)
        yield from _places(value[key], (*place, key))


def _mutants(value: Any) -> Iterator[Any]:
    """Yield the answer with each field dropped, and with each field given each odd value; then random pairs."""
    places = list(_places(value))
    for place in places:
        yield _changed(value, place, drop=True)
        for odd in ODD_VALUES:
            yield _changed(value, place, odd)
    dice = random.Random(7)
    for _ in range(100):
        once = _changed(value, dice.choice(places), dice.choice(ODD_VALUES))
        left = list(_places(once))
        if left:
            yield _changed(once, dice.choice(left), dice.choice(ODD_VALUES))
    yield from ODD_VALUES


def _changed(value: Any, place: tuple[Any, ...], odd: Any = None, *, drop: bool = False) -> Any:
    mutant = copy.deepcopy(value)
    inner = mutant
    for key in place[:-1]:
        inner = inner[key]
    if drop:
        del inner[place[-1]]
    else:
        inner[place[-1]] = odd
    return mutant


@pytest.mark.parametrize("name", READS)
def test_every_mutilated_answer_to_a_read_has_a_defined_outcome(name: str, scripted: Scripted) -> None:
    ask, answer, *_ = READS[name]
    _check_mutants(scripted, ask, answer, _is_defined_read)


@pytest.mark.parametrize("name", WRITES)
def test_every_mutilated_answer_to_a_write_is_sent_or_unknown(name: str, scripted: Scripted) -> None:
    ask, answer = WRITES[name]

    def is_defined(mutant: Any, found: Any) -> bool:
        told = mutant.get("object") if isinstance(mutant, dict) else None
        expected = Verdict.SENT if told == answer["object"] else Verdict.UNKNOWN
        return isinstance(found, WriteResult) and found.verdict is expected

    _check_mutants(scripted, ask, answer, is_defined)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500])
def test_every_mutilated_error_has_a_defined_outcome(status: int, scripted: Scripted) -> None:
    body = {"status": status, "type": "errors/limit_exceeded", "title": "Limit exceeded", "detail": "Later."}
    decisive = {401, 403, 404, 429}

    def is_defined(mutant: Any, found: Any) -> bool:
        is_listed = status == 422 and isinstance(mutant, dict) and mutant.get("type") == body["type"]
        expected = Verdict.NOT_SENT if status in decisive or is_listed else Verdict.UNKNOWN
        return isinstance(found, WriteResult) and found.verdict is expected

    _check_mutants(scripted, WRITES["invite"][0], body, is_defined, status=status)


def _is_defined_read(_mutant: Any, found: Any) -> bool:
    if isinstance(found, ProviderError):
        return found.cause in (Cause.PROVIDER, Cause.NOT_FOUND)
    repr(found).encode("utf-8")
    return found is not None


def _check_mutants(
    scripted: Scripted, ask: Ask, answer: Any, is_defined: Callable[[Any, Any], bool], *, status: int = 200
) -> None:
    async def run() -> None:
        for mutant in _mutants(answer):
            body = json.dumps(mutant).encode()
            scripted.answer = httpx.Response(status, content=body)
            try:
                found = await ask(scripted.provider)
            except ProviderError as error:
                found = error
            assert is_defined(mutant, found), (mutant, found)

    asyncio.run(run())
