"""What the import page says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.domain.csv_columns import Column, ColumnMap
from engine.domain.csv_format import CsvFormat
from engine.domain.csv_verdicts import Happens
from engine.services.import_applying import ImportOutcome
from engine.services.import_undo import TakenBack
from engine.services.imports import Outlook
from gui import formatting as say
from gui.state import import_words as words

NOW = datetime(2026, 1, 6, 13, 20, tzinfo=UTC)
LATER = datetime(2026, 1, 7, 8, 12, tzinfo=UTC)
NEW = {Happens.NEW: 111, Happens.MERGED: 3, Happens.TO_FIX: 3}


@pytest.fixture(autouse=True)
def _paris() -> None:
    say.set_time_zone("Europe/Paris")


def running(at: datetime | None = LATER, **how: object) -> Outlook:
    return Outlook(**{"state": "running", "goes_at_once": True, "kind": "invite", "at": at, **how})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("counts", "state", "outlook", "expected"),
    [
        (NEW, "running", running(), "Import 111; first invitation {when}"),
        (NEW, "running", running(is_about=True), "Import 111; first invitation about {when}"),
        (NEW, "running", running(at=None, why="paused"), "Import 111"),
        (NEW, "running", running(goes_at_once=False), "Import 111"),
        (NEW, "draft", None, "Import 111 into the draft"),
        (NEW, None, None, "Import 111"),
        ({Happens.MERGED: 3}, None, None, "Merge 3"),
        ({Happens.UNCHANGED: 3}, "draft", None, "Nothing to import"),
    ],
)
def test_the_button_names_what_it_does(
    counts: dict[Happens, int], state: str | None, outlook: Outlook | None, expected: str
) -> None:
    assert words.button_words(counts, state, outlook, NOW) == expected.format(when=say.when(LATER, NOW))


@pytest.mark.parametrize(
    ("counts", "state", "outlook", "part"),
    [
        (NEW, None, None, "The 3 rows to fix are held back; fix them here or later. They are kept as leads"),
        ({Happens.NEW: 1, Happens.TO_FIX: 1}, None, None, "The row to fix is held back; fix it here or later."),
        (NEW, "draft", None, "before you press Start"),
        (NEW, "paused", running(), "“C” is paused"),
        (NEW, "running", running(goes_at_once=False), "wait for Start, and so do these"),
        (NEW, "running", running(at=None, why="everything is paused"), "isn’t known: everything is paused."),
        (NEW, "running", running(), "inside hours and limits"),
        ({Happens.TO_FIX: 2}, "draft", None, "No row has a usable LinkedIn address"),
    ],
)
def test_the_foot_says_what_becomes_of_the_people(
    counts: dict[Happens, int], state: str | None, outlook: Outlook | None, part: str
) -> None:
    assert part in words.foot_words(counts, "C", state, outlook)


def test_chips_count_only_what_there_is() -> None:
    found = words.chips(117, NEW)
    assert [chip.words for chip in found] == ["117 rows", "111 new", "3 merged with leads you have", "3 to fix"]
    assert [chip.is_warning for chip in found] == [False, False, False, True]


def test_format_in_words() -> None:
    made = CsvFormat(encoding="utf-8", delimiter=";", header_index=0, header=("a",))
    assert words.format_words(made) == "UTF-8 · semicolons · header in row 1"
    none = CsvFormat(encoding="cp1252", delimiter="^", header_index=None, header=())
    assert words.format_words(none) == "Windows-1252 · “^” · no header row"
    assert words.format_words(None) == ""


def test_a_column_can_be_any_field_its_own_variable_or_left_out() -> None:
    columns = ColumnMap(columns=(Column(header="Role", variable="role"), Column(header="X", variable=None)))
    found = words.meanings(columns, 0)
    assert [target for target, _, is_now in found if is_now] == ["role"]
    assert found[-1] == ("ignore", "leave out", False)
    assert [target for target, _, is_now in words.meanings(columns, 1) if is_now] == ["ignore"]
    assert [head.meaning for head in words.heads(columns)] == ["variable: role", "left out"]


def test_what_was_done_and_undone() -> None:
    done = ImportOutcome(new=2, merged=1, skipped=1, held=3, trouble="No account.")
    assert words.done_words(done, "C").startswith("Imported 2 new, 1 merged, 1 skipped into “C”. 3 rows to fix:")
    assert words.done_words(ImportOutcome(), "") == "Imported nothing."
    assert words.undone_words(TakenBack(leads=1)) == "The import is taken back: 1 lead removed."
    part = TakenBack(leads=2, values=1, leads_kept=1, values_kept=2)
    assert "1 lead stays, because something has happened since" in words.undone_words(part)
    assert "2 values changed since stay" in words.undone_words(part)
    assert "has begun with them" in words.undone_words(TakenBack(enrolments_kept=1))
