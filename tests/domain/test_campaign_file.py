"""campaign.toml: what people write is read, what is wrong is listed whole, what is written reads back."""

from __future__ import annotations

from datetime import time

import pytest

from engine.domain.campaign_file import LONGEST_FILE_CHARS, CampaignDraft, HoursDraft, parse_campaign
from engine.domain.campaign_steps import parse_delay
from engine.domain.sequences import Delay, Step, StepKind, Variant
from engine.domain.toml_text import line_numbers
from engine.domain.working_hours import END_OF_DAY
from engine.errors import BadFile

FOUNDERS = '''
name = "Founders in Lyon"
account = "Jane Doe"                 # or the account's id
[hours]
time_zone = "Europe/Paris"
days = ["mon", "tue", "wed", "thu", "fri"]
start = "09:00"
end = "17:00"
[[steps]]
kind = "invite"
note = ""
accept_within = "5d"
[[steps]]
kind = "message"
wait = "1wd"
text = """Hi {{ first_name | default: "there" }}, thanks for connecting. …"""
[[steps]]
kind = "message"
wait = "4d"
variants = [{ share = 50, text = "a" }, { share = 30, text = "b" }]
'''
MESSAGE = 'kind = "message"\ntext = "Hi"\n'


def delay(text: str) -> Delay:
    return parse_delay(text)


def listed(text: str) -> list[tuple[str, str]]:
    with pytest.raises(BadFile) as caught:
        parse_campaign(text)
    return [(problem.place, problem.problem) for problem in caught.value.problems]


def one_step(step: str, before: str = "") -> str:
    return f'name = "n"\n{before}[[steps]]\n{step}\n'


def with_hours(lines: str) -> str:
    return one_step(MESSAGE, f'[hours]\ntime_zone = "UTC"\n{lines}')


def test_reads_the_file_of_the_guide() -> None:
    assert parse_campaign(FOUNDERS) == CampaignDraft(
        name="Founders in Lyon",
        account="Jane Doe",
        hours=HoursDraft(time_zone="Europe/Paris", days=frozenset(range(5)), start=time(9), end=time(17)),
        steps=(
            Step(
                key="invite",
                kind=StepKind.INVITE,
                texts=(Variant(share=100, text=""),),
                accept_within=delay("5d"),
            ),
            Step(
                key="message_1",
                kind=StepKind.MESSAGE,
                wait=delay("1wd"),
                texts=(Variant(share=100, text='Hi {{ first_name | default: "there" }}, thanks for connecting. …'),),
            ),
            Step(
                key="message_2",
                kind=StepKind.MESSAGE,
                wait=delay("4d"),
                texts=(Variant(share=50, text="a"), Variant(share=30, text="b")),
            ),
        ),
    )


def test_little_is_needed() -> None:
    draft = parse_campaign("\ufeff" + one_step(MESSAGE))
    assert (draft.account, draft.hours, draft.weight, draft.pause) == (None, None, 1, None)
    invite = parse_campaign(one_step('kind = "invite"')).steps[0]
    assert (invite.accept_within, invite.texts) == (delay("21d"), (Variant(share=100, text=""),))


def test_hours_default_to_office_hours_in_the_zone_given() -> None:
    hours = parse_campaign(with_hours("")).hours
    assert hours == HoursDraft(time_zone="UTC", days=frozenset(range(5)), start=time(9), end=time(17))
    local = parse_campaign(with_hours('start = 08:30:00\nend = "24:00"\n')).hours
    assert local is not None
    assert (local.start, local.end) == (time(8, 30), END_OF_DAY)


def test_branches_visits_weight_and_pause_are_read() -> None:
    draft = parse_campaign(
        'name = "n"\nweight = 3\npause = "follow_ups"\n'
        '[[steps]]\nkind = "visit"\nwait = "2h"\n'
        '[[steps]]\nkind = "branch"\non = "connected"\nthen = "hello"\nelse = "invite"\n'
        '[[steps]]\nkind = "invite"\nvariants = [{share = 1, text = "a"}]\n'
        '[[steps]]\nkind = "withdraw"\nwait = "21d"\n'
        f'[[steps]]\n{MESSAGE}key = "hello"\n[[steps]]\n{MESSAGE}'
    )
    assert (draft.weight, draft.pause) == (3, "follow_ups")
    assert [step.key for step in draft.steps] == [
        "visit_1", "branch_1", "invite", "withdraw_1", "hello", "message_1",
    ]  # fmt: skip
    assert (draft.steps[1].on, draft.steps[1].then_key, draft.steps[1].else_key) == ("connected", "hello", "invite")


def test_made_keys_avoid_given_ones() -> None:
    draft = parse_campaign(
        f'name = "n"\n[[steps]]\n{MESSAGE}[[steps]]\n{MESSAGE}key = "message_1"\n[[steps]]\n{MESSAGE}key = "invite"\n'
        '[[steps]]\nkind = "invite"\n'
    )
    assert [step.key for step in draft.steps] == ["message_2", "message_1", "invite", "invite_1"]


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("name = ", "end of document", "Invalid value."),
        ("a = [1", "end of document", "Unclosed array."),
        ("a = " + "[" * 100_000, "the file", "A value in it can't be read."),
        ("a = " + "1" * 5000, "the file", "A value in it can't be read."),
        ('name = "n"', "steps", "A campaign needs 1 to 50 steps: write [[steps]]."),
        ('name = "n"\nsteps = "x"', "steps (line 2)", "This must be a list."),
        ('name = "n"\nsteps = ["x"]', "steps[1] (line 2)", "This must be a table."),
        (f"[[steps]]\n{MESSAGE}", "name", "A campaign needs a name of one line, up to 200 characters."),
        ("name = 5", "name (line 1)", "This must be a text in quotes."),
        ('name = "a\\nb"', "name (line 1)", "A campaign needs a name of one line, up to 200 characters."),
        (
            one_step(MESSAGE, 'acount = "x"\n'),
            "acount (line 2)",
            "There is no setting “acount” here. Did you mean “account”?",
        ),
        (
            one_step(MESSAGE, 'account = " "\n'),
            "account (line 2)",
            "Write the account's name or id, or leave the line out.",
        ),
        (one_step(MESSAGE, "weight = 0\n"), "weight (line 2)", "This must be a whole number from 1 to 100."),
        (one_step(MESSAGE, "weight = true\n"), "weight (line 2)", "This must be a whole number."),
        (
            one_step(MESSAGE, 'pause = "al"\n'),
            "pause (line 2)",
            "This must be one of all, invitations, follow_ups. Did you mean “all”?",
        ),
        (one_step(MESSAGE, "hours = 3\n"), "hours (line 2)", "This must be a table."),
        (one_step(MESSAGE, "[hours]\n"), "hours (line 2)", "There is no time zone “”."),
        (
            one_step(MESSAGE, '[hours]\ntime_zone = "Mars"\n'),
            "hours.time_zone (line 3)",
            "There is no time zone “Mars”.",
        ),
        (with_hours('days = ["monday"]\n'), "hours.days (line 4)", "This must be a list of days"),
        (with_hours('days = [["mon"]]\n'), "hours.days (line 4)", "This must be a list of days"),
        (with_hours("start = 9\n"), "hours.start (line 4)", "“9” is not a time of day."),
        (with_hours("end = 17:00:30\n"), "hours.end (line 4)", "“17:00:30” is not a time of day."),
        (with_hours('end = "08:00"\n'), "hours (line 2)", "Working hours must start before they end."),
        (one_step('text = "x"'), "steps[1] (line 2)", "The step has no kind"),
        (
            one_step('kind = "mesage"'),
            "steps[1].kind (line 3)",
            "There is no kind of step “mesage”. Did you mean “message”?",
        ),
        (one_step("kind = 1"), "steps[1].kind (line 3)", "This must be a text in quotes."),
        (one_step(f'{MESSAGE}wait = "4 days"'), "steps[1].wait (line 5)", "“4 days” is not a delay"),
        (one_step(f'{MESSAGE}wait = "400d"'), "steps[1].wait (line 5)", "“400d” is longer than a year."),
        (one_step(f"{MESSAGE}wait = 4"), "steps[1].wait (line 5)", "This must be a text in quotes."),
        (one_step(f'{MESSAGE}key = "a:b"'), "steps[1].key (line 5)", "A key is 1 to 60 letters, digits, _ or -."),
        (one_step(f'{MESSAGE}key = ""'), "steps[1].key (line 5)", "A key is 1 to 60 letters, digits, _ or -."),
        (
            one_step(f'{MESSAGE}key = "a"\n[[steps]]\n{MESSAGE}key = "a"'),
            "steps[2].key (line 9)",
            "Another step already has the key “a”.",
        ),
        (one_step('kind = "message"'), "steps[1] (line 2)", "A message needs a text: text = “…”."),
        (one_step('kind = "message"\ntext = " "'), "steps[1].text (line 4)", "A message needs a text: text = “…”."),
        (
            one_step('kind = "message"\ntext = """\nHi\n{{ name"""'),
            "steps[1].text (line 4)",
            "“{{” isn't closed by “}}”. (line 2, column 1 of the text)",
        ),
        (
            one_step(f"{MESSAGE}variants = [{{share = 1, text = 'a'}}]"),
            "steps[1].text (line 4)",
            "Write either “text” or “variants”, not both.",
        ),
        (one_step('kind = "message"\nvariants = []'), "steps[1].variants (line 4)", "There must be 1 to 10 variants."),
        (
            one_step('kind = "message"\nvariants = [{share = 0, text = "a"}]'),
            "steps[1].variants[1].share (line 4)",
            "This must be a whole number from 1 to 1000.",
        ),
        (
            one_step('kind = "message"\nvariants = [{share = 1, txt = "a", text = "b"}]'),
            "steps[1].variants[1].txt (line 4)",
            "There is no setting “txt” here. Did you mean “text”?",
        ),
        (one_step('kind = "visit"\nnote = "a"'), "steps[1].note (line 4)", "There is no setting “note” here."),
        (
            one_step('kind = "invite"\naccept_within = "0d"'),
            "steps[1].accept_within (line 4)",
            "An invitation needs time to be accepted, for example 21d.",
        ),
        (
            one_step('kind = "invite"\n[[steps]]\nkind = "invite"'),
            "steps[2] (line 4)",
            "A sequence can invite only once.",
        ),
        (one_step('kind = "withdraw"'), "steps[1] (line 2)", "There is no invitation before this step to withdraw."),
        (
            one_step('kind = "branch"\nelse = "message_1"\n[[steps]]\n' + MESSAGE),
            "steps[1] (line 2)",
            "The branch needs “then”: the key of a later step.",
        ),
        (
            one_step('kind = "branch"\non = "accepted"\nthen = "message_1"\nelse = "message_1"\n[[steps]]\n' + MESSAGE),
            "steps[1].on (line 4)",
            "A branch can only be on “connected”.",
        ),
        (
            one_step('kind = "branch"\nthen = "mesage_1"\nelse = "message_1"\n[[steps]]\n' + MESSAGE),
            "steps[1].then (line 4)",
            "There is no step “mesage_1”. Did you mean “message_1”?",
        ),
        (
            one_step(
                MESSAGE + '[[steps]]\nkind = "branch"\nthen = "message_2"\nelse = "message_1"\n[[steps]]\n' + MESSAGE
            ),
            "steps[2].else (line 8)",
            "The step “message_1” must come after the branch.",
        ),
    ],
)
def test_problems_have_places(text: str, place: str, problem: str) -> None:
    assert any(at == place and said.startswith(problem) for at, said in listed(text)), listed(text)


def test_every_problem_is_listed_at_once() -> None:
    found = listed(
        'nam = "x"\n[[steps]]\nkind = "message"\nwait = "soon"\n'
        '[[steps]]\nkind = "withdraw"\n[[steps]]\nkind = "message"\ntext = "{{ x | }} {% fi %}"\n'
    )
    assert [place for place, _ in found] == [
        "nam (line 1)", "name", "steps[1].wait (line 4)", "steps[1] (line 2)", "steps[2] (line 5)",
        "steps[3].text (line 9)", "steps[3].text (line 9)",
    ]  # fmt: skip


def test_too_many_steps_and_too_long_files_are_refused() -> None:
    assert listed(f'name = "n"\n[[steps]]\n{MESSAGE}' * 1 + f"[[steps]]\n{MESSAGE}" * 60)[0][0].startswith("steps")
    assert listed("#" * (LONGEST_FILE_CHARS + 1)) == []


def test_lines_inside_long_texts_are_no_keys() -> None:
    lines = line_numbers('a = """\nb = 1\n[c]\n"""\nd = \'\'\'x\n"""\n\'\'\'\n[t.u]\n"k" = 2')
    assert lines == {("a",): 1, ("d",): 5, ("t.u",): 8, ("t.u", "k"): 9}


@pytest.mark.parametrize("text", ["", "1", "d", "-1d", "1 d", "1D", "١d", "1d\n", "1000000m"])
def test_odd_delays_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a delay"):
        parse_delay(text)
