"""The terminal, or what stands in its place: the encoding of pipes, and asking for a key unseen."""

from __future__ import annotations

import getpass
import io
import sys
import warnings

from engine.errors import WrongUsage


def speak_utf8() -> None:
    """Write UTF-8 into files and pipes, whatever the system's code page; a terminal knows its own."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def read_key(*, is_piped: bool) -> str:
    """Return the key from standard input, or ask for it without echo. Raises: WrongUsage without a terminal."""
    if is_piped:
        return sys.stdin.readline().strip()
    try:
        with warnings.catch_warnings(action="error", category=getpass.GetPassWarning):
            return getpass.getpass("Unipile access token: ").strip()
    except (EOFError, getpass.GetPassWarning):
        raise WrongUsage(
            "There is no terminal to ask for the key unseen.", "Give it on standard input with --key-stdin."
        ) from None
