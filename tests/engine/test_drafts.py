"""Campaigns that are being written, on a real file: made, kept, copied, deleted and put back; and their preview."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.domain.sequences import Sequence, Variant
from engine.errors import NotFound, Refused
from tests.fakes.rig import Rig

MakeRig = Callable[..., Rig]
NAME = "Agencies 你好"


def make(rig: Rig, template: str = "invite-then-three-messages", *, leads: bool = True) -> int:
    async def work() -> int:
        made = await rig.engine.services.drafts.create(NAME, template)
        if leads:
            await rig.engine.services.leads.import_file(rig.lead_list(), NAME)
        return made

    return rig.run(work())


def with_text(sequence: Sequence, key: str, text: str) -> Sequence:
    steps = (replace(s, texts=(Variant(share=100, text=text),)) if s.key == key else s for s in sequence.steps)
    return Sequence(steps=tuple(steps))


def test_every_shipped_sequence_makes_a_draft_that_can_start(make_rig: MakeRig) -> None:
    rig = make_rig(people=6)
    rig.run(rig.add_account())
    drafts = rig.engine.services.drafts
    templates = rig.run(drafts.templates())
    assert templates[0].key == "invite-then-three-messages"
    assert len(templates) == 4
    for template in templates:
        assert template.words
        rig.run(drafts.create(template.title, template.key))
        assert not rig.run(rig.engine.services.campaigns.check(template.title)).problems
    with pytest.raises(NotFound):
        rig.run(drafts.create("x", "../../etc/passwd"))


def test_an_edited_sequence_is_there_after_reopening_with_its_keys(make_rig: MakeRig) -> None:
    rig = make_rig(people=4)
    made = make(rig)
    drafts = rig.engine.services.drafts
    opened = rig.run(drafts.open(made))
    assert (opened.state, opened.is_editable, opened.leads, opened.has_account) == ("draft", True, 4, False)
    moved = Sequence(steps=(*opened.sequence.steps[1:], opened.sequence.steps[0]))
    rig.run(drafts.save(made, moved))
    rig.crash()
    assert rig.run(rig.engine.services.drafts.open(made)).sequence == moved


def test_an_unfinished_sequence_is_kept_but_not_started(make_rig: MakeRig) -> None:
    rig = make_rig(people=4)
    rig.run(rig.add_account())
    made = make(rig)
    drafts, campaigns = rig.engine.services.drafts, rig.engine.services.campaigns
    for sequence in (Sequence(steps=()), with_text(rig.run(drafts.open(made)).sequence, "message_1", " ")):
        rig.run(drafts.save(made, sequence))
        assert rig.run(campaigns.check(NAME)).problems
        with pytest.raises(Refused, match="can't be sent yet"):
            rig.run(campaigns.start(NAME))
        assert rig.run(drafts.open(made)).state == "draft"
        assert rig.rows("SELECT 1 FROM delivery") == []


def test_a_started_sequence_is_frozen_and_its_copy_is_not(make_rig: MakeRig) -> None:
    rig = make_rig(people=4)
    rig.run(rig.add_account())
    made = make(rig)
    drafts = rig.engine.services.drafts
    rig.run(rig.engine.services.campaigns.start(NAME))
    opened = rig.run(drafts.open(made))
    assert not opened.is_editable
    with pytest.raises(Refused, match="has been started"):
        rig.run(drafts.save(made, Sequence(steps=())))
    with pytest.raises(Refused):
        rig.run(drafts.delete(made))
    copy, name = rig.run(drafts.duplicate(made))
    again = rig.run(drafts.duplicate(made))[1]
    copied = rig.run(drafts.open(copy))
    assert (name, again) == (f"{NAME} copy", f"{NAME} copy 2")
    assert (copied.sequence, copied.leads, copied.is_editable) == (opened.sequence, 0, True)


def test_a_name_is_changed_unless_it_is_taken_or_no_name(make_rig: MakeRig) -> None:
    rig = make_rig(people=4)
    made = make(rig, leads=False)
    drafts = rig.engine.services.drafts
    rig.run(drafts.create("Other", "invite-only"))
    assert rig.run(drafts.rename(made, "  <b>New</b> ")) == "<b>New</b>"
    assert rig.run(drafts.rename(made, "<B>new</B>")) == "<B>new</B>"
    for name in ("other", "", " ", "two\nlines", "x" * 201):
        with pytest.raises(Refused):
            rig.run(drafts.rename(made, name))
    with pytest.raises(NotFound):
        rig.run(drafts.rename(99, "x"))


def test_a_deleted_draft_comes_back_with_its_leads_in_order(make_rig: MakeRig) -> None:
    rig = make_rig(people=5)
    made = make(rig)
    drafts = rig.engine.services.drafts
    before = rig.rows("SELECT lead_id, batch_id, enrolled_ms, stage FROM enrolment ORDER BY id")
    deleted = rig.run(drafts.delete(made))
    assert rig.one("SELECT count(*) FROM lead") == 5
    assert rig.rows("SELECT 1 FROM campaign") == rig.rows("SELECT 1 FROM enrolment") == []
    with pytest.raises(NotFound):
        rig.run(drafts.open(made))
    rig.run(drafts.restore(deleted))
    assert rig.rows("SELECT lead_id, batch_id, enrolled_ms, stage FROM enrolment ORDER BY id") == before
    assert rig.one("SELECT campaign_id FROM import_batch") == rig.one("SELECT id FROM campaign")
    with pytest.raises(Refused, match="already"):
        rig.run(drafts.restore(deleted))


def test_the_preview_has_the_values_of_sending_and_the_worst_first(make_rig: MakeRig) -> None:
    rig = make_rig(people=3)
    made = make(rig, leads=False)
    drafts = rig.engine.services.drafts
    path = rig.folder / "three.csv"
    path.write_text(
        "First Name,Last Name,Company,Role,Profile URL\n"
        "Ann,Lee,Acme,cook,https://linkedin.com/in/ann1\n"
        ",Ray,Acme,baker of long bread,https://linkedin.com/in/bob1\n"
        "Cid,Moe,Acme, ,https://linkedin.com/in/cid1\n",
        encoding="utf-8",
    )
    rig.run(rig.engine.services.leads.import_file(path, NAME))
    ids = rig.run(drafts.preview_leads(made))
    people = rig.run(drafts.preview_page(made, [ids[2], ids[0], 999]))
    assert [p.name for p in people] == ["Cid Moe", "Ann Lee"]
    assert people[1].values["role"] == "cook"
    assert people[1].values["sender_first_name"] == "Alex"
    counts = rig.run(drafts.empty_counts(made))
    assert (counts.leads, counts.empty["role"], counts.empty["first_name"], counts.empty["email"]) == (3, 1, 1, 3)
    assert "role" in counts.names
    sequence = rig.run(drafts.open(made)).sequence
    text = "{{ first_name | default: 'You' }} {{ role }}"
    order = rig.run(drafts.worst_first(made, with_text(sequence, "message_1", text).step("message_1")))
    assert order == (ids[2], ids[1], ids[0])
    assert len(rig.run(drafts.worst_first(made, sequence.step("invite")))) == 3
