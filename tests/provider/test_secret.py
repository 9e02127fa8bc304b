"""The key shows itself nowhere by accident."""

from __future__ import annotations

import copy
import logging
import pickle
import sys
from dataclasses import dataclass

import pytest

from engine.provider.secret import MASK, KeyFilter, Secret, quiet_http_loggers, redact

VALUE = "abc/DEF+123=="


@dataclass(frozen=True)
class Holder:
    key: Secret


def test_a_secret_shows_dots_in_every_form() -> None:
    secret = Secret(VALUE)
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>40}",
        f"{secret!r}",
        "{}".format(secret),  # noqa: UP032 - another way of formatting
        repr(Holder(secret)),
    ]
    assert all(VALUE not in text and MASK in text for text in shown)
    assert secret.reveal() == VALUE
    assert not hasattr(secret, "__dict__")


def test_a_secret_compares_by_value_and_copies_as_itself() -> None:
    assert Secret(VALUE) == Secret(VALUE) and hash(Secret(VALUE)) == hash(Secret(VALUE))
    assert Secret(VALUE) != Secret("other") and Secret(VALUE) != VALUE
    assert Secret("\ud800") != Secret("é")
    secret = Secret(VALUE)
    assert copy.copy(secret) is secret and copy.deepcopy(secret) is secret
    assert secret and not Secret("")


def test_a_secret_cannot_be_pickled() -> None:
    with pytest.raises(TypeError) as caught:
        pickle.dumps(Secret(VALUE))
    assert VALUE not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        VALUE,
        "abc%2FDEF%2B123%3D%3D",
        "X-API-KEY: unknownkey1",
        "x-api-key=unknownkey1",
        "{'x-api-key': 'unknownkey1', 'a': 'b'}",
        "(b'X-API-KEY', b'unknownkey1')",
        'Headers({"x-api-key":"unknownkey1"})',
    ],
)
def test_redact_removes_live_keys_and_header_values(text: str) -> None:
    shown = redact(f"before {text} after", [Secret(VALUE), Secret("")])
    assert VALUE not in shown and "unknownkey1" not in shown and "abc%2F" not in shown
    assert shown.startswith("before ") and shown.endswith(" after") and MASK in shown


def test_redact_leaves_other_text_alone() -> None:
    assert redact("nothing to hide", [Secret(VALUE)]) == "nothing to hide"


def _record(message: object, *args: object, **extra: object) -> logging.LogRecord:
    record = logging.LogRecord("a", logging.INFO, "p", 1, message, args, None)
    record.__dict__.update(extra)
    return record


def test_the_filter_cleans_message_arguments_extras_and_tracebacks() -> None:
    key_filter = KeyFilter()
    key_filter.add(Secret(VALUE))
    record = _record("key %s of %s", VALUE, {"k": VALUE}, url=f"http://x/?{VALUE}")
    try:
        raise ValueError(VALUE)
    except ValueError:
        record.exc_info = sys.exc_info()
    assert key_filter.filter(record)
    text = logging.Formatter("%(message)s %(url)s").format(record)
    assert VALUE not in text and "ValueError" in text and "key ••• of" in text


def test_the_filter_never_fails_on_a_broken_record() -> None:
    key_filter = KeyFilter([Secret(VALUE)])
    record = _record("%d and %d", VALUE)
    assert key_filter.filter(record)
    assert VALUE not in record.getMessage()


def test_a_discarded_key_is_no_longer_looked_for() -> None:
    key_filter = KeyFilter([Secret(VALUE)])
    key_filter.discard(Secret(VALUE))
    record = _record(VALUE)
    key_filter.filter(record)
    assert record.getMessage() == VALUE


def test_http_loggers_are_quiet(caplog: pytest.LogCaptureFixture) -> None:
    quiet_http_loggers()
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    assert not logging.getLogger("httpcore.http11").isEnabledFor(logging.DEBUG)
