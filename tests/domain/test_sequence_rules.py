"""A sequence that is being edited is judged by the rules of the campaign file, for every rule."""

from __future__ import annotations

from typing import Any

import pytest

from engine.domain.campaign_file import CampaignDraft, format_campaign, parse_campaign
from engine.domain.sequence_rules import Weight, blocking, delay_problem, findings, note_limit, text_limit
from engine.domain.sequences import Delay, DelayUnit, Sequence, Step, StepKind, Variant
from engine.errors import BadFile

DAY = Delay(amount=1, unit=DelayUnit.DAYS)


def step(key: str, kind: str, text: str | None = None, **more: Any) -> Step:
    texts = () if text is None else (Variant(share=100, text=text),)
    return Step(key=key, kind=StepKind(kind), texts=texts, **more)


INVITE, MESSAGE = step("i", "invite", ""), step("m", "message", "Hi {{ first_name }}")


def said(*steps: Step, known: frozenset[str] | None = None) -> list[tuple[str, str]]:
    return [(f.key, f.message) for f in findings(Sequence(steps=steps), known)]


def test_a_sound_sequence_has_no_findings() -> None:
    assert said(INVITE, MESSAGE) == []


@pytest.mark.parametrize(
    ("steps", "key", "words"),
    [
        ((), "", "no step"),
        ((INVITE, step("i2", "invite", "")), "i2", "only once"),
        ((step("w", "withdraw"), INVITE), "w", "no invitation before"),
        ((INVITE, step("m", "message", "  ")), "m", "no text"),
        ((INVITE, step("m", "message", "Hi {{ first_name")), "m", "closed"),
        ((step("i", "invite", "", accept_within=Delay(amount=0, unit=DelayUnit.DAYS)),), "i", "needs time"),
        ((step("i", "invite", "", accept_within=Delay(amount=366, unit=DelayUnit.DAYS)),), "i", "a year"),
        ((step("v", "visit", wait=Delay(amount=366, unit=DelayUnit.DAYS)),), "v", "a year"),
        ((INVITE, step("b", "branch")), "b", "No step comes after"),
        ((step("b", "branch", then_key="i", else_key="x"), INVITE), "b", "when not connected"),
        ((step("b", "branch", then_key="b", else_key="i"), INVITE), "b", "when connected"),
        ((INVITE, Step(key="m", kind=StepKind.MESSAGE)), "m", "1 to 10 variants"),
        ((INVITE, Step(key="m", kind=StepKind.MESSAGE, texts=(Variant(share=0, text="x"),))), "m", "1 to 1000"),
        (tuple(step(f"v{n}", "visit") for n in range(51)), "", "50 steps"),
    ],
)
def test_each_rule_is_said_where_it_is_broken(steps: tuple[Step, ...], key: str, words: str) -> None:
    found = blocking(Sequence(steps=steps))
    assert any(f.key == key and words in f.message for f in found), found


def test_a_message_without_an_invitation_is_a_caution_only() -> None:
    (found,) = findings(Sequence(steps=(MESSAGE,)))
    assert found.weight is Weight.CAUTION
    assert "people you are connected with" in found.message
    assert blocking(Sequence(steps=(MESSAGE,))) == ()


def test_a_name_is_judged_only_when_names_are_known() -> None:
    assert said(INVITE, MESSAGE, known=frozenset({"frist_name"}))[0][1].startswith("There is no variable “first_name”")
    assert said(INVITE, MESSAGE, known=frozenset({"first_name"})) == []


def test_a_problem_tells_its_variant_and_place() -> None:
    texts = (Variant(share=1, text="fine"), Variant(share=1, text="😀 {{ x"))
    (found,) = findings(Sequence(steps=(INVITE, Step(key="m", kind=StepKind.MESSAGE, texts=texts))))
    assert (found.variant, found.place.offset if found.place else None) == (1, 2)


@pytest.mark.parametrize("steps", [(INVITE, MESSAGE), (MESSAGE,), (step("v", "visit"), INVITE, step("w", "withdraw"))])
def test_what_is_sound_here_is_sound_as_a_file(steps: tuple[Step, ...]) -> None:
    text = format_campaign(CampaignDraft(name="n", account=None, hours=None, steps=steps))
    assert parse_campaign(text).steps == steps


@pytest.mark.parametrize(
    "steps",
    [(INVITE, step("i2", "invite", "")), (step("w", "withdraw"),), (step("m", "message", ""),), (step("b", "branch"),)],
)
def test_what_is_refused_here_is_refused_as_a_file(steps: tuple[Step, ...]) -> None:
    assert blocking(Sequence(steps=steps))
    with pytest.raises(BadFile):
        parse_campaign(format_campaign(CampaignDraft(name="n", account=None, hours=None, steps=steps)))


def test_limits_are_those_of_the_kind_and_the_account() -> None:
    assert (note_limit(False), note_limit(True)) == (200, 300)
    assert (text_limit(StepKind.INVITE, True), text_limit(StepKind.MESSAGE, False)) == (300, 8000)


def test_a_wait_ends_within_a_year() -> None:
    assert delay_problem(DAY) is None
    assert delay_problem(Delay(amount=261, unit=DelayUnit.WORKING_DAYS)) is not None
