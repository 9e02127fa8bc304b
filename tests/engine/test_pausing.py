"""Pause in every phase of a send: once it has returned, no request with an effect begins; resuming loses nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from engine.domain.practice_people import Character
from engine.errors import StorageError
from engine.provider.simulated.records import EffectKind
from engine.services.use_cases import Services
from storage.journal import JournalLine
from tests.engine.scenes import BOTH, BRISK, WRITING, begin, folk, stages
from tests.fakes.judge import judge
from tests.fakes.rig import FAST, Rig

MakeRig = Callable[..., Rig]
FRIEND, NEVER = Character.ALREADY_CONNECTED, Character.NEVER_ACCEPTS
Pause = Callable[[Services], Awaitable[None]]


async def pause_everything(services: Services) -> None:
    await services.pausing.pause_all()


async def pause_campaign(services: Services) -> None:
    await services.pausing.pause_campaign("Writing")


class PauseIn:
    """Pauses in a phase of the first send, and remembers how many writes had begun when the pause returned."""

    def __init__(self, rig: Rig, phase: str, pause: Pause) -> None:
        self._rig = rig
        self._pause = pause
        self._task: asyncio.Task[None] | None = None
        self.writes_then = -1
        if phase == "looking":
            rig.wire.on("GET", "/chat_attendees/*", before=self.pause)
        elif phase == "armed":
            self._on_journal()
        else:
            rig.wire.writing(before=self.pause)

    def _on_journal(self) -> None:
        journal = self._rig.engine.ctx.journal
        assert journal is not None
        append = journal.append

        def pausing(line: JournalLine) -> None:
            append(line)
            if self._task is None:
                self._task = asyncio.get_running_loop().create_task(self.pause())

        journal.append = pausing  # type: ignore[method-assign]

    async def pause(self) -> None:
        await self._pause(self._rig.engine.services)
        self.writes_then = len(self._rig.wire.writes)


@pytest.mark.parametrize("pause", [pause_everything, pause_campaign])
@pytest.mark.parametrize("phase", ["looking", "armed", "on the wire"])
def test_nothing_is_sent_after_a_pause_has_returned(make_rig: MakeRig, phase: str, pause: Pause) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    hook = PauseIn(rig, phase, pause)
    rig.run(begin(rig, WRITING))
    rig.run(rig.pass_time(hours=6))
    assert hook.writes_then == len(rig.wire.writes)
    assert hook.writes_then == (0 if phase == "looking" else hook.writes_then)
    services = rig.engine.services
    rig.run(services.pausing.resume_all() if pause is pause_everything else services.pausing.resume_campaign("Writing"))
    rig.run(rig.to_the_end())
    assert stages(rig) == ["completed"]
    assert [e.kind for e in rig.world.state.effects] == [EffectKind.MESSAGE]
    judge(rig)


def test_a_pause_and_a_resume_within_one_look_are_noticed(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)

    async def to_and_fro() -> None:
        await rig.engine.services.pausing.pause_all()
        await rig.engine.services.pausing.resume_all()

    rig.wire.on("GET", "/chat_attendees/*", before=to_and_fro)
    rig.run(begin(rig, WRITING))
    rig.run(rig.to_the_end())
    assert [e.kind for e in rig.world.state.effects] == [EffectKind.MESSAGE]
    assert len([s for s in rig.wire.seen if "chat_attendees" in s.path]) >= 2
    judge(rig)


def test_a_pause_that_could_not_be_stored_stops_nothing_for_good(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(begin(rig, WRITING))

    async def refuse(_: object) -> None:
        raise StorageError("The disk is full.")

    with monkeypatch.context() as full:
        full.setattr(rig.engine.ctx.db, "write", refuse)
        with pytest.raises(StorageError):
            rig.run(rig.engine.services.pausing.pause_all())
    rig.run(rig.to_the_end())
    assert [e.kind for e in rig.world.state.effects] == [EffectKind.MESSAGE]
    judge(rig)


def test_a_campaign_whose_last_lead_ends_while_it_is_paused_is_finished_when_it_goes_on(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(NEVER), speed=BRISK)
    rig.run(begin(rig, BOTH))
    rig.run(rig.engine.services.pausing.pause_campaign("Both"))
    rig.run(rig.engine.services.lead_changes.exclude([1], "a competitor"))
    rig.run(rig.engine.services.pausing.resume_campaign("Both"))
    assert rig.one("SELECT state FROM campaign") == "finished"


def test_everything_stays_paused_over_a_restart(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(WRITING))
    rig.run(rig.engine.services.pausing.pause_all())
    rig.crash()
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(hours=8))
    assert rig.wire.writes == []
    judge(rig)


@pytest.mark.parametrize(
    ("what", "kinds"),
    [("invitations", [EffectKind.MESSAGE] * 2), ("follow_ups", [EffectKind.INVITE, EffectKind.WITHDRAW])],
)
def test_one_kind_can_be_paused_alone(make_rig: MakeRig, what: str, kinds: list[EffectKind]) -> None:
    rig = make_rig(folk=folk(FRIEND, NEVER), speed=FAST)

    async def begin_paused() -> None:
        await rig.add_account()
        await rig.add_campaign(BOTH)
        await rig.engine.services.pausing.pause_campaign("Both", what)
        await rig.to_the_end()

    rig.run(begin_paused())
    assert [e.kind for e in rig.world.state.effects] == kinds
    judge(rig)


def test_leads_that_are_imported_during_a_pause_go_when_it_ends(make_rig: MakeRig) -> None:
    people = folk(FRIEND, FRIEND)
    rig = make_rig(folk=people, speed=BRISK)

    async def scene() -> None:
        await rig.add_account()
        await rig.add_campaign(WRITING, people=people[:1])
        services = rig.engine.services
        await services.pausing.pause_campaign("Writing")
        await services.leads.import_file(rig.lead_list(people), "Writing")
        await rig.engine.start()
        await rig.pass_time(hours=4)
        assert rig.wire.writes == []
        await services.pausing.resume_campaign("Writing")
        await rig.to_the_end()

    rig.run(scene())
    assert stages(rig) == ["completed", "completed"]
    judge(rig)


def test_starting_with_a_few_leaves_the_rest_for_the_next_start(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND, FRIEND, FRIEND), speed=BRISK)

    async def scene() -> None:
        await rig.add_account()
        await rig.add_campaign(WRITING, start=False)
        started = await rig.engine.services.campaigns.start("Writing", first=1)
        assert started.contacted == 1
        await rig.to_the_end()
        assert len(rig.wire.writes) == 1
        assert (await rig.engine.services.campaigns.start("Writing")).contacted == 2
        await rig.to_the_end()

    rig.run(scene())
    assert stages(rig) == ["completed"] * 3
    judge(rig)


def test_a_lead_that_start_has_not_reached_gets_nothing_even_when_more_are_imported(make_rig: MakeRig) -> None:
    people = folk(FRIEND, FRIEND, FRIEND)
    rig = make_rig(folk=people, speed=BRISK)

    async def scene() -> None:
        await rig.add_account()
        await rig.add_campaign(WRITING, people=people[:2], start=False)
        services = rig.engine.services
        await services.campaigns.start("Writing", first=1)
        await services.leads.import_file(rig.lead_list(people), "Writing")
        await rig.to_the_end()
        assert len(rig.wire.writes) == 1
        await services.campaigns.start("Writing")
        await rig.to_the_end()

    rig.run(scene())
    assert stages(rig) == ["completed"] * 3
    judge(rig)


def test_an_engine_that_was_stopped_can_be_started_again(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)

    async def scene() -> None:
        await begin(rig, WRITING)
        await rig.engine.stop()
        await rig.pass_time(hours=5)
        assert rig.wire.writes == []
        await rig.to_the_end()

    rig.run(scene())
    assert stages(rig) == ["completed"]
