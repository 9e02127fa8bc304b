"""A start that is cut short anywhere is finished by the next engine: nobody lost, nothing sent before it is done."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.domain.practice_people import Character
from engine.errors import Refused
from engine.services import campaigns, preflight
from tests.engine.scenes import BRISK, HOURS, WRITING, connect, deliver, folk, planned, stages
from tests.fakes.crashes import CrashAt, Crashed
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]
FRIEND = Character.ALREADY_CONNECTED
TOKEN = 'name = "Token"\n[[steps]]\nkind = "message"\ntext = "About {{ company }}"\n'


@pytest.fixture(autouse=True)
def _two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaigns, "CHUNK", 2)


def cut_short(make_rig: MakeRig, at: int, *, first: int | None = None, is_running: bool = False) -> tuple[Rig, CrashAt]:
    """Return a rig whose process ended at a point of a start, opened again and not started."""
    rig = make_rig(folk=folk(*[FRIEND] * 5), speed=FAST)
    rig.run(rig.add_account())
    name = rig.run(rig.add_campaign(WRITING, start=False))
    if is_running:
        rig.run(rig.engine.start())
    crash = CrashAt(rig, at)
    with contextlib.suppress(Crashed):
        rig.run(rig.engine.services.campaigns.start(name, first=first))
    crash.heal()
    rig.crash()
    return rig, crash


@pytest.mark.parametrize("first", [None, 3])
def test_a_start_cut_short_anywhere_is_finished_and_loses_nobody(make_rig: MakeRig, first: int | None) -> None:
    reached = set()
    for at in range(1, 40):
        rig, crash = cut_short(make_rig, at, first=first, is_running=at % 2 == 0)
        if not crash.is_dead:
            break
        state = rig.one("SELECT state FROM campaign")
        rig.run(rig.to_the_end())
        reached.add(state)
        expected = 0 if state == "draft" else first or 5
        assert stages(rig).count("completed") == expected, f"point {at}"
        assert len(rig.wire.writes) == expected, f"point {at}"
        if expected:
            (words,) = rig.rows("SELECT words FROM activity WHERE kind = 'campaign_started'")
            assert words[0] == f"Started with {expected} leads."
        judge(rig)
    assert at > 6
    assert reached == {"draft", "running"}


def test_resume_does_not_let_anything_out_before_the_start_is_done(make_rig: MakeRig) -> None:
    rig, _ = cut_short(make_rig, 6)
    assert rig.one("SELECT count(*) FROM delivery WHERE state = 'planned'") > 0
    rig.run(rig.engine.services.pausing.pause_campaign("Writing"))
    rig.run(rig.engine.services.pausing.resume_campaign("Writing"))
    why = rig.run(rig.engine.services.explanations.why("Writing"))[0].why
    assert why == "the campaign is being started"
    line = rig.run(rig.engine.services.campaigns.list())[0]
    assert (line.state, line.is_starting) == ("running", True)
    assert "start it again" in line.why


def test_a_start_cut_short_can_be_given_again_by_hand(make_rig: MakeRig) -> None:
    rig, _ = cut_short(make_rig, 6)
    started = rig.run(rig.engine.services.campaigns.start("Writing"))
    assert started.contacted == 5
    assert rig.one("SELECT count(*) FROM campaign_start") == 0
    rig.run(rig.to_the_end())
    assert stages(rig) == ["completed"] * 5
    judge(rig)


def test_a_pause_during_a_start_outlives_it(make_rig: MakeRig) -> None:
    rig, _ = cut_short(make_rig, 6)
    rig.run(rig.engine.services.pausing.pause_campaign("Writing"))
    rig.run(rig.to_the_end())
    assert rig.one("SELECT count(*) FROM campaign_start") == 0
    assert rig.one("SELECT count(*) FROM enrolment WHERE started_ms IS NULL") == 0
    assert rig.wire.writes == []
    rig.run(rig.engine.services.pausing.resume_campaign("Writing"))
    rig.run(rig.to_the_end())
    assert stages(rig) == ["completed"] * 5


def test_an_archived_campaign_forgets_its_unfinished_start(make_rig: MakeRig) -> None:
    rig, _ = cut_short(make_rig, 6)
    rig.run(rig.engine.services.archiving.archive("Writing"))
    rig.run(rig.to_the_end())
    assert rig.wire.writes == []
    assert rig.one("SELECT count(*) FROM campaign_start") == 0


def test_leads_held_before_the_cut_are_told_of_once(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND, FRIEND), speed=BRISK)
    rig.run(rig.add_account())
    name = rig.run(rig.add_campaign(TOKEN.replace("company", "no_such_word"), start=False))
    for _ in range(2):
        assert len(rig.run(rig.engine.services.campaigns.start(name)).held) == 2
    assert rig.one("SELECT count(*) FROM activity WHERE kind = 'held'") == 2


def test_a_start_told_to_stop_in_the_check_leaves_the_draft_as_it_was(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(*[FRIEND] * 5), speed=FAST)
    rig.run(rig.add_account())
    name = rig.run(rig.add_campaign(WRITING, start=False))
    before = rig.rows("SELECT * FROM campaign"), rig.rows("SELECT * FROM enrolment ORDER BY id")
    stopped = rig.run(rig.engine.services.campaigns.start(name, ask=3, should_stop=lambda: True))
    assert stopped.is_stopped and stopped.contacted == 0
    after = rig.rows("SELECT * FROM campaign"), rig.rows("SELECT * FROM enrolment ORDER BY id")
    changed = {
        k for b, a in zip(before[0], after[0], strict=True) for k in b._mapping if b._mapping[k] != a._mapping[k]
    }
    assert changed <= {"ask_since_ms", "ask_until_ms"} and after[1] == before[1]
    assert rig.one("SELECT count(*) FROM campaign_start") == 0
    assert rig.one("SELECT count(*) FROM sequence_version WHERE frozen_ms IS NOT NULL") == 0
    assert rig.run(rig.engine.services.campaigns.start(name)).contacted == 5


def test_a_start_told_to_stop_between_chunks_keeps_whom_it_reached(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(*[FRIEND] * 5), speed=FAST)
    rig.run(rig.add_account())
    name = rig.run(rig.add_campaign(WRITING, start=False))
    answers = iter([False, False])  # the check asks twice
    stopped = rig.run(rig.engine.services.campaigns.start(name, should_stop=lambda: next(answers, True)))
    assert stopped.is_stopped and stopped.contacted == 2
    assert rig.one("SELECT state FROM campaign") == "running"
    assert rig.run(rig.engine.services.campaigns.start(name)).contacted == 3
    rig.run(rig.to_the_end())
    assert stages(rig) == ["completed"] * 5
    judge(rig)


NEED = f"""name = "Need"
{HOURS}[[steps]]
kind = "invite"
accept_within = "5d"
[[steps]]
kind = "message"
text = "Hi"
[[steps]]
kind = "message"
text = "About {{{{ company }}}}"
"""


def without_company(make_rig: MakeRig) -> Rig:
    first, second = folk(Character.NEVER_ACCEPTS, Character.NEVER_ACCEPTS)
    rig = make_rig(folk=(replace(first, company=""), second), speed=BRISK)
    rig.run(rig.add_account())
    return rig


def test_a_start_for_more_leads_holds_nobody_who_is_under_way(make_rig: MakeRig) -> None:
    """A text for new leads only needs what those under way lack: they follow the one of before."""
    rig = without_company(make_rig)
    rig.run(rig.add_campaign(NEED.replace("{{ company }}", "you"), people=rig.people[:1]))
    before = rig.rows("SELECT * FROM enrolment")
    rig.run(rig.engine.services.sequence_changes.edit("Need", NEED, for_new_only=True))
    rig.run(rig.engine.services.leads.import_file(rig.lead_list(rig.people[1:]), "Need"))
    assert rig.run(rig.engine.services.campaigns.start("Need")).held == ()
    assert planned(rig) == [(1, "invite"), (2, "invite")]
    assert rig.rows("SELECT * FROM enrolment WHERE id = 1") == before


def test_skipping_what_holds_a_lead_leaves_out_that_step(make_rig: MakeRig) -> None:
    rig = without_company(make_rig)
    rig.run(rig.add_campaign(NEED, people=rig.people[:1]))
    (item,) = rig.run(rig.engine.services.attention.list())
    assert "message_2" in item.question
    rig.run(rig.engine.services.attention.resolve(item.id, "skip"))
    assert planned(rig) == [(1, "invite")]
    deliver(rig, 1)
    connect(rig, 1)
    deliver(rig, 1)
    assert stages(rig) == ["completed"]
    judge(rig)


def test_skipping_a_message_that_holds_a_lead_leaves_those_around_it(make_rig: MakeRig) -> None:
    rig = without_company(make_rig)
    rig.run(rig.add_campaign(NEED.replace('text = "Hi"', 'text = "To {{ company }}"'), people=rig.people[:1]))
    (item,) = rig.run(rig.engine.services.attention.list())
    assert "message_1" in item.question
    rig.run(rig.engine.services.attention.resolve(item.id, "skip"))
    assert planned(rig) == [(1, "invite")]


@pytest.mark.parametrize("first", ["", '[[steps]]\nkind = "visit"\n'])
def test_an_invitation_that_holds_a_lead_is_not_skipped_when_messages_follow(make_rig: MakeRig, first: str) -> None:
    rig = without_company(make_rig)
    noted = NEED.replace(
        '[[steps]]\nkind = "invite"', f'{first}[[steps]]\nkind = "invite"\nnote = "About {{{{ company }}}}"'
    )
    rig.run(rig.add_campaign(noted, people=rig.people[:1]))
    (item,) = rig.run(rig.engine.services.attention.list())
    with pytest.raises(Refused, match="haven't accepted"):
        rig.run(rig.engine.services.attention.resolve(item.id, "skip"))
    assert stages(rig) == ["needs_attention"]


def test_who_is_taken_out_while_a_start_checks_their_texts_leaves_no_closed_campaign(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = without_company(make_rig)
    rig.run(rig.engine.services.campaigns.add(NEED))
    rig.run(rig.engine.services.leads.import_file(rig.lead_list(), "Need"))
    real = preflight.check_campaign

    async def check(*args: Any, **options: Any) -> preflight.Preflight:
        checked = await real(*args, **options)
        await rig.engine.services.lead_changes.take_out([1])
        return checked

    monkeypatch.setattr(preflight, "check_campaign", check)
    assert rig.run(rig.engine.services.campaigns.start("Need")).held == ()
    assert rig.one("SELECT count(*) FROM campaign_start") == 0
