"""API keys in the operating system's keyring, and nowhere else.

Where there is no usable keyring the key lives in memory for this session only, or comes from the
environment for one run; it is never written anywhere. A locked keyring may block until the user answers its
prompt, so every call runs in a thread of its own with a deadline.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from engine.errors import KeyringError

T = TypeVar("T")
SERVICE = "Leadloom"
ENVIRONMENT_VARIABLE = "LEADLOOM_API_KEY"
DEADLINE_S = 20.0
SAFE_BACKENDS = (
    "keyring.backends.macOS",
    "keyring.backends.Windows",
    "keyring.backends.SecretService",
    "keyring.backends.kwallet",
)
"""Backends that encrypt. A chained or plain-text one is refused."""
_UNLOCK = "Unlock it, then try again; until then the key is kept for this session only."


class Credentials(Protocol):
    """Where keys are kept, by the name of what they open."""

    async def save(self, name: str, key: str) -> None:
        """Keep a key. Raises: KeyringError when it could be kept for this session only."""
        ...

    async def load(self, name: str) -> str | None:
        """Return a key, or None. Raises: KeyringError."""
        ...

    async def delete(self, name: str) -> None:
        """Forget a key; one that isn't there is fine. Raises: KeyringError."""
        ...


class MemoryCredentials:
    """Keys of this session only; the twin for tests."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}

    async def save(self, name: str, key: str) -> None:
        """Keep a key in memory."""
        self._keys[name] = key

    async def load(self, name: str) -> str | None:
        """Return a key, or None."""
        return self._keys.get(name)

    async def delete(self, name: str) -> None:
        """Forget a key."""
        self._keys.pop(name, None)


class KeyringCredentials:
    """Keys in the OS keyring, with this session's memory behind it."""

    def __init__(self, *, deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._session = MemoryCredentials()

    async def save(self, name: str, key: str) -> None:
        """Keep a key in the keyring. Raises: KeyringError; then it is kept for this session only."""
        await self._session.save(name, key)
        await self._call(lambda backend: backend.set_password(SERVICE, name, key))

    async def load(self, name: str) -> str | None:
        """Return a key: this session's, the keyring's, or where neither has one the environment's for this run."""
        kept = await self._session.load(name)
        if kept is not None:
            return kept
        given = os.environ.get(ENVIRONMENT_VARIABLE)
        try:
            found: str | None = await self._call(lambda backend: backend.get_password(SERVICE, name))
        except KeyringError:
            if given:
                return given
            raise
        if found is not None:
            await self._session.save(name, found)
        return found or given

    async def delete(self, name: str) -> None:
        """Forget a key everywhere."""
        await self._session.delete(name)
        await self._call(lambda backend: _delete(backend, name))

    async def _call(self, fn: Callable[[Any], T]) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        thread = threading.Thread(target=_run, args=(fn, loop, future), name="keyring", daemon=True)
        thread.start()
        try:
            async with asyncio.timeout(self._deadline_s):
                return await future
        except TimeoutError:
            raise KeyringError("The keyring doesn't answer.", _UNLOCK) from None


def _run(fn: Callable[[Any], T], loop: asyncio.AbstractEventLoop, future: asyncio.Future[T]) -> None:
    try:
        result = fn(_backend())
    except Exception as error:
        problem = _translated(error)
        _tell(loop, lambda: None if future.done() else future.set_exception(problem))
    else:
        _tell(loop, lambda: None if future.done() else future.set_result(result))


def _tell(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(callback)


def _backend() -> Any:
    import keyring

    backend: Any = keyring.get_keyring()
    module = type(backend).__module__
    if module.startswith("keyring.backends.chainer"):
        backend = next((b for b in backend.backends if type(b).__module__.startswith(SAFE_BACKENDS)), None)
    elif not module.startswith(SAFE_BACKENDS):
        backend = None
    if backend is None:
        raise KeyringError(
            "There is no usable keyring on this computer.",
            f"The key is kept for this session only; set {ENVIRONMENT_VARIABLE} for runs without a keyring.",
        )
    return backend


def _delete(backend: Any, name: str) -> None:
    from keyring.errors import PasswordDeleteError

    try:
        backend.delete_password(SERVICE, name)
    except PasswordDeleteError:
        return


def _translated(error: Exception) -> KeyringError:
    from keyring.errors import InitError, KeyringLocked

    if isinstance(error, KeyringError):
        return error
    if isinstance(error, InitError | KeyringLocked):
        return KeyringError("The keyring is locked.", _UNLOCK)
    return KeyringError(f"The keyring refused ({type(error).__name__}).", _UNLOCK)
