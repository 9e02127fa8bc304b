"""Times, numbers and states as they are read on screen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.domain.enrolment import Stage
from engine.domain.ledger import DeliveryKind
from engine.domain.takeover import HOLD_WORDS, Hold
from engine.services.questions import CHOICES, HOLD_CHOICES, Item
from engine.services.status import AccountStatus, NextSend, Overview
from gui import formatting as say
from gui.readings import Snapshot
from gui.state.running import coming_lines, coming_note, running_state

NOW = datetime(2026, 1, 6, 13, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _paris() -> None:
    say.set_time_zone("Europe/Paris")


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 1, 6, 13, 32, tzinfo=UTC), "today 14:32"),
        (datetime(2026, 1, 7, 8, 20, tzinfo=UTC), "tomorrow 09:20"),
        (datetime(2026, 1, 5, 23, 30, tzinfo=UTC), "today 00:30"),
        (datetime(2026, 1, 5, 16, 10, tzinfo=UTC), "yesterday 17:10"),
        (datetime(2026, 1, 9, 10, 10, tzinfo=UTC), "Fri 11:10"),
        (datetime(2026, 1, 27, 8, 0, tzinfo=UTC), "27 Jan 09:00"),
        (datetime(2027, 2, 1, 8, 0, tzinfo=UTC), "1 Feb 2027 09:00"),
    ],
)
def test_moments_are_said_as_a_person_says_them(at: datetime, words: str) -> None:
    assert say.when(at, NOW) == words


def test_what_was_seen_is_said_in_the_local_time_of_its_reader() -> None:
    at = datetime(2026, 1, 5, 16, 10, tzinfo=UTC)
    assert say.seen("read, and it was not there", at, NOW) == "Yesterday 17:10: read, and it was not there."
    assert say.seen("LinkedIn said: restricted", None, NOW) == "LinkedIn said: restricted."


def test_every_stage_kind_and_choice_has_its_word() -> None:
    assert set(say.STAGE_WORDS) == {s.value for s in Stage}
    assert set(say.KIND_WORDS) == {k.value for k in DeliveryKind}
    assert set(say.CHOICE_WORDS) == {*CHOICES, *HOLD_CHOICES, "approve"} == set(say.CHOICE_MEANINGS)


def test_numbers_and_sentences() -> None:
    assert say.count(1, "lead", "leads") == "1 lead"
    assert say.count(1204, "lead", "leads") == "1,204 leads"
    assert say.sentence("outside working hours") == "Outside working hours."
    assert say.sentence("sent?") == "Sent?"
    assert say.sentence(" ") == ""
    assert say.speed_words(86400.0) == "a day a second"


def account(**changes: object) -> AccountStatus:
    values = {
        "account_id": 1,
        "name": "Jane Doe",
        "status": "ok",
        "status_why": "",
        "relations_read_at": None,
        "replies_read_at": None,
        "budgets": (),
        "next_at": datetime(2026, 1, 7, 8, 0, tzinfo=UTC),
        "why": "outside working hours",
    }
    return AccountStatus(**{**values, **changes})


def send(name: str, due_at: datetime, kind: str = "invite") -> NextSend:
    return NextSend(lead_id=1, campaign="A", name=name, kind=kind, due_at=due_at)


class Line:
    def __init__(self, state: str) -> None:
        self.state = state


def snapshot(
    *,
    is_paused: bool = False,
    accounts: tuple[AccountStatus, ...] = (),
    states: str = "",
    coming: object = (),
    hold: str = "",
    questions: tuple[Item, ...] = (),
) -> Snapshot:
    overview = Overview(
        now=NOW,
        is_paused=is_paused,
        accounts=accounts,
        coming=tuple(coming),
        leads=3,
        questions=0,
        replies=0,
        hold=hold,
    )
    lines = [Line(s) for s in states.split()]
    return Snapshot(overview=overview, campaigns=lines, questions=list(questions), answers=[])


def test_running_state_says_what_holds_first() -> None:
    assert running_state(snapshot(is_paused=True)).words == "Paused"
    assert running_state(snapshot()).words == "No account"
    ill = account(status="key")
    assert running_state(snapshot(accounts=(ill,), states="running")).mark == "trouble"
    assert running_state(snapshot(accounts=(account(),), states="draft")).words == "Idle"
    coming = [send("Ana Pérez", datetime(2026, 1, 6, 9, 0, tzinfo=UTC))]
    state = running_state(snapshot(accounts=(account(),), states="running paused", coming=coming))
    assert state.head == "1 campaign is running"
    assert state.next_words == "Next: invitation to Ana Pérez, tomorrow 09:00 (outside working hours)"


def test_while_everything_is_held_nothing_is_said_to_run() -> None:
    coming = [send("Ana Pérez", datetime(2026, 1, 6, 9, 0, tzinfo=UTC))]
    held = snapshot(accounts=(account(),), states="running", coming=coming, hold=HOLD_WORDS[Hold.CRASHES])
    state = running_state(held)
    assert (state.mark, state.words) == ("trouble", "Stopped")
    assert state.head == "Nothing is sent until you decide"
    assert state.next_words == HOLD_WORDS[Hold.CRASHES]


def test_what_waits_without_a_moment_says_for_what() -> None:
    coming = [send("Ana Pérez", datetime(2026, 1, 6, 9, 0, tzinfo=UTC))]
    stuck = account(next_at=None, why="replies and relations are read first")
    view = snapshot(accounts=(stuck,), states="running", coming=coming)
    state = running_state(view)
    assert (state.mark, state.words) == ("opening", "Waiting")
    assert state.next_words == "Next: invitation to Ana Pérez; it waits: replies and relations are read first"
    assert [line.time for line in coming_lines(view.overview)] == ["waits"]
    assert coming_note(view.overview) == "Nothing goes out: replies and relations are read first."


def test_when_all_that_is_left_waits_for_an_answer_this_is_said() -> None:
    item = Item(
        id="d1",
        kind="message",
        lead_id=1,
        name="Ana",
        campaign="A",
        question="was this message sent?",
        evidence=(),
        text="Hi",
        at=None,
        choices=CHOICES,
    )
    asked = running_state(snapshot(accounts=(account(),), states="running", questions=(item,)))
    assert asked.next_words == "Nothing is planned; what is left waits for your answer."
    waiting = running_state(snapshot(accounts=(account(),), states="running"))
    assert waiting.next_words == "Nothing is planned; replies and acceptances are read."


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("invite", "Next: invitation to Ana, now"),
        ("withdraw", "Next: withdrawal of the invitation to Ana, now"),
        ("visit", "Next: profile visit to Ana, now"),
    ],
)
def test_what_comes_next_is_a_sentence(kind: str, words: str) -> None:
    ready = account(next_at=NOW, why="")
    view = snapshot(accounts=(ready,), states="running", coming=[send("Ana", NOW, kind)])
    assert running_state(view).next_words == words


def test_times_are_shown_only_where_they_are_known() -> None:
    due = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
    later = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
    coming = [send("A", due), send("B", due), send("C", later, "withdraw")]
    view = snapshot(accounts=(account(),), states="running", coming=coming).overview
    assert [line.time for line in coming_lines(view)] == ["tomorrow 09:00", "in turn", "Mon 10:00"]
    assert [line.note for line in coming_lines(view)] == ["A", "A", "if not accepted"]
    assert coming_note(view) == "Nothing goes out until tomorrow 09:00: outside working hours."
