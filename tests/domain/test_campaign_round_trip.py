"""campaign.toml: whatever is written reads back, and any file at all is read or refused."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import time

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.domain.campaign_file import CampaignDraft, HoursDraft, format_campaign, parse_campaign
from engine.domain.sequences import Delay, DelayUnit, Step, StepKind, Variant
from engine.domain.toml_text import toml_string
from engine.domain.working_hours import END_OF_DAY
from engine.errors import BadFile

LINES = [
    'name = "Founders in Lyon"', "[hours]", 'time_zone = "Europe/Paris"', 'days = ["mon"]', "[[steps]]",
    'kind = "invite"', 'note = ""', 'accept_within = "5d"', 'kind = "message"', 'text = """Hi {{ first_name }}', '"""',
    'wait = "1wd"', 'variants = [{ share = 50, text = "a" }, {}]', 'kind = "branch"', 'then = "invite"', 'key = "x"',
]  # fmt: skip


TEXTS = st.text(max_size=40).filter(lambda text: not any(c in text for c in "{}%"))
DELAYS = st.builds(Delay, amount=st.integers(1, 260), unit=st.sampled_from(DelayUnit))
MESSAGES = TEXTS.filter(lambda text: bool(text.strip()))


def variants(texts: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[Variant, ...]]:
    several = st.lists(st.builds(Variant, share=st.integers(1, 1000), text=texts), min_size=1, max_size=3).map(tuple)
    return several | texts.map(lambda text: (Variant(share=100, text=text),))


@st.composite
def drafts(draw: st.DrawFn) -> CampaignDraft:
    kinds = draw(st.lists(st.sampled_from([StepKind.VISIT, StepKind.MESSAGE]), min_size=1, max_size=4))
    steps = []
    for index, kind in enumerate(kinds):
        texts = draw(variants(MESSAGES)) if kind is StepKind.MESSAGE else ()
        steps.append(Step(key=f"k-{index}", kind=kind, wait=draw(DELAYS), texts=texts))
    if draw(st.booleans()):
        invite = Step(key="i", kind=StepKind.INVITE, texts=draw(variants(TEXTS)), accept_within=draw(DELAYS))
        steps = [invite, *steps, Step(key="w", kind=StepKind.WITHDRAW)]
    if draw(st.booleans()):
        later = st.sampled_from([step.key for step in steps])
        branch = Step(key="b", kind=StepKind.BRANCH, on="connected", then_key=draw(later), else_key=draw(later))
        steps = [branch, *steps]
    begin, end = sorted(draw(st.sets(st.integers(0, 1439), min_size=2, max_size=2)))
    hours = HoursDraft(
        time_zone=draw(st.sampled_from(["UTC", "Europe/Paris"])),
        days=draw(st.frozensets(st.integers(0, 6), min_size=1)),
        start=time(begin // 60, begin % 60),
        end=draw(st.sampled_from([time(end // 60, end % 60), END_OF_DAY])),
    )
    names = TEXTS.map(lambda text: "".join(c for c in text if c.isprintable()).strip()).filter(bool)
    return CampaignDraft(
        name=draw(names),
        account=draw(st.none() | MESSAGES),
        hours=draw(st.none() | st.just(hours)),
        steps=tuple(steps),
        weight=draw(st.integers(1, 100)),
        pause=draw(st.sampled_from([None, "all", "invitations", "follow_ups"])),
    )


@settings(deadline=None)
@given(drafts())
def test_what_is_written_reads_back(draft: CampaignDraft) -> None:
    assert parse_campaign(format_campaign(draft)) == draft


@settings(deadline=None)
@given(TEXTS)
@example('"""\r\n\t\x7f\\')
def test_any_text_survives_in_a_file(text: str) -> None:
    draft = parse_campaign('name = "n"\n[[steps]]\nkind = "message"\ntext = "Hi"\n')
    step = replace(draft.steps[0], texts=(Variant(share=100, text=f"x{text}"),))
    assert parse_campaign(format_campaign(replace(draft, steps=(step,)))).steps == (step,)
    assert toml_string(text).startswith('"')


@settings(deadline=None)
@given(st.lists(st.sampled_from(LINES) | st.text(max_size=20), max_size=25).map("\n".join))
def test_any_file_is_read_or_refused(text: str) -> None:
    with suppress(BadFile):
        parse_campaign(text)
