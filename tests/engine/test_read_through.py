"""Reading through before a Start: who gets what, whose text is their own, and that this very text goes out."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.domain.practice_people import Character
from engine.errors import NotFound, Refused
from tests.engine.scenes import WRITING, folk
from tests.engine.test_approvals import approve_all, asking, items, resolve
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]
FRIEND = Character.ALREADY_CONNECTED
TEXT = """name = "Read"
[[steps]]
kind = "invite"
[[steps]]
kind = "message"
wait = "1d"
text = "Hi {{ first_name | default: 'there' }}, how is {{ role }}?"
"""
ROWS = (
    ("Ann", "cook", "ann"),
    ("Bob", "smith", "bob"),
    ("", "baker", "cy"),
    ("Dee", "", "dee"),
    ("Eve", "", "eve"),
)


@pytest.fixture
def draft(make_rig: MakeRig, tmp_path: Path) -> Rig:
    """A draft with five people: two have no role, one has no first name."""
    rig = make_rig(folk=folk(FRIEND))
    rig.run(rig.add_account())
    rig.run(rig.engine.services.campaigns.add(TEXT))
    path = tmp_path / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(("First Name", "Role", "Profile URL"))
        writer.writerows((first, role, f"https://linkedin.com/in/{slug}") for first, role, slug in ROWS)
    rig.run(rig.engine.services.leads.import_file(path, "Read"))
    return rig


def reading(rig: Rig) -> Any:
    return rig.engine.services.read_through


def groups(rig: Rig) -> list[tuple[tuple[int, ...], bool]]:
    return [(g.people, g.is_held) for g in rig.run(reading(rig).groups(1)).groups]


def held(rig: Rig) -> list[str]:
    return [h.name for h in rig.run(rig.engine.services.campaigns.check("Read")).held]


def test_the_worst_come_first_and_those_with_the_same_text_are_one(draft: Rig) -> None:
    seen: list[tuple[int, int]] = []
    found = draft.run(reading(draft).groups(1, progress=lambda done, of: seen.append((done, of))))
    assert [(g.people, g.is_held) for g in found.groups] == [((4, 5), True), ((3,), False), ((2, 1), False)]
    assert found.groups[2].names == {"first_name", "role"}
    assert (found.people, found.held) == (5, 2)
    assert seen == [(5, 5)]


def test_a_person_is_read_with_every_text_and_what_is_empty(draft: Rig) -> None:
    cy = draft.run(reading(draft).person(1, 3))
    assert [(t.title, t.text) for t in cy.texts] == [
        ("Invitation without a note", ""),
        ("Message 1 of 1", "Hi there, how is baker?"),
    ]
    assert cy.texts[1].defaults == ("first_name",)
    dee = draft.run(reading(draft).person(1, 4))
    assert (dee.first_name, dee.texts[1].held, dee.texts[1].variable) == ("Dee", "role is empty", "role")
    with pytest.raises(NotFound):
        draft.run(reading(draft).person(1, 99))


def test_a_text_of_their_own_frees_a_held_person_and_stands_alone(draft: Rig) -> None:
    assert held(draft) == ["Dee", "Eve"]
    assert draft.run(reading(draft).write_own(4, "message_1", "Dear Dee")) is None
    assert held(draft) == ["Eve"]
    assert groups(draft) == [((5,), True), ((3,), False), ((2, 1), False), ((4,), False)]
    dee = draft.run(reading(draft).person(1, 4))
    assert (dee.texts[1].text, dee.texts[1].is_own) == ("Dear Dee", True)
    lead = draft.run(draft.engine.services.drafts.preview_page(1, (4,)))[0]
    assert lead.own == {"message_1": "Dear Dee"}
    assert draft.run(reading(draft).write_own(4, "message_1", None)) == "Dear Dee"
    assert held(draft) == ["Dee", "Eve"]


@pytest.mark.parametrize(
    ("body", "why"),
    [(" ", "the text is empty"), ("Hi {{ first_name }}", "still holds"), ("x" * 8001, "over the limit")],
)
def test_a_text_of_their_own_that_cant_be_sent_holds_them(draft: Rig, body: str, why: str) -> None:
    draft.run(reading(draft).write_own(1, "message_1", body))
    ann = draft.run(reading(draft).person(1, 1))
    assert why in ann.texts[1].held
    assert ann.texts[1].text == body
    assert held(draft) == ["Ann", "Dee", "Eve"]


def test_who_is_left_out_is_not_started_and_can_be_taken_back(draft: Rig) -> None:
    draft.run(reading(draft).leave_out(1))
    assert 1 not in {i for people, _ in groups(draft) for i in people}
    draft.run(reading(draft).take_back(1))
    assert groups(draft)[2] == ((2, 1), False)
    with pytest.raises(Refused):
        draft.run(reading(draft).take_back(1))
    draft.run(reading(draft).leave_out(2))
    started = draft.run(draft.engine.services.campaigns.start("Read"))
    assert (started.contacted, len(started.held)) == (2, 2)
    with pytest.raises(Refused):
        draft.run(reading(draft).leave_out(1))
    assert groups(draft) == []


def test_own_texts_go_with_their_step_and_come_back_with_a_deleted_draft(draft: Rig) -> None:
    drafts = draft.engine.services.drafts
    draft.run(reading(draft).write_own(4, "message_1", "Dear Dee"))
    restored = draft.run(drafts.restore(draft.run(drafts.delete(1))))
    ids = draft.run(drafts.preview_leads(restored))
    assert draft.run(drafts.preview_page(restored, ids))[3].own == {"message_1": "Dear Dee"}
    opened = draft.run(drafts.open(restored))
    steps = opened.sequence.steps
    draft.run(drafts.save(restored, type(opened.sequence)(steps=steps[:1])))
    draft.run(drafts.save(restored, opened.sequence))
    assert draft.run(drafts.preview_page(restored, ids))[3].own == {}


def test_forgetting_somebody_erases_their_own_text(draft: Rig) -> None:
    draft.run(reading(draft).write_own(4, "message_1", "Dear Dee"))
    draft.run(draft.engine.services.forgetting.forget("4"))
    assert draft.one("SELECT count(*) FROM enrolment_text") == 0


def test_the_own_text_is_what_is_asked_about_and_what_goes_out(make_rig: MakeRig) -> None:
    rig = asking(make_rig, WRITING, FRIEND)
    (item,) = items(rig)
    step = rig.run(reading(rig).person(1, 1)).texts[0].step
    rig.run(reading(rig).write_own(1, step, "For you alone"))
    with pytest.raises(Refused, match="changed since you were asked"):
        resolve(rig, item)
    (again,) = items(rig)
    assert again.text == "For you alone"
    approve_all(rig)
    assert [e.text for e in rig.world.state.effects] == ["For you alone"]
    judge(rig)


def test_an_approved_text_that_is_then_changed_is_asked_about_again(make_rig: MakeRig) -> None:
    rig = asking(make_rig, WRITING, FRIEND)
    rig.run(rig.engine.services.pausing.pause_all())
    resolve(rig, items(rig)[0])
    step = rig.run(reading(rig).person(1, 1)).texts[0].step
    rig.run(reading(rig).write_own(1, step, "For you alone"))
    rig.run(rig.engine.services.pausing.resume_all())
    rig.run(rig.to_the_end())
    assert rig.world.state.effects == []
    assert [i.text for i in items(rig)] == ["For you alone"]
    judge(rig)


def test_an_own_text_that_cant_be_sent_is_held_at_the_last_look(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=FAST)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(WRITING))
    step = rig.run(reading(rig).person(1, 1)).texts[0].step
    rig.run(reading(rig).write_own(1, step, "{{ nothing }}"))
    rig.run(rig.to_the_end())
    assert rig.world.state.effects == []
    assert rig.one("SELECT attention_why FROM enrolment").startswith("the text can't be written")
