"""The API key in memory: a value that can't be printed by accident, and the filter that keeps it out of logs.

It must not store keys or read a keyring.
"""

from __future__ import annotations

import hmac
import logging
import re
import traceback
from collections.abc import Iterable
from typing import NoReturn
from urllib.parse import quote

MASK = "•••"
_HEADER = re.compile(r"""(?i)(x-api-key\b['"]*\s*[:=,]\s*(?:b?['"])?)[^\s'",;)\]}]+""")
_NOISY_LOGGERS = ("httpx", "httpcore")


class Secret:
    """A text that shows itself as "•••" everywhere but in `reveal()`; it can't be pickled."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the text itself: for the request header, the keyring and nothing else."""
        return self.__value

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_to_bytes(self.__value), _to_bytes(other.reveal()))

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret can't be pickled")


def redact(text: str, secrets: Iterable[Secret] = ()) -> str:
    """Return `text` without the secrets (plain, percent-encoded or escaped) and without X-API-KEY values."""
    for secret in secrets:
        value = secret.reveal()
        if not value:
            continue
        quoted = quote(value, safe="", errors="replace")
        escaped = value.encode("unicode_escape").decode("ascii")
        for form in sorted({value, quoted, escaped}, key=len, reverse=True):
            text = text.replace(form, MASK)
    return _HEADER.sub(rf"\g<1>{MASK}", text)


class KeyFilter(logging.Filter):
    """Take live keys out of log records. Put it on handlers: a logger's filter doesn't see its children's records."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        super().__init__()
        self._secrets = set(secrets)

    def add(self, secret: Secret) -> None:
        """Guard one more key from now on."""
        self._secrets.add(secret)

    def discard(self, secret: Secret) -> None:
        """Forget a key that was removed."""
        self._secrets.discard(secret)

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the record in place; never drops it."""
        record.msg = redact(_message_of(record), self._secrets)
        record.args = ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = record.exc_text or "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
            record.exc_info = None
        for name, value in list(vars(record).items()):
            if isinstance(value, str):
                setattr(record, name, redact(value, self._secrets))
        return True


def quiet_http_loggers() -> None:
    """Set the HTTP libraries' loggers to WARNING: INFO prints whole addresses, DEBUG prints headers with the key."""
    for name in _NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


def _message_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} {record.args!r}"


def _to_bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")
