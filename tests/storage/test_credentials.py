"""Which keyrings are trusted, and what happens with those that aren't, refuse, or never answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordDeleteError

from engine.errors import KeyringError
from storage.credentials import ENVIRONMENT_VARIABLE, KeyringCredentials, MemoryCredentials

NAME, KEY = "https://api1.unipile.com:13111", "s3cret"


class Stored:
    """A keyring in memory that passes for one of the system's by its module."""

    __module__ = "keyring.backends.SecretService"
    priority = 5

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, name: str, key: str) -> None:
        self.kept[service, name] = key

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def delete_password(self, service: str, name: str) -> None:
        if (service, name) not in self.kept:
            raise PasswordDeleteError("no such password")
        del self.kept[service, name]


class Plain(Stored):
    """A keyring that writes keys into a file."""

    __module__ = "keyrings.alt.file"


class Chained:
    """Several keyrings in one."""

    __module__ = "keyring.backends.chainer"

    def __init__(self, *backends: Any) -> None:
        self.backends = backends


@pytest.fixture(autouse=True)
def own_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def use(monkeypatch: pytest.MonkeyPatch, backend: Any) -> None:
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)


def test_a_key_is_kept_found_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = Stored()
    use(monkeypatch, backend)

    async def scene() -> None:
        await KeyringCredentials().save(NAME, KEY)
        later = KeyringCredentials()
        assert await later.load(NAME) == KEY
        assert await later.load("https://other") is None
        await later.delete(NAME)
        await later.delete(NAME)
        assert await later.load(NAME) is None

    asyncio.run(scene())
    assert backend.kept == {}


@pytest.mark.parametrize(
    "backend", [null.Keyring(), fail.Keyring(), Plain(), Chained(Plain()), Chained()], ids=lambda b: type(b).__module__
)
def test_a_keyring_that_does_not_encrypt_is_refused_and_the_key_kept_for_this_session(
    monkeypatch: pytest.MonkeyPatch, backend: KeyringBackend
) -> None:
    use(monkeypatch, backend)
    credentials = KeyringCredentials()

    async def scene() -> None:
        with pytest.raises(KeyringError, match="no usable keyring") as caught:
            await credentials.save(NAME, KEY)
        assert ENVIRONMENT_VARIABLE in caught.value.advice
        assert KEY not in str(caught.value)
        assert await credentials.load(NAME) == KEY
        with pytest.raises(KeyringError):
            await KeyringCredentials().load(NAME)

    asyncio.run(scene())
    assert getattr(backend, "kept", {}) == {}


def test_of_a_chain_only_the_safe_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, safe = Plain(), Stored()
    use(monkeypatch, Chained(plain, safe))
    asyncio.run(KeyringCredentials().save(NAME, KEY))
    assert (plain.kept, list(safe.kept.values())) == ({}, [KEY])


def test_a_keyring_that_refuses_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    class Locked(Stored):
        __module__ = "keyring.backends.SecretService"

        def get_password(self, service: str, name: str) -> str | None:
            raise KeyringLocked("user said no")

    use(monkeypatch, Locked())
    with pytest.raises(KeyringError) as caught:
        asyncio.run(KeyringCredentials().load(NAME))
    assert caught.value.advice


def test_a_keyring_that_never_answers_is_given_up_within_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()

    class Hanging(Stored):
        __module__ = "keyring.backends.SecretService"

        def get_password(self, service: str, name: str) -> str | None:
            free.wait(30)
            return "late"

    use(monkeypatch, Hanging())

    async def scene() -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(KeyringError, match="doesn't answer"):
            await KeyringCredentials(deadline_s=0.05).load(NAME)
        assert loop.time() - began < 5
        free.set()

    asyncio.run(scene())


def test_the_environment_counts_for_this_run_where_no_key_is_kept_and_is_never_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else it would go to every address, and stand in for a key that was replaced."""
    backend = Stored()
    use(monkeypatch, backend)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "from outside")
    assert asyncio.run(KeyringCredentials().load(NAME)) == "from outside"
    assert backend.kept == {}
    asyncio.run(KeyringCredentials().save(NAME, KEY))
    assert asyncio.run(KeyringCredentials().load(NAME)) == KEY


def test_the_twin_in_memory_forgets_with_the_session() -> None:
    async def scene() -> None:
        twin = MemoryCredentials()
        await twin.save(NAME, KEY)
        assert await twin.load(NAME) == KEY
        await twin.delete(NAME)
        await twin.delete(NAME)
        assert await twin.load(NAME) is None

    asyncio.run(scene())
