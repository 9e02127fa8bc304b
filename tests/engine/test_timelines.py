"""A lead's history explains in words whatever happened to it: faults, kills, restored files, answers, decisions."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import httpx
import pytest

from engine.domain.practice_people import Character
from engine.services import restoring
from tests.engine.scenes import BOTH, BRISK, INVITING, WRITING, begin, folk
from tests.fakes.crashes import CrashAt, Crashed
from tests.fakes.rig import FAST, Rig
from tests.fakes.wire import garbage, refusal

MakeRig = Callable[..., Rig]
FRIEND, SOON, NEVER = Character.ALREADY_CONNECTED, Character.ACCEPTS_SOON, Character.NEVER_ACCEPTS


def history(rig: Rig) -> str:
    """Return the only lead's history as its panel shows it, the newest first."""
    story = rig.run(rig.engine.services.lead_stories.story(1))
    return "\n".join(line.words for line in story.past)


def played(make_rig: MakeRig, who: Character, toml: str, *, speed: float = FAST) -> Rig:
    rig = make_rig(folk=folk(who), speed=speed)
    rig.run(begin(rig, toml))
    rig.run(rig.to_the_end())
    return rig


@pytest.mark.parametrize(
    ("who", "toml", "words"),
    [
        (SOON, BOTH, "Accepted the invitation."),
        (FRIEND, BOTH, "Already connected: no invitation is needed."),
        (NEVER, INVITING, "Withdrawal sent."),
        (Character.DECLINES, INVITING, "The invitation is no longer open: declined or taken back."),
        (Character.ANSWERS_FIRST, BOTH, "Answered “"),
        (Character.LOCKED, INVITING, "Excluded: the profile is locked or doesn't exist."),
        (Character.CANNOT_BE_INVITED, INVITING, "Excluded: this person can't be invited (their settings)."),
        (Character.RENAMED, INVITING, "both are kept"),
        (Character.PENDING_BY_HAND, INVITING, "An invitation is pending already: it counts as sent."),
    ],
)
def test_what_the_person_at_the_other_end_did(make_rig: MakeRig, who: Character, toml: str, words: str) -> None:
    assert words in history(played(make_rig, who, toml))


@pytest.mark.parametrize(
    ("answer", "acts", "words"),
    [
        (httpx.ReadTimeout("no answer"), True, "Read on LinkedIn: the invitation was sent."),
        (httpx.ReadTimeout("no answer"), False, "Read on LinkedIn: the invitation was not sent. It is tried again."),
        (garbage(), True, "It is not known whether the invitation was sent"),
        (httpx.ConnectError("no route"), False, "Not sent: "),
        (refusal(503, "no_client_session"), False, "It is not known whether the invitation was sent"),
    ],
)
def test_what_the_line_did(make_rig: MakeRig, answer: httpx.Response | Exception, acts: bool, words: str) -> None:
    rig = make_rig(folk=folk(NEVER), speed=BRISK)
    rig.wire.on("POST", "/users/invite", answer, acts=acts)
    rig.run(begin(rig, INVITING))
    rig.run(rig.pass_time(hours=5))
    assert words in history(rig)


@pytest.mark.parametrize(("toml", "noun"), [(INVITING, "invitation"), (WRITING, "message")])
def test_that_the_program_ended_in_between(make_rig: MakeRig, toml: str, noun: str) -> None:
    rig = make_rig(folk=folk(NEVER if noun == "invitation" else FRIEND), speed=FAST)
    rig.run(rig.add_account())
    rig.run(rig.add_campaign(toml))
    crash = CrashAt(rig, "before the request")
    with contextlib.suppress(Crashed):
        rig.run(rig.to_the_end())
    crash.heal()
    rig.crash()
    rig.run(rig.engine.start())
    assert f"Leadloom ended while the {noun} was being sent" in history(rig)


def test_that_the_file_went_back_in_time(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(begin(rig, WRITING))
    target = rig.folder / "b.db"
    rig.run(rig.engine.services.backups.make(target))
    rig.run(rig.pass_time(hours=3))
    rig.run(rig.engine.close())
    restoring.restore(target, rig.paths, rig.clock.wall())
    rig.engine = rig._open()
    rig.run(rig.engine.start())
    assert "The send journal knows of the message of 05 Jan" in history(rig)
    rig.hurry(FAST)
    rig.run(rig.to_the_end())
    assert "Read on LinkedIn: the message was sent." in history(rig)


def test_questions_and_what_was_decided(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=FAST)
    rig.wire.on("POST", "/chats", httpx.ReadTimeout("no answer"))
    rig.run(begin(rig, WRITING))
    rig.run(rig.to_the_end())
    assert "Was this message sent?" in history(rig)
    (item,) = rig.run(rig.engine.services.attention.list())
    rig.run(rig.engine.services.attention.resolve(item.id, "send_again"))
    rig.run(rig.to_the_end())
    told = history(rig)
    assert "You decided: send it again." in told
    assert told.startswith("Message sent.")


def test_what_was_written_by_hand(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(FRIEND), speed=BRISK)
    rig.run(begin(rig, BOTH))
    rig.run(rig.pass_time(hours=3))
    rig.world.write_by_hand(rig.people[0].provider_id, "Lunch?")
    rig.run(rig.pass_time(hours=3))
    assert "You wrote to them on LinkedIn yourself. The sequence has stopped." in history(rig)
