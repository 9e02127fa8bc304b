"""Whatever a person changes in whatever order, with sends going on between: every invariant holds after each step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from engine.domain.ledger import DeliveryState
from engine.domain.practice_people import Character
from engine.domain.sequences import Sequence, Step, StepKind, Variant
from engine.errors import UserError
from storage.column_types import sequence_of, to_ms
from storage.database import RuleBroken
from storage.repositories import deliveries, enrolments
from tests.engine.scenes import BOTH, connect, deliver, folk, leave_open
from tests.fakes.rig import Rig

MakeRig = Callable[..., Rig]
STEPS = 40
OTHER = BOTH.replace('"Both"', '"Other"').replace("thanks for connecting", "one more thing").replace("my note", "that")
S = DeliveryState


class Hands:
    """A person and LinkedIn, both at random: each act is carried out or refused, never half."""

    def __init__(self, rig: Rig, seed: int) -> None:
        self.rig, self.dice = rig, Random(seed)
        self.services = rig.engine.services
        self.undos: list[Callable[[], Any]] = []
        self.done: list[str] = []

    def act(self) -> None:
        name = self.dice.choice(ACTS)
        try:
            getattr(self, name)()
        except UserError as error:
            name = f"{name} refused: {error.title}"
        self.done.append(name)

    def _run(self, work: Any) -> Any:
        return self.rig.run(work)

    def _one(self, sql: str) -> Any:
        rows = self.rig.rows(sql)
        return self.dice.choice(rows)[0] if rows else None

    def _enrolment(self) -> int:
        return int(self._one("SELECT id FROM enrolment"))

    def _decide(self, work: Any) -> None:
        done = self._run(work)
        self.undos.append(lambda: self.services.recovery.take_back(done))

    # LinkedIn

    def send(self) -> None:
        if (row := self._one("SELECT enrolment_id FROM delivery WHERE state = 'planned'")) is not None:
            with suppress(RuleBroken):  # a claim that the indexes refuse: the sender puts it off
                deliver(self.rig, row)

    def lose(self) -> None:
        """Let a send be under way, unknown or a question."""
        if (row := self._one("SELECT enrolment_id FROM delivery WHERE state = 'planned'")) is not None:
            with suppress(RuleBroken):
                leave_open(self.rig, row, self.dice.choice(["sending", "unknown", "human"]))

    def settle(self) -> None:
        row = self._one("SELECT id FROM delivery WHERE state IN ('sending', 'unknown', 'human')")
        if row is not None:
            new = self.dice.choice([S.SENT, S.PLANNED])
            self._run(self.rig.engine.ctx.db.write(lambda u: self._settle(u, row, new)))

    def _settle(self, uow: Any, row_id: int, new: DeliveryState) -> None:
        from engine.services.sending.recording import settle_sent

        row, now = deliveries.get(uow, row_id), self.rig.clock.now()
        ended = {"ended_ms": to_ms(now), "resolved_by": "read"} if new is S.SENT else {}
        deliveries.move(uow, row_id, row.state, new, **ended)
        if new is S.SENT:
            settle_sent(uow, row, now)
        enrolments.replan(uow, row.enrolment_id or 0, now)

    def accept(self) -> None:
        connect(self.rig, int(self._one("SELECT id FROM lead")))

    def hear(self) -> None:
        fact = self.dice.choice(["replied_ms", "hand_wrote_ms"])
        self._know(**{fact: to_ms(self.rig.clock.now())})

    def lapse(self) -> None:
        row = self._one("SELECT id FROM enrolment WHERE invited_ms IS NOT NULL AND connected_ms IS NULL")
        if row is not None:
            self._know(row, withdrawn_ms=to_ms(self.rig.clock.now()), withdrawn_why="not accepted in time")

    def _know(self, enrolment_id: int | None = None, **facts: Any) -> None:
        of = enrolment_id or self._enrolment()

        def write(uow: Any) -> None:
            enrolments.set_facts(uow, of, **facts)
            enrolments.replan(uow, of, self.rig.clock.now())

        self._run(self.rig.engine.ctx.db.write(write))

    def wait(self) -> None:
        self.rig.clock.go(hours=self.dice.choice([1, 30, 200]))

    # the person

    def retry(self) -> None:
        self._decide(self.services.recovery.retry(self._enrolment()))

    def skip(self) -> None:
        self._decide(self.services.recovery.skip(self._enrolment()))

    def go_to(self) -> None:
        enrolment_id = self._enrolment()
        steps = self._run(self.services.recovery.steps(enrolment_id))
        self._decide(self.services.recovery.go_to(enrolment_id, self.dice.choice(steps).key))

    def go_on(self) -> None:
        self._decide(self.services.recovery.go_on(self._enrolment()))

    def restart(self) -> None:
        self._decide(self.services.recovery.restart(self._enrolment()))

    def exclude(self) -> None:
        done = self._run(self.services.lead_changes.exclude([self._enrolment()], "no"))
        self.undos.append(lambda: self.services.lead_changes.take_back_exclusion(done))

    def never(self) -> None:
        done = self._run(self.services.do_not_contact.never_contact([int(self._one("SELECT id FROM lead"))]))
        self.undos.append(lambda: self.services.do_not_contact.take_back_addition(done))

    def list_company(self) -> None:
        done = self._run(self.services.do_not_contact.add("company", self._one("SELECT company FROM lead")))
        self.undos.append(lambda: self.services.do_not_contact.take_back_addition(done))

    def edit(self) -> None:
        campaign_id = self.dice.choice([1, 2])
        sequence = self._edited(campaign_id)
        for_new_only = self.dice.random() < 0.3
        self._run(self.services.sequence_changes.preview(campaign_id, sequence))
        done = self._run(self.services.sequence_changes.save(campaign_id, sequence, for_new_only=for_new_only))
        self.undos.append(lambda: self.services.sequence_changes.take_back(done))

    def _edited(self, campaign_id: int) -> Sequence:
        sql = "SELECT v.steps FROM campaign c JOIN sequence_version v ON v.id = c.version_id WHERE c.id = :id"
        steps = list(sequence_of(self.rig.one(sql, id=campaign_id)).steps)
        place = self.dice.randrange(1, len(steps) + 1)
        kind = self.dice.choice(["add", "remove", "text", "swap"])
        texts = (Variant(share=100, text=f"Words {self.dice.random()}"),)
        if kind == "add":
            steps.insert(place, Step(key="message_1", kind=StepKind.MESSAGE, texts=texts))
            steps[place] = replace(steps[place], key=f"new_{len(steps)}")
        elif place < len(steps) and kind == "remove" and len(steps) > 2:
            del steps[place]
        elif place < len(steps) and kind == "text" and steps[place].kind is StepKind.MESSAGE:
            steps[place] = replace(steps[place], texts=texts)
        else:
            steps[1:] = steps[:0:-1]
        return Sequence(steps=tuple(steps))

    def archive(self) -> None:
        done = self._run(self.services.archiving.archive(self.dice.choice(["Both", "Other"])))
        self.undos.append(lambda: self.services.archiving.take_back(done))

    def unarchive(self) -> None:
        self._run(self.services.archiving.unarchive(self.dice.choice(["Both", "Other"])))

    def merge(self) -> None:
        one, two = self.dice.sample([1, 2, 3, 4], 2)
        done = self._run(self.services.merging.merge(str(one), str(two)))
        self.undos.append(lambda: self.services.merging.take_back(done))

    def forget(self) -> None:
        if self.dice.random() < 0.2:
            self._run(self.services.forgetting.forget(str(self.dice.choice([1, 2, 3, 4]))))

    def take_back(self) -> None:
        if self.undos:
            self._run(self.undos.pop(self.dice.randrange(len(self.undos)))())


ACTS = (
    "send", "send", "send", "lose", "settle", "settle", "accept", "hear", "lapse", "wait", "retry", "skip", "go_to",
    "go_on", "restart", "exclude", "never", "list_company", "edit", "edit", "archive", "unarchive", "merge", "forget",
    "take_back", "take_back", "take_back",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_every_invariant_holds_after_every_change(make_rig: MakeRig, seed: int) -> None:
    rig = make_rig(folk=folk(*[Character.NEVER_ACCEPTS] * 4, seed=seed + 1))
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(BOTH))
    rig.run(rig.add_campaign(OTHER))
    hands = Hands(rig, seed)
    for _ in range(STEPS):
        hands.act()
        broken = [line for line in rig.run(rig.engine.services.status.check()) if not line.ok]
        assert broken == [], hands.done
        listed = "SELECT count(*) FROM delivery d JOIN lead_alias a ON a.lead_id = d.lead_id JOIN do_not_contact n"
        assert rig.one(f"{listed} ON n.entry_key = a.alias WHERE d.state = 'planned'") == 0, hands.done
