"""The send journal: what was written is read back, whatever a crash or the disk did to the rest."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import StorageError
from storage.journal import JournalLine, SendJournal

DATA = "the data's own id"


def line(seq: int) -> JournalLine:
    return JournalLine(
        seq=seq, uuid=f"u{seq}", kind="message", body_sha="ab" * 32, person="é\t\n", at_ms=seq * 1000, data=DATA
    )


@pytest.fixture
def journal(tmp_path: Path) -> SendJournal:
    return SendJournal(tmp_path, "lineage", DATA)


def test_lines_come_back_as_they_were_written(journal: SendJournal) -> None:
    assert (list(journal.lines()), journal.read().is_there) == ([], False)
    told = [
        line(1),
        line(2),
        JournalLine(seq=3, uuid="u", kind="visit", body_sha="", person="p", at_ms=1, verdict="sent", data=DATA),
    ]
    for one in told:
        journal.append(one)
    assert list(journal.lines()) == told
    content = journal.read()
    assert (list(content.attempts), content.verdicts) == ([1, 2], {(3, "u"): "sent"})


def test_only_this_user_may_read_it(journal: SendJournal) -> None:
    journal.append(line(1))
    assert journal.path.stat().st_mode & 0o777 == 0o600


def test_each_lineage_has_a_file_of_its_own(tmp_path: Path) -> None:
    SendJournal(tmp_path, "one", DATA).append(line(5))
    assert not SendJournal(tmp_path, "two", DATA).read().is_there


def test_of_very_many_lines_the_newest_stay(journal: SendJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    journal.append(*map(line, range(1, 51)))
    monkeypatch.setattr("storage.journal.MOST_BYTES", journal.path.stat().st_size)
    monkeypatch.setattr("storage.journal.KEPT_LINES", 40)
    journal.shorten()
    journal.append(line(51))
    with monkeypatch.context() as full:
        full.setattr("pathlib.Path.replace", _no_room)
        journal.shorten()
    assert [x.seq for x in journal.lines()] == [*range(1, 52)]
    journal.shorten()
    assert [x.seq for x in journal.lines()] == [*range(12, 52)]
    assert journal.path.stat().st_mode & 0o777 == 0o600
    assert list(journal.path.parent.iterdir()) == [journal.path]


def test_the_sends_of_copies_are_found_and_those_of_other_data_are_not(journal: SendJournal) -> None:
    copy, stranger = (SendJournal(journal.path.parent, *names) for names in (("copy", DATA), ("else", "other data")))
    journal.append(line(3), line(1))
    copy.append(line(2), replace(line(9), verdict="sent"), line(3))
    stranger.append(line(4))
    assert [x.seq for x in journal.of_this_data()] == [x.seq for x in copy.of_this_data()] == [1, 2, 3]
    assert [x.seq for x in stranger.of_this_data()] == [4]


def test_a_journal_of_a_copy_that_can_not_be_read_says_so(journal: SendJournal) -> None:
    journal.path.with_name("sends-folder.jsonl").mkdir()
    with pytest.raises(StorageError, match="can't be read"):
        journal.of_this_data()


def _no_room(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("left", [1, 40, -2])
def test_a_torn_tail_is_ignored_and_does_not_swallow_the_next_line(journal: SendJournal, left: int) -> None:
    for seq in (1, 2):
        journal.append(line(seq))
    whole = journal.path.read_bytes()
    second = whole.index(b"\n") + 1
    journal.path.write_bytes(whole[:left] if left < 0 else whole[: second + left])
    assert [x.seq for x in journal.lines()] == [1]
    journal.append(line(3))
    assert [x.seq for x in journal.lines()] == [1, 3]


def test_a_torn_tail_that_lost_only_its_line_end_still_counts(journal: SendJournal) -> None:
    journal.append(line(1))
    journal.path.write_bytes(journal.path.read_bytes().rstrip(b"\n"))
    journal.append(line(2))
    assert [x.seq for x in journal.lines()] == [1, 2]


@settings(derandomize=True, max_examples=150)
@given(place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_flipped_bit_costs_at_most_the_lines_that_it_touches(
    tmp_path_factory: pytest.TempPathFactory, place: int, bit: int
) -> None:
    journal = SendJournal(tmp_path_factory.mktemp("journal"), "l", DATA)
    for seq in (1, 2, 3):
        journal.append(line(seq))
    raw = bytearray(journal.path.read_bytes())
    raw[place % len(raw)] ^= 1 << bit
    journal.path.write_bytes(raw)
    found = list(journal.lines())
    assert len(found) >= 1
    assert all(x == line(x.seq) for x in found)


def test_nonsense_in_the_file_is_ignored(journal: SendJournal) -> None:
    journal.path.write_bytes(b"\x00\xff\n\n\t00000000\nnot json\t0badf00d\n")
    journal.append(line(7))
    assert max(journal.read().attempts) == 7


def test_a_journal_that_can_not_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="journal can't be written"):
        SendJournal(tmp_path / "nowhere", "l", DATA).append(line(1))


def test_a_disk_that_takes_half_a_line_is_full(journal: SendJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    journal.append(line(1))
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda handle, data: write(handle, data[:20]))
        with pytest.raises(StorageError):
            journal.append(line(2))
    journal.append(line(3))
    assert [x.seq for x in journal.lines()] == [1, 3]


def test_a_proof_of_room_leaves_nothing_and_writes_no_line(tmp_path: Path) -> None:
    journal = SendJournal(tmp_path, "abc", DATA)
    journal.append(line(1))
    before = journal.path.read_bytes()
    journal.need_room()
    assert journal.path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [journal.path]


@pytest.mark.parametrize("is_folder", [True, False])
def test_without_room_a_journal_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_folder: bool) -> None:
    there = tmp_path / "gone" if is_folder else tmp_path
    if not is_folder:
        monkeypatch.setattr("storage.journal.os.write", lambda _handle, record: len(record) // 2)
    with pytest.raises(StorageError, match="send journal can't be written"):
        SendJournal(there, "abc", DATA).need_room()
    assert not list(tmp_path.glob("*.room"))
