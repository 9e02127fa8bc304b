"""Sequences: delays, look-ups, and variants that are chosen once and for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.sequences import Delay, DelayUnit, Sequence, Step, StepKind, Variant, chosen_variant, step_words


def step(*shares: int, key: str = "m1") -> Step:
    texts = tuple(Variant(share=s, text=str(n)) for n, s in enumerate(shares))
    return Step(key=key, kind=StepKind.MESSAGE, texts=texts)


@pytest.mark.parametrize(
    ("unit", "length"),
    [
        (DelayUnit.MINUTES, timedelta(minutes=3)),
        (DelayUnit.HOURS, timedelta(hours=3)),
        (DelayUnit.DAYS, timedelta(days=3)),
    ],
)
def test_a_delay_is_elapsed_time(unit: DelayUnit, length: timedelta) -> None:
    assert Delay(amount=3, unit=unit).elapsed() == length
    assert str(Delay(amount=3, unit=unit)) == f"3{unit}"


def test_working_days_need_a_calendar() -> None:
    with pytest.raises(ValueError, match="calendar"):
        Delay(amount=1, unit=DelayUnit.WORKING_DAYS).elapsed()


def test_a_step_is_found_by_its_key() -> None:
    sequence = Sequence(steps=(Step(key="i", kind=StepKind.INVITE), step(1)))
    assert (sequence.step("m1").kind, sequence.position("m1")) == (StepKind.MESSAGE, 1)
    assert sequence.has_invitation
    assert not Sequence(steps=(step(1),)).has_invitation
    with pytest.raises(KeyError):
        sequence.position("x")


@settings(derandomize=True, max_examples=200)
@given(lead=st.text(max_size=20), shares=st.lists(st.integers(0, 100), min_size=2, max_size=5))
def test_a_variant_is_stable_and_one_without_a_share_is_never_chosen(lead: str, shares: list[int]) -> None:
    if not any(shares):
        shares[0] = 1
    found = chosen_variant(step(*shares), lead)
    assert found == chosen_variant(step(*shares), lead)
    assert shares[found] > 0


def test_a_single_text_needs_no_choice() -> None:
    assert chosen_variant(step(), "lead") == 0
    assert chosen_variant(step(100), "lead") == 0


@pytest.mark.parametrize("shares", [(50, 50), (90, 10), (20, 30, 50)])
def test_variants_are_chosen_close_to_their_shares(shares: tuple[int, ...]) -> None:
    leads = 4000
    found = [chosen_variant(step(*shares), f"slug:lead-{n}") for n in range(leads)]
    for place, share in enumerate(shares):
        assert abs(found.count(place) / leads - share / sum(shares)) < 0.03


def test_the_choices_of_two_steps_are_independent() -> None:
    leads = [f"slug:lead-{n}" for n in range(4000)]
    both = sum(chosen_variant(step(1, 1), x) == chosen_variant(step(1, 1, key="m2"), x) for x in leads)
    assert abs(both / len(leads) - 0.5) < 0.03


def test_a_step_is_called_what_a_person_calls_it() -> None:
    note = (Variant(share=1, text="Hello"),)
    steps = (
        Step(key="v", kind=StepKind.VISIT),
        Step(key="b", kind=StepKind.BRANCH),
        Step(key="i", kind=StepKind.INVITE, texts=(Variant(share=1, text=" "),)),
        Step(key="n", kind=StepKind.INVITE, texts=note),
        step(1, key="m1"),
        Step(key="w", kind=StepKind.WITHDRAW),
        step(1, key="m2"),
    )
    sequence = Sequence(steps=steps)
    assert [step_words(sequence, s.key) for s in steps] == [
        "Profile visit",
        "Branch",
        "Invitation without a note",
        "Invitation with a note",
        "Message 1 of 2",
        "Withdrawal",
        "Message 2 of 2",
    ]
