"""What the pictures show of trust in sending: what needs a person, what stopped, and every way to answer.

These scenes change the data folder, each on top of the one before.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QDialog
from screenshot_stage import Stage

from engine.domain.takeover import HOLD_WORDS, Hold
from engine.services.restoring import RestoreLook
from gui.sheets.account_sheets import RemoveSheet
from gui.sheets.archive_sheet import ArchiveSheet
from gui.sheets.choice_sheets import AddSheet, ExcludeSheet
from gui.sheets.lead_sheets import ForgetSheet, NeverSheet
from gui.sheets.merge_sheet import MergeSheet
from gui.sheets.restore_sheet import RestoreSheet

DRAFT, RUNNING = "Agencies, second round", "Agencies"
LONG = "María Fernanda Guadalupe de los Ángeles Fernández de Córdoba y Villaseñor-Castellanos 🌍 محمد الهاشمي 李娜"
HELD_WHYS = (
    "the invitation could not be confirmed and is nowhere to be found",
    "they have invited you: accept it on LinkedIn",
    "this person has got the same text before: send it again?",
    "the text can't be written: “role_sought” is empty for this lead",
    "the message was refused: LinkedIn says that it has too many characters",
)


async def write(stage: Stage, *statements: tuple[str, tuple[Any, ...]]) -> None:
    """Change the data folder from outside, and let the window read it."""

    def work() -> None:
        with sqlite3.connect(stage.folder / "leadloom.db", timeout=10) as connection:
            for sql, values in statements:
                connection.execute(sql, values)

    await asyncio.to_thread(work)
    stage.desk.readings.refresh.ask_now()
    await asyncio.sleep(0.6)


async def questions(stage: Stage) -> None:
    """Several people wait, one with a very long name."""
    hold = (
        "UPDATE enrolment SET attention_why = ?, stage = 'needs_attention', is_unconfirmed = ? WHERE id ="
        " (SELECT id FROM enrolment WHERE stage = 'invite_sent' AND attention_why = '' ORDER BY id LIMIT 1)"
    )
    name = "UPDATE lead SET last_name = ? WHERE id = (SELECT lead_id FROM enrolment WHERE attention_why = ?)"
    await write(
        stage,
        *((hold, (why, int("confirmed" in why))) for why in HELD_WHYS),
        (name, (LONG, HELD_WHYS[0])),
        ("UPDATE lead SET last_name = ? WHERE id = (SELECT lead_id FROM message ORDER BY id DESC LIMIT 1)", (LONG,)),
    )
    await stage.show("home")


async def question_lead(stage: Stage) -> None:
    """The lead of the oldest question, with its answers."""
    await stage.show("home")
    item = stage.desk.readings.newest.questions[0]
    page = await stage.show("leads", item.lead_id)
    await stage.until(page.panel.isVisible)
    await asyncio.sleep(0.5)


async def held_lead(stage: Stage) -> None:
    """A held lead with a long name."""
    await stage.show("home")
    item = next(i for i in stage.desk.readings.newest.questions if i.kind == "lead")
    page = await stage.show("leads", item.lead_id)
    await stage.until(page.panel.isVisible)
    await asyncio.sleep(0.5)


def held(why: Hold) -> Callable[[Stage], Any]:
    """Return what holds everything for a reason."""

    async def set_up(stage: Stage) -> None:
        await write(
            stage,
            (
                "UPDATE engine_state SET hold = ?, hold_why = ?, hold_ms = ?",
                (str(why), HOLD_WORDS[why], int(stage.engine.clock.now().timestamp() * 1000)),
            ),
        )
        await stage.show("home")

    return set_up


async def held_campaigns(stage: Stage) -> None:
    """The list of campaigns while everything is held."""
    await stage.show("campaigns")
    await asyncio.sleep(0.4)


def account(status: str, why: str, screen: str) -> Callable[[Stage], Any]:
    """Return what gives the account a state, and shows a screen."""

    async def set_up(stage: Stage) -> None:
        await write(
            stage,
            ("UPDATE engine_state SET hold = '', hold_why = '', hold_ms = NULL", ()),
            (
                "UPDATE account SET status = ?, status_why = ?, status_ms = ?",
                (status, why, int(stage.engine.clock.now().timestamp() * 1000)),
            ),
        )
        await stage.show(screen)
        await asyncio.sleep(0.4)

    return set_up


async def breaker(stage: Stage) -> None:
    """The account waits because LinkedIn refused several times."""
    now = int(stage.engine.clock.now().timestamp() * 1000)
    why = "five invitations to different people were refused: it may be LinkedIn's weekly limit"
    await write(
        stage,
        ("UPDATE account SET status = 'ok', status_why = ''", ()),
        ("INSERT OR REPLACE INTO breaker VALUES (1, 'write', ?, ?, ?, 1, 1)", (now, now + 86_400_000 * 3, why)),
    )
    await stage.show("home")


async def paused(stage: Stage) -> None:
    """Everything is paused by hand."""
    await write(stage, ("DELETE FROM breaker", ()))
    await stage.engine.services.pausing.pause_all()
    await stage.show("home")
    await asyncio.sleep(0.5)


async def approvals(stage: Stage) -> None:
    """The first sends of a campaign are asked about."""
    services = stage.engine.services
    await services.pausing.resume_all()
    held = [item.id for item in stage.desk.readings.newest.questions if item.kind == "lead"]
    for item_id in held:
        await services.attention.resolve(item_id, "stop")
    await services.campaigns.start(DRAFT, ask=10)
    stage.engine.practice_clock.set_speed(86_400.0)
    await stage.until(lambda: any(i.kind == "approval" for i in stage.desk.readings.newest.questions))
    stage.engine.practice_clock.set_speed(0.0)
    await asyncio.sleep(0.7)
    await stage.show("home")


async def overview(stage: Stage) -> None:
    """The campaign that asks first."""
    await stage.tab("overview", DRAFT)


async def pause_menu(stage: Stage) -> None:
    """What can be paused of a campaign."""
    tab = await stage.tab("overview", RUNNING)
    tab.pause.click()
    await asyncio.sleep(0.2)


async def changing(stage: Stage) -> None:
    """A started campaign's sequence with changes that are not saved yet."""
    tab = await stage.tab("sequence", RUNNING, "message_1")
    tab._change()
    tab.editor.field.insertPlainText("Hello again. ")
    await asyncio.sleep(0.6)


async def settings(stage: Stage) -> None:
    """Backups made by themselves."""
    await stage.engine.services.backups.make_daily()
    page = await stage.show("settings")
    page.read()
    await asyncio.sleep(0.6)


def over(screen: str, make: Callable[[Stage], QDialog]) -> Callable[[Stage], Any]:
    """Return what opens a sheet over a screen."""

    async def set_up(stage: Stage) -> None:
        await stage.show(screen)
        stage.sheet(make(stage))
        await asyncio.sleep(0.3)

    return set_up


def restore(sends_since: int | None) -> Callable[[Stage], Any]:
    """Return what asks about a backup since which so much was sent."""

    async def set_up(stage: Stage) -> None:
        await settings(stage)
        file: Path = (await stage.engine.services.backups.list())[0].path
        look: RestoreLook = await stage.engine.services.backups.look(file)
        stage.sheet(RestoreSheet(stage.desk.session, replace(look, sends_since=sends_since), stage.window))

    return set_up


def _campaigns(stage: Stage) -> list[tuple[int, str, str]]:
    return [(line.campaign_id, line.name, line.state) for line in stage.desk.readings.newest.campaigns]


TRUST_SCENES: tuple[tuple[str, Callable[[Stage], Any]], ...] = (
    ("questions", questions),
    ("question-lead", question_lead),
    ("held-lead", held_lead),
    ("held-copy", held(Hold.COPY)),
    ("held-crashes", held(Hold.CRASHES)),
    ("held-campaigns", held_campaigns),
    ("restricted", account("restricted", "checkpoint", "home")),
    ("restricted-account", account("restricted", "checkpoint", "accounts")),
    ("disconnected", account("disconnected", "LinkedIn asks to log in again", "accounts")),
    ("key", account("key", "", "accounts")),
    ("breaker", breaker),
    ("paused", paused),
    ("approvals", approvals),
    ("asks-first", overview),
    ("pause-menu", pause_menu),
    ("changing", changing),
    ("settings", settings),
    ("restore-since", restore(1_204)),
    ("restore-elsewhere", restore(None)),
    ("exclude", over("leads", lambda stage: ExcludeSheet(LONG, stage.window))),
    ("add", over("leads", lambda stage: AddSheet(50_000, _campaigns(stage), stage.window))),
    ("archive", over("campaigns", lambda stage: ArchiveSheet(stage.desk.session, RUNNING, stage.window))),
    ("remove", over("accounts", lambda stage: RemoveSheet(stage.desk.session, "Practice account", stage.window))),
    ("forget-long", over("leads", lambda stage: ForgetSheet(LONG, stage.window))),
    ("never-long", over("leads", lambda stage: NeverSheet(LONG, LONG, "acme.example", stage.window))),
    (
        "merge-long",
        over("leads", lambda stage: MergeSheet([(1, LONG, LONG), (2, "李娜", "in no campaign")], stage.window)),
    ),
)
