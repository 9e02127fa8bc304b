"""Reading JSON from outside: everything has a defined outcome."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Cause, LeadloomBug
from engine.provider.wire import (
    ErrorBody,
    WireError,
    epoch_ms_or_none,
    flag_or_none,
    format_time,
    id_or_none,
    read_error_body,
    read_object,
    read_page,
    read_receipt,
    read_struct,
    text_or_none,
    time_or_none,
)


class Item(msgspec.Struct):
    id: str
    text: Any = None


def _text(item: Item) -> str | None:
    return None if item.id == "unusable" else f"{item.id}:{text_or_none(item.text)}"


def _page(items: bytes, cursor: bytes = b"null") -> bytes:
    return b'{"object":"ThingList","items":' + items + b',"cursor":' + cursor + b',"more":1}'


def test_a_page_with_cursor_and_size() -> None:
    body = _page(b'[{"id":"a","text":"x","new":[1]},{"id":"b"}]', b'"next"')
    page = read_page(body, "thinglist", Item, _text)
    assert page.items == ("a:x", "b:None") and page.cursor == "next"
    assert (page.bad_items, page.body_bytes, page.is_known) == (0, len(body), True)


@pytest.mark.parametrize(
    "bad",
    [b"{}", b'{"id":7}', b'{"id":null}', b"null", b"[]", b"7", b'"x"', b"9" * 5000, b'{"id":"unusable"}'],
)
def test_one_bad_item_is_counted_and_the_rest_kept(bad: bytes) -> None:
    page = read_page(_page(b'[{"id":"a"},' + bad + b',{"id":"b"}]'), "ThingList", Item, _text)
    assert page.items == ("a:None", "b:None") and page.bad_items == 1


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (rb'"cut \ud83d"', "cut \ufffd"),
        (rb'"\ude00 and \ud83d\ude00"', "\ufffd and 😀"),
        (rb'"\\ud83d"', r"\ud83d"),
        (rb'"\\\ud83d"', "\\\ufffd"),
        (rb'"\ud83d\u0041"', "\ufffdA"),
        (b'"\xff\xfe"', "\ufffd\ufffd"),
        (rb'"a\u0000b"', "ab"),
        (rb'"\u0000"', "None"),
        (b'""', "None"),
        (b"7", "None"),
    ],
)
def test_texts_are_mended_so_that_no_reply_is_lost(raw: bytes, text: str) -> None:
    page = read_page(_page(b'[{"id":"a","text":' + raw + b"}]"), "ThingList", Item, _text)
    assert page.items == (f"a:{text}",) and page.bad_items == 0
    page.items[0].encode("utf-8")


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"",
        b"<html></html>",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"object":"ThingList"}',
        b'{"object":"ThingList","items":[]}',
        _page(b"{}"),
        _page(b"null"),
        _page(b'"abc"'),
        _page(b"[]", b'""'),
        _page(b"[]", b"7"),
        _page(b"[]", b"{}"),
        _page(b"[")[:-3],
        _page(b"[NaN]"),
        _page(b"[" * 100_000 + b"]" * 100_000),
        b"[" * 200_000,
        b'{"object":"OtherList","items":[],"cursor":null}',
        b'{"object":null,"items":[],"cursor":null}',
        b'{"items":[],"cursor":null}',
    ],
)
def test_a_page_that_is_not_one_is_a_defined_error(body: bytes | None) -> None:
    with pytest.raises(WireError) as caught:
        read_page(body, "ThingList", Item, _text)
    assert caught.value.cause is Cause.PROVIDER and "can't be understood" in caught.value.title
    assert caught.value.__context__ is None


def test_objects_are_compared_in_any_letter_case() -> None:
    assert read_object(b'{"object":"thing","id":"a"}', Item, "Thing").id == "a"
    assert read_struct(b'{"object":"whatever","id":"a"}', Item, "Thing").id == "a"
    for body in (b'{"object":"other","id":"a"}', b'{"object":"thing"}', b"{}"):
        with pytest.raises(WireError):
            read_object(body, Item, "Thing")
    with pytest.raises(WireError):
        read_struct(None, Item, "Thing")


def test_receipts() -> None:
    objects = frozenset({"messagesent"})
    found = read_receipt(b'{"object":"MessageSent","message_id":" ","chat_id":[],"usage":-1}', objects)
    assert found is not None and (found.object_id, found.chat_id, found.usage_percent) == (None, None, None)
    assert read_receipt(None, objects) is None
    assert read_receipt(b'{"object":"Message"}', objects) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (None, ErrorBody()),
        (b"<html>", ErrorBody()),
        (b"{}", ErrorBody()),
        (b'{"type":"errors/a_b1","title":"T","detail":"D"}', ErrorBody(short_type="a_b1", words="T: D")),
        (b'{"type":"errors/a","title":"","detail":5}', ErrorBody(short_type="a")),
        (b'{"type":"a_b"}', ErrorBody()),
        (b'{"type":"errors/A"}', ErrorBody()),
        (b'{"type":"errors/a\\n"}', ErrorBody()),
        (b'{"object":"Error","type":"api/x"}', ErrorBody(is_new_api=True)),
        (b'{"type":"api/x"}', ErrorBody()),
        (b'{"object":"Error","type":"errors/x"}', ErrorBody(short_type="x")),
    ],
)
def test_error_bodies(body: bytes | None, expected: ErrorBody) -> None:
    assert read_error_body(body) == expected


def test_ids() -> None:
    assert [id_or_none(v) for v in ("a", 7, 10**19)] == ["a", "7", str(10**19)]
    bad: list[object] = [None, "", " ", "a\0", "\ud800", True, 0, -1, 10**40, 1.5, []]
    assert [id_or_none(v) for v in bad] == [None] * 11


def test_flags() -> None:
    assert [flag_or_none(v) for v in (True, False, 1, 0)] == [True, False, True, False]
    bad: list[object] = [None, 2, "1", 1.0, []]
    assert [flag_or_none(v) for v in bad] == [None] * 5


def test_times_have_three_digits_and_others_are_read_too() -> None:
    """A message whose time can't be read is a reply that nobody sees."""
    for digits, us in ((".566", 566_000), ("", 0), (".5", 500_000), (".566100", 566_100)):
        assert time_or_none(f"2026-04-12T19:09:31{digits}Z") == datetime(2026, 4, 12, 19, 9, 31, us, tzinfo=UTC)
    for bad in (
        "2026-04-12T19:09:31.Z",
        "2026-04-12T19:09:31.1234567Z",
        "2026-04-12T19:09:31.566+00:00",
        "2026-04-12 19:09:31.566Z",
        "2026-13-12T19:09:31.566Z",
        "2026-04-12T19:09:31.566Z\n",
        "２026-04-12T19:09:31.566Z",
        None,
        5,
    ):
        assert time_or_none(bad) is None


def test_epoch_milliseconds() -> None:
    assert epoch_ms_or_none(1782818741000) == datetime(2026, 6, 30, 11, 25, 41, tzinfo=UTC)
    assert epoch_ms_or_none(1782818741000.5) is not None
    bad: list[object] = [None, True, 0, -1, 10**20, 10**400, "1782818741000", [], 1e300]
    assert all(epoch_ms_or_none(v) is None for v in bad)


def test_times_are_written_in_utc_and_cut() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 6_999, tzinfo=timezone(timedelta(hours=2)))
    assert format_time(moment) == "2026-01-02T01:04:05.006Z"
    for bad in (datetime(2026, 1, 1), datetime(999, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)):
        with pytest.raises(LeadloomBug):
            format_time(bad)


@given(st.datetimes(datetime(1000, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC)))
def test_times_go_both_ways(moment: datetime) -> None:
    assert time_or_none(format_time(moment)) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_texts_can_be_stored(value: str) -> None:
    clean = text_or_none(value)
    assert clean is None or ("\0" not in clean and clean.encode("utf-8"))


@given(st.binary())
def test_bytes_never_crash_the_reader(body: bytes) -> None:
    for data in (body, _page(b"[" + body + b"]")):
        try:
            read_page(data, "ThingList", Item, _text)
        except WireError:
            continue
        read_error_body(data)
